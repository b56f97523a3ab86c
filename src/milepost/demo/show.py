"""The demonstration: make the folder, load, import, show the result."""

from __future__ import annotations

import io
import itertools
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Protocol

from milepost.model.exceptions import FileError
from milepost.reading.exporting import export_tracking

MARK = ".milepost-demo"
"""The file that marks a folder as made by the demonstration."""

STORE = "milepost.db"
REJECTS = "rejects.csv"
MADE = (STORE, f"{STORE}-wal", f"{STORE}-shm", REJECTS, "out.csv")

LOADS = ("learners", "learning-objects", "trainings", "contents", "sessions", "registrations")
_LINES = 4


class Say(Protocol):
    """Prints a line, in a style where there is colour."""

    def __call__(self, line: str, style: str = "") -> None: ...


@dataclass(frozen=True, slots=True)
class _Stage:
    folder: Path
    program: str
    execute: Callable[[list[str]], None]
    say: Say

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def with_store(self, *words: str) -> list[str]:
        return [*words, "--db", self.path(STORE)]

    def line(self, arguments: Sequence[str]) -> str:
        return f"{self.program} {shlex.join(arguments)}"

    def perform(self, arguments: list[str]) -> None:
        self.say("")
        self.say(f"$ {self.line(arguments)}", "cyan")
        self.execute(arguments)


def show(folder: Path, *, program: str, execute: Callable[[list[str]], None], say: Say) -> None:
    """Makes the demonstration in `folder`, and describes it with `say`, line by line.

    `program`: the command that runs this program. `execute`: runs one of its commands. The files of an earlier
    demonstration in the folder are replaced, other files stay. Raises FileError for any other folder that is not empty.
    """
    stage = _Stage(folder, program, execute, say)
    _prepare(folder)
    say(
        f"A small store of real data, in {folder}: 695 students of the Open University, two sessions of one course.",
        "bold",
    )
    say("The data is OULAD, CC BY 4.0; see ATTRIBUTION.md there.")
    for kind in LOADS:
        stage.perform(stage.with_store("load", kind, stage.path(f"{kind.replace('-', '_')}.csv")))
    importing = ["--config", stage.path("tracking.xml")]
    say("")
    say("Now the results of their assessments, in a file as people make them, mistakes and all.", "bold")
    stage.perform(stage.with_store("import", stage.path("tracking.csv"), *importing, "--rejects", stage.path(REJECTS)))
    _show_results(stage)
    say("")
    say("Three commands to try next", "bold")
    for what, arguments in (
        ("Read every finding:", ["runs", "7"]),
        (f"Mend the rows in {stage.path(REJECTS)} with an editor, then:", ["import", stage.path(REJECTS), *importing]),
        ("Read back what is stored:", ["export", "tracking", "-o", stage.path("out.csv")]),
    ):
        say(f"  {what}")
        say(f"    {stage.line(stage.with_store(*arguments))}", "cyan")


def _prepare(folder: Path) -> None:
    try:
        if folder.exists() and any(folder.iterdir()) and not (folder / MARK).is_file():
            raise FileError(f"{folder} is not empty, and no demonstration made it. Name another folder.")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).write_text("`milepost demo` made this folder and may make it anew.\n", encoding="utf-8")
        for name in MADE:
            (folder / name).unlink(missing_ok=True)
        for source in (resources.files("milepost.demo") / "data").iterdir():
            (folder / source.name).write_bytes(source.read_bytes())
    except OSError as error:
        raise FileError(f"{folder} cannot be used: {error.strerror or error}. Name another folder.") from error


def _show_results(stage: _Stage) -> None:
    stage.say("")
    stage.say(f"The first rejected rows, as they stood and with the reasons, from {stage.path(REJECTS)}:", "bold")
    with Path(stage.path(REJECTS)).open(encoding="utf-8") as rejected:
        for line in itertools.islice(rejected, _LINES):
            stage.say(f"  {line.rstrip()}")
    stage.say("")
    stage.say("The first rows that are stored, from `export tracking`:", "bold")
    stored = io.BytesIO()
    export_tracking(stage.path(STORE), stored)
    for line in stored.getvalue().decode().splitlines()[:_LINES]:
        stage.say(f"  {line}")
