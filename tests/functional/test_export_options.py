"""`milepost export` with everything that it can be asked for."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
import python_calamine

from functional.workbench import run_here

TRACKING = (
    "candidateLogin,lovCode,sessionTitle,trainingPathCode,lastAccessDate,progression,trackingStatus,score,timeSpent\n"
    "ada,intro,2024,maths,2024-02-01 10:00:00,100,passed,80.5,3725\n"
    "ada,outro,2024,maths,2024-03-01 23:30:00,50,incomplete,,60\n"
    "bob,intro,2024,maths,2024-02-02 10:00:00,50,incomplete,,5\n"
)


@pytest.fixture(autouse=True)
def imported(folder: Path, store: Path) -> None:
    """Three rows of tracking."""
    assert store.exists()
    (folder / "tracking.csv").write_text(TRACKING)
    assert run_here("import", "tracking.csv").status == 0


def exported(*words: str) -> list[str]:
    """The lines that an export writes."""
    outcome = run_here("export", *words)
    assert outcome.status == 0, outcome.stderr
    return outcome.stdout.splitlines()


def test_columns_labels_and_words() -> None:
    assert exported(
        *("tracking", "--columns", "candidateLogin=Who,lovCode,score,trackingStatus,timeSpent,lastAccessDate=Seen"),
        *("--delimiter", "semicolon", "--decimal", "comma", "--set", "trackingStatus.passed=P"),
        *("--time-global-format", "paddedhh", "--date-time-format", "DD/MM/YYYY HH:II", "--time-zone", "Europe/Paris"),
    ) == [
        "Who;lovCode;score;trackingStatus;timeSpent;Seen",
        "ada;intro;80,5;P;01:02;01/02/2024 11:00",
        "ada;outro;;incomplete;00:01;02/03/2024 00:30",
        "bob;intro;;incomplete;00:00;02/02/2024 11:00",
    ]


def test_what_is_lost_is_said() -> None:
    instants = "firstAccessDate, lastAccessDate and firstCompletionDate"
    outcome = run_here("export", "tracking", "--time-global-format", "padded", "--date-time-format", "YYYY-MM-DD HH:II")
    assert outcome.stderr.splitlines() == [
        f"note: YYYY-MM-DD HH:II has no seconds: those of {instants} are dropped.",
        "note: padded has no seconds: those of timeSpent are dropped.",
    ]


def test_some_rows() -> None:
    columns = ("--no-header", "--columns", "candidateLogin,lovCode")
    assert exported("tracking", *columns, "--learner", "ADA") == ["ada,intro", "ada,outro"]
    assert exported("tracking", *columns, "--status", "incomplete") == ["ada,outro", "bob,intro"]
    assert exported("tracking", *columns, "--learner", "bob", "--learner", "ada", "--status", "passed") == ["ada,intro"]
    assert exported("tracking", *columns, "--since", "2024-02-02", "--until", "2024-02-29") == ["bob,intro"]
    assert exported("tracking", *columns, "--modality", "blendedx") == []
    whole = ("--training", "maths", "--session", "2024", "--session", "guid-2024")
    assert len(exported("tracking", *columns, *whole)) == 3
    assert exported("tracking-log", *columns, "--since", "2024-03-01") == ["ada,outro"]
    frames = ("--time-frames", "0", "--time-frames-scale", "less_than_n_full_months", "--as-of", "2024-02-15")
    assert exported("registrations", "--no-header", "--columns", "candidateLogin,timeGlobal", *frames) == [
        "ada,3725",
        "bob,5",
    ]
    assert exported(
        *("registrations", "--no-header", "--columns", "candidateLogin,timeGlobal", *frames),
        *("--time-frame-mode", "lastActivity", "--learner", "ada"),
    ) == ["ada,3725"]


def test_registrations_and_their_log() -> None:
    names = "candidateLogin,progression,nbLO,nbLOStarted,nbLOFinished,status,timeSpent,score"
    assert exported("registrations", "--columns", names) == [
        names,
        "ada,75,2,2,1,incomplete,3785,80.5",
        "bob,25,2,1,0,incomplete,5,",
    ]
    assert exported("tracking-log", "--columns", "candidateLogin,lovCode,date,timeSpent,progression") == [
        "candidateLogin,lovCode,date,timeSpent,progression",
        "ada,intro,2024-02-01,3725,100",
        "ada,outro,2024-03-01,60,50",
        "bob,intro,2024-02-02,5,50",
    ]


def test_the_ending_says_the_format_unless_something_else_does(folder: Path) -> None:
    for name in ("out.tsv", "out.jsonl", "out.xlsx", "out.xml", "out.PARQUET", "out"):
        outcome = run_here("export", "registrations", "-o", name)
        assert (outcome.status, outcome.stderr) == (0, f"2 rows written to {name}.\n")
    assert (folder / "out.tsv").read_text().startswith("candidateLogin\tcandidateRefNumber\t")
    first = json.loads((folder / "out.jsonl").read_text().splitlines()[0])
    assert (first["candidateLogin"], first["progression"], first["registrationDate"]) == ("ada", 75, None)
    with python_calamine.CalamineWorkbook.from_path(folder / "out.xlsx") as book:
        header, *rows = book.get_sheet_by_index(0).to_python()
    assert [row[header.index("progression")] for row in rows] == [75, 25]
    assert "<candidateLogin>ada</candidateLogin>" in (folder / "out.xml").read_text()
    assert pl.read_parquet(folder / "out.PARQUET")["timeGlobal"].to_list() == [3785, 5]
    assert (folder / "out").read_text().startswith("candidateLogin,")
    for name in ("out.txt", "out.pdf", "out.csv.gz"):
        outcome = run_here("export", "registrations", "-o", name)
        assert (outcome.status, (folder / name).exists()) == (2, False)
        assert outcome.stderr == (
            f"{name} has no ending that says how it is to be written; "
            "end it in .csv, .tsv, .tab, .xlsx, .xml, .jsonl, .ndjson or .parquet, or give --format.\n"
        )
    run_here("export", "registrations", "-o", "out.txt", "--format", "tsv")
    assert (folder / "out.txt").read_bytes() == (folder / "out.tsv").read_bytes()


def test_a_configuration_and_options_that_beat_it(folder: Path) -> None:
    (folder / "export.xml").write_text(
        "<export-config><consolidatedTrackingProvider><columns><candidateLogin label='Who'/><score/></columns>"
        "<parameters><learner>ada</learner></parameters></consolidatedTrackingProvider>"
        "<fileExportAction><delimiter>pipe</delimiter><decimal>comma</decimal></fileExportAction></export-config>"
    )
    assert run_here("config", "check", "export.xml").stdout == "export.xml has no mistakes.\n"
    assert exported("registrations", "--config", "export.xml") == ["Who|score", "ada|80,5"]
    assert exported("registrations", "--config", "export.xml", "--learner", "bob", "--columns", "progression") == [
        "progression",
        "25",
    ]
    outcome = run_here("export", "tracking", "--config", "export.xml")
    assert (outcome.status, outcome.stdout) == (2, "")
    assert "holds no <trackingProvider>, so there is nothing to export" in outcome.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--training", "mathe"), 'No training has the path code or GUID "mathe". Nearest: "maths".'),
        (("--learner", "zoe"), 'No learner has the log-in name, e-mail, reference number or GUID "zoe".'),
        (("--columns", "login"), '"login" is not a column of <trackingProvider>'),
        (("--columns", ""), None),
        (("--format", "pdf"), '"pdf" is not a file format'),
        (("--set", "timeZone"), '--set "timeZone" is not of the form NAME=VALUE.'),
        (("--status", "done"), '"done" is not a status'),
        (("--config", "missing.xml"), "The configuration missing.xml cannot be read"),
        (("--time-frames", "1"), "give timeFramesScale"),
        (("--encoding", "ascii", "--columns", "candidateLogin=Wér"), "ascii lacks"),
    ],
)
def test_what_cannot_be_done_writes_nothing(words: tuple[str, ...], told: str | None, folder: Path) -> None:
    (folder / "out.csv").write_text("before")
    outcome = run_here("export", "tracking", *words, "-o", "out.csv")
    if told is None:
        assert outcome.status == 0
        return
    assert outcome.status == 2
    assert told in outcome.stderr
    assert (folder / "out.csv").read_text() == "before"
    assert run_here("export", "tracking", *words).stdout == ""


def test_a_configuration_comes_from_standard_input() -> None:
    xml = (
        "<export-config><trackingProvider><columns><column>score</column></columns></trackingProvider></export-config>"
    )
    outcome = run_here("export", "tracking", "--config", "-", "--status", "passed", stdin=xml)
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, "score\n80.5\n", "")


def test_an_export_is_chosen_by_its_name(folder: Path) -> None:
    (folder / "export.xml").write_text(
        "<export-config><export name='a'><trackingProvider><columns><score/></columns></trackingProvider></export>"
        "<export name='b'><trackingProvider><columns><lovCode/></columns></trackingProvider></export></export-config>"
    )
    assert exported("tracking", "--config", "export.xml", "--export", "b", "--learner", "bob") == ["lovCode", "intro"]
    outcome = run_here("export", "tracking", "--config", "export.xml")
    assert outcome.status == 2
    assert "say which one, by the name or number of its export" in outcome.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--time-frames", "36525", "--time-frames-scale", "less_than_n_days"),
        ("--time-frames", "100", "--time-frames-scale", "less_than_n_years", "--as-of", "1900-01-01"),
        ("--since", "1900-01-01", "--until", "9998-12-31"),
        ("--since", "1900-01-01T00:00+23:59", "--until", "9998-12-31 23:59:59-23:59"),
    ],
)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_longest_periods_are_exported(words: tuple[str, ...], zone: str) -> None:
    for what in ("tracking", "registrations", "tracking-log"):
        assert exported(what, *words, "--time-zone", zone)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--time-frames", "1000000", "--time-frames-scale", "less_than_n_days"), "reach back too far"),
        (("--since", "0001-01-01"), "is out of range; write a year from 1900 to 9998"),
        (("--until", "9999-12-31"), "is out of range; write a year from 1900 to 9998"),
    ],
)
def test_longer_periods_are_refused(words: tuple[str, ...], told: str) -> None:
    outcome = run_here("export", "tracking", *words, "--time-zone", "Asia/Tokyo")
    assert (outcome.status, outcome.stdout) == (2, "")
    assert told in outcome.stderr
