"""The command line as users meet it: words in; exit status, standard output and standard error out."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from milepost.cli import application
from milepost.model.exceptions import ERRORS

HEADER = "candidateLogin,lovCode,sessionTitle,trainingPathCode,lastAccessDate,progression,trackingStatus,score\n"
CLEAN = (
    HEADER
    + "ada,intro,2024,maths,2024-02-01 10:00:00,100,passed,80\n"
    + "bob,intro,2024,maths,2024-02-02 10:00:00,50,incomplete,\n"
)
DIRTY = (
    CLEAN
    + "ada,outro,2024,maths,01/02/2024,10,incomplete,1\n"
    + "adda,outro,2024,maths,2024-02-01 10:00:00,10,incomplete,1\n"
    + "bob,outro,2024,maths,2024-02-01 10:00:00,100,incomplete,170\n"
)

REFERENCE = {
    "learners": "candidateLogin,candidateRefNumber,candidateEmail\nada,1,ada@x.example\nbob,2,bob@x.example\n",
    "learning-objects": "lovGuid,lovCode,title\nguid-intro,intro,Introduction\nguid-outro,outro,The end\n",
    "trainings": "trainingPathCode,trainingTitle\nmaths,Mathematics\n",
    "contents": "trainingPathCode,lovCode\nmaths,intro\nmaths,outro\n",
    "sessions": "sessionGuid,sessionTitle,trainingPathCode\nguid-2024,2024,maths\n",
    "registrations": "candidateLogin,sessionGuid\nada,guid-2024\nbob,guid-2024\n",
}


@dataclass(frozen=True)
class Outcome:
    """What came of one command."""

    status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """Standard output as the one JSON document that it must be."""
        content = json.loads(self.stdout)
        assert isinstance(content, dict)
        assert self.stdout.count("\n") == 1
        return content

    @property
    def error(self) -> str:
        """The message of the document of an error, which is all that was printed."""
        document = self.document
        assert (list(document), document["format_version"]) == (["format_version", "error"], 2)
        error = document["error"]
        assert list(error) == ["code", "message", "retry", "run"]
        assert error["code"] in ERRORS
        assert (error["retry"], self.status) in ((True, 4), (False, 2))
        assert self.stderr == ""
        return str(error["message"])


def run_here(*words: str | Path, stdin: bytes | str = b"") -> Outcome:
    """Runs a command in this process."""
    content = stdin.encode() if isinstance(stdin, str) else stdin
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")
    try:
        with redirect_stdout(out), redirect_stderr(err):
            status = application.run([str(word) for word in words])
    finally:
        sys.stdin = before
    return Outcome(status, _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


def command(*words: str | Path) -> list[str]:
    """The words that start the program in a process of its own."""
    return [sys.executable, "-m", "milepost", *(str(word) for word in words)]


def commands(*each: Sequence[str | Path]) -> list[str]:
    """The words that run commands one after another in a process of its own, until one does not end with status 0."""
    return [sys.executable, "-c", _EACH, json.dumps([[str(word) for word in words] for words in each])]


_EACH = """
import json, sys
from milepost.cli.application import run

for words in json.loads(sys.argv.pop()):
    if status := run(words):
        sys.exit(status)
"""


def environment(**changes: str) -> dict[str, str]:
    """This process's environment without what steers the program, with `changes`."""
    steering = {"MILEPOST_DB", "MILEPOST_DEBUG", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS"}
    return {name: value for name, value in os.environ.items() if name not in steering} | changes


def run_program(
    *words: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Outcome:
    """Runs a command in a process of its own."""
    done = subprocess.run(
        command(*words), input=stdin, capture_output=True, env=env or environment(), cwd=cwd, check=False, timeout=120
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
