"""Options that are pairs, and the commands that are proposed."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest

from milepost.cli import options
from milepost.cli.options import Reading, ReadingOptions


def _given(**changes: tuple[str, ...]) -> ReadingOptions:
    given: ReadingOptions = {
        "db": "milepost.db",
        "schema": None,
        "wait": 60,
        "actor": None,
        "as_json": False,
        "rejects": None,
        "maps": changes.get("maps", ()),
        "ignored": changes.get("ignored", ()),
        "settings": changes.get("settings", ()),
        "sheet": None,
        "delimiter": None,
        "encoding": None,
        "raw": False,
    }
    return given


def test_a_header_may_hold_an_equals_sign() -> None:
    read = Reading.of(_given(maps=("a = b=lovCode", "Login=candidateLogin"), ignored=("", "x")))
    assert dict(read.header_map) == {"a = b": "lovCode", "Login": "candidateLogin"}
    assert read.header_ignore == ("", "x")


def test_a_value_may_hold_an_equals_sign() -> None:
    assert dict(Reading.of(_given(settings=("trackingStatus.completed==",))).settings) == {
        "trackingStatus.completed": "="
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"maps": ("lovCode",)}, '--map "lovCode" is not of the form "Header=column".'),
        ({"maps": ("x=",)}, '--map "x=" is not of the form "Header=column".'),
        ({"settings": ("timeZone",)}, '--set "timeZone" is not of the form NAME=VALUE.'),
        ({"settings": ("=UTC",)}, '--set "=UTC" is not of the form NAME=VALUE.'),
        ({"maps": ("x=lovCode", "x=lovGuid")}, '--map gives "x" twice: "lovCode" and "lovGuid".'),
    ],
)
def test_what_is_no_pair_is_told(changes: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(click.UsageError) as raised:
        Reading.of(_given(**changes))
    assert raised.value.format_message() == message


def test_the_same_pair_twice_is_no_mistake() -> None:
    assert dict(Reading.of(_given(maps=("x=lovCode", "x=lovCode"))).header_map) == {"x": "lovCode"}


def test_an_empty_setting_is_handed_on() -> None:
    assert dict(Reading.of(_given(settings=("timeZone=",))).settings) == {"timeZone": ""}


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

    @click.command()
    @click.argument("file")
    @options.importing
    @options.rejects
    @options.as_json
    @options.database
    @click.pass_context
    def probe(context: click.Context, /, file: str, **_: object) -> None:
        proposed.append(options.again(context, ["import", file], without=["as_json"], extra=["--rejects", "r.csv"]))

    arguments = ["a b.csv", "--set", "timeZone=UTC", "--set", "decimal=comma", "--json", "--mode", "patch"]
    probe.main(arguments, standalone_mode=False)
    assert proposed == ["milepost import 'a b.csv' --mode patch --set timeZone=UTC --set decimal=comma --rejects r.csv"]
