"""Commands that cannot be run: exit status 2, a sentence that helps, and nothing done."""

from __future__ import annotations

from pathlib import Path

import pytest

from functional.workbench import CLEAN, run_here, run_program

WRONG = [
    (["improt", "x.csv"], "No such command 'improt'. Did you mean 'import'? Try `milepost --help`."),
    (["import"], "Missing argument 'FILE'. Try `milepost import --help`."),
    (["import", "a.csv", "b.csv"], "Got unexpected extra argument (b.csv) Try `milepost import --help`."),
    (["import", "a.csv", "--rejcts", "x"], "No such option '--rejcts'. (Did you mean one of: "),
    (["import", "a.csv", "--mode", "merge"], "Invalid value for '--mode': 'merge' is not one of 'replace', 'patch'."),
    (["import", "a.csv", "--config"], "Option '--config' requires an argument."),
    (["import", "a.csv", "--map", "Login"], '--map "Login" is not of the form "Header=column".'),
    (["import", "a.csv", "--set", "timeZone"], '--set "timeZone" is not of the form NAME=VALUE.'),
    (["import", "a.csv", "--set", "timezon=UTC"], "timezon"),
    (["import", "a.csv", "--set", "timeZone=Mars/Olympus"], "Mars/Olympus"),
    (["import", "a.csv", "--delimiter", "hyphen"], "hyphen"),
    (["import", "a.csv", "--encoding", "latin-99"], "latin-99"),
    (["import", "-", "--config", "-"], "The file and the configuration cannot both be read from standard input."),
    (["import", "a.csv", "--rejects", "a.csv"], "--rejects a.csv would overwrite the file that is read."),
    (["import", "a.csv", "--rejects", "milepost.db"], "--rejects milepost.db would overwrite the store."),
    (["import", "missing.csv"], "missing.csv"),
    (["import", "."], "."),
    (["import", "a.csv", "--config", "missing.xml"], "missing.xml"),
    (["import", "a.csv", "--db", "oracle://x"], "oracle:// is not a database that Milepost knows"),
    (["import", "a.csv", "--db", ":memory:"], ":memory: is a database in memory, which would end with the command."),
    (["check", "a.csv", "--db", "sqlite:///:memory:"], "sqlite:///:memory: is a database in memory"),
    (["runs", "--db", "sqlite://x.db"], "Write sqlite:///x.db, or its path alone."),
    (["runs", "--db", "sqlite:x.db"], "Write sqlite:///x.db, or its path alone."),
    (["runs", "--db", "sqlite://"], "Write sqlite:///milepost.db, or its path alone."),
    (["import", "a.csv", "--db", "nowhere/x.db"], "There is no folder nowhere"),
    (["check", "a.csv"], "There is no store at milepost.db."),
    (["load", "people", "a.csv"], "'people' is not one of 'learners', 'learning-objects', 'trainings'"),
    (["load", "learners", "a.csv", "--set", "updateMode=patch"], "--set updateMode means nothing to `load`."),
    (["load", "learners", "missing.csv"], "missing.csv"),
    (["load", "trainings", "a.csv", "--key", "candidateGuid"], '--key "candidateGuid" cannot be chosen: trainings'),
    (["runs"], "There is no store at milepost.db."),
    (["runs", "seven"], "'seven' is no number of a run; write one from 1 up, or `last`."),
    (["runs", "0"], "'0' is no number of a run; write one from 1 up, or `last`."),
    (["export", "tracking"], "There is no store at milepost.db."),
    (["export", "people"], "No such command 'people'."),
    (["config", "check", "missing.xml"], "missing.xml"),
]


@pytest.mark.parametrize(("words", "message"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_wrong_usage_does_nothing_and_says_why(words: list[str], message: str, folder: Path) -> None:
    (folder / "a.csv").write_text(CLEAN)
    outcome = run_here(*words)
    assert outcome.status == 2
    assert outcome.stdout == ""
    assert message in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv"]


@pytest.mark.parametrize(
    ("words", "message"),
    [(words, message) for words, message in WRONG if words[0] in {"import", "check", "load", "runs", "improt"}],
    ids=[" ".join(words) for words, _ in WRONG if words[0] in {"import", "check", "load", "runs", "improt"}],
)
def test_with_json_the_message_is_a_document(words: list[str], message: str, folder: Path) -> None:
    (folder / "a.csv").write_text(CLEAN)
    outcome = run_here(words[0], "--json", *words[1:])
    assert outcome.status == 2
    assert message in outcome.error


def test_json_and_rejects_cannot_share_standard_output(folder: Path) -> None:
    (folder / "a.csv").write_text(CLEAN)
    outcome = run_here("import", "a.csv", "--json", "--rejects", "-")
    assert outcome.status == 2
    assert outcome.document["error"] == {
        "code": "wrong-usage",
        "message": "--json and --rejects - would both write to standard output. Name a file for the rejects.",
        "retry": False,
        "run": None,
    }


def test_a_process_of_its_own_says_the_same(folder: Path) -> None:
    outcome = run_program("runs", cwd=folder)
    assert (outcome.status, outcome.stdout) == (2, "")
    assert outcome.stderr == (
        "There is no store at milepost.db. Load or import something first, or name another with --db.\n"
    )


@pytest.mark.usefixtures("folder")
def test_no_command_shows_the_help() -> None:
    outcome = run_here()
    assert outcome.status == 2
    assert "Usage: milepost" in outcome.stderr
