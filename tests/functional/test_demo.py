"""`milepost demo`: what it shows works."""

from __future__ import annotations

import csv
import re
import shlex
from pathlib import Path

import pytest

from functional.workbench import Outcome, run_here

_COMMAND = re.compile(r"^    (milepost .*)$", re.MULTILINE)


def _proposed(outcome: Outcome) -> list[str]:
    return _COMMAND.findall(outcome.stdout.partition("Three commands to try next\n")[2])


def test_the_demonstration_tells_its_story(folder: Path) -> None:
    outcome = run_here("demo")
    assert outcome.status == 0, outcome
    assert outcome.stderr == ""
    for words in (
        "$ milepost load learners milepost-demo/learners.csv --db milepost-demo/milepost.db\n",
        "learners.csv: loaded as run 1 in ",
        "  3,150 rows\n  3,138 created\n      1 superseded\n     11 rejected\n",
        'nearest: "59185"',
        "The first rejected rows, as they stood and with the reasons, from milepost-demo/rejects.csv:\n",
        "  5918l;ASM-1752;2013J;AAA-2013J;0;19/10/2013;19/10/2013;100;P;67;13;registration-not-found;",
        "  ou100893,100893,ou100893@learners.example,ASM-1754,",
    ):
        assert words in outcome.stdout
    with (folder / "milepost-demo" / "rejects.csv").open(newline="") as rejects:
        assert len(list(csv.DictReader(rejects, delimiter=";"))) == 11


@pytest.mark.parametrize("name", ["milepost-demo", "a folder/of my own"])
def test_the_three_commands_work_when_pasted(name: str, folder: Path) -> None:
    first, second, third = _proposed(run_here("demo", name))
    assert "invalid-datetime" in run_here(*shlex.split(first)[1:]).stdout
    mended = run_here(*shlex.split(second)[1:])
    assert mended.status == 1
    assert "  11 rejected\n" in mended.stdout
    assert run_here(*shlex.split(third)[1:]).status == 0
    assert (folder / name / "out.csv").read_text().count("\n") == 3139


def test_running_it_twice_makes_it_anew_and_spares_other_files(folder: Path) -> None:
    first = run_here("demo", "here")
    (folder / "here" / "notes.txt").write_text("mine")
    second = run_here("demo", "here")
    seconds = re.compile(r"\d+\.\d seconds")
    assert seconds.sub("", second.stdout) == seconds.sub("", first.stdout)
    assert (folder / "here" / "notes.txt").read_text() == "mine"


def test_a_folder_of_someone_else_is_left_alone(folder: Path) -> None:
    (folder / "work").mkdir()
    (folder / "work" / "milepost.db").write_text("precious")
    outcome = run_here("demo", "work")
    assert (outcome.status, outcome.stdout) == (2, "")
    assert outcome.stderr == "work is not empty, and no demonstration made it. Name another folder.\n"
    assert (folder / "work" / "milepost.db").read_text() == "precious"


def test_a_file_is_no_folder(folder: Path) -> None:
    (folder / "work").write_text("precious")
    outcome = run_here("demo", "work")
    assert (outcome.status, outcome.stdout) == (2, "")
    assert outcome.stderr == "work cannot be used: Not a directory. Name another folder.\n"


def test_the_environment_s_store_is_not_touched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILEPOST_DB", "other.db")
    assert run_here("demo").status == 0
    assert sorted(path.name for path in folder.iterdir()) == ["milepost-demo"]
