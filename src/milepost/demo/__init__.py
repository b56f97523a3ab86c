"""A small store of real data, and an import into it, step by step."""

from __future__ import annotations

import io
import itertools
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Protocol

from milepost.model.exceptions import FileError, unwritable
from milepost.reading.exporting import export_tracking
from milepost.reference import KINDS

_MARK = ".milepost-demo"
"""The file that marks a folder as made by the demonstration."""
_STORE = "milepost.db"
_REJECTS = "rejects.csv"
_MADE = (_STORE, f"{_STORE}-wal", f"{_STORE}-shm", _REJECTS, "out.csv")
_LINES = 4


class Say(Protocol):
    """Prints a line, in a style where there is colour."""

    def __call__(self, line: str, style: str = "") -> None: ...


def show(folder: Path, *, program: str, execute: Callable[[list[str]], None], say: Say) -> None:
    """Makes the demonstration in `folder`, and describes it with `say`, line by line.

    `program`: the command that runs this program. `execute`: runs one of its commands. The files of an earlier
    demonstration in the folder are replaced, other files stay. Raises FileError for any other folder that is not empty.
    """
    _prepare(folder)
    _Demonstration(folder, program, execute, say).show()


def _prepare(folder: Path) -> None:
    try:
        if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).is_file():
            raise FileError(
                f"{folder} is not empty, and no demonstration made it. Name another folder.", code="file-unwritable"
            )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MARK).write_text("`milepost demo` made this folder and may make it anew.\n", encoding="utf-8")
        for name in _MADE:
            (folder / name).unlink(missing_ok=True)
        for source in (resources.files("milepost.demo") / "data").iterdir():
            (folder / source.name).write_bytes(source.read_bytes())
    except OSError as error:
        said = f"{folder} cannot be used: {error.strerror or error}. Name another folder."
        raise FileError(said, code=unwritable(error)) from error


@dataclass(frozen=True, slots=True)
class _Demonstration:
    folder: Path
    program: str
    execute: Callable[[list[str]], None]
    say: Say

    def show(self) -> None:
        head = f"A small store of real data, in {self.folder}: 695 students of the Open University, two sessions"
        self.say(f"{head} of one course.", "bold")
        self.say("The data is OULAD, CC BY 4.0; see ATTRIBUTION.md there.")
        for kind in KINDS:
            self._perform("load", kind, self._path(f"{kind.replace('-', '_')}.csv"))
        configuration = ("--config", self._path("tracking.xml"))
        rejects = self._path(_REJECTS)
        self._title("Now the results of their assessments, in a file as people make them, mistakes and all.")
        self._perform("import", self._path("tracking.csv"), *configuration, "--rejects", rejects)
        self._title(f"The first rejected rows, as they stood and with the reasons, from {rejects}:")
        with Path(rejects).open(encoding="utf-8") as rejected:
            for line in itertools.islice(rejected, _LINES):
                self.say(f"  {line.rstrip()}")
        self._title("The first rows that are stored, from `export tracking`:")
        stored = io.BytesIO()
        export_tracking(self._path(_STORE), stored)
        for line in stored.getvalue().decode().splitlines()[:_LINES]:
            self.say(f"  {line}")
        self._title("Three commands to try next")
        self._propose("Read every finding:", "runs", "7")
        self._propose(f"Mend the rows in {rejects} with an editor, then:", "import", rejects, *configuration)
        self._propose("Read back what is stored:", "export", "tracking", "-o", self._path("out.csv"))

    def _path(self, name: str) -> str:
        return str(self.folder / name)

    def _title(self, line: str) -> None:
        self.say("")
        self.say(line, "bold")

    def _perform(self, *words: str) -> None:
        arguments = [*words, "--db", self._path(_STORE)]
        self.say("")
        self.say(f"$ {self.program} {shlex.join(arguments)}", "cyan")
        self.execute(arguments)

    def _propose(self, what: str, *words: str) -> None:
        self.say(f"  {what}")
        self.say(f"    {self.program} {shlex.join([*words, '--db', self._path(_STORE)])}", "cyan")
