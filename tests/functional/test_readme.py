"""README.md shows what happens, and no page points at what is not there."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from functional.workbench import run_here

_ROOT = Path(__file__).parents[2]
_README = (_ROOT / "README.md").read_text(encoding="utf-8")
_PAGES = sorted([*_ROOT.glob("*.md"), *(_ROOT / "docs").glob("*.md")])
_SECONDS = re.compile(r"\d+\.\d+ seconds")
_SOME_ROWS_REJECTED = 1
_HELD = 3


def test_the_demonstration_prints_what_the_readme_shows(folder: Path) -> None:
    shown = re.search(r"^```\n(.*?)^  …\n```$", _README, re.MULTILINE | re.DOTALL)
    assert shown
    demonstration = run_here("demo", folder / "milepost-demo")
    assert demonstration.status == 0
    assert _SECONDS.sub("N", shown.group(1)) in _SECONDS.sub("N", demonstration.stdout)


def test_every_command_of_the_readme_does_its_work(folder: Path) -> None:
    assert run_here("demo", folder / "milepost-demo").status == 0
    commands = re.findall(r"^\$ (.*)$", _README, re.MULTILINE)
    assert len(commands) > 10
    for line in commands:
        program, *words = shlex.split(line)
        if program == "cd":
            os.chdir(words[0])
            continue
        assert program == "milepost"
        outcome = run_here(*words)
        # The demonstration's file has rows that are rejected, in whatever way it is read.
        status = _SOME_ROWS_REJECTED if "tracking" in line and words[0] in {"check", "import"} else 0
        assert outcome.status == (_HELD if "--max-" in line else status), outcome
    assert (folder / "milepost-demo" / "out.csv").is_file()


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
