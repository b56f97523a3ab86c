"""docs/operations.md shows what works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from functional.workbench import command, environment, run_here

_PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def _shell(text: str, folder: Path) -> str:
    """What a shell prints that finds `milepost`, and a `python3`, on its path."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    for name, words in (("milepost", command()), ("python3", [sys.executable])):
        (programs / name).write_text(f'#!/bin/sh\nexec {" ".join(words)} "$@"\n')
        (programs / name).chmod(0o755)
    env = environment(PATH=f"{programs}:{os.environ['PATH']}")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (text, done)
    return done.stdout + done.stderr


def test_every_block_of_the_page_works(folder: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", _PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 9
    said = [_shell(block, folder) for block in blocks]
    nightly = next(
        text for block, text in zip(blocks, said, strict=True) if block.startswith("milepost-demo/nightly.sh")
    )
    assert re.fullmatch(r"tracking\.csv: imported as run 8 in .* seconds\. 3,150 rows: .*, 11 rejected\.\n", nightly)
    assert any(text == "11 rows rejected\n" for text in said)
    store = folder / "milepost-demo" / "milepost.db"
    assert run_here("runs", "--db", store, "--json").document["runs"][0]["run"] == 8


def test_the_service_and_the_script_run_a_command_that_there_is(folder: Path) -> None:
    for line in re.findall(r"^(?:ExecStart=/usr/local/bin/|    )(milepost import .*)$", _PAGE, re.MULTILINE):
        words = line.replace("%%", "%").split()[1:]
        outcome = run_here(*words)
        assert (outcome.status, "tracking.xml cannot be read" in outcome.stderr) == (2, True), outcome
    assert folder.is_dir()
