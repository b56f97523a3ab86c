"""Runs programs and measures them from outside, from their start to their end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.results import Sample

ROOT = Path(__file__).parents[1]

# A process that is forked from this one, which may be large, would begin with its memory: so a small one stands
# between.
_MEASURE = """
import json, resource, subprocess, sys, time
with open(sys.argv[1], "wb") as out:
    begin = time.perf_counter()
    status = subprocess.run(sys.argv[2:], stdout=out).returncode
    seconds = time.perf_counter() - begin
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([status, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]))
"""
_STEERING = {"MILEPOST_DB", "MILEPOST_DEBUG", "FORCE_COLOR", "TTY_COMPATIBLE"}
_MAXRSS_PER_MEGABYTE = 2**20 if sys.platform == "darwin" else 2**10


@dataclass(frozen=True)
class Ended:
    """What came of a process."""

    stdout: str
    sample: Sample


def run(*words: str | Path, out: Path | None = None, status: int = 0) -> Ended:
    """Runs a program; its standard output goes to the file `out`, or is returned.

    Raises RuntimeError with what it said when it does not end with `status`.
    """
    with tempfile.NamedTemporaryFile() as written:
        done = subprocess.run(
            [sys.executable, "-c", _MEASURE, str(out or written.name), *(str(word) for word in words)],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name not in _STEERING},
            capture_output=True,
            text=True,
            check=True,
        )
        stdout = Path(written.name).read_text()
    ended, seconds, processor_seconds, peak = json.loads(done.stdout)
    if ended != status:
        raise RuntimeError(f"{' '.join(map(str, words))} ended with status {ended}.\n{stdout}{done.stderr}")
    return Ended(stdout, Sample(seconds, processor_seconds, peak / _MAXRSS_PER_MEGABYTE))


def run_module(module: str, *words: str | Path | int) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Runs a module of this package in a process of its own, and returns the JSON document that it prints."""
    return json.loads(run(sys.executable, "-m", module, *(str(word) for word in words)).stdout)
