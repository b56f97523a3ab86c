"""`milepost load`, `import` and `check`, from the file to the exit status."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import itertools
import json
from pathlib import Path

import pytest

import milepost
from functional.workbench import CLEAN, DIRTY, HEADER, REFERENCE, run_here, run_program

_KEYS = [
    "format_version",
    "run",
    "file",
    "sha256",
    "dry_run",
    "rows",
    "created",
    "updated",
    "unchanged",
    "deleted",
    "superseded",
    "skipped",
    "rejected",
    "findings",
    "seconds",
    "notes",
]


def _exported() -> str:
    return run_here("export", "tracking").stdout


def test_reference_data_loads_and_says_so(folder: Path) -> None:
    for kind, content in REFERENCE.items():
        (folder / f"{kind}.csv").write_text(content)
        outcome = run_here("load", kind, f"{kind}.csv")
        assert outcome.status == 0
        assert outcome.stdout.startswith(f"{kind}.csv: loaded as run ")
        assert " created, 0 rejected." in outcome.stdout


def test_reference_data_with_bad_rows_has_status_1(store: Path) -> None:
    content = "candidateLogin,sessionGuid\nada,guid-2024\nnobody,guid-2024\n"
    outcome = run_here("load", "registrations", "-", "--json", stdin=content)
    assert outcome.status == 1
    assert list(outcome.document) == _KEYS
    assert outcome.document["findings"] == {"reference-not-found": 1}
    assert (outcome.document["unchanged"], outcome.document["rejected"]) == (1, 1)
    assert store.exists()


def test_reference_data_reads_other_delimiters_headers_and_dates(store: Path) -> None:
    content = "Login;sessionGuid;registrationDate;Room\r\nada;guid-2024;13/02/2024;5\r\n"
    outcome = run_here(
        *("load", "registrations", "-", "--delimiter", "semicolon", "--encoding", "windows-1252"),
        *("--map", "Login=candidateLogin", "--ignore", "Room", "--set", "dateTimeFormat=DD/MM/YYYY", "--json"),
        stdin=content,
    )
    assert (outcome.status, outcome.document["updated"]) == (0, 1), outcome
    assert store.exists()


@pytest.mark.usefixtures("store")
def test_a_clean_file_is_imported(folder: Path) -> None:
    (folder / "tracking.csv").write_text(CLEAN)
    outcome = run_here("import", "tracking.csv", "--set", "completionDateDefault=lastAccess")
    assert outcome.status == 0
    assert outcome.stdout.startswith("tracking.csv: imported as run 7 in ")
    assert "2 created, 0 rejected" in outcome.stdout
    assert "ada,1,ada@x.example,intro,guid-intro,guid-2024,1,2024,maths,1,,2024-02-01 10:00:00," in _exported()


@pytest.mark.usefixtures("store")
def test_the_document_of_an_import(folder: Path) -> None:
    (folder / "tracking.csv").write_text(DIRTY)
    outcome = run_here("import", "tracking.csv", "--json")
    assert outcome.status == 1
    document = outcome.document
    assert list(document) == [*_KEYS[:-1], "changes", "held", "digest", "notes"]
    assert isinstance(document.pop("seconds"), float)
    assert len(document.pop("digest")) == 64
    assert document.pop("changes")["change"] == {"rows": 0, "fields": {}}
    assert document.pop("held") == []
    assert [note["code"] for note in document.pop("notes")] == ["delimiter", "lacking-columns"]
    assert document == {
        "format_version": 2,
        "run": 7,
        "file": "tracking.csv",
        "sha256": hashlib.sha256(DIRTY.encode()).hexdigest(),
        "dry_run": False,
        "rows": 5,
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "deleted": 0,
        "superseded": 0,
        "skipped": 0,
        "rejected": 3,
        "findings": {
            "completion-date-assumed": 1,
            "invalid-datetime": 1,
            "registration-not-found": 1,
            "score-above-maximum": 1,
            "status-and-progression-differ": 1,
        },
    }


@pytest.mark.usefixtures("store")
def test_the_summary_says_what_was_rejected_why_and_what_to_do(folder: Path) -> None:
    (folder / "tracking.csv").write_text(DIRTY)
    outcome = run_here("import", "tracking.csv", "--rejects", "my rejects.csv", "--set", "timeZone=UTC")
    assert outcome.status == 1
    for words in (
        "  5 rows\n  2 created\n  3 rejected\n",
        "Rejected, and why\n",
        "  registration-not-found  1 row\n    No registration found for given parameters.\n",
        '    line 4, lastAccessDate "01/02/2024"',
        "Warnings\n  completion-date-assumed  ",
        "  status-and-progression-differ  1 row\n",
        "  See every finding:\n    milepost runs 7\n",
        "  Mend the values in my rejects.csv, then import that file:\n",
        "    milepost import 'my rejects.csv' --set timeZone=UTC\n",
    ):
        assert words in outcome.stdout
    assert outcome.stderr == ""


@pytest.mark.usefixtures("store")
def test_check_says_the_same_and_leaves_the_store_alone(folder: Path, store: Path) -> None:
    (folder / "tracking.csv").write_text(DIRTY)
    before = store.read_bytes()
    checked = run_here("check", "tracking.csv", "--json", "--rejects", "rejects.csv")
    assert checked.status == 1
    assert store.read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["milepost.db", "rejects.csv", "tracking.csv"]
    imported = run_here("import", "tracking.csv", "--json")
    expected = imported.document | {"run": None, "dry_run": True, "seconds": checked.document["seconds"]}
    assert checked.document == expected


@pytest.mark.usefixtures("store")
def test_check_proposes_the_import(folder: Path) -> None:
    (folder / "tracking.csv").write_text(CLEAN)
    outcome = run_here("check", "tracking.csv", "--mode", "patch")
    assert outcome.status == 0
    assert outcome.stdout.startswith("tracking.csv: checked in ")
    assert outcome.stdout.endswith("  Import it:\n    milepost import tracking.csv --mode patch\n")


@pytest.mark.usefixtures("store")
def test_rejected_rows_mended_import_as_they_are(folder: Path) -> None:
    (folder / "tracking.csv").write_text(DIRTY)
    run_here("import", "tracking.csv", "--rejects", "rejects.csv")
    rows = list(csv.DictReader(io.StringIO((folder / "rejects.csv").read_text())))
    assert [(row["_line"], row["_codes"]) for row in rows] == [
        ("4", "invalid-datetime"),
        ("5", "registration-not-found"),
        ("6", "score-above-maximum status-and-progression-differ"),
    ]
    text = (folder / "rejects.csv").read_text()
    for wrong, right in (("01/02/2024", "2024-02-01"), ("adda", "ada"), (",170,", ",70,")):
        text = text.replace(wrong, right, 1)
    (folder / "rejects.csv").write_text(text)
    outcome = run_here("import", "rejects.csv", "--json")
    assert outcome.status == 0, outcome
    assert (outcome.document["rows"], outcome.document["superseded"], outcome.document["created"]) == (3, 1, 2)


@pytest.mark.usefixtures("store")
def test_rejects_on_standard_output_stand_there_alone(folder: Path) -> None:
    (folder / "tracking.csv").write_text(DIRTY)
    outcome = run_here("import", "tracking.csv", "--rejects", "-")
    assert outcome.status == 1
    rows = list(csv.DictReader(io.StringIO(outcome.stdout)))
    assert [row["_line"] for row in rows] == ["4", "5", "6"]
    assert outcome.stderr.startswith("tracking.csv: imported as run 7")


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.usefixtures("store")
def test_a_file_comes_from_standard_input(compress: bool) -> None:
    content = gzip.compress(CLEAN.encode()) if compress else CLEAN.encode()
    outcome = run_program("import", "-", "--json", stdin=content)
    assert (outcome.status, outcome.document["created"], outcome.document["file"]) == (0, 2, "-")
    assert outcome.document["sha256"] == hashlib.sha256(content).hexdigest()


@pytest.mark.usefixtures("store")
def test_a_configuration_comes_from_standard_input(folder: Path) -> None:
    (folder / "tracking.csv").write_text(CLEAN)
    written = run_here("config", "write", "--delimiter", "comma", "--set", "timeZone=Europe/Paris").stdout
    outcome = run_here("import", "tracking.csv", "--config", "-", stdin=written)
    assert outcome.status == 0, outcome
    assert ",,2024-02-01 09:00:00," in _exported()


@pytest.mark.usefixtures("store")
def test_mistakes_of_a_configuration_from_standard_input_name_it(folder: Path) -> None:
    (folder / "tracking.csv").write_text(CLEAN)
    outcome = run_here("import", "tracking.csv", "--config", "-", stdin="<nonsense/>")
    assert outcome.status == 2
    assert outcome.stderr.startswith("standard input has 1 mistake:\n  line 1: ")


@pytest.mark.usefixtures("store")
def test_a_spreadsheet_of_its_own_headers_needs_no_configuration(folder: Path) -> None:
    content = "Login|Lesson|session title|training-path-code|When|Room\nada|intro|2024|maths|01.02.2024|5\n"
    (folder / "own.csv").write_text(content)
    outcome = run_here(
        *("import", "own.csv", "--map", "Login=candidateLogin", "--map", "Lesson=lovCode", "--ignore", "Room"),
        *("--map", "When=lastAccessDate", "--set", "dateTimeFormat=DD.MM.YYYY", "--delimiter", "pipe"),
    )
    assert outcome.status == 0, outcome
    assert ",,2024-02-01 00:00:00,,0,incomplete,0,," in _exported()


@pytest.mark.usefixtures("store")
def test_patch_keeps_what_replace_resets(folder: Path) -> None:
    (folder / "tracking.csv").write_text(CLEAN)
    run_here("import", "tracking.csv")
    (folder / "time.csv").write_text(
        "candidateLogin,lovCode,sessionTitle,trainingPathCode,timeSpent\nada,intro,2024,maths,1:00\n"
    )
    assert run_here("import", "time.csv", "--mode", "patch", "--json").document["updated"] == 1
    assert ",100,passed,3600,80,100" in _exported()
    replaced = run_here("import", "time.csv")
    assert ",,,,0,incomplete,3600,," in _exported()
    assert "score" in replaced.stdout.partition("Notes\n")[2]


@pytest.mark.usefixtures("store")
def test_importing_what_was_exported_changes_nothing(folder: Path) -> None:
    (folder / "tracking.csv").write_text(CLEAN)
    run_here("import", "tracking.csv")
    run_here("export", "tracking", "-o", "out.csv")
    document = run_here("import", "out.csv", "--json").document
    assert (document["rows"], document["unchanged"]) == (2, 2)


@pytest.mark.usefixtures("store")
def test_a_header_alone_is_no_row(folder: Path) -> None:
    (folder / "tracking.csv").write_text(HEADER)
    outcome = run_here("import", "tracking.csv", "--json", "--rejects", "rejects.csv")
    assert (outcome.status, outcome.document["rows"]) == (0, 0)
    assert (folder / "rejects.csv").read_text() == HEADER.strip() + ",_line,_codes,_messages\n"


@pytest.mark.parametrize("content", [b"", b'candidateLogin,lovCode\n"ada,intro\n', b"candidateLogin,lovCode\n\xff\n"])
@pytest.mark.usefixtures("store")
def test_a_file_that_cannot_be_read_has_status_2_and_changes_nothing(content: bytes, folder: Path) -> None:
    (folder / "broken.csv").write_bytes(content)
    (folder / "rejects.csv").write_text("before")
    outcome = run_here("import", "broken.csv", "--json", "--rejects", "rejects.csv")
    assert outcome.status == 2
    assert outcome.error
    assert (folder / "rejects.csv").read_text() == "before"
    assert _exported().count("\n") == 1


@pytest.mark.usefixtures("store")
def test_faults_of_standard_input_name_it() -> None:
    outcome = run_here("import", "-", stdin='candidateLogin,lovCode\n"ada,intro\n')
    assert outcome.status == 2
    assert outcome.stderr.startswith("standard input, line 2: ")


@pytest.mark.usefixtures("store")
def test_the_store_can_be_named_by_the_environment(folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.rename(folder / "other.db")
    monkeypatch.setenv("MILEPOST_DB", "sqlite:///other.db")
    (folder / "tracking.csv").write_text(CLEAN)
    assert run_here("import", "tracking.csv").status == 0
    assert json.loads(run_here("runs", "--json").stdout)["runs"][0]["created"] == 2
    assert not (folder / "milepost.db").exists()


@pytest.mark.usefixtures("store")
def test_notes_stand_on_stderr_beside_a_document(folder: Path) -> None:
    (folder / "tracking.csv").write_text(CLEAN.replace("score\n", "candidateName\n"))
    outcome = run_here("import", "tracking.csv", "--json")
    assert outcome.document["created"] == 2
    assert "note: " in outcome.stderr
    assert "candidateName" in outcome.stderr


@pytest.mark.usefixtures("store")
def test_every_phase_before_the_commit_tells_how_much_there_is(folder: Path) -> None:
    (folder / "tracking.csv").write_text(DIRTY)
    (folder / "learners.csv").write_text("candidateLogin\ncyd\neve\n")
    told: list[tuple[str, int, int | None]] = []
    milepost.import_file("tracking.csv", "milepost.db", dry_run=True, progress=lambda *what: told.append(what))
    milepost.import_file("tracking.csv", "milepost.db", progress=lambda *what: told.append(what))
    milepost.load_file("learners", "learners.csv", "milepost.db", progress=lambda *what: told.append(what))
    last = [now for now, after in itertools.pairwise([*told, ("", 0, None)]) if now[0] != after[0]]
    size, loaded = len(DIRTY), len("candidateLogin\ncyd\neve\n")
    assert last == [
        ("reading", size, size),
        ("planning", 2, 2),
        ("reading", size, size),
        ("storing", 2, 2),
        ("committing", 0, None),
        ("reading", loaded, loaded),
        ("storing", 2, 2),
        ("committing", 0, None),
    ]
