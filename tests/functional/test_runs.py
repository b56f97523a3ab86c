"""`milepost runs`: the runs of a store and their findings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from databases.connections import connected
from functional.workbench import run_here
from milepost.model.findings import CODES
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.sql import metadata

_HEADERS = "created  updated  unchanged  deleted  superseded  skipped  rejected"
_COUNTS = "  1,900        0          0        0           0        0       100"

_START = int(datetime(2024, 2, 1, 12, 30, tzinfo=UTC).timestamp())


def _run(number: int, **changes: object) -> dict[str, object]:
    return {
        "id": number,
        "kind": "tracking",
        "state": "done",
        "file": f"file{number}.csv",
        "sha256": "ab" * 32,
        "configuration": "<import-config/>",
        "actor": "ada",
        "process": "nowhere 1 1.0",
        "started_at": _START + number,
        "finished_at": _START + number + 2,
        "seconds": 2.25,
        "rows": 2000,
        "created": 1900,
        "updated": 0,
        "unchanged": 0,
        "deleted": 0,
        "superseded": 0,
        "skipped": 0,
        "rejected": 100,
        "error": None,
        "digest": None,
        "undoes": None,
        "mends": None,
        "pruned_at": None,
    } | changes


def _finding(line: int, code: str, place: int = 0, **changes: object) -> dict[str, object]:
    return {
        "run_id": 1,
        "line": line,
        "place": place,
        "level": CODES[code].level.value,
        "code": code,
        "column": "score",
        "value": "1,5",
        "message": "score is not a number that can be read.",
        "hint": '"1,5" needs a setting: it is 1.5 with decimal comma',
    } | changes


@pytest.fixture
def recorded(folder: Path) -> Path:
    """A store with thirty runs, the first of them with thirty findings."""
    with open_store("milepost.db", Access.WRITE) as opened, connected(opened.write()) as connection:
        for number in range(1, 31):
            connection.execute(insert(metadata.import_run).values(**_run(number)))
        for line in range(2, 27):
            connection.execute(insert(metadata.import_finding).values(**_finding(line, "invalid-number")))
        for line in (30, 31):
            for place in (0, 1):
                connection.execute(
                    insert(metadata.import_finding).values(
                        **_finding(line, "date-in-future", place, column=None, value=None, message="Soon.", hint=None)
                    )
                )
    return folder / "milepost.db"


@pytest.mark.usefixtures("recorded")
def test_runs_are_listed_newest_first_and_aligned() -> None:
    lines = run_here("runs").stdout.splitlines()
    assert lines[:3] == [
        f"run  started (UTC)        what      state   rows  {_HEADERS}  file",
        f" 30  2024-02-01 12:30:30  tracking  done   2,000  {_COUNTS}  file30.csv",
        f" 29  2024-02-01 12:30:29  tracking  done   2,000  {_COUNTS}  file29.csv",
    ]
    assert lines[-1] == "10 older runs: add --all."
    assert len(lines) == 22


@pytest.mark.usefixtures("recorded")
def test_all_runs_are_listed_when_asked() -> None:
    lines = run_here("runs", "--all").stdout.splitlines()
    assert len(lines) == 31
    assert lines[-1].startswith("  1  ")


@pytest.mark.usefixtures("folder")
def test_an_empty_store_says_so() -> None:
    with open_store("milepost.db", Access.WRITE):
        pass
    assert run_here("runs").stdout == "There are no runs yet.\n"
    assert run_here("runs", "--json").document == {"format_version": 2, "runs": [], "notes": []}


@pytest.mark.usefixtures("recorded")
def test_the_document_of_all_runs() -> None:
    document = run_here("runs", "--json").document
    assert list(document) == ["format_version", "runs", "notes"]
    assert [run["run"] for run in document["runs"]] == list(range(30, 0, -1))
    assert document["runs"][-1] == {
        "run": 1,
        "kind": "tracking",
        "state": "done",
        "file": "file1.csv",
        "sha256": "ab" * 32,
        "configuration": "<import-config/>",
        "actor": "ada",
        "started_at": "2024-02-01T12:30:01Z",
        "finished_at": "2024-02-01T12:30:03Z",
        "seconds": 2.25,
        "rows": 2000,
        "created": 1900,
        "updated": 0,
        "unchanged": 0,
        "deleted": 0,
        "superseded": 0,
        "skipped": 0,
        "rejected": 100,
        "error": None,
        "digest": None,
        "undoes": None,
        "mends": None,
        "pruned_at": None,
    }


@pytest.mark.usefixtures("recorded")
def test_one_run_shows_the_first_findings_of_each_code() -> None:
    lines = run_here("runs", "1").stdout.splitlines()
    assert lines[:5] == [
        "Run 1: tracking from file1.csv, done.",
        "  started 2024-02-01 12:30:01 UTC by ada, took 2.2 seconds",
        f"  SHA-256 {'ab' * 32}",
        "  2,000 rows: 1,900 created, 100 rejected",
        "",
    ]
    assert lines[5] == "error invalid-number, 25 rows"
    assert lines[6] == (
        '  line 2, score "1,5": score is not a number that can be read. '
        '"1,5" needs a setting: it is 1.5 with decimal comma'
    )
    assert [line for line in lines if line.startswith("  line ")][-1] == "  line 31: Soon."
    assert len([line for line in lines if line.startswith("  line ")]) == 20 + 4
    assert "warning date-in-future, 2 rows" in lines
    assert lines[-1] == "5 more findings: milepost runs 1 --all"


@pytest.mark.usefixtures("recorded")
def test_one_run_shows_every_finding_by_line_when_asked() -> None:
    lines = run_here("runs", "1", "--all").stdout.splitlines()
    findings = [line for line in lines if ": " in line and line.startswith(("error ", "warning "))]
    assert len(findings) == 25 + 4
    assert findings[0].startswith('error invalid-number line 2, score "1,5": score is not')
    assert findings[-1] == "warning date-in-future line 31: Soon."


@pytest.mark.usefixtures("recorded")
def test_the_document_of_one_run_holds_every_finding() -> None:
    document = run_here("runs", "1", "--json").document
    assert list(document)[:3] == ["format_version", "run", "kind"]
    assert list(document)[-3:] == ["findings", "notes", "lines"]
    assert document["findings"] == {"invalid-number": 25, "date-in-future": 2}
    assert len(document["lines"]) == 29
    assert document["lines"][0] == {
        "line": 2,
        "level": "error",
        "code": "invalid-number",
        "column": "score",
        "value": "1,5",
        "message": "score is not a number that can be read.",
        "hint": '"1,5" needs a setting: it is 1.5 with decimal comma',
    }


@pytest.mark.usefixtures("recorded")
def test_a_run_without_findings_is_a_whole_document() -> None:
    document = run_here("runs", "2", "--json").document
    assert (document["run"], document["findings"], document["lines"]) == (2, {}, [])


@pytest.mark.usefixtures("recorded")
def test_a_run_that_is_not_there_is_told() -> None:
    outcome = run_here("runs", "99")
    assert (outcome.status, outcome.stdout) == (2, "")
    assert outcome.stderr == "There is no run 99. `milepost runs` lists them all.\n"


@pytest.mark.usefixtures("folder")
def test_runs_that_changed_nothing_say_why() -> None:
    counts = dict.fromkeys(
        ("rows", "created", "updated", "unchanged", "deleted", "superseded", "skipped", "rejected", "sha256")
    )
    with open_store("milepost.db", Access.WRITE) as opened, connected(opened.write()) as connection:
        for run in (
            _run(1, state="failed", error="The file\nis broken.", seconds=None, **counts),
            _run(2, state="interrupted", finished_at=None, seconds=None, **counts),
        ):
            connection.execute(insert(metadata.import_run).values(**run))
    assert run_here("runs", "1").stdout == (
        "Run 1: tracking from file1.csv, failed.\n  started 2024-02-01 12:30:01 UTC by ada\n  The file\n  is broken.\n"
    )
    assert "interrupted" in run_here("runs").stdout
    assert run_here("runs", "2", "--json").document["state"] == "interrupted"


def test_a_run_says_what_it_mends_and_what_was_mended_of_it(folder: Path) -> None:
    run_here("demo", "demo")
    names = ("--config", "demo/tracking.xml", "--db", "demo/milepost.db")
    text = (folder / "demo" / "rejects.csv").read_text().replace("31/02/2014", "28/02/2014")
    mended = text.replace("5918l;", "59185;")
    assert mended != text
    (folder / "mended.csv").write_text(mended)
    outcome = run_here("import", "mended.csv", *names, "--json")
    accepted = 11 - outcome.document["rejected"]
    assert accepted > 0
    assert "note: The rows were rejected by run 7: what is accepted of them now counts as mended.\n" in outcome.stderr
    store = ("--db", "demo/milepost.db")
    told = f"  of the rejected rows, {accepted} mended since: {accepted} by run 8"
    assert told in run_here("runs", "7", *store).stdout.splitlines()
    assert "  mends run 7" in run_here("runs", "8", *store).stdout.splitlines()
    first, second = (run_here("runs", number, *store, "--json").document for number in ("7", "8"))
    assert (first["mends"], first["mended"], first["mended_by"]) == (None, accepted, {"8": accepted})
    assert (second["mends"], second["mended"], second["mended_by"]) == (7, 0, {})
    assert run_here("undo", "8", *store).status == 0
    assert run_here("runs", "7", *store, "--json").document["mended"] == 0
