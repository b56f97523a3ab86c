"""The pages and operations that rename, merge and erase learners."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from milepost.reading.runs import runs
from web.workbench import local_person, site_of, text_of


@pytest.fixture
def person(store: Path, tmp_path: Path) -> TestClient:
    """The local person, in front of a store to be changed."""
    return local_person(store, tmp_path / "data")


def _fields(client: TestClient, path: str) -> dict[str, str]:
    """The fields of the form of a preview."""
    found = client.get(path).text
    return dict(re.findall(r'<input type="hidden" name="(what|name|to|expect)" value="([^"]*)"', found))


def test_a_learner_is_renamed_merged_and_erased_after_previews(person: TestClient) -> None:
    assert "Preview the rename" in text_of(person, "/learners?name=ada")
    path = "/learners/change?what=rename&name=ada&to=eva"
    assert "candidateLogin ada eva" in text_of(person, path)
    answer = person.post("/learners/change", data=_fields(person, path))
    assert answer.status_code == 303
    assert "Run 9: rename of 1 learner" in text_of(person, answer.headers["location"])
    assert "Undo" in text_of(person, answer.headers["location"])
    path = "/learners/change?what=merge&name=eva&to=bob"
    said = text_of(person, path)
    assert "Value bob eva After" in said
    stale = _fields(person, path) | {"expect": "0" * 64}
    assert person.post("/learners/change", data=stale).status_code == 412
    assert person.post("/learners/change", data=_fields(person, path)).headers["location"] == "/runs/10"
    assert "What this cannot reach" in text_of(person, "/learners/erasure?name=bob")
    assert person.post("/learners/erasure", data={"name": "bob", "again": "bib"}).status_code == 400
    assert person.post("/learners/erasure", data={"name": "bob", "again": "bob"}).headers["location"] == "/runs/11"
    assert "erasure of 1 learner" in text_of(person, "/runs/11")
    assert "no learner" in text_of(person, "/learners?name=bob", 404).lower()
    assert "no learner" in text_of(person, "/learners/change?what=merge&name=bob&to=eva", 404).lower()


def test_programs_do_the_same(person: TestClient) -> None:
    def post(path: str, body: dict[str, object]) -> dict[str, object]:
        answer = person.post(f"/api/v1/{path}", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    checked = post("renames", {"pairs": [["ada", "eva"]]})
    assert (checked["run"], checked["renamed"] != []) == (None, True)
    assert post("renames", {"pairs": [["ada", "eva"]], "dry_run": False, "expect": checked["digest"]})["run"] == 9
    merged = post("merges", {"pairs": [["eva", "bob"]], "dry_run": False})
    assert (merged["run"], merged["references"]) == (10, 2)
    assert post("erasures", {"learners": ["bob"]})["run"] is None
    assert post("erasures", {"learners": ["bob"], "dry_run": False})["people"] == 1
    assert runs(site_of(person).database)[0].kind == "erase"
