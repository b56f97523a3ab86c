"""What an administrator sees before an import, and what holds it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from functional.workbench import CLEAN, run_here
from milepost.model.job import Limited

LOWER = CLEAN.replace(",100,passed,80", ",90,failed,80").replace(",50,incomplete,", ",60,incomplete,")
"""A learner who has failed after all, and one who went on."""


@pytest.fixture
def lower(store: Path, folder: Path) -> Path:
    """A file that sets back what is stored in the working folder's store."""
    assert store.is_file()
    assert run_here("import", "-", stdin=CLEAN).status == 0
    (folder / "lower.csv").write_text(LOWER, "utf-8")
    return folder / "lower.csv"


def test_the_limits_are_those_that_the_model_knows() -> None:
    outcome = run_here("check", "--help")
    assert re.findall(r"--max-(\w+)", outcome.stdout) == [*Limited]


@pytest.mark.usefixtures("lower")
def test_a_check_tells_what_becomes_of_stored_values() -> None:
    outcome = run_here("check", "lower.csv")
    assert outcome.status == 0
    lines = outcome.stdout.splitlines()
    place = lines.index("Stored values")
    assert lines[place + 1 : place + 4] == [
        "  1 row changed: progression 1",
        "  1 row reset, their values lost: firstCompletionDate 1",
        "  1 row set back: progression 1, trackingStatus 1",
    ]


@pytest.mark.usefixtures("lower")
def test_changes_go_to_standard_output_and_words_to_standard_error() -> None:
    outcome = run_here("check", "lower.csv", "--changes", "-")
    assert outcome.stdout.splitlines() == [
        "line,candidateLogin,trainingPathCode,sessionTitle,lovCode,field,before,after,kind",
        outcome.stdout.splitlines()[1],
        "2,ada,maths,2024,intro,progression,100,90,regression",
        "2,ada,maths,2024,intro,trackingStatus,passed,failed,regression",
        "3,bob,maths,2024,intro,progression,50,60,change",
    ]
    assert "firstCompletionDate" in outcome.stdout.splitlines()[1]
    assert "Stored values" in outcome.stderr


@pytest.mark.usefixtures("lower")
def test_a_held_import_gives_the_command_that_lets_it_through() -> None:
    before = run_here("export", "tracking").stdout
    checked = run_here("check", "lower.csv", "--max-regressed", "0")
    assert (checked.status, "An import would be held" in checked.stdout) == (3, True)
    held = run_here("import", "lower.csv", "--max-regressed", "0", "--changes", "changes.csv")
    assert held.status == 3
    assert "lower.csv: held as run 8 in" in held.stdout
    assert "1 of 2 rows would lose progress; at most 0 may be (maxRegressed)." in held.stdout
    assert run_here("export", "tracking").stdout == before
    assert len(Path("changes.csv").read_text("utf-8").splitlines()) == 5
    told = run_here("runs", "8").stdout
    assert "Run 8: tracking from lower.csv, held." in told
    assert "2 rows would have been: 2 updated, 0 rejected" in told
    command = held.stdout.splitlines()[-1].split()
    assert command[:3] == ["milepost", "import", "lower.csv"]
    assert command[-2] == "--expect"
    assert run_here(*command[1:]).status == 0
    assert run_here("export", "tracking").stdout != before
    assert run_here(*command[1:]).status == 2


@pytest.mark.usefixtures("lower")
def test_documents_have_the_plan() -> None:
    document = run_here("check", "lower.csv", "--max-changed", "0", "--json").document
    assert document["changes"]["regression"] == {"rows": 1, "fields": {"progression": 1, "trackingStatus": 1}}
    assert document["changes"]["deletion"] == {"rows": 0, "fields": {}}
    assert document["held"] == ["1 of 2 rows would be changed; at most 0 may be (maxChanged)."]
    assert len(document["digest"]) == 64


@pytest.mark.usefixtures("lower")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--changes", "changes.txt"], "end it in .csv, .jsonl or .xlsx."),
        (["--changes", "lower.csv"], "--changes lower.csv would overwrite the file that is read."),
        (["--changes", "milepost.db"], "--changes milepost.db would overwrite the store."),
        (["--changes", "x.csv", "--rejects", "x.csv"], "--changes x.csv would overwrite the rejected rows."),
        (["--changes", "-", "--json"], "--json and --changes - would both write to standard output."),
        (["--changes", "-", "--rejects", "-"], "--rejects - and --changes - would both write to standard output."),
        (["--changes", "none/x.csv"], "none/x.csv cannot be written"),
        (["--max-reset", "some"], '"some" is neither a number of rows nor a percentage'),
        (["--max-reset", "1", "--set", "maxReset=2"], "--max-reset: it has another value already"),
        (["--expect", "12"], '"12" is not the digest of a plan'),
        (["--expect", "0" * 64], "the configuration differs. Nothing was done."),
    ],
)
def test_what_cannot_be_is_said(words: list[str], message: str) -> None:
    before = run_here("export", "tracking").stdout
    outcome = run_here("import", "lower.csv", *words)
    assert outcome.status == 2
    assert message in outcome.stdout + outcome.stderr
    assert run_here("export", "tracking").stdout == before
    assert not list(Path().glob("*.part"))
