"""What the web application keeps only for a time: uploads, jobs that are over, checks, files that were left behind."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from milepost.model.exceptions import MilepostError
from milepost.use_cases import drafts, job_queue
from milepost.use_cases.kept import CHECKS, sweep_checks

KEEP_DAYS = 30
"""Days that uploads are kept, unless told otherwise."""

_A_DAY = 86_400
_LEFT_BEHIND = ("tmp*",)
"""Unfinished downloads in the folder of the application, whose process has ended."""


def sweep(office: str, data: Path, days: int = KEEP_DAYS) -> int:
    """Removes uploads that are older than `days`, with their jobs, and how many those were.

    An upload stays while a job on it waits or runs. Checks whose time is over, and files that were left behind, go too.
    """
    before = time.time() - days * _A_DAY
    busy = {job.draft_id for job in job_queue.listing(office, is_over=False)}
    every = drafts.listing(office)
    old = [one for one in every if one.created_at.timestamp() < before and one.id not in busy]
    for one in old:
        drafts.discard(office, data, one.id)
    job_queue.forget(office, int(before))
    kept = {one.folder for one in every}
    # A new draft has its folder before anybody can list it, so only those that are old are left behind.
    for path in _older(data / "uploads", "*", _A_DAY):
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)
    for pattern in _LEFT_BEHIND:
        for path in _older(data, pattern, _A_DAY):
            if path.is_file():
                path.unlink(missing_ok=True)
    if (data / CHECKS).is_dir():
        sweep_checks(data / CHECKS)
    return len(old)


def _older(folder: Path, pattern: str, seconds: float) -> list[Path]:
    now = time.time()
    return [path for path in folder.glob(pattern) if not path.is_symlink() and now - path.stat().st_mtime > seconds]


def sweep_quietly(office: str, data: Path, days: int) -> None:
    """The same; what cannot be removed now is removed another time."""
    try:
        sweep(office, data, days)
    except (MilepostError, OSError):
        return
