"""`milepost runs`: the runs of a store and their findings."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from databases.connections import connected
from functional.workbench import run_here
from milepost.cli.commands import look_back
from milepost.model import phases
from milepost.model.findings import CODES
from milepost.model.history import State
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.sql import metadata

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
        "reference_rows": None,
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
        "run  started (UTC)        what      state   rows  rejected  file",
        " 30  2024-02-01 12:30:30  tracking  done   2,000       100  file30.csv",
        " 29  2024-02-01 12:30:29  tracking  done   2,000       100  file29.csv",
    ]
    assert lines[-1] == "10 older runs: add --all."
    assert len(lines) == 22


@pytest.mark.usefixtures("recorded")
def test_wide_has_every_count() -> None:
    lines = run_here("runs", "--wide").stdout.splitlines()
    assert re.split(" {2,}", lines[0].strip()) == [
        *("run", "started (UTC)", "what", "state", *phases.COUNTS, "seconds", "by", "file")
    ]
    assert re.split(" +", lines[1].strip())[-4:] == ["100", "2.2", "ada", "file30.csv"]
    assert len({line.index("file") for line in lines[:3]}) == 1


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (("--state", "held"), [5]),
        (("--state", "held", "--state", "failed"), [6, 5]),
        (("--kind", "learners"), [7]),
        (("--file", "FILE2"), [29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 2]),
        (("--file", "file?.csv", "--state", "done"), [9, 8, 7, 4, 3, 2, 1]),
        (("--since", "2024-02-01 12:30:29"), [30, 29]),
        (("--since", "2024-02-01T13:30:29", "--time-zone", "Europe/Paris"), [30, 29]),
        (("--until", "2024-02-01T12:30:02Z"), [2, 1]),
        (("--until", "2024-01-31"), []),
        (("--since", "1d"), []),
        (("--until", "1d", "--file", "file30.csv"), [30]),
    ],
)
def test_runs_are_filtered(words: tuple[str, ...], numbers: list[int]) -> None:
    with open_store("milepost.db", Access.WRITE) as opened, connected(opened.write()) as connection:
        table = metadata.import_run
        for number, values in ((5, {"state": "held"}), (6, {"state": "failed"}), (7, {"kind": "learners"})):
            connection.execute(update(table).where(table.c.id == number).values(**values))
    assert [run["run"] for run in run_here("runs", *words, "--json").document["runs"]] == numbers
    shown = run_here("runs", *words, "--all").stdout.splitlines()
    assert [line.split()[0] for line in shown[1:]] == [*map(str, numbers)]
    assert numbers or shown == ["No run is like that."]


@pytest.mark.usefixtures("recorded")
def test_wrong_filters_are_told() -> None:
    assert "--since: " in run_here("runs", "--since", "yesterday").stderr
    assert "did you mean Europe/Paris?" in run_here("runs", "--time-zone", "Europe/Pariss").stderr
    assert "--state is for the list of runs." in run_here("runs", "7", "--state", "done").stderr
    assert set(look_back.STATES) == {state.value for state in State}


@pytest.mark.usefixtures("recorded")
def test_times_are_shown_in_the_zone_of_the_newest_configuration_or_as_asked() -> None:
    with open_store("milepost.db", Access.WRITE) as opened, connected(opened.write()) as connection:
        table = metadata.import_run
        zone = "<import-config><timeZone>America/Sao_Paulo</timeZone></import-config>"
        connection.execute(update(table).where(table.c.id == 29).values(configuration=zone))
        connection.execute(update(table).where(table.c.id == 30).values(configuration=None))
    shown = run_here("runs").stdout.splitlines()
    assert shown[0].startswith("run  started (America/Sao_Paulo)  what")
    assert shown[1].startswith(" 30  2024-02-01 09:30:30 ")
    assert "  started 2024-02-01 09:30:30 America/Sao_Paulo by ada" in run_here("runs", "last").stdout
    assert "  started 2024-02-01 12:30:28 UTC by ada" in run_here("runs", "28").stdout
    asked = run_here("runs", "28", "--time-zone", "Asia/Tokyo").stdout
    assert "  started 2024-02-01 21:30:28 Asia/Tokyo by ada" in asked
    assert run_here("runs", "--json").document["runs"][0]["started_at"] == "2024-02-01T12:30:30Z"


@pytest.mark.usefixtures("recorded")
def test_a_narrow_terminal_shows_each_run_on_lines_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    for words in (("runs",), ("runs", "1"), ("runs", "99"), ("runs", "--since", "soon")):
        outcome = run_here(*words)
        lines = (outcome.stdout + outcome.stderr).splitlines()
        assert [line for line in lines if len(line) > 40 and "ab" * 32 not in line] == []
    monkeypatch.setenv("COLUMNS", "70")
    assert run_here("runs").stdout.splitlines()[1].endswith("done   2,000       100  file30.csv")
    monkeypatch.setenv("COLUMNS", "68")
    assert run_here("runs").stdout.splitlines()[1].endswith("done   2,000       100  file30.…")
    monkeypatch.setenv("COLUMNS", "60")
    assert run_here("runs").stdout.splitlines()[:4] == [
        "30  tracking, done",
        "    2024-02-01 12:30:30 UTC",
        "    2,000 rows, 100 rejected",
        "    file30.csv",
    ]


@pytest.mark.usefixtures("folder")
def test_the_last_run_of_none_is_told() -> None:
    with open_store("milepost.db", Access.WRITE):
        pass
    for words in (("runs", "last"), ("undo", "last"), ("verify", "last")):
        assert (run_here(*words).status, run_here(*words).stderr) == (2, "There are no runs yet.\n")


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
        "reference_rows": None,
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
