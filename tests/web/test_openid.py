"""Log-in by OpenID Connect, at a provider that is a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from functional.workbench import environment, run_here
from milepost.model.roles import Role
from milepost.use_cases import accounts
from milepost.use_cases.accounts import Kind
from milepost.use_cases.identities import Welcome
from milepost.web.openid import Provider
from web.openid_provider import CLIENT, SECRET
from web.workbench import ORIGIN, own, site_of, text_of, visitor

ADA = {"sub": "248289761001", "email": "ada@x.example", "email_verified": True}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of a provider."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    tests = str(Path(__file__).parents[1])
    there = environment()
    words = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {tests!r}); import web.openid_provider as p; p.main({port})",
    ]
    with subprocess.Popen(words, env=there) as process:
        for _ in range(300):
            try:
                httpx2.get(f"http://127.0.0.1:{port}/keys")
                break
            except httpx2.ConnectError:
                assert process.poll() is None
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


def site(issuer: str, filled: Path, tmp_path: Path, secret: str = SECRET, **welcome: Any) -> TestClient:  # noqa: ANN401
    """A stranger at a site that has an administrator, and that provider."""
    provider = Provider(issuer, CLIENT, secret, "the provider", Welcome(**welcome))
    client = visitor(filled, tmp_path / "data", provider=provider, is_local=False)
    accounts.add(site_of(client).office, "root", Role.ADMINISTRATOR)
    return client


def log_in(client: TestClient, issuer: str, path: str = "/enter/openid", **who: Any) -> httpx2.Response:  # noqa: ANN401
    """What comes of a log-in at the provider as somebody."""
    httpx2.post(f"{issuer}/who", json={"claims": ADA, "published": ["first"], **who})
    sent = client.get(path)
    assert sent.status_code == 303, sent.text
    assert sent.headers["location"].startswith(f"{issuer}/authorization?")
    back = httpx2.get(sent.headers["location"]).headers["location"]
    assert back.startswith(f"{ORIGIN}/enter/openid/back?")
    answer: httpx2.Response = client.get(back.removeprefix(ORIGIN), headers={"sec-fetch-site": "cross-site"})
    return answer


def test_a_new_user_has_the_default_role_and_is_known_the_next_time(issuer: str, filled: Path, tmp_path: Path) -> None:
    client = site(issuer, filled, tmp_path, default_role=Role.IMPORTER)
    assert "Log in with the provider" in text_of(client, "/runs?kind=tracking", 401)
    answer = log_in(client, issuer, "/enter/openid?to=/runs%3Fkind%3Dtracking")
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs?kind=tracking")
    assert "milepost-8080-openid" not in client.cookies
    assert client.get("/imports").status_code == 200
    assert client.get("/users").status_code == 403
    office = site_of(client).office
    assert [(one.name, one.role) for one in accounts.listing(office)][1:] == [("ada@x.example", Role.IMPORTER)]
    # The subject counts, not the address.
    log_in(client, issuer, claims=ADA | {"email": "other@x.example"})
    assert len(accounts.listing(office)) == 2
    accounts.set_role(office, 2, Role.VIEWER)
    assert client.get("/imports").status_code == 403
    taken = log_in(client, issuer, claims={"sub": "2", "preferred_username": "Root"})
    assert (taken.status_code, "There is a user root already" in taken.text) == (403, False)


def test_without_a_default_role_only_those_whom_an_administrator_knows_come_in(
    issuer: str, filled: Path, tmp_path: Path
) -> None:
    client = site(issuer, filled, tmp_path)
    refused = log_in(client, issuer)
    assert refused.status_code == 403
    assert "knows you as ada@x.example, but you are no user here" in refused.text
    office = site_of(client).office
    ada = accounts.add(office, "Ada", Role.VIEWER)
    invitation = accounts.issue(office, ada.id, Kind.INVITATION, seconds=60)
    assert "Log in with the provider from now on" in text_of(client, f"/join?invitation={invitation}")
    path = f"/enter/openid?invitation={invitation}"
    assert log_in(client, issuer, path).headers["location"] == "/"
    assert "Ada" in text_of(client, "/account")
    # It serves once, and for one person.
    stranger = {"sub": "2"}
    assert log_in(client, issuer, path, claims=stranger).status_code == 403
    other = accounts.issue(office, ada.id, Kind.INVITATION, seconds=60)
    assert log_in(client, issuer, f"/enter/openid?invitation={other}", claims=stranger).status_code == 403
    administrator = accounts.issue(office, 1, Kind.SESSION, seconds=60)
    client.cookies.clear()
    client.cookies.set("milepost-8080", administrator)
    assert f"not needed: {issuer}" in text_of(own(client), "/users")


def test_an_address_is_matched_only_when_told_and_verified(issuer: str, filled: Path, tmp_path: Path) -> None:
    client = site(issuer, filled, tmp_path, matches_email=True)
    accounts.add(site_of(client).office, "Ada@X.example", Role.VIEWER)
    assert log_in(client, issuer, claims=ADA | {"email_verified": False}).status_code == 403
    assert log_in(client, issuer, claims=ADA | {"email_verified": "true"}).status_code == 403
    assert log_in(client, issuer).status_code == 303
    assert log_in(client, issuer, claims=ADA | {"sub": "somebody else"}).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"claims": ADA | {"nonce": "x"}},
        {"claims": ADA | {"aud": "another client"}},
        {"claims": ADA | {"aud": [CLIENT, "another client"]}},
        {"claims": ADA | {"iss": "https://evil.example"}},
        {"claims": ADA | {"exp": 1}},
        {"claims": ADA | {"iat": 99999999999}},
        {"claims": {"email": "ada@x.example"}},
        {"key": "foreign"},
        {"key": "foreign", "kid": "first"},
        {"key": "none"},
        {"key": "secret"},
        {"denied": True},
        {"back": {"state": "x"}},
        {"back": {"code": "x"}},
        {"back": {"iss": "https://evil.example"}},
    ],
    ids=str,
)
def test_what_cannot_be_trusted_lets_nobody_in(
    wrong: dict[str, Any], issuer: str, filled: Path, tmp_path: Path
) -> None:
    client = site(issuer, filled, tmp_path, default_role=Role.VIEWER)
    answer = log_in(client, issuer, **wrong)
    assert answer.status_code == 403, answer.text
    assert "milepost-8080" not in client.cookies
    assert client.get("/").status_code == 401
    assert len(accounts.listing(site_of(client).office)) == 1


def test_new_keys_are_asked_for_and_a_code_serves_one_browser(issuer: str, filled: Path, tmp_path: Path) -> None:
    client = site(issuer, filled, tmp_path, default_role=Role.VIEWER)
    assert log_in(client, issuer).status_code == 303
    assert log_in(client, issuer, published=["second"]).status_code == 303
    client.cookies.clear()
    httpx2.post(f"{issuer}/who", json={"claims": ADA, "published": ["first"]})
    back = httpx2.get(client.get("/enter/openid").headers["location"]).headers["location"].removeprefix(ORIGIN)
    kept = client.cookies["milepost-8080-openid"]
    client.cookies.clear()
    assert client.get(back).status_code == 403
    statuses = []
    for value in (kept, kept, "", "x", "eyJ9", "W10="):
        client.cookies.clear()
        client.cookies.set("milepost-8080-openid", value)
        statuses.append(client.get(back).status_code)
    assert statuses == [303, 403, 403, 403, 403, 403]
    assert client.get(back).status_code == 429


def test_who_cannot_prove_to_be_the_client_gets_nothing(issuer: str, filled: Path, tmp_path: Path) -> None:
    assert log_in(site(issuer, filled, tmp_path, secret="guessed"), issuer).status_code == 403  # noqa: S106


def test_a_provider_that_cannot_be_asked_is_told(issuer: str, filled: Path, tmp_path: Path) -> None:
    for number, place in enumerate(("http://127.0.0.1:9", f"{issuer}/keys")):
        (tmp_path / str(number)).mkdir()
        client = site(place, filled, tmp_path / str(number))
        assert "the provider cannot be reached now" in text_of(client, "/enter/openid", 403)
    assert visitor(filled, tmp_path / "none").get("/enter/openid").status_code == 404


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--oidc-issuer", "https://a.example"), "needs --oidc-client-id"),
        (("--oidc-issuer", "http://a.example", "--oidc-client-id", "x"), "http://a.example is no issuer"),
        (("--oidc-issuer", "https://a.example", "--oidc-client-id", "x"), "There are no users yet"),
        (
            ("--oidc-issuer", "https://a.example", "--proxy-header", "X", "--proxy-address", "127.0.0.1"),
            "--proxy-header and --oidc-issuer are two ways in",
        ),
        (("--oidc-issuer", "https://a.example", "--oidc-secret-file", "nothing"), "nothing, cannot be read"),
    ],
)
def test_what_cannot_be_served_is_told(
    words: tuple[str, ...], said: str, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILEPOST_OIDC_SECRET", "s")
    outcome = run_here("serve", "--db", filled, "--data", tmp_path / "data", *words)
    assert (outcome.status, outcome.stdout) == (2, "")
    assert said in " ".join(outcome.stderr.split())
