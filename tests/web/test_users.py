"""Logging in and out, users and their invitations, tokens, and what a proxy says."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Any

import argon2
import pytest
from httpx2 import Response
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.testclient import TestClient

from milepost.model.roles import Role
from milepost.use_cases import accounts
from milepost.use_cases.accounts import Kind
from milepost.web import attempts
from web.workbench import ORIGIN, local_person, own, site_of, text_of, visitor

PASSWORD, OTHER, WRONG = "plum-Otter-94-violin", "gravel?Tuba?61?lemon", "wrong"
HTTPS = "https://milepost.example.org"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time."""
    monkeypatch.setattr(accounts, "HASHER", argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setattr(accounts, "_nobody", [])


def with_users(filled: Path, tmp_path: Path, **given: Any) -> TestClient:  # noqa: ANN401 - as `visitor` has it
    """A stranger at a site where Ada, an administrator, and Bob, a viewer, can log in."""
    client = visitor(filled, tmp_path / "data", **given)
    client.headers["origin"] = given.get("url") or ORIGIN
    accounts.add(site_of(client).office, "Ada", Role.ADMINISTRATOR, PASSWORD)
    accounts.add(site_of(client).office, "Bob", Role.VIEWER, OTHER)
    return client


def log_in(client: TestClient, name: str = "Ada", password: str = PASSWORD, **more: str) -> Response:
    """The answer to the log-in form."""
    return client.post("/enter", data={"name": name, "password": password, **more})


@pytest.fixture
def stranger(filled: Path, tmp_path: Path) -> TestClient:
    return with_users(filled, tmp_path)


@pytest.fixture
def ada(stranger: TestClient) -> TestClient:
    assert log_in(stranger).status_code == 303
    return own(stranger)


def test_a_password_lets_in_and_leads_to_what_was_asked_for(stranger: TestClient) -> None:
    shown = stranger.get("/runs?state=done&file=a")
    assert shown.status_code == 401
    assert 'name="to" value="/runs?state=done&amp;file=a"' in shown.text
    assert "secret" not in shown.text.casefold()
    answer = log_in(stranger, "ada", to="/runs?state=done&file=a")
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs?state=done&file=a")
    assert "Ada" in text_of(stranger, "/")
    # That is what a proxy asks for, and passes on.
    assert stranger.get("/", headers={"authorization": "Basic eDp5"}).status_code == 200
    for wrong in ("bob", "nobody", ""):
        answer = log_in(stranger, wrong)
        assert (answer.status_code, "The name or the password is wrong." in answer.text) == (403, True)


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "\\/x", "/enter", ""]
)
def test_a_log_in_leads_to_no_other_site(to: str, stranger: TestClient) -> None:
    assert log_in(stranger, to=to).headers["location"] == "/"


def test_a_log_in_begins_a_session_of_its_own_and_ends_the_former_one(stranger: TestClient) -> None:
    stranger.cookies.set("milepost-8080", "chosen-by-somebody-else", domain="127.0.0.1", path="/")
    log_in(stranger)
    first = stranger.cookies["milepost-8080"]
    assert first != "chosen-by-somebody-else"
    log_in(stranger, "Bob", OTHER)
    assert stranger.cookies["milepost-8080"] != first
    assert "Bob" in text_of(stranger, "/")
    stranger.cookies.set("milepost-8080", first, domain="127.0.0.1", path="/")
    assert stranger.get("/").status_code == 401


def test_by_https_the_cookie_is_kept_from_other_hosts_and_from_http(filled: Path, tmp_path: Path) -> None:
    client = with_users(filled, tmp_path, url=HTTPS, is_local=False)
    answer = log_in(client)
    name, *words = (word.strip() for word in answer.headers["set-cookie"].split(";"))
    assert name.startswith("__Host-milepost=")
    assert {word.lower() for word in words} == {"httponly", "secure", "samesite=lax", "path=/"}
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert own(client).post("/leave").status_code == 303
    for origin, host, status in (
        (ORIGIN, None, 403),
        (HTTPS.replace("s:", ":"), None, 403),
        (HTTPS, "127.0.0.1:8080", 421),
    ):
        headers = {"origin": origin} | ({} if host is None else {"host": host})
        assert client.post("/enter", headers=headers).status_code == status


def test_too_many_attempts_are_refused_for_that_name_from_that_address(stranger: TestClient) -> None:
    for _ in range(attempts.MOST_OF_BOTH):
        assert log_in(stranger, password=WRONG).status_code == 403
    answer = log_in(stranger)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")
    assert "too many attempts" in answer.text
    assert log_in(stranger, "Bob", OTHER).status_code == 303


