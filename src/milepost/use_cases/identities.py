"""Who users are to a provider of OpenID Connect: an issuer, and a subject that it never gives to anybody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from milepost.model.exceptions import UsageError
from milepost.model.roles import Role
from milepost.stores.opening import read_store, write_store
from milepost.stores.port import Patience, Presence, Tables
from milepost.stores.tables import TABLES
from milepost.use_cases import accounts
from milepost.use_cases.accounts import Account, Kind

_ACCOUNT = "account"
_PATIENCE = Patience(30)


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody whom a provider has identified."""

    issuer: str
    subject: str
    email: str | None = None
    """An address that the provider has verified."""
    name: str | None = None
    """What the provider calls them."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """Whom to let in of those who are not known yet."""

    matches_email: bool = False
    """Whether the user whose name is the verified e-mail address is meant."""
    default_role: Role | None = None
    """The role of a new user; None: nobody becomes a user by logging in."""


def recognised(office: str, who: Identity, welcome: Welcome, invitation: str | None = None) -> Account | None:
    """The account of an identity; None if there is none, and none is to be made.

    Of an unknown one, it is that of the invitation, else that of the e-mail address, else a new one, as `welcome` says.
    What was found once is kept. Raises UsageError if the invitation has ended, or is for somebody else.
    """
    found = _known(office, who)
    if found is not None:
        return found
    if invitation:
        invited = accounts.holder(office, invitation, Kind.INVITATION)
        if invited is None:
            raise UsageError("This invitation has been used, or has ended. Ask an administrator for another one.")
        return _linked(office, invited[1], who, invited[0].id)
    if welcome.matches_email and who.email:
        named = accounts.named(office, who.email)
        if named is not None:
            return _linked(office, named, who)
    if welcome.default_role is None:
        return None
    return _linked(office, accounts.add(office, who.email or who.name or who.subject, welcome.default_role), who)


def linked(office: str) -> Mapping[int, str]:
    """The issuers that know users, by the number of the account."""
    schema = {"id": TABLES[_ACCOUNT].schema["id"], "issuer": TABLES[_ACCOUNT].schema["issuer"]}
    with read_store(office) as tables:
        return dict(tables.rows(_ACCOUNT, schema, {"issuer": Presence.PRESENT}).iter_rows())


def _known(office: str, who: Identity) -> Account | None:
    with read_store(office) as tables:
        rows = _rows(tables, {"issuer": who.issuer, "subject": who.subject})
    return accounts.one(office, rows[0]["id"]) if rows else None


def _linked(office: str, account: Account, who: Identity, invitation: int | None = None) -> Account:
    with write_store(office, _PATIENCE) as tables:
        (row,) = _rows(tables, {"id": account.id})
        if row["subject"] is not None:
            raise UsageError(f"{account.name} logs in as somebody else there. Ask an administrator.")
        if invitation is not None:
            if not tables.count("credential", {"id": invitation}):
                raise UsageError("This invitation has been used. Ask an administrator for another one.")
            tables.remove("credential", {"id": invitation})
        tables.change(_ACCOUNT, {"issuer": who.issuer, "subject": who.subject}, {"id": account.id})
    return account


def _rows(tables: Tables, where: Mapping[str, Any]) -> list[dict[str, Any]]:
    return tables.rows(_ACCOUNT, TABLES[_ACCOUNT].schema, where).to_dicts()
