"""The HTTP API: who may ask, what its page shows, and that nothing it is asked is a bug."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from functional.workbench import CLEAN, run_here
from milepost.model.roles import Role
from milepost.web.api.api_routes import OPERATIONS, PREFIX
from milepost.web.entrance import Person
from web.workbench import local_person, secret_of, site_of, visitor, work

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
EXAMPLES = {"upload": "1", "check": "0" * 32, "job": "99", "run": "7", "what": "tracking", "configuration": "99"}
EXAMPLES["kind"] = "learners"
EXAMPLES["schedule"] = "99"
BODIES: dict[str, dict[str, Any]] = {
    "/uploads": {"file": "a.csv"},
    "/checks": {"upload": 99},
    "/loads": {"upload": 99, "kind": "learners"},
    "/imports": {"upload": 99, "digest": "0" * 64},
    "/runs/{run}/undo": {"dry_run": True},
    "/renames": {"pairs": [["ada", "eva"]]},
    "/merges": {"pairs": [["ada", "bob"]]},
    "/erasures": {"learners": ["ada"]},
    "/prunes": {},
    "/retention": {"rules": {"journals": None}},
}


@pytest.fixture
def program(filled: Path, tmp_path: Path) -> TestClient:
    """A program that knows the secret."""
    client = visitor(filled, tmp_path / "data")
    client.headers["authorization"] = f"Bearer {secret_of(client)}"
    return client


def ask(client: TestClient, method: str, path: str) -> Response:
    """The answer to a request that has what it needs."""
    address = PREFIX + re.sub(r"\{(\w+)\}", lambda found: EXAMPLES[found[1]], path)
    body = BODIES.get(path) if method in ("POST", "PUT") else None
    query = "?name=ada" if path == "/learners" else ""
    return client.request(method, address + query, json=body, headers={"idempotency-key": "k"})


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_what_it_may(role: Role, program: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("milepost.web.entrance.Entrance.person", lambda *_: Person("somebody", role))
    for one in OPERATIONS:
        status = ask(program, one.method, one.path).status_code
        assert (status == 403) == (role < one.role), one
        assert status < 500, one


def test_without_the_secret_nothing_is_told(program: TestClient) -> None:
    del program.headers["authorization"]
    for one in OPERATIONS:
        for wrong in ("", "Bearer x", "Basic eDp5"):
            if wrong:
                program.headers["authorization"] = wrong
            answer = ask(program, one.method, one.path)
            is_foreign = one.method not in ("GET", "HEAD") and not wrong.startswith("Bearer")
            assert answer.status_code == (403 if is_foreign else 401), one
            program.headers.pop("authorization", None)


def test_a_browser_asks_with_its_session_but_not_from_elsewhere(filled: Path, tmp_path: Path) -> None:
    browser = local_person(filled, tmp_path)
    assert browser.get(f"{PREFIX}/runs").status_code == 200
    for headers in ({"origin": "http://evil.example"}, {"host": "evil.example"}):
        assert browser.get(f"{PREFIX}/runs", headers=headers).status_code in (403, 421)


def test_it_is_described(program: TestClient) -> None:
    found = program.get(f"{PREFIX}/openapi.json").json()
    assert found["openapi"].startswith("3.1")
    assert {(method.upper(), path) for path, operations in found["paths"].items() for method in operations} == {
        (one.method, one.path) for one in OPERATIONS
    }
    assert all(one["summary"] and one["description"] for each in found["paths"].values() for one in each.values())


def commands() -> list[tuple[str, str]]:
    """Every command that the page shows, with what it shows of the answer."""
    blocks = re.findall(r"^```console\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    pieces = re.split(r"^\$ (.*)\n", "".join(blocks), flags=re.MULTILINE)[1:]
    return list(zip(pieces[::2], pieces[1::2], strict=True))


def curl(client: TestClient, line: str, folder: Path) -> Response:
    """What a command of the page asks for."""
    words = shlex.split(line.replace("$MILEPOST", "").replace("$SECRET", secret_of(client)))[1:]
    method, body, headers = "GET", b"", {}
    while words:
        word = words.pop(0)
        if word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "--json":
            method, body, headers["content-type"] = "POST", words.pop(0).encode(), "application/json"
        elif word == "-X":
            method = words.pop(0)
        elif word == "--data-binary":
            body = (folder / words.pop(0).removeprefix("@")).read_bytes()
        else:
            path = word
    return client.request(method, path, content=body, headers=headers)


def test_every_command_of_the_page_answers_what_it_shows(tmp_path: Path) -> None:
    run_here("demo", tmp_path / "demo", "--quiet")
    client = visitor(tmp_path / "demo" / "milepost.db", tmp_path / "data", largest_upload=1_000_000)
    client.headers["authorization"] = f"Bearer {secret_of(client)}"
    known: dict[str, str] = {}
    for line, shown in commands():
        answer = curl(client, re.sub(r"\b(CHECK|DIGEST)\b", lambda found: known[found[0]], line), tmp_path / "demo")
        text = answer.text
        for word, name in (("CHECK", "check"), ("DIGEST", "digest")):
            if answer.headers["content-type"] == "application/json" and isinstance(answer.json().get(name), str):
                known[word] = answer.json()[name]
        expected = [re.escape(part) for part in shown.strip().split("…")]
        pattern = ".*".join(expected).replace("CHECK", known.get("CHECK", "")).replace("DIGEST", "[0-9a-f]{64}")
        assert re.match(pattern, text, re.DOTALL), (line, text[:2000])
        work(client)


def test_an_upload_goes_on_where_it_broke_off(program: TestClient) -> None:
    place = program.post(f"{PREFIX}/uploads", json={"file": "a.csv"}).headers["location"]
    content, more = CLEAN.encode(), {"upload-complete": "?0"}
    assert program.put(place, content=content[:10], headers=more).json()["sha256"] is None
    assert program.post(f"{PREFIX}/checks", json={"upload": 1}).status_code == 409
    assert program.put(place, content=content[10:]).json()["code"] == "conflict"
    found = program.get(place)
    assert (found.headers["upload-offset"], found.headers["upload-complete"]) == ("10", "?0")
    whole = program.put(place, content=content[10:], headers={"upload-offset": "10"}).json()
    assert (whole["bytes"], len(whole["sha256"])) == (len(content), 64)
    assert program.put(place, content=b"x", headers={"upload-offset": str(len(content))}).status_code == 409
    assert program.delete(place).status_code == 204
    assert program.get(place).json()["code"] == "run-missing"
    large = program.post(f"{PREFIX}/uploads", json={"file": "a.csv"}).headers["location"]
    assert program.put(large, content=b"x" * 100_001).json()["code"] == "too-large"


def test_what_was_not_checked_is_not_imported(store: Path, tmp_path: Path) -> None:
    client = visitor(store, tmp_path / "data")
    client.headers["authorization"] = f"Bearer {secret_of(client)}"
    place = client.post(f"{PREFIX}/uploads", json={"file": "a.csv"}).headers["location"]
    client.put(place, content=CLEAN.encode())
    client.post(f"{PREFIX}/checks", json={"upload": 1, "settings": {"maxRegressed": "0", "minRows": 9}})
    work(client)
    digest = client.get(place).json()["digest"]
    asked = {"upload": 1, "digest": digest}
    answer = client.post(f"{PREFIX}/imports", json=asked, headers={"idempotency-key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (412, "plan-changed")
    wrong = asked | {"digest": "0" * 64}
    assert client.post(f"{PREFIX}/imports", json=wrong, headers={"idempotency-key": "k"}).status_code == 412
    assert client.post(f"{PREFIX}/imports", json=asked).json()["code"] == "wrong-usage"
    sure = asked | {"regardless": True}
    first, second = (client.post(f"{PREFIX}/imports", json=sure, headers={"idempotency-key": "k"}) for _ in range(2))
    assert first.json()["job"] == second.json()["job"]
    work(client)
    done = client.get(first.headers["location"]).json()
    assert (done["state"], done["run"]) == ("done", 9)
    mistakes = client.post(f"{PREFIX}/checks", json={"upload": 1, "settings": {"timeZone": "x", "nothing": 1}}).json()
    assert (mistakes["code"], mistakes["detail"].count("\n")) == ("wrong-configuration", 2)


def test_reference_data_is_loaded(store: Path, tmp_path: Path) -> None:
    client = visitor(store, tmp_path / "data")
    client.headers["authorization"] = f"Bearer {secret_of(client)}"
    place = client.post(f"{PREFIX}/uploads", json={"file": "people.csv"}).headers["location"]
    client.put(place, content=b"candidateLogin\ncarl\n")
    asked = client.post(f"{PREFIX}/loads", json={"upload": 1, "kind": "learners"})
    work(client)
    done = client.get(asked.headers["location"]).json()
    assert (done["kind"], done["state"], done["run"]) == ("load", "done", 9)
    assert client.get(f"{PREFIX}/runs/9").json()["created"] == 1


def test_exports_are_whole_or_a_problem(program: TestClient) -> None:
    answer = program.get(f"{PREFIX}/exports/tracking?format=jsonl")
    assert [json.loads(line)["candidateLogin"] for line in answer.text.splitlines()] == ["ada", "bob"]
    assert answer.headers["content-disposition"] == 'attachment; filename="tracking.jsonl"'
    assert program.get(f"{PREFIX}/exports/tracking?setting=learner=nobody").status_code == 400
    assert program.get(f"{PREFIX}/exports/tracking?setting=nothing=1").status_code == 422
    assert program.get(f"{PREFIX}/exports/secrets").status_code == 422
    assert [path.name for path in site_of(program).data.iterdir() if path.is_file()] == ["web.db"]


_ODD = st.one_of(
    st.sampled_from(["", "0", "-1", "99999999999999999999", "1e5", "null", "'", "%00", "../..", "💥", "a\nb", "1.1"]),
    st.text(max_size=8),
    st.integers().map(str),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
_NAMES = ("upload", "settings", "digest", "file", "configuration", "dry_run", "regardless")


@pytest.fixture(scope="module")
def asked(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A program in front of a copy of the store, whatever it asks."""
    folder = tmp_path_factory.mktemp("asked")
    client = visitor(shutil.copy(filled, folder / "milepost.db"), folder / "data")
    client.headers["authorization"] = f"Bearer {secret_of(client)}"
    client.put(client.post(f"{PREFIX}/uploads", json={"file": "a.csv"}).headers["location"], content=CLEAN.encode())
    return client


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_that_it_is_asked_is_a_bug(data: st.DataObject, asked: TestClient) -> None:
    one = data.draw(st.sampled_from(OPERATIONS))
    path = PREFIX
    for part in re.split(r"(\{\w+\})", one.path):
        path += data.draw(_ODD | st.just(EXAMPLES[part[1:-1]])) if part.startswith("{") else part
    query = data.draw(
        st.dictionaries(st.sampled_from(["code", "cursor", "limit", "name", "setting", "state"]), _ODD, max_size=2)
    )
    body = data.draw(st.dictionaries(st.sampled_from(_NAMES), _JSON, max_size=3) | _JSON)
    content = json.dumps(body).encode() if one.method == "POST" else b""
    headers = {"content-type": "application/json", "idempotency-key": data.draw(st.sampled_from(["", "k"]))}
    # A path may hold anything but what ends it.
    clean = re.sub(r"[?#\x00-\x20\x7f]", "_", path)
    answer = asked.request(one.method, clean, params=query, content=content, headers=headers)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.json()["code"]
