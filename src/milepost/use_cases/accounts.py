"""Who may use the web application: accounts, and the secrets that say who asks.

Passwords are stored as hashes of Argon2. Sessions, tokens and invitations are random secrets of 256 bits, of which the
SHA-256 alone is stored. All of them are in the store of the application (`stores.opening.beside`).
"""

from __future__ import annotations

import getpass
import hashlib
import secrets
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import argon2

from milepost.model.exceptions import UsageError
from milepost.model.roles import Role
from milepost.stores.opening import read_store, write_store
from milepost.stores.port import Between, Patience, Presence, Tables, Where
from milepost.stores.tables import TABLES

LOCAL = 0
"""The account of the one local person, which is not stored. What belongs to it counts as long as nobody can log in."""
LEAST_LENGTH = 12
"""Characters of a password."""
MOST_LENGTH = 1000
IDLE_SECONDS = 2 * 3600
"""A session ends when nothing has been asked for this long."""
SESSION_SECONDS = 12 * 3600
INVITATION_SECONDS = 3 * 86_400
LONGEST_TOKEN_DAYS = 366
HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

_ACCOUNT, _CREDENTIAL = "account", "credential"
_PATIENCE = Patience(30)
_TOUCH = 60
"""Seconds within which the use of a secret is not stored again."""
_LEAST_STRENGTH = 3
_JUDGED = 72
"""The characters that the strength of a password is judged by."""
_PREFIX = "milepost_"
"""So programs that look for leaked secrets can know ours."""
_one_at_a_time = threading.Lock()
"""Hashing takes much memory, so attempts to log in wait for one another."""


