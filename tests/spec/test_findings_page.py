"""The page about findings is true: every code has its section, and every example gives what stands under it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import milepost
from functional.workbench import Outcome, run_here
from milepost.model.findings import CODES
from spec.tables import Tables, blocks

PAGE = (Path(__file__).parents[2] / "docs" / "findings.md").read_text(encoding="utf-8")
STORE = PAGE.partition("```text\n")[2].partition("```")[0]
SECTIONS = dict(re.findall(r"^### `([a-z-]+)`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
EXAMPLE = re.compile(
    r"(?:^After `(milepost (?:import|load) [^\n]*)`:\n\n```csv\n((?:(?!```).)*?)```\n\n)?"
    r"^`(milepost (?:import|load) [^\n]*)`\n\n```csv\n(.*?)```\n\n((?:>[^\n]*\n)+)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Example:
    """A file, how it is read, and what is said of it; and what is imported before."""

    code: str
    before: str
    stored: str
    command: str
    file: str
    said: list[str]


EXAMPLES = [
    Example(code, before, stored, command, file, [line[2:] for line in quote.splitlines() if line != ">"])
    for code, section in SECTIONS.items()
    for before, stored, command, file, quote in EXAMPLE.findall(section)
]


def test_every_code_has_a_section_and_a_row_in_the_order_of_findings() -> None:
    rows = re.findall(r"^\| \[`([a-z-]+)`\]\(#([a-z-]+)\) \| (\w+) \|", PAGE, re.MULTILINE)
    assert rows == [(name, name, code.level.value) for name, code in CODES.items()]
    assert set(SECTIONS) == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_section_has_an_example_and_says_what_to_do(code: str) -> None:
    assert [example for example in EXAMPLES if example.code == code]
    assert "**What to do.** " in SECTIONS[code]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.code} {example.command.split()[1]}")
def test_an_example_gives_its_finding(
    holding: Callable[[str], Tables], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, example: Example
) -> None:
    database = holding(STORE).database
    monkeypatch.chdir(tmp_path)
    if example.before:
        assert _run(example.before, example.stored, database).status == 0
    outcome = _run(example.command, example.file, database)
    found = milepost.read_findings(database, outcome.document["run"]).to_dicts()
    assert [_worded(one) for one in found] == example.said
    assert {one["code"] for one in found} == {example.code}
    first = f"{found[0]['level'].capitalize()}: *{found[0]['message']}*"
    assert first in " ".join(SECTIONS[example.code].split())


def _run(command: str, file: str, database: str) -> Outcome:
    _, *words = shlex.split(command)
    (name,) = (word for word in words if word.endswith(".csv"))
    Path(name).write_text(file.replace("␀", "\0"), encoding="utf-8")
    return run_here(*words, "--db", database, "--json")


def test_the_store_of_the_examples_is_whole() -> None:
    assert [kind for kind, _ in blocks(STORE)] == [
        "learners",
        "learning-objects",
        "trainings",
        "contents",
        "sessions",
        "registrations",
    ]


def _worded(finding: dict[str, object]) -> str:
    column = "" if finding["column"] is None else f", {finding['column']}"
    return f"line {finding['line']}{column}: {finding['hint']}"
