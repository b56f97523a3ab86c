"""What all commands have in common: help, completion, variables, options given twice, and how much they say."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from functional.workbench import CLEAN, DIRTY, command, environment, run_here, run_program
from milepost.cli import application, shape


def _every() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, one in application.milepost.commands.items():
        if isinstance(one, click.Group):
            yield from (((name, inner), each) for inner, each in one.commands.items())
        else:
            yield (name,), one


EVERY = dict(_every())


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_help_fits_and_is_whole(words: tuple[str, ...], columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for path in (words, words[:-1]):
        shown = run_here(*path, "--help").stdout
        assert shown.count("...") == shown.count("[ARGS]...")
        assert max(map(len, shown.splitlines())) <= columns
    assert (
        "The store:" in shown
        or words[0] in {"config", "demo", "completion", "export", "learner", "lov", "session", "user"}
        or words[:-1] == ()
    )


def test_options_stand_in_groups() -> None:
    shown = run_here("import", "--help").stdout
    titles = [line[:-1] for line in shown.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert {"Configuration", "The file", "What becomes of stored values", "Limits"} < set(titles)
    assert titles[-4:] == ["Results", "The store", "The engine", "Every command"]
    assert len(titles) == len(set(titles))
    for words, one in EVERY.items():
        context = one.make_context("milepost", [], resilient_parsing=True)
        groups = {each.group for each in one.get_params(context) if isinstance(each, shape.Option)}
        assert "Options" not in groups or words[0] in {"runs", "undo", "prune", "user", "verify"}, words


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_option_has_a_variable_of_its_name(words: tuple[str, ...]) -> None:
    context = EVERY[words].make_context("milepost", [], resilient_parsing=True)
    for one in EVERY[words].get_params(context):
        if isinstance(one, click.Option) and "--help" not in one.opts:
            assert isinstance(one, shape.Option), one.name
            flag = next(name for name in one.opts if name.startswith("--"))
            assert one.envvar == "MILEPOST_" + flag[2:].replace("-", "_").upper()


@pytest.mark.usefixtures("store")
def test_variables_stand_for_options(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = CLEAN.replace("candidateLogin", "Log=in").replace("score", "Points")
    (folder / "tracking.csv").write_text(text.replace(",", ";"))
    given = {
        "MAP": "Log=in=candidateLogin\nPoints=score\n",
        "DELIMITER": "semicolon",
        "SET": "timeZone=Europe/Paris",
        "JSON": "1",
        "MAX_REJECTED": "0",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"MILEPOST_{name}", value)
    assert run_here("check", "tracking.csv").document["created"] == 2
    # What is typed wins.
    assert "is not of the form" in run_here("check", "tracking.csv", "--map", "Points").error
    monkeypatch.setenv("MILEPOST_WAIT", "soon")
    assert "Invalid value for 'MILEPOST_WAIT': 'soon'" in run_here("load", "learners", "tracking.csv").error


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (("check", "a.csv", "--delimiter", "comma", "--delimiter", "comma"), "--delimiter"),
        (("check", "a.csv", "--config", "a.xml", "--config", "b.xml"), "--config"),
        (("check", "a.csv", "--json", "--json"), "--json"),
        (("check", "a.csv", "--raw", "--raw"), "--raw"),
        (("export", "tracking", "-o", "a.csv", "--output", "b.csv"), "--output"),
        (("export", "tracking", "--header", "--no-header"), "--header"),
        (("export", "tracking", "--time-format", "padded", "--time-global-format", "padded"), "--time-format"),
        (("runs", "--db", "a.db", "--db", "a.db"), "--db"),
        (("undo", "1", "--wait", "1", "--wait", "2"), "--wait"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_an_option_that_is_given_twice_is_refused(words: tuple[str, ...], flag: str) -> None:
    outcome = run_here(*words)
    assert outcome.status == 2
    assert f"{flag} is given 2 times. Give it once." in outcome.stderr + outcome.stdout


@pytest.mark.usefixtures("store")
def test_a_quiet_command_says_what_went_wrong_and_nothing_else(folder: Path) -> None:
    (folder / "clean.csv").write_text(CLEAN)
    (folder / "dirty.csv").write_text(DIRTY)
    assert (run_here("import", "clean.csv", "--quiet").stdout, run_here("import", "clean.csv", "-q").stderr) == ("", "")
    outcome = run_here("import", "dirty.csv", "--quiet")
    assert (outcome.status, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith("dirty.csv: imported as run 9 in ")
    assert outcome.stderr.endswith("seconds. 5 rows: 2 unchanged, 3 rejected.\n")
    held = run_here("import", "dirty.csv", "--quiet", "--max-rejected", "0")
    assert (held.status, held.stdout, held.stderr.count("\n")) == (3, "", 2)
    assert run_here("export", "tracking", "-o", "out.csv", "--quiet").stderr == ""
    assert run_here("runs", "--quiet").stdout.count("\n") == 11
    for words in (("undo", "7", "--quiet"), ("prune", "--older-than", "1d", "--quiet")):
        assert (run_here(*words).stdout, run_here(*words).stderr != "") == ("", words[0] == "undo")
    document = run_here("check", "clean.csv", "--json", "--quiet")
    assert document.stderr == ""
    assert document.document["notes"]
    assert "contradict each other" in run_here("runs", "-q", "-v").stderr


@pytest.mark.usefixtures("store")
def test_a_verbose_command_tells_its_phases(folder: Path) -> None:
    (folder / "tracking.csv").write_text(CLEAN)
    said = [line.partition(" s  ")[2] for line in run_here("import", "tracking.csv", "-v").stderr.splitlines()]
    assert said[0].startswith("started: command import, version ")
    assert [line for line in said if line.startswith("phase")] == [
        "phase: phase reading",
        "phase: phase storing",
        "phase: phase committing",
    ]
    assert said[-1].startswith("finished: run 7, dry_run False, rows 2, created 2, ")


def test_a_log_has_numbers_and_codes_but_nobody_s_name(folder: Path, store: Path) -> None:
    (folder / "ada.csv").write_text(DIRTY)
    words = ("--log", "milepost.log")
    assert run_here("import", "ada.csv", "--actor", "Grace", *words).status == 1
    assert run_here("show", "nobody@x.example", *words).status == 2
    assert run_here("runs", "--db", "postgresql://me:sesame@localhost:1/lms", *words).status == 4
    text = (folder / "milepost.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    events = [line["event"] for line in lines]
    assert events == ["started", *["phase"] * 3, "finished", "started", "failed", "started", "failed"]
    assert all({"at", "pid", "event", "seconds"} <= set(line) for line in lines)
    assert (lines[4]["run"], lines[4]["status"], lines[4]["rejected"]) == (7, 1, 3)
    assert lines[4]["findings"]["registration-not-found"] == 1
    assert [(line["code"], line["retry"]) for line in lines if line["event"] == "failed"] == [
        ("wrong-usage", False),
        ("store-unreachable", True),
    ]
    for secret in ("ada", "adda", "Grace", "nobody", "sesame", str(folder)):
        assert secret not in text
    assert [json.loads(line)["event"] for line in run_here("runs", "--log", "-").stderr.splitlines()] == [
        "started",
        "finished",
    ]
    for log, why in (("nowhere/x.log", "cannot be written"), ("milepost.db", "would be added to a file")):
        before = store.read_bytes()
        outcome = run_here("runs", "--db", "milepost.db", "--log", log)
        assert (outcome.status, why in outcome.stderr) == (2, True)
        assert store.read_bytes() == before


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (("i",), "import"),
        (("load", "s"), "sessions"),
        (("import", "--max-rej"), "--max-rejected"),
        (("import", "--mode", "p"), "patch"),
        (("check", "--delimiter", "s"), "semicolon"),
        (("config", "w"), "write"),
        (("export", "tracking", "--log", "out"), "out"),
    ],
)
def test_shells_are_offered_what_can_stand_there(typed: tuple[str, ...], offered: str, folder: Path) -> None:
    for shell in ("bash", "zsh", "fish"):
        asked = environment(_MILEPOST_COMPLETE=f"{shell}_complete", COMP_WORDS=" ".join(("milepost", *typed)))
        place = {"COMP_CWORD": typed[-1] if shell == "fish" else str(len(typed))}
        outcome = run_program(env=asked | place, cwd=folder)
        assert (outcome.status, outcome.stderr) == (0, "")
        assert offered in outcome.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_of_a_shell_is_a_script(shell: str, folder: Path) -> None:
    outcome = run_here("completion", shell)
    assert "_MILEPOST_COMPLETE" in outcome.stdout
    if shutil.which(shell):
        (folder / "script").write_text(outcome.stdout)
        subprocess.run([shell, "-n", "script"], check=True, cwd=folder)
    assert "'bash', 'zsh', 'fish'" in run_here("completion", "tcsh").stderr


def test_a_bash_completes(folder: Path) -> None:
    (folder / "script").write_text(run_here("completion", "bash").stdout)
    program = folder / "milepost"
    program.write_text(f'#!/bin/sh\nexec {" ".join(command())} "$@"\n')
    program.chmod(0o755)
    asks = "COMP_WORDS=(milepost load se); COMP_CWORD=2; _milepost_completion ./milepost; echo ${COMPREPLY[@]}"
    done = subprocess.run(
        ["bash", "-c", f". ./script; {asks}"], cwd=folder, env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout == "sessions\n"


def test_the_key_of_a_load_renames_and_is_part_of_the_next_step(folder: Path) -> None:
    (folder / "old.csv").write_text("candidateLogin,candidateGuid\nada,g-1\nbob,g-2\n")
    (folder / "new.csv").write_text("candidateLogin,candidateGuid\nlovelace,g-1\nada,g-2\n")
    assert run_here("load", "learners", "old.csv").status == 0
    outcome = run_here("load", "learners", "new.csv", "--key", "candidateGuid")
    assert outcome.status == 1
    assert "load learners new.csv --key candidateGuid --rejects rejects.csv" in outcome.stdout
    assert run_here("load", "learners", "new.csv", "--key", "candidateGuid").status == 0
