"""Options that are pairs, and the commands that are proposed."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest

from milepost.cli import options


@click.command(cls=options.SettingsCommand, job="import")
def _command(*, settings: options.Settings) -> options.Settings:
    return settings


def given(*words: str) -> options.Settings:
    """The settings that the words of a command line give."""
    found: options.Settings = _command.main([*words], standalone_mode=False)
    return found


def test_a_header_may_hold_an_equals_sign() -> None:
    assert given("--map", "a = b=lovCode", "--map", "Login=candidateLogin", "--ignore", "", "--ignore", "x") == {
        "headerMapping": [{"a = b": "lovCode", "Login": "candidateLogin"}, {"": "ignoredColumn", "x": "ignoredColumn"}]
    }


def test_a_value_may_hold_an_equals_sign() -> None:
    assert given("--set", "trackingStatus.completed==") == {"trackingStatus.completed": ["="]}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--map", "lovCode"), '--map "lovCode" is not of the form "Header=column".'),
        (("--map", "x="), '--map "x=" is not of the form "Header=column".'),
        (("--set", "timeZone"), '--set "timeZone" is not of the form NAME=VALUE.'),
        (("--set", "=UTC"), '--set "=UTC" is not of the form NAME=VALUE.'),
        (("--map", "x=lovCode", "--map", "x=lovGuid"), '--map gives "x" twice: "lovCode" and "lovGuid".'),
    ],
)
def test_what_is_no_pair_is_told(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(click.UsageError) as raised:
        given(*words)
    assert raised.value.format_message() == message


def test_the_same_pair_twice_is_no_mistake() -> None:
    assert given("--map", "x=lovCode", "--map", "x=lovCode") == {"headerMapping": [{"x": "lovCode"}]}


def test_an_empty_setting_is_handed_on() -> None:
    assert given("--set", "timeZone=") == {"timeZone": [""]}


def test_every_option_gives_its_setting() -> None:
    words = ("--raw", "--mode", "patch", "--merge", "score=highest", "--merge", "row=newer", "--max-deleted", "0")
    more = ("--sheet", "A", "--delimiter", "pipe", "--encoding", "cp1252")
    assert given(*words, *more) == {
        "rawText": ["yes"],
        "updateMode": ["patch"],
        "merge": [{"score": "highest", "row": "newer"}],
        "maxDeleted": ["0"],
        "sheet": ["A"],
        "delimiter": ["pipe"],
        "fileEncoding": ["cp1252"],
    }


@pytest.mark.parametrize(
    ("called", "shown"),
    [
        ("/home/me/.venv/bin/milepost", "/home/me/.venv/bin/milepost"),
        (".venv/bin/milepost", ".venv/bin/milepost"),
        ("my tools/milepost", "'my tools/milepost'"),
        ("milepost", "milepost"),
        ("/usr/lib/milepost/__main__.py", f"{sys.executable} -m milepost"),
        ("/usr/bin/pytest", "milepost"),
    ],
)
def test_proposed_commands_call_the_program_as_it_was_called(
    called: str, shown: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [called])
    assert options.program() == shown


def test_a_program_on_the_path_goes_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "milepost"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [str(program)])
    assert options.program() == "milepost"


def test_proposed_commands_repeat_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["milepost"])
    monkeypatch.setenv("MILEPOST_DB", "elsewhere.db")
    proposed: list[str] = []

    @click.command(cls=options.SettingsCommand, job="import")
    @click.argument("file")
    @options.config
    @options.rejects
    @options.as_json
    @options.database
    @click.pass_context
    def probe(context: click.Context, /, file: str, **_: object) -> None:
        proposed.append(options.again(context, ["import", file], without=["as_json"], extra=["--rejects", "r.csv"]))

    arguments = ["a b.csv", "--set", "timeZone=UTC", "--set", "decimal=comma", "--json", "--mode", "patch"]
    probe.main(arguments, standalone_mode=False)
    assert proposed == ["milepost import 'a b.csv' --mode patch --set timeZone=UTC --set decimal=comma --rejects r.csv"]
