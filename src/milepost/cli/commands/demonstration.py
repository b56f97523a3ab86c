"""`demo`: a small store of real data, and an import into it, step by step."""

from __future__ import annotations

import io
import itertools
import shlex
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import click

from milepost.cli import options, shape, terminal
from milepost.cli.commands.imports import KINDS
from milepost.model.exceptions import FileError, writing

_MARK = ".milepost-demo"
"""The file that marks a folder as made by the demonstration."""
_STORE = "milepost.db"
_REJECTS = "rejects.csv"
_MADE = (_STORE, f"{_STORE}-wal", f"{_STORE}-shm", _REJECTS, "out.csv")
_LINES = 4


@click.command(cls=shape.Command)
@click.argument("folder", type=shape.PATH, default="milepost-demo")
@click.pass_context
def demo(context: click.Context, folder: str) -> None:
    """Make a small store of real data in FOLDER (milepost-demo), and import a file with mistakes into it."""
    _prepare(Path(folder))
    _Demonstration(context, Path(folder)).show()


def _prepare(folder: Path) -> None:
    """Replaces the files of an earlier demonstration; other files stay. Raises FileError for a folder of others."""
    with writing(f"{folder} cannot be used", "Name another folder."):
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


@dataclass(frozen=True, slots=True)
class _Demonstration:
    context: click.Context
    folder: Path

    def show(self) -> None:
        from milepost.reading.exporting import export_tracking

        head = f"A small store of real data, in {self.folder}: 695 students of the Open University, two sessions"
        _say(f"{head} of one course.", "bold")
        _say("The data is OULAD, CC BY 4.0; see ATTRIBUTION.md there.")
        for kind in KINDS:
            self._perform("load", kind, self._path(f"{kind.replace('-', '_')}.csv"))
        configuration = ("--config", self._path("tracking.xml"))
        rejects = self._path(_REJECTS)
        _title("Now the results of their assessments, in a file as people make them, mistakes and all.")
        self._perform("import", self._path("tracking.csv"), *configuration, "--rejects", rejects)
        _title(f"The first rejected rows, as they stood and with the reasons, from {rejects}:")
        with Path(rejects).open(encoding="utf-8") as rejected:
            for line in itertools.islice(rejected, _LINES):
                _say(f"  {line.rstrip()}")
        _title("The first rows that are stored, from `export tracking`:")
        stored = io.BytesIO()
        export_tracking(self._path(_STORE), stored)
        for line in stored.getvalue().decode().splitlines()[:_LINES]:
            _say(f"  {line}")
        _title("Three commands to try next")
        self._propose("Read every finding:", "runs", "7")
        self._propose(f"Mend the rows in {rejects} with an editor, then:", "import", rejects, *configuration)
        self._propose("Read back what is stored:", "export", "tracking", "-o", self._path("out.csv"))

    def _path(self, name: str) -> str:
        return str(self.folder / name)

    def _perform(self, *words: str) -> None:
        arguments = [*words, "--db", self._path(_STORE)]
        _say("")
        _say(f"$ {options.program()} {shlex.join(arguments)}", "cyan")
        with self.context.find_root().command.make_context("milepost", arguments) as inner:
            inner.command.invoke(inner)

    def _propose(self, what: str, *words: str) -> None:
        _say(f"  {what}")
        _say(f"    {options.program()} {shlex.join([*words, '--db', self._path(_STORE)])}", "cyan")


def _title(line: str) -> None:
    _say("")
    _say(line, "bold")


def _say(line: str, style: str = "") -> None:
    terminal.say([terminal.styled((terminal.visible(line), style))])
