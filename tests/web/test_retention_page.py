"""The page and the operations about how long data are kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from functional.workbench import run_here
from milepost.model.retained import KINDS
from web.workbench import local_person, text_of


@pytest.fixture
def person(store: Path, tmp_path: Path) -> TestClient:
    """The local person, in front of a store whose runs ended a minute ago."""
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE import_run SET finished_at = finished_at - 60")
    return local_person(store, tmp_path / "data")


EVERY = dict.fromkeys(KINDS, "ever")


def test_rules_are_changed_previewed_and_applied(person: TestClient, store: Path) -> None:
    assert "Prune now" not in text_of(person, "/retention")
    assert person.post("/retention/prune").status_code == 400
    assert person.post("/retention", data=EVERY | {"journals": "0d", "logs": "2y"}).status_code == 303
    said = text_of(person, "/retention")
    assert "journals: 1 older than 0 days; logs: 0 older than 730 days. Runs 7, 8 can then no longer be undone." in said
    rules = run_here("retention", "--json", "--db", store).document["rules"]
    assert rules == {"journals": 0, "logs": 730}
    done = person.post("/retention/prune")
    assert "Pruned. journals: 1, logs: 0." in " ".join(done.text.split())
    assert run_here("undo", "8", "--db", store).status == 2
    assert person.post("/retention", data=EVERY).status_code == 303
    assert run_here("retention", "--json", "--db", store).document["rules"] == {}


@pytest.mark.parametrize("wrong", ["a while", "-1d", "99999d", "5 days"])
def test_a_wrong_age_changes_no_rule(person: TestClient, store: Path, wrong: str) -> None:
    answer = person.post("/retention", data=EVERY | {"journals": "1d", "logs": wrong})
    assert answer.status_code == 400
    assert "No rule is changed." in answer.text
    assert run_here("retention", "--json", "--db", store).document["rules"] == {}


def test_programs_do_the_same(person: TestClient) -> None:
    assert person.get("/api/v1/retention").json()["rules"] == dict.fromkeys(KINDS)
    assert person.post("/api/v1/prunes", json={}).status_code == 400
    changed = person.put("/api/v1/retention", json={"rules": {"journals": 0, "checks": 7}})
    assert changed.json()["rules"] == dict.fromkeys(KINDS) | {"journals": 0, "checks": 7}
    assert person.put("/api/v1/retention", json={"rules": {"jokes": 0}}).status_code == 400
    checked = person.post("/api/v1/prunes", json={}).json()
    assert (checked["dry_run"], checked["removed"], checked["lost"]) == (True, {"journals": 1, "checks": 0}, [7, 8])
    done = person.post("/api/v1/prunes", json={"dry_run": False}).json()
    assert (done["dry_run"], done["removed"]) == (False, checked["removed"])
    assert person.put("/api/v1/retention", json={"rules": {"journals": None}}).json()["rules"]["journals"] is None