class Kind(StrEnum):
    """What a secret is for."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - the name of a kind
    INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may use the application."""

    id: int
    name: str
    """Who is recorded as the actor of a run."""
    role: Role
    has_password: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret that says who asks, without the secret."""

    id: int
    account_id: int
    kind: Kind
    role: Role
    """The most that may be done with it."""
    label: str | None
    created_at: datetime
    used_at: datetime
    ends_at: datetime


def listing(office: str) -> tuple[Account, ...]:
    """All accounts, in the order in which they were made."""
    with read_store(office) as tables:
        return tuple(_accounts(tables))


def local_person() -> Account:
    """The one local person, under the name of the user of the operating system."""
    try:
        name = getpass.getuser()
    except OSError:  # no account has the number of this user
        name = "local"
    return Account(LOCAL, name, Role.ADMINISTRATOR, False, datetime.now(UTC))


def is_guarded(office: str) -> bool:
    """Whether anybody can log in by a password."""
    with read_store(office) as tables:
        return bool(tables.count(_ACCOUNT, {"password": Presence.PRESENT}, most=1))


def one(office: str, account: int) -> Account:
    """The account with that number. Raises UsageError if there is none."""
    with read_store(office) as tables:
        return _one(tables, account)


def named(office: str, name: str) -> Account | None:
    """The account of that name, without letter case; None if there is none."""
    with read_store(office) as tables:
        return next(iter(_accounts(tables, {"name_key": _key(name)})), None)


def add(office: str, name: str, role: Role, password: str | None = None) -> Account:
    """Adds an account; without a password, an invitation or a proxy lets its holder in.

    Raises UsageError if the name is taken, the password is too weak, or the first account is no administrator's.
    """
    shown = _required_name(name)
    hashed = None if password is None else _hashed(password, shown)
    with write_store(office, _PATIENCE) as tables:
        if _accounts(tables, {"name_key": _key(shown)}):
            raise UsageError(f"There is a user {shown} already. Choose another name.")
        values = {"name": shown, "name_key": _key(shown), "role": role.word, "password": hashed, "created_at": _now()}
        number = tables.add(_ACCOUNT, values)
        _require_administrator(tables)
        return _one(tables, number)


def set_role(office: str, account: int, role: Role) -> None:
    """Gives an account another role, at once. Raises UsageError if no administrator would be left."""
    with write_store(office, _PATIENCE) as tables:
        _one(tables, account)
        tables.change(_ACCOUNT, {"role": role.word}, {"id": account})
        _require_administrator(tables)


def set_password(office: str, account: int, password: str, keep: int | None = None) -> None:
    """Gives an account another password, and ends its invitations, and its sessions but for the one numbered `keep`.

    Raises UsageError if the password is too weak.
    """
    hashed = _hashed(password, one(office, account).name)
    with write_store(office, _PATIENCE) as tables:
        _change_password(tables, account, hashed, keep)


def join(office: str, invitation: str, password: str) -> Account:
    """Gives the account of an invitation its password, and ends the invitation.

    Raises UsageError if the invitation has been used or has ended, or the password is too weak.
    """
    found = holder(office, invitation, Kind.INVITATION)
    if found is None:
        raise UsageError("This invitation has been used, or has ended. Ask an administrator for another one.")
    credential, account = found
    hashed = _hashed(password, account.name)
    with write_store(office, _PATIENCE) as tables:
        # Of two at once, the second finds no invitation any more.
        if not _credentials(tables, {"id": credential.id}):
            raise UsageError("This invitation has been used. Ask an administrator for another one.")
        _change_password(tables, account.id, hashed, None)
        return _one(tables, account.id)


def remove(office: str, account: int) -> None:
    """Removes an account with its sessions and tokens. Raises UsageError if no administrator would be left."""
    with write_store(office, _PATIENCE) as tables:
        _one(tables, account)
        tables.remove(_CREDENTIAL, {"account_id": account})
        tables.remove(_ACCOUNT, {"id": account})
        _require_administrator(tables)


def verified(office: str, name: str, password: str) -> Account | None:
    """The account of that name, if the password is its own. It takes as long if there is no such account."""
    with read_store(office) as tables:
        rows = tables.rows(_ACCOUNT, TABLES[_ACCOUNT].schema, {"name_key": _key(name)}).to_dicts()
    hashed = rows[0]["password"] if rows else None
    with _one_at_a_time:
        try:
            HASHER.verify(hashed or _nobodys(), password)
        except argon2.exceptions.VerificationError:
            return None
    return _account(rows[0]) if hashed else None


def issue(
    office: str, account: int, kind: Kind, *, seconds: int, role: Role = Role.ADMINISTRATOR, label: str | None = None
) -> str:
    """A new secret of an account, which ends after that many seconds. It cannot be shown again."""
    secret = _PREFIX + secrets.token_urlsafe(32)
    now = _now()
    values = {"account_id": account, "kind": kind.value, "hash": _hash(secret), "role": role.word, "label": label}
    with write_store(office, _PATIENCE) as tables:
        tables.remove(_CREDENTIAL, {"ends_at": Between(0, now)})
        tables.add(_CREDENTIAL, values | {"created_at": now, "used_at": now, "ends_at": now + seconds})
    return secret


def holder(office: str, secret: str, kind: Kind) -> tuple[Credential, Account] | None:
    """What a secret of that kind stands for, and whose it is; its use is stored.

    None if there is none like it, it has ended, or it is the local person's and somebody can log in.
    """
    with read_store(office) as tables:
        found = next(iter(_credentials(tables, {"hash": _hash(secret), "kind": kind.value})), None)
        if found is None or has_ended(found):
            return None
        if found.account_id != LOCAL:
            account = _one(tables, found.account_id)
        elif tables.count(_ACCOUNT, {"password": Presence.PRESENT}, most=1):
            return None
        else:
            account = local_person()
    if (datetime.now(UTC) - found.used_at).total_seconds() > _TOUCH:
        with write_store(office, _PATIENCE) as tables:
            tables.change(_CREDENTIAL, {"used_at": _now()}, {"id": found.id})
    return found, account


def has_ended(credential: Credential) -> bool:
    """Whether a secret is too old, or, of a session, has not been used for too long."""
    now = datetime.now(UTC)
    is_idle = credential.kind is Kind.SESSION and (now - credential.used_at).total_seconds() > IDLE_SECONDS
    return is_idle or now >= credential.ends_at


def credentials(office: str, account: int | None = None) -> tuple[Credential, ...]:
    """The secrets that have not ended, the newest first: all, or those of an account."""
    where: Where = {} if account is None else {"account_id": account}
    with read_store(office) as tables:
        return tuple(one for one in reversed(_credentials(tables, where)) if not has_ended(one))


def end(office: str, credential: int, account: int | None = None) -> None:
    """Ends one secret; with `account`, only if it belongs to that one."""
    belongs = {} if account is None else {"account_id": account}
    with write_store(office, _PATIENCE) as tables:
        tables.remove(_CREDENTIAL, {"id": credential, **belongs})


def end_all(office: str, account: int, kind: Kind | None = None) -> None:
    """Ends all secrets of an account, or those of one kind."""
    with write_store(office, _PATIENCE) as tables:
        tables.remove(_CREDENTIAL, {"account_id": account} | ({} if kind is None else {"kind": kind.value}))


def _change_password(tables: Tables, account: int, hashed: str, keep: int | None) -> None:
    tables.change(_ACCOUNT, {"password": hashed}, {"id": account})
    for one in _credentials(tables, {"account_id": account}):
        if one.kind is not Kind.TOKEN and one.id != keep:
            tables.remove(_CREDENTIAL, {"id": one.id})


def _required_name(name: str) -> str:
    shown = unicodedata.normalize("NFC", name.strip())
    if not shown or len(shown) > 255 or not shown.isprintable():
        raise UsageError("The name of a user has 1 to 255 characters, none of which is a control character.")
    return shown


def _require_administrator(tables: Tables) -> None:
    roles = [one.role for one in _accounts(tables)]
    if roles and Role.ADMINISTRATOR not in roles:
        raise UsageError("There would be no administrator. Make somebody else an administrator first.")


def _hashed(password: str, name: str) -> str:
    """The hash of a password. Raises UsageError if it is too weak."""
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
        raise UsageError(f"A password has {LEAST_LENGTH} to {MOST_LENGTH:,} characters. Choose another one.")
    # Its dictionaries take 13 MB, and few processes ever choose a password.
    import zxcvbn

    if zxcvbn.zxcvbn(password[:_JUDGED], user_inputs=[name, "milepost"])["score"] < _LEAST_STRENGTH:
        raise UsageError(
            "This password is easy to guess. Choose another one, such as four words that have nothing in common."
        )
    with _one_at_a_time:
        return HASHER.hash(password)


_nobody: list[str] = []


def _nobodys() -> str:
    """The hash of a password that nobody knows, which takes as long to compare as any other one."""
    if not _nobody:
        _nobody.append(HASHER.hash(secrets.token_urlsafe(32)))
    return _nobody[0]


def _accounts(tables: Tables, where: Where | None = None) -> list[Account]:
    return [_account(row) for row in tables.rows(_ACCOUNT, TABLES[_ACCOUNT].schema, where or {}, ("id",)).to_dicts()]


def _one(tables: Tables, account: int) -> Account:
    found = _accounts(tables, {"id": account})
    if not found:
        raise UsageError(f"There is no user {account}.")
    return found[0]


def _account(row: Mapping[str, Any]) -> Account:
    return Account(
        row["id"], row["name"], Role.of(row["role"]), row["password"] is not None, _instant(row["created_at"])
    )


def _credentials(tables: Tables, where: Where) -> list[Credential]:
    rows = tables.rows(_CREDENTIAL, TABLES[_CREDENTIAL].schema, where, ("id",)).drop("hash").to_dicts()
    instants = ("created_at", "used_at", "ends_at")
    return [
        Credential(
            **row
            | {"kind": Kind(row["kind"]), "role": Role.of(row["role"])}
            | {name: _instant(row[name]) for name in instants}
        )
        for row in rows
    ]


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).casefold()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
