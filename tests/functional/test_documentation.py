"""docs/commands.md shows what happens."""

from __future__ import annotations

import itertools
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from functional.workbench import run_here
from milepost.cli import application

_PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

_DIFFERS = (
    (re.compile(r"\b\d+\.\d+ seconds"), "N seconds"),
    (re.compile(r'"seconds": [\d.]+'), '"seconds": N'),
    (re.compile(r"\b(?:[0-9a-f]{64}|2b1e…)"), "HASH"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d"), "INSTANT"),
    (re.compile(r' by [^\s,]+, took|"actor": "[^"]*"|(?<=\.csv) \([^)]*\)$', re.MULTILINE), "ACTOR"),
)


def _commands() -> Iterator[tuple[str, str]]:
    """Every command that the page shows, with what it shows of its output."""
    for block in _BLOCK.findall(_PAGE.read_text(encoding="utf-8")):
        pieces = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
        yield from zip(pieces[::2], pieces[1::2], strict=True)


def _settled(text: str) -> str:
    for pattern, word in _DIFFERS:
        text = pattern.sub(word, text)
    return text


def test_every_command_prints_what_the_page_shows(folder: Path) -> None:
    shown = list(_commands())
    assert len(shown) >= 12
    for line, output in shown:
        words = shlex.split(line)
        if words[0] == "cd":
            os.chdir(words[1])
            continue
        assert words[0] == "milepost"
        outcome = run_here(*words[1:])
        if output:
            assert _settled(outcome.stdout + outcome.stderr) == _settled(output), line
        else:
            assert outcome.status == 0, line
    assert Path.cwd() == folder / "milepost-demo"


def _options(command: click.Command) -> set[str]:
    parameters = command.get_params(click.Context(command))
    named = itertools.chain.from_iterable(one.opts for one in parameters if isinstance(one, click.Option))
    return set(named) - {"--version", "--help", "-h", "-q", "-v"}


def test_the_page_names_every_command_and_option() -> None:
    page = _PAGE.read_text(encoding="utf-8")
    commands = dict(application.milepost.commands)
    for name, command in application.milepost.commands.items():
        if isinstance(command, click.Group):
            commands |= {f"{name} {inner}": each for inner, each in command.commands.items()}
            del commands[name]
    assert set(commands) == {
        "load",
        "import",
        "check",
        "runs",
        "export tracking",
        "export registrations",
        "export tracking-log",
        "show",
        "undo",
        "prune",
        "config check",
        "config write",
        "config write-export",
        "demo",
        "serve",
        "worker",
        "user add",
        "user list",
        "user role",
        "user password",
        "user remove",
        "run",
        "status",
        "unpivot",
        "completion",
        "verify",
        "learner rename",
        "learner merge",
        "session merge",
        "lov merge",
        "erase",
        "copy",
        "retention",
    }
    for name, command in commands.items():
        assert f"`milepost {name}" in page
        for option in _options(command):
            assert f"`{option}" in page or f" {option}" in page, (name, option)