def test_an_address_and_a_name_have_limits_too_and_mistakes_are_forgotten() -> None:
    kept = attempts.Attempts()

    def fails(name: str, address: str, *, has_failed: bool = True) -> bool:
        try:
            with kept.counted(name, address) as attempt:
                attempt.has_failed = has_failed
        except HTTPException:
            return False
        return True

    for number in range(attempts.MOST_OF_ADDRESS):
        assert fails(f"name {number}", "one")
        assert fails("one", f"address {number}")
    assert not fails("another", "one")
    assert not fails("one", "another")
    assert fails("another", "another")
    for _ in range(2):
        for _ in range(attempts.MOST_OF_BOTH - 1):
            assert fails("two", "two")
        assert fails("two", "two", has_failed=False)


def test_only_a_trusted_proxy_says_where_a_request_comes_from(filled: Path, tmp_path: Path) -> None:
    client = visitor(filled, tmp_path / "data", proxies=[ipaddress.ip_network("192.0.2.0/28")])
    entrance = site_of(client).entrance

    def seen(peer: str, *forwarded: str) -> str:
        headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
        return entrance.address(request_from(peer, headers))

    assert seen("192.0.2.7", "203.0.113.9, 198.51.100.4") == "198.51.100.4"
    assert seen("192.0.2.99", "198.51.100.4") == "192.0.2.99"
    assert seen("192.0.2.7") == "192.0.2.7"


def request_from(peer: str, headers: list[tuple[bytes, bytes]]) -> Request:
    """A request from an address."""
    return Request({"type": "http", "client": (peer, 1), "headers": headers})


def test_the_link_lets_nobody_in_once_somebody_can_log_in(filled: Path, tmp_path: Path) -> None:
    client = local_person(filled, tmp_path / "data")
    secret = site_of(client).entrance.secret
    refused = client.post("/users", data={"name": "Bob", "role": "viewer"})
    assert (refused.status_code, "There would be no administrator" in refused.text) == (400, True)
    shown = client.post("/users", data={"name": "Ada", "role": "administrator"})
    invitation = re.search(r"/join\?invitation=([\w-]+)", shown.text)
    assert invitation is not None
    assert client.get("/users").status_code == 200
    assert "invitation" not in client.get("/users").text.partition("Sessions, tokens")[0].replace("invitations", "")
    browser = TestClient(client.app, base_url=ORIGIN, follow_redirects=False, headers={"origin": ORIGIN})
    assert "as Ada" in text_of(browser, f"/join?invitation={invitation[1]}")
    given = {"invitation": invitation[1], "password": PASSWORD, "again": OTHER}
    assert "differ" in browser.post("/join", data=given).text
    assert "easy to guess" in browser.post("/join", data=given | {"password": "a" * 12, "again": "a" * 12}).text
    assert browser.post("/join", data=given | {"again": PASSWORD}).status_code == 303
    assert "Ada" in text_of(browser, "/users")
    assert client.get("/users").status_code == 401
    assert client.get(f"/enter?secret={secret}").status_code == 403
    assert client.get("/api/v1/runs", headers={"authorization": f"Bearer {secret}"}).status_code == 401
    assert "has been used" in browser.post("/join", data=given | {"again": PASSWORD}).text
    assert "has been used" in text_of(browser, f"/join?invitation={invitation[1]}", 403)


def test_an_administrator_says_who_may_do_what(ada: TestClient) -> None:
    office = site_of(ada).office
    bob = accounts.named(office, "bob")
    assert bob is not None
    assert ada.post(f"/users/{bob.id}/role", data={"role": "importer"}).status_code == 303
    assert accounts.one(office, bob.id).role is Role.IMPORTER
    assert ada.post(f"/users/{bob.id}/role", data={"role": "king"}).status_code == 400
    assert "There is a user Bob already" in ada.post("/users", data={"name": "Bob", "role": "viewer"}).text
    first = re.search(r"invitation=([\w-]+)", ada.post(f"/users/{bob.id}/invite").text)
    second = re.search(r"invitation=([\w-]+)", ada.post(f"/users/{bob.id}/invite").text)
    assert first is not None
    assert second is not None
    assert accounts.holder(office, first[1], Kind.INVITATION) is None
    assert accounts.holder(office, second[1], Kind.INVITATION) is not None
    assert "no administrator" in ada.post("/users/1/remove").text
    assert ada.post(f"/users/{bob.id}/remove").status_code == 303
    assert accounts.named(office, "bob") is None


def test_a_password_is_changed_by_who_knows_it(ada: TestClient) -> None:
    given = {"current": PASSWORD, "password": OTHER, "again": OTHER}
    assert "current password is wrong" in ada.post("/account/password", data=given | {"current": OTHER}).text
    assert "differ" in ada.post("/account/password", data=given | {"again": PASSWORD}).text
    assert "12 to 1,000" in ada.post("/account/password", data=given | {"password": "short", "again": "short"}).text
    assert "was changed" in ada.post("/account/password", data=given).text
    assert accounts.verified(site_of(ada).office, "ada", OTHER) is not None


