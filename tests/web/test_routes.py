"""Who may ask for what: every route, by everybody. A route without a row here fails."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from milepost.web import guard
from milepost.web.entrance import Person, Role
from milepost.web.routes import ROUTES
from web.workbench import ORIGIN, local_person, secret_of, visitor

EVERYBODY = None
PAGES = {
    ("GET", "/enter"): ("/enter", EVERYBODY, 200),
    ("POST", "/enter"): ("/enter", EVERYBODY, 403),
    ("POST", "/leave"): ("/leave", Role.VIEWER, 303),
    ("GET", "/static/{name}"): ("/static/style.css", EVERYBODY, 200),
    ("GET", "/"): ("/", Role.VIEWER, 200),
    ("GET", "/runs"): ("/runs", Role.VIEWER, 200),
    ("GET", "/runs/{run:int}"): ("/runs/7", Role.VIEWER, 200),
    ("GET", "/runs/{run:int}/findings"): ("/runs/7/findings", Role.VIEWER, 200),
    ("GET", "/runs/{run:int}/changes"): ("/runs/8/changes", Role.VIEWER, 200),
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
    ("GET", "/imports/{draft:int}/check"): ("/imports/99/check", Role.IMPORTER, 404),
    ("POST", "/imports/{draft:int}/check"): ("/imports/99/check", Role.IMPORTER, 404),
    ("GET", "/imports/{draft:int}/findings"): ("/imports/99/findings", Role.IMPORTER, 404),
    ("GET", "/imports/{draft:int}/changes"): ("/imports/99/changes", Role.IMPORTER, 404),
    ("GET", "/imports/{draft:int}/rejects"): ("/imports/99/rejects", Role.IMPORTER, 404),
    ("POST", "/imports/{draft:int}/import"): ("/imports/99/import", Role.IMPORTER, 404),
    ("GET", "/imports/{draft:int}/result"): ("/imports/99/result", Role.IMPORTER, 404),
    ("GET", "/imports/{draft:int}/mend"): ("/imports/99/mend", Role.IMPORTER, 404),
    ("POST", "/imports/{draft:int}/mend"): ("/imports/99/mend", Role.IMPORTER, 404),
    ("GET", "/jobs/{job:int}"): ("/jobs/99", Role.IMPORTER, 404),
    ("POST", "/jobs/{job:int}/stop"): ("/jobs/99/stop", Role.IMPORTER, 404),
    ("GET", "/learners"): ("/learners?name=ada", Role.VIEWER, 200),
    ("GET", "/registrations"): ("/registrations", Role.VIEWER, 200),
}
"""By method and path of the route: an address, the least role that may ask, and the status that it then gets."""

ROWS = [(method, *row) for (method, _), row in PAGES.items()]


def test_every_route_has_a_row() -> None:
    assert {(one.method, one.path) for one in ROUTES} == set(PAGES)
    assert {(one.method, one.path): one.role for one in ROUTES} == {key: row[1] for key, row in PAGES.items()}


@pytest.mark.parametrize(("method", "path", "least", "status"), ROWS)
@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_what_it_may(
    method: str, path: str, least: Role | None, status: int, role: Role, filled: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    client = local_person(filled, tmp_path)
    monkeypatch.setattr("milepost.web.entrance.Entrance.person", lambda *_: Person("somebody", role))
    assert client.request(method, path).status_code == (403 if least is not None and role < least else status)


@pytest.mark.parametrize(("method", "path", "least", "status"), ROWS)
def test_without_a_session_nothing_is_shown(
    method: str, path: str, least: Role | None, status: int, filled: Path, tmp_path: Path
) -> None:
    expected = status if least is None else 401
    stranger = visitor(filled, tmp_path)
    stranger.headers["origin"] = ORIGIN
    guesser, former = visitor(filled, tmp_path), local_person(filled, tmp_path)
    guesser.headers["origin"] = ORIGIN
    guesser.cookies.set("milepost-8080", "guessed")
    stolen = former.cookies["milepost-8080"]
    assert former.post("/leave").status_code == 303
    former.cookies.set("milepost-8080", stolen)
    for client in (stranger, guesser, former):
        assert client.request(method, path).status_code == expected


@pytest.mark.parametrize(("method", "path"), [row[:2] for row in ROWS])
def test_foreign_hosts_and_origins_are_refused(method: str, path: str, client: TestClient) -> None:
    for origin in ("http://evil.example", "http://127.0.0.1:9090", "null", "https://127.0.0.1:8080.evil.example"):
        assert client.request(method, path, headers={"origin": origin}).status_code == 403
    for host in ("evil.example", "evil.example:8080", "127.0.0.1", "127.0.0.1:9090"):
        assert client.request(method, path, headers={"host": host}).status_code == 421


@pytest.mark.parametrize("path", [row[1] for row in ROWS if row[0] == "POST"])
def test_what_changes_something_must_come_from_a_page_of_ours(path: str, client: TestClient) -> None:
    del client.headers["origin"]
    for site in ({}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        assert client.post(path, headers=site).status_code == 403
    assert client.post(path, headers={"sec-fetch-site": "same-origin"}).status_code in (303, 400, 403, 404)
    assert client.post(path, headers={"sec-fetch-site": "cross-site", "origin": ORIGIN}).status_code == 403


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
    "path", ["/static/../site.py", "/static/%2e%2e%2fsite.py", "/static/", "/runs/0x7", "/runs/-1", "/static/nothing"]
)
def test_what_is_not_there_is_not_found(path: str, client: TestClient) -> None:
    assert client.get(path).status_code == 404


def test_a_body_has_a_limit(client: TestClient) -> None:
    assert client.post("/enter", content=b"x" * 1_000_001).status_code == 413
    chunks = itertools.repeat(b"x" * 100_000, 11)
    encoded = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/enter", content=chunks, headers=encoded).status_code == 413
