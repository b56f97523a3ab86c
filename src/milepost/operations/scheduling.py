"""The worker that does the jobs of schedules too, and looks for those that are due."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from milepost.model.exceptions import FileError
from milepost.model.wording import argument
from milepost.operations import schedules
from milepost.use_cases.worker import Lane, Worker

_PROGRAM = "milepost.operations.scheduled_job"


def worker_of(
    office: str, database: str, data: Path, keep_days: int, folder: Path | None, tell: Callable[..., None]
) -> Worker:
    """The worker of a store; `folder` is that of schedules, None: it leaves their jobs to others.

    Raises FileError if there is no such folder.
    """
    if folder is None:
        return Worker(office, database, data, keep_days, tell=tell)
    if not folder.is_dir():
        said = f"There is no folder {folder}. Make it, or name another one with {argument('schedules')}."
        raise FileError(said, code="file-missing")
    lane = Lane("configurations", _PROGRAM, {"schedules": str(folder.resolve())})
    return Worker(office, database, data, keep_days, (lane,), partial(schedules.begin_due, office), tell)
