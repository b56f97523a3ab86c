"""Accounts and secrets: what is stored, who is let in, and what ends."""

from __future__ import annotations

import argon2
import pytest

from databases.stores import Stores
from databases.transactions import writing
from milepost.model.exceptions import UsageError
from milepost.model.roles import Role
from milepost.stores.opening import read_store
from milepost.stores.tables import TABLES
from milepost.use_cases import accounts
from milepost.use_cases.accounts import Credential, Kind

GOOD, BETTER = "plum-Otter-94-violin", "gravel?Tuba?61?lemon"
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def office(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(accounts, "HASHER", CHEAP)
    monkeypatch.setattr(accounts, "_nobody", [])
    return stores.empty()


def age(office: str, **instants: int) -> None:
    """Moves instants of all secrets into the past, by seconds."""
    with read_store(office) as tables:
        rows = tables.rows("credential", TABLES["credential"].schema).to_dicts()
    with writing(office) as tables:
        for row in rows:
            moved = {name: row[name] - seconds for name, seconds in instants.items()}
            tables.change("credential", moved, {"id": row["id"]})


def credential_of(office: str, secret: str, kind: Kind = Kind.SESSION) -> Credential:
    """What a secret stands for, which has not ended."""
    found = accounts.holder(office, secret, kind)
    assert found is not None
    return found[0]


def test_a_password_lets_in_its_own_account_alone(office: str) -> None:
    ada = accounts.add(office, " Ada ", Role.ADMINISTRATOR, GOOD)
    bob = accounts.add(office, "bob", Role.VIEWER, BETTER)
    carol = accounts.add(office, "carol", Role.VIEWER)
    assert [one.name for one in accounts.listing(office)] == ["Ada", "bob", "carol"]
    assert accounts.verified(office, "ADA", GOOD) == ada == accounts.named(office, "ada")
    assert accounts.verified(office, "bob", BETTER) == bob
    for name, password in (("ada", BETTER), ("ada", GOOD.upper()), ("ada", f"{GOOD} "), ("carol", ""), ("dan", GOOD)):
        assert accounts.verified(office, name, password) is None
    assert not carol.has_password


def test_no_secret_is_stored_as_it_is(office: str) -> None:
    ada = accounts.add(office, "ada", Role.ADMINISTRATOR, GOOD)
    secret = accounts.issue(office, ada.id, Kind.TOKEN, seconds=60)
    with read_store(office) as tables:
        stored = "".join(str(tables.rows(name, TABLES[name].schema).to_dicts()) for name in ("account", "credential"))
    assert GOOD not in stored
    assert secret not in stored
    assert "$argon2id$" in stored


@pytest.mark.parametrize("weak", ["", "short-Otter", "password1234", "aaaaaaaaaaaaaaaa", "ada-lovelace", "x" * 1001])
def test_a_weak_password_is_refused(weak: str, office: str) -> None:
    with pytest.raises(UsageError, match="password"):
        accounts.add(office, "ada-lovelace", Role.ADMINISTRATOR, weak)
    assert accounts.listing(office) == ()


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\x00", "a" * 256])
def test_a_name_can_be_read(name: str, office: str) -> None:
    with pytest.raises(UsageError, match="name of a user"):
        accounts.add(office, name, Role.ADMINISTRATOR)


def test_there_is_always_an_administrator(office: str) -> None:
    with pytest.raises(UsageError, match="no administrator"):
        accounts.add(office, "bob", Role.VIEWER)
    ada = accounts.add(office, "ada", Role.ADMINISTRATOR)
    with pytest.raises(UsageError, match="There is a user ADA already"):
        accounts.add(office, "ADA", Role.VIEWER)
    bob = accounts.add(office, "bob", Role.VIEWER)
    with pytest.raises(UsageError, match="no administrator"):
        accounts.remove(office, ada.id)
    with pytest.raises(UsageError, match="no administrator"):
        accounts.set_role(office, ada.id, Role.IMPORTER)
    accounts.set_role(office, bob.id, Role.ADMINISTRATOR)
    accounts.remove(office, ada.id)
    accounts.remove(office, bob.id)
    assert accounts.listing(office) == ()
    with pytest.raises(UsageError, match=f"no user {ada.id}"):
        accounts.one(office, ada.id)


def test_a_secret_is_of_one_kind_and_ends(office: str) -> None:
    ada = accounts.add(office, "ada", Role.ADMINISTRATOR)
    session = accounts.issue(office, ada.id, Kind.SESSION, seconds=accounts.SESSION_SECONDS)
    token = accounts.issue(office, ada.id, Kind.TOKEN, seconds=90 * 86_400, role=Role.VIEWER, label="nightly")
    found = credential_of(office, token, Kind.TOKEN)
    assert (found.account_id, found.role, found.label) == (ada.id, Role.VIEWER, "nightly")
    for secret, kind in ((token, Kind.SESSION), (session, Kind.TOKEN), (f"{token}x", Kind.TOKEN), ("", Kind.SESSION)):
        assert accounts.holder(office, secret, kind) is None
    age(office, used_at=accounts.IDLE_SECONDS + 1)
    assert accounts.holder(office, session, Kind.SESSION) is None
    assert accounts.holder(office, token, Kind.TOKEN) is not None
    assert [one.kind for one in accounts.credentials(office)] == [Kind.TOKEN]
    age(office, ends_at=90 * 86_400 + 1)
    assert accounts.holder(office, token, Kind.TOKEN) is None
    assert accounts.credentials(office, ada.id) == ()


def test_a_session_ends_however_much_it_is_used(office: str) -> None:
    session = accounts.issue(office, accounts.LOCAL, Kind.SESSION, seconds=accounts.SESSION_SECONDS)
    age(office, used_at=accounts.IDLE_SECONDS - 60)
    assert accounts.holder(office, session, Kind.SESSION) is not None
    age(office, used_at=accounts.IDLE_SECONDS - 60)
    assert accounts.holder(office, session, Kind.SESSION) is not None
    age(office, ends_at=accounts.SESSION_SECONDS)
    assert accounts.holder(office, session, Kind.SESSION) is None


def test_a_new_password_ends_sessions_and_a_removed_account_everything(office: str) -> None:
    ada = accounts.add(office, "ada", Role.ADMINISTRATOR, GOOD)
    kept, other, token = (
        accounts.issue(office, ada.id, kind, seconds=600) for kind in (Kind.SESSION, Kind.SESSION, Kind.TOKEN)
    )
    own = credential_of(office, kept)
    accounts.set_password(office, ada.id, BETTER, keep=own.id)
    assert accounts.verified(office, "ada", GOOD) is None
    assert accounts.verified(office, "ada", BETTER) == ada
    assert credential_of(office, kept) == own
    assert accounts.holder(office, other, Kind.SESSION) is None
    assert accounts.holder(office, token, Kind.TOKEN) is not None
    accounts.remove(office, ada.id)
    assert accounts.holder(office, token, Kind.TOKEN) is None


def test_an_invitation_serves_once(office: str) -> None:
    ada = accounts.add(office, "ada", Role.ADMINISTRATOR)
    invitation = accounts.issue(office, ada.id, Kind.INVITATION, seconds=600)
    assert not accounts.is_guarded(office)
    with pytest.raises(UsageError, match="easy to guess"):
        accounts.join(office, invitation, "password1234")
    assert accounts.join(office, invitation, GOOD).id == ada.id
    assert accounts.is_guarded(office)
    with pytest.raises(UsageError, match="has been used"):
        accounts.join(office, invitation, BETTER)
    assert accounts.verified(office, "ada", GOOD) is not None


def test_ending_one_secret_needs_its_own_account(office: str) -> None:
    ada = accounts.add(office, "ada", Role.ADMINISTRATOR)
    first, second = (accounts.issue(office, ada.id, Kind.SESSION, seconds=600) for _ in range(2))
    found = credential_of(office, first)
    accounts.end(office, found.id, account=ada.id + 1)
    assert credential_of(office, first) == found
    accounts.end(office, found.id, account=ada.id)
    assert accounts.holder(office, first, Kind.SESSION) is None
    accounts.end_all(office, ada.id, Kind.SESSION)
    assert accounts.holder(office, second, Kind.SESSION) is None


def test_the_local_person_is_let_in_until_somebody_can_log_in(office: str) -> None:
    secret = accounts.issue(office, accounts.LOCAL, Kind.SESSION, seconds=600)
    ada = accounts.add(office, "ada", Role.ADMINISTRATOR)
    found = accounts.holder(office, secret, Kind.SESSION)
    assert found is not None
    assert (found[1].id, found[1].role) == (accounts.LOCAL, Role.ADMINISTRATOR)
    accounts.set_password(office, ada.id, GOOD)
    assert accounts.holder(office, secret, Kind.SESSION) is None
