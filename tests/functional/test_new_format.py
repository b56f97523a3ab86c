"""A file format is one file and one entry: a scratch copy of the package with one more of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import milepost
from functional.workbench import command, commands

_ENTRY = """
    MADE_UP = (
        "madeup",
        Entry(
            (".madeup", ".mu"),
            begins=b"made up",
            reader="milepost.formats.made_up:open_made_up",
            writer="milepost.formats.made_up:MadeUp",
            settings=("encoding",),
            names=("made up",),
            lists_changes=True,
        ),
    )
"""

_FILE = '''
"""Rows of cells that are set off by colons, after a line that says `made up`."""

import polars as pl

from milepost.formats.read.table_reader import TableSource
from milepost.formats.write.appearance import rendered
from milepost.formats.registry import Form


def open_made_up(content, expected, _stack):
    _, header, *rows = (line.split(":") for line in content.read(10_000).decode().splitlines())
    return TableSource(pl.DataFrame(rows, schema=header, orient="row"), expected.reading)


class MadeUp(Form):
    def __init__(self, stream, columns, appearance):
        self._stream, self._columns, self._appearance = stream, columns, appearance
        self._put(["made up"])
        self._put([column.heading for column in columns])

    def write(self, rows):
        for row in rendered(rows, self._columns, self._appearance).iter_rows():
            self._put([cell or "" for cell in row])

    def _put(self, cells):
        self._stream.write((":".join(cells) + "\\n").encode())
'''

_STREAM = """
import io
from pathlib import Path

import milepost

report = milepost.import_file(io.BytesIO(Path("later.madeup").read_bytes()), "milepost.db", dry_run=True)
print(report.rows, report.rejected, report.updated)
"""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a package `milepost` that has one more format."""
    folder = tmp_path_factory.mktemp("scratch")
    package = folder / "milepost"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(milepost.__file__).parent, package, ignore=ignored)
    (package / "formats" / "made_up.py").write_text(_FILE, encoding="utf-8")
    formats = package / "model" / "file_formats.py"
    text = formats.read_text(encoding="utf-8")
    before, end, after = text.partition("\n\nREAD_ONLY = ")
    assert end
    formats.write_text(before.rstrip() + _ENTRY + end + after, encoding="utf-8")
    return folder


def run(scratch: Path, *words: str, code: str | None = None, status: int = 0) -> str:
    """What a program prints that uses the copy."""
    return _run(scratch, [sys.executable, "-c", code] if code else command(*words), status)


def run_each(scratch: Path, *each: tuple[str, ...]) -> None:
    """Runs commands of the copy, all of which end well."""
    _run(scratch, commands(*each), 0)


def _run(scratch: Path, words: list[str], status: int) -> str:
    done = subprocess.run(words, cwd=scratch, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def test_one_file_and_one_entry_make_a_format(scratch: Path) -> None:
    (scratch / "learners.mu").write_text("made up\ncandidateLogin\nada\n")
    for kind, text in {
        "learning-objects": "lovGuid:lovCode\nguid-intro:intro",
        "trainings": "trainingPathCode\nmaths",
        "contents": "trainingPathCode:lovCode\nmaths:intro",
        "sessions": "sessionGuid:sessionTitle:trainingPathCode\nmaths-2024:2024:maths",
        "registrations": "candidateLogin:sessionGuid\nada:maths-2024",
    }.items():
        (scratch / f"{kind}.mu").write_text(f"made up\n{text}\n")
    kinds = ("learners", "learning-objects", "trainings", "contents", "sessions", "registrations")
    tracking = "made up\ncandidateLogin:lovCode:sessionGuid:progression\nada:intro:maths-2024:{}\n"
    (scratch / "tracking.madeup").write_text(tracking.format(50))
    (scratch / "later.madeup").write_text(tracking.format(60))
    run_each(
        scratch,
        *(("load", kind, f"{kind}.mu") for kind in kinds),
        ("import", "tracking.madeup"),
        ("check", "later.madeup", "--changes", "changes.madeup"),
        ("export", "tracking", "-o", "out.mu", "--columns", "candidateLogin,progression"),
    )
    assert (scratch / "changes.madeup").read_text().splitlines() == [
        "made up",
        "line:candidateLogin:trainingPathCode:sessionTitle:lovCode:field:before:after:kind",
        "2:ada:maths:2024:intro:progression:50:60:change",
    ]
    assert run(scratch, code=_STREAM) == "1 0 1\n"
    assert (scratch / "out.mu").read_text() == "made up\ncandidateLogin:progression\nada:50\n"
    out = run(scratch, "export", "tracking", "--format", "made up", "--columns", "progression")
    assert out == "made up\nprogression\n50\n"


def test_what_lists_the_formats_lists_the_new_one(scratch: Path) -> None:
    shown = " ".join(run(scratch, "export", "tracking", "--help").split())
    assert "csv, tsv, xlsx, xml, jsonl, parquet or madeup" in shown
    assert ".csv, .jsonl, .madeup or .xlsx" in " ".join(run(scratch, "check", "--help").split())
    (scratch / "any.csv").write_text("candidateLogin,lovCode\n")
    refused = " ".join(run(scratch, "check", "any.csv", "--changes", "changes.txt", status=2).split())
    assert "end it in .csv, .jsonl, .madeup or .xlsx." in refused
    refused = " ".join(run(scratch, "import", "any.csv", "--rejects", "rejects.mu", status=2).split())
    assert "end it in .csv, .tsv, .tab or .xlsx." in refused
    refused = run(scratch, "export", "tracking", "-o", "out.mu", "--delimiter", "pipe", status=2)
    assert "it is for csv, and the format is madeup" in refused
    refused = run(scratch, "export", "tracking", "--format", "no", status=2)
    assert "madeup" in refused
