"""Who may ask for what: every route, by everybody. A route without a row here fails."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from milepost.model.roles import Role
from milepost.use_cases import accounts
from milepost.use_cases.accounts import Account, Kind
from milepost.web import guard
from milepost.web.entrance import FORM_HEADER, form_secret_of
from milepost.web.routes import ROUTES
from web.workbench import ORIGIN, own, secret_of, site_of, visitor

EVERYBODY = None
PAGES = {
    ("GET", "/enter"): ("/enter", EVERYBODY, 200),
    ("POST", "/enter"): ("/enter", EVERYBODY, 403),
    ("GET", "/enter/openid"): ("/enter/openid", EVERYBODY, 404),
    ("GET", "/enter/openid/back"): ("/enter/openid/back", EVERYBODY, 404),
    ("POST", "/leave"): ("/leave", Role.VIEWER, 303),
    ("GET", "/join"): ("/join?invitation=x", EVERYBODY, 403),
    ("POST", "/join"): ("/join", EVERYBODY, 403),
    ("GET", "/static/{name}"): ("/static/style.css", EVERYBODY, 200),
    ("GET", "/"): ("/", Role.VIEWER, 200),
    ("GET", "/metrics"): ("/metrics", Role.VIEWER, 200),
    ("GET", "/runs"): ("/runs", Role.VIEWER, 200),
    ("GET", "/runs/{run:int}"): ("/runs/7", Role.VIEWER, 200),
    ("GET", "/runs/{run:int}/findings"): ("/runs/7/findings", Role.VIEWER, 200),
    ("GET", "/runs/{run:int}/changes"): ("/runs/8/changes", Role.VIEWER, 200),
    ("GET", "/runs/{run:int}/verification"): ("/runs/7/verification", Role.VIEWER, 200),
    ("GET", "/runs/{run:int}/verification/report"): ("/runs/7/verification/report", Role.VIEWER, 200),
    ("GET", "/runs/{run:int}/undo"): ("/runs/8/undo", Role.IMPORTER, 200),
    ("POST", "/runs/{run:int}/undo"): ("/runs/8/undo", Role.IMPORTER, 303),
    ("GET", "/imports"): ("/imports", Role.IMPORTER, 200),
    ("POST", "/imports"): ("/imports", Role.IMPORTER, 400),
    ("GET", "/imports/{draft:int}"): ("/imports/99", Role.IMPORTER, 404),
    ("POST", "/imports/{draft:int}"): ("/imports/99", Role.IMPORTER, 404),
    ("POST", "/imports/{draft:int}/discard"): ("/imports/99/discard", Role.IMPORTER, 404),
    ("GET", "/imports/{draft:int}/columns"): ("/imports/99/columns", Role.IMPORTER, 404),
    ("POST", "/imports/{draft:int}/columns"): ("/imports/99/columns", Role.IMPORTER, 404),
    ("GET", "/imports/{draft:int}/values"): ("/imports/99/values", Role.IMPORTER, 404),
    ("POST", "/imports/{draft:int}/values"): ("/imports/99/values", Role.IMPORTER, 404),
    ("GET", "/imports/{draft:int}/configuration"): ("/imports/99/configuration", Role.IMPORTER, 404),
    ("POST", "/imports/{draft:int}/configuration"): ("/imports/99/configuration", Role.IMPORTER, 404),
    ("GET", "/imports/{draft:int}/check"): ("/imports/99/check", Role.IMPORTER, 404),
    ("POST", "/imports/{draft:int}/check"): ("/imports/99/check", Role.IMPORTER, 404),
    ("GET", "/imports/{draft:int}/findings"): ("/imports/99/findings", Role.IMPORTER, 404),
    ("GET", "/imports/{draft:int}/changes"): ("/imports/99/changes", Role.IMPORTER, 404),
    ("GET", "/imports/{draft:int}/rejects"): ("/imports/99/rejects", Role.IMPORTER, 404),
    ("POST", "/imports/{draft:int}/import"): ("/imports/99/import", Role.IMPORTER, 404),
    ("GET", "/imports/{draft:int}/result"): ("/imports/99/result", Role.IMPORTER, 404),
    ("GET", "/imports/{draft:int}/mend"): ("/imports/99/mend", Role.IMPORTER, 404),
    ("POST", "/imports/{draft:int}/mend"): ("/imports/99/mend", Role.IMPORTER, 404),
    ("GET", "/configurations"): ("/configurations", Role.IMPORTER, 200),
    ("POST", "/configurations"): ("/configurations", Role.IMPORTER, 400),
    ("GET", "/configurations/{number:int}"): ("/configurations/99", Role.IMPORTER, 404),
    ("POST", "/configurations/{number:int}"): ("/configurations/99", Role.IMPORTER, 404),
    ("GET", "/configurations/{number:int}/xml"): ("/configurations/99/xml", Role.IMPORTER, 404),
    ("POST", "/configurations/{number:int}/remove"): ("/configurations/99/remove", Role.IMPORTER, 404),
    ("GET", "/jobs/{job:int}"): ("/jobs/99", Role.IMPORTER, 404),
    ("POST", "/jobs/{job:int}/stop"): ("/jobs/99/stop", Role.IMPORTER, 404),
    ("GET", "/schedules"): ("/schedules", Role.VIEWER, 200),
    ("POST", "/schedules"): ("/schedules", Role.ADMINISTRATOR, 400),
    ("GET", "/schedules/{schedule:int}"): ("/schedules/99", Role.VIEWER, 404),
    ("POST", "/schedules/{schedule:int}"): ("/schedules/99", Role.ADMINISTRATOR, 404),
    ("POST", "/schedules/{schedule:int}/run"): ("/schedules/99/run", Role.ADMINISTRATOR, 404),
    ("POST", "/schedules/{schedule:int}/pause"): ("/schedules/99/pause", Role.ADMINISTRATOR, 404),
    ("POST", "/schedules/{schedule:int}/resume"): ("/schedules/99/resume", Role.ADMINISTRATOR, 404),
    ("POST", "/schedules/{schedule:int}/remove"): ("/schedules/99/remove", Role.ADMINISTRATOR, 404),
    ("GET", "/reference"): ("/reference", Role.IMPORTER, 200),
    ("GET", "/reference/{kind}"): ("/reference/learners", Role.VIEWER, 200),
    ("POST", "/reference"): ("/reference", Role.IMPORTER, 404),
    ("GET", "/exports"): ("/exports", Role.VIEWER, 200),
    ("GET", "/exports/{what}"): ("/exports/tracking", Role.VIEWER, 200),
    ("GET", "/learners"): ("/learners?name=ada", Role.VIEWER, 200),
    ("GET", "/learners/change"): ("/learners/change?what=rename&name=ada&to=eva", Role.IMPORTER, 200),
    ("POST", "/learners/change"): ("/learners/change", Role.IMPORTER, 400),
    ("GET", "/learners/erasure"): ("/learners/erasure?name=ada", Role.ADMINISTRATOR, 200),
    ("POST", "/learners/erasure"): ("/learners/erasure", Role.ADMINISTRATOR, 400),
    ("GET", "/registrations"): ("/registrations", Role.VIEWER, 200),
    ("GET", "/retention"): ("/retention", Role.ADMINISTRATOR, 200),
    ("POST", "/retention"): ("/retention", Role.ADMINISTRATOR, 303),
    ("POST", "/retention/prune"): ("/retention/prune", Role.ADMINISTRATOR, 400),
    ("GET", "/account"): ("/account", Role.VIEWER, 200),
    ("POST", "/account/password"): ("/account/password", Role.VIEWER, 403),
    ("POST", "/account/tokens"): ("/account/tokens", Role.VIEWER, 400),
    ("POST", "/account/credentials/{credential:int}/end"): ("/account/credentials/99/end", Role.VIEWER, 303),
    ("GET", "/users"): ("/users", Role.ADMINISTRATOR, 200),
    ("POST", "/users"): ("/users", Role.ADMINISTRATOR, 400),
    ("POST", "/users/{account:int}/role"): ("/users/99/role", Role.ADMINISTRATOR, 400),
    ("POST", "/users/{account:int}/invite"): ("/users/99/invite", Role.ADMINISTRATOR, 400),
    ("POST", "/users/{account:int}/remove"): ("/users/99/remove", Role.ADMINISTRATOR, 400),
    ("POST", "/users/credentials/{credential:int}/end"): ("/users/credentials/99/end", Role.ADMINISTRATOR, 303),
}
"""By method and path of the route: an address, the least role that may ask, and the status that it then gets."""

PERSONAL = ("/leave", "/account", "/users")
"""What the addresses begin with that need a browser: a token is not enough."""
FORMS = [row[0] for (method, _), row in PAGES.items() if method == "POST"]


def test_every_route_has_a_row() -> None:
    assert {(one.method, one.path): one.role for one in ROUTES} == {key: row[1] for key, row in PAGES.items()}
    assert {one.path for one in ROUTES if one.is_personal} == {path for _, path in PAGES if path.startswith(PERSONAL)}


def answers(client: TestClient, headers: dict[str, str] | None = None) -> dict[tuple[str, str], int]:
    """The status of every route for a client."""
    # Who leaves asks for nothing more.
    rows = sorted(PAGES.items(), key=lambda row: row[0][1] == "/leave")
    return {key: client.request(key[0], row[0], headers=headers).status_code for key, row in rows}


def expected(role: Role, *, by_token: bool = False) -> dict[tuple[str, str], int]:
    """The status of every route for a role."""
    return {
        key: 403 if least is not None and (role < least or (by_token and key[1].startswith(PERSONAL))) else status
        for key, (_, least, status) in PAGES.items()
    }


REFUSED = {key: 401 if least is not None else status for key, (_, least, status) in PAGES.items()}


@dataclass(frozen=True)
class Staffed:
    """A site, its store of accounts, and a user of each role."""

    client: TestClient
    office: str
    users: dict[Role, Account]

    def session(self, role: Role, seconds: int = 600) -> str:
        """The secret of a new session of the user of that role."""
        return accounts.issue(self.office, self.users[role].id, Kind.SESSION, seconds=seconds)

    def with_session(self, secret: str) -> TestClient:
        """The client with that session, as if it had made the forms of it."""
        self.client.cookies.set("milepost-8080", secret)
        return own(self.client)

    def with_token(self, secret: str) -> TestClient:
        """The client as a program with that token."""
        self.client.headers["authorization"] = f"Bearer {secret}"
        self.client.headers["origin"] = ORIGIN
        return self.client


@pytest.fixture
def staffed(store: Path, tmp_path: Path) -> Staffed:
    """A site with a user of each role, none of whom has a password."""
    client = visitor(store, tmp_path / "data")
    office = site_of(client).office
    users = {role: accounts.add(office, role.word, role) for role in reversed(Role)}
    return Staffed(client, office, users)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_what_it_may(role: Role, staffed: Staffed) -> None:
    assert answers(staffed.with_session(staffed.session(role))) == expected(role)


@pytest.mark.parametrize("scope", list(Role))
def test_a_token_gets_what_its_scope_may_and_no_access_that_outlives_it(scope: Role, staffed: Staffed) -> None:
    token = accounts.issue(staffed.office, staffed.users[Role.ADMINISTRATOR].id, Kind.TOKEN, seconds=600, role=scope)
    assert answers(staffed.with_token(token)) == expected(scope, by_token=True)


def test_a_token_gets_no_more_than_its_user(staffed: Staffed) -> None:
    token = accounts.issue(staffed.office, staffed.users[Role.VIEWER].id, Kind.TOKEN, seconds=600)
    assert answers(staffed.with_token(token)) == expected(Role.VIEWER, by_token=True)


def _left(staffed: Staffed) -> TestClient:
    secret = staffed.session(Role.VIEWER)
    assert staffed.with_session(secret).post("/leave").status_code == 303
    return staffed.with_session(secret)


def _removed(staffed: Staffed) -> TestClient:
    client = staffed.with_session(staffed.session(Role.VIEWER))
    accounts.remove(staffed.office, staffed.users[Role.VIEWER].id)
    return client


def _ended_by_administrator(staffed: Staffed) -> TestClient:
    secret = staffed.session(Role.VIEWER)
    own_session = accounts.credentials(staffed.office, staffed.users[Role.VIEWER].id)[0].id
    administrator = staffed.with_session(staffed.session(Role.ADMINISTRATOR))
    assert administrator.post(f"/users/credentials/{own_session}/end").status_code == 303
    return staffed.with_session(secret)


def _ended_token(staffed: Staffed) -> TestClient:
    user = staffed.users[Role.ADMINISTRATOR].id
    return staffed.with_token(accounts.issue(staffed.office, user, Kind.TOKEN, seconds=0))


NOBODY: dict[str, Callable[[Staffed], TestClient]] = {
    "no log-in": lambda staffed: staffed.client,
    "a guess": lambda staffed: staffed.with_session("guessed"),
    "a session that was left": _left,
    "a session that an administrator has ended": _ended_by_administrator,
    "a session that is too old": lambda staffed: staffed.with_session(staffed.session(Role.VIEWER, seconds=0)),
    "the session of a user who was removed": _removed,
    "a token that has ended": _ended_token,
    "a session as a token": lambda staffed: staffed.with_token(staffed.session(Role.ADMINISTRATOR)),
    "an invitation as a token": lambda staffed: staffed.with_token(
        accounts.issue(staffed.office, staffed.users[Role.ADMINISTRATOR].id, Kind.INVITATION, seconds=600)
    ),
    "the name of a user as a proxy gives it": lambda staffed: _named(staffed, "remote-user"),
}


def _named(staffed: Staffed, header: str) -> TestClient:
    staffed.client.headers[header] = Role.ADMINISTRATOR.word
    return staffed.client


@pytest.mark.parametrize("who", NOBODY)
def test_without_a_session_nothing_is_shown(who: str, staffed: Staffed) -> None:
    client = NOBODY[who](staffed)
    client.headers["origin"] = ORIGIN
    assert answers(client) == REFUSED


def test_a_form_of_another_session_is_refused(staffed: Staffed) -> None:
    client = staffed.with_session(staffed.session(Role.ADMINISTRATOR))
    for wrong in ("", "0" * 64, form_secret_of(staffed.session(Role.ADMINISTRATOR))):
        client.headers[FORM_HEADER] = wrong
        for path in FORMS:
            if path not in ("/enter", "/join"):
                assert client.post(path).status_code == 403, path


def test_foreign_hosts_and_origins_are_refused(client: TestClient) -> None:
    every = set(PAGES)
    for origin in ("http://evil.example", "http://127.0.0.1:9090", "null", "https://127.0.0.1:8080", f"{ORIGIN}.evil"):
        assert answers(client, headers={"origin": origin}) == dict.fromkeys(every, 403)
    for host in ("evil.example", "evil.example:8080", "127.0.0.1", "127.0.0.1:9090"):
        assert answers(client, headers={"host": host}) == dict.fromkeys(every, 421)


def test_what_changes_something_must_come_from_a_page_of_ours(client: TestClient) -> None:
    del client.headers["origin"]
    for path in FORMS:
        for site in ({}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
            assert client.post(path, headers=site).status_code == 403
        assert client.post(path, headers={"sec-fetch-site": "cross-site", "origin": ORIGIN}).status_code == 403
        # Browsers send it by themselves, unlike a token.
        assert client.post(path, headers={"authorization": "Basic eDp5"}).status_code == 403
    assert client.post("/imports", headers={"sec-fetch-site": "same-origin"}).status_code == 400


@pytest.mark.parametrize("path", ["/", "/runs/99", "/nowhere", "/static/style.css", "/enter"])
def test_every_answer_has_the_headers_that_protect(path: str, client: TestClient) -> None:
    answer = client.get(path)
    assert {name: answer.headers[name] for name in guard.PROTECTING} == guard.PROTECTING
    assert "unsafe" not in guard.CONTENT_SECURITY_POLICY
    kept = "max-age=3600" if path.startswith("/static") else "no-store"
    assert answer.headers["cache-control"] == kept


def test_the_cookie_cannot_be_read_by_scripts(filled: Path, tmp_path: Path) -> None:
    client = visitor(filled, tmp_path)
    answer = client.get(f"/enter?secret={secret_of(client)}")
    assert answer.headers["location"] == "/"
    words = {word.strip().lower() for word in answer.headers["set-cookie"].split(";")[1:]}
    assert words == {"httponly", "samesite=lax", "path=/"}


def test_the_secret_lets_in_as_a_link_or_pasted_and_nothing_else_does(filled: Path, tmp_path: Path) -> None:
    client = visitor(filled, tmp_path)
    secret, own = secret_of(client), {"origin": ORIGIN}
    assert client.get("/enter?secret=x").status_code == 403
    assert client.post("/enter", data={"secret": secret[:-1]}, headers=own).status_code == 403
    for pasted in (secret, f" {ORIGIN}/enter?secret={secret} "):
        assert client.post("/enter", data={"secret": pasted}, headers=own).status_code == 303
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../site.py",
        "/static/%2e%2e%2fsite.py",
        "/static/",
        "/runs/0x7",
        "/runs/-1",
        "/runs/9999999999",
        "/static/nothing",
    ],
)
def test_what_is_not_there_is_not_found(path: str, client: TestClient) -> None:
    assert client.get(path).status_code == 404


def test_a_body_has_a_limit(client: TestClient) -> None:
    assert client.post("/enter", content=b"x" * 1_000_001).status_code == 413
    chunks = itertools.repeat(b"x" * 100_000, 11)
    encoded = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/enter", content=chunks, headers=encoded).status_code == 413