def test_a_token_is_shown_once_and_no_more_may_be_done_with_it(stranger: TestClient) -> None:
    log_in(stranger, "Bob", OTHER)
    bob = own(stranger)
    for wrong in ({"label": ""}, {"days": "9999"}, {"role": "king"}):
        given = {"label": "nightly", "days": "30", "role": "administrator"} | wrong
        assert bob.post("/account/tokens", data=given).status_code == 400
    shown = bob.post("/account/tokens", data={"label": "nightly", "days": "30", "role": "administrator"})
    token = re.search(r"<code>(milepost_[\w-]+)</code>", shown.text)
    assert token is not None
    assert token[1] not in bob.get("/account").text
    assert "nightly" in text_of(bob, "/account")
    program = TestClient(bob.app, base_url=ORIGIN, headers={"authorization": f"Bearer {token[1]}"})
    assert program.get("/api/v1/runs").status_code == 200
    assert program.get("/api/v1/jobs").status_code == 403
    number = next(one.id for one in accounts.credentials(site_of(bob).office) if one.kind is Kind.TOKEN)
    assert bob.post(f"/account/credentials/{number}/end").status_code == 303
    assert program.get("/api/v1/runs").status_code == 401


def test_nobody_ends_the_session_of_another_one(stranger: TestClient) -> None:
    office = site_of(stranger).office
    session = accounts.issue(office, 1, Kind.SESSION, seconds=600)
    number = accounts.credentials(office)[0].id
    log_in(stranger, "Bob", OTHER)
    own(stranger).post(f"/account/credentials/{number}/end")
    assert accounts.holder(office, session, Kind.SESSION) is not None


def test_the_cookie_of_a_session_needs_its_form_in_the_api_too(ada: TestClient) -> None:
    ada.headers.pop("x-csrf-token")
    assert ada.post("/api/v1/uploads", json={"file": "a.csv"}).status_code == 403
    assert own(ada).post("/api/v1/uploads", json={"file": "a.csv"}).status_code == 201


def test_a_run_is_recorded_under_the_name_of_the_user(ada: TestClient) -> None:
    files = {"file": ("a.csv", b"candidateLogin\nada\n")}
    assert ada.post("/imports", files=files).status_code == 303
    assert "Ada" in text_of(ada, "/imports").partition("Begun before")[2]


@pytest.mark.parametrize(
    ("peer", "names", "status"),
    [
        ("192.0.2.7", ["ada"], 200),
        ("192.0.2.7", ["carol"], 401),
        ("192.0.2.7", ["ada", "bob"], 401),
        ("192.0.2.7", [], 401),
        ("192.0.2.99", ["ada"], 401),
    ],
)
def test_a_trusted_proxy_names_the_user(peer: str, names: list[str], status: int, filled: Path, tmp_path: Path) -> None:
    proxies = [ipaddress.ip_network("192.0.2.0/28")]
    client = with_users(filled, tmp_path, url=HTTPS, is_local=False, proxies=proxies, header="Remote-User")
    behind = TestClient(client.app, base_url=HTTPS, client=(peer, 1))
    answer = behind.get("/users", headers=[("Remote-User", name) for name in names])
    assert answer.status_code == status
    assert ("/leave" in answer.text) is False
    assert log_in(client).status_code == 403
    assert client.get("/", headers={"Remote-User": "ada"}).status_code == 401


def test_the_log_has_numbers_alone(filled: Path, tmp_path: Path) -> None:
    told: list[tuple[str, dict[str, Any]]] = []
    client = with_users(filled, tmp_path, tell=lambda event, **facts: told.append((event, facts)))
    log_in(client, password=WRONG)
    log_in(client, "Bob", OTHER)
    own(client).get("/users")
    client.post("/leave")
    assert told == [("log-in refused", {}), ("log-in", {"user": 2}), ("refused", {"user": 2}), ("log-out", {"user": 2})]


def test_what_the_local_person_has_is_nothing_where_others_come_in(filled: Path, tmp_path: Path) -> None:
    client = visitor(filled, tmp_path / "data", is_local=False, header="Remote-User")
    for kind in (Kind.SESSION, Kind.TOKEN):
        secret = accounts.issue(site_of(client).office, accounts.LOCAL, kind, seconds=600)
        client.cookies.set("milepost-8080", secret)
        assert client.get("/runs").status_code == 401
        assert client.get("/runs", headers={"authorization": f"Bearer {secret}"}).status_code == 401
