"""`milepost retention` and the prune by its rules."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import milepost
from functional.workbench import CLEAN, REFERENCE, run_here
from milepost.stores.sql.store import SQLStore

OLD = 1_600_000_000


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    for kind, content in REFERENCE.items():
        Path("x.csv").write_text(content, "utf-8")
        assert run_here("load", kind, "x.csv").status == 0
    for progression in ("50", "60"):
        Path("t.csv").write_text(CLEAN.replace(",50,", f",{progression},"), "utf-8")
        assert run_here("import", "t.csv").status == 0
    with closing(sqlite3.connect("milepost.db", isolation_level=None)) as connection:
        connection.execute("UPDATE import_run SET finished_at = finished_at - 60")


def test_rules_are_listed_set_and_applied() -> None:
    assert run_here("prune").stderr.startswith("No rule says how long data are kept.")
    for kind in ("journals", "findings", "uploads", "logs"):
        assert run_here("retention", kind, "0d").status == 0
    assert run_here("retention", "backups", "2y", "--json").document["rules"]["backups"] == 730
    assert "backups   for ever" in run_here("retention", "backups", "ever").stdout
    for name in ("uploads/a/old.csv", "uploads/b/new.csv", "serve.log"):
        path = Path("milepost-data", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1234", "utf-8")
        if "new" not in name:
            for one in (path, *([path.parent] if "old" in name else [])):
                os.utime(one, (OLD, OLD))
    os.utime("milepost-data/uploads/b", (4_000_000_000, 4_000_000_000))
    checked = run_here("prune", "--check", "--json").document
    assert Path("milepost-data/serve.log").exists()
    done = run_here("prune", "--json").document
    assert checked["removed"] == done["removed"]
    assert done["removed"]["uploads"] == done["removed"]["logs"] == 1
    assert done["lost"] != []
    assert sorted(path.name for path in Path("milepost-data").rglob("*.*")) == ["new.csv"]
    assert run_here("undo", "8").status == 2


@pytest.mark.parametrize(("words", "said"), [(("x", "3d"), "is no kind of data"), (("logs",), "Say for how long")])
def test_what_is_no_rule_is_refused(words: tuple[str, ...], said: str) -> None:
    outcome = run_here("retention", *words)
    assert (outcome.status, said in outcome.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "done"),
    [
        (
            ("prune",),
            "What was old in the store is removed, and that stays so. The rest failed (store-busy): its space",
        ),
        (
            ("erase", "ada", "--yes"),
            "The people are erased, as run 9, and that stays so. The rest failed (store-busy):",
        ),
    ],
)
def test_what_fails_after_the_commit_does_not_say_that_nothing_was_done(
    words: tuple[str, ...], done: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise milepost.StoreError("Nothing was done. Try again later.", code="store-busy")

    assert run_here("retention", "journals", "0d").status == 0
    monkeypatch.setattr(SQLStore, "compact", fail)
    outcome = run_here(*words)
    assert outcome.status == 2
    said = " ".join(outcome.stderr.split())
    assert done in said
    assert "Nothing" not in said
    # It is done.
    assert run_here(*(("undo", "8") if words == ("prune",) else ("show", "ada"))).status == 2
