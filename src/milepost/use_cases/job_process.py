"""The process that does one job: it claims it, does it, and says what came of it.

It reads what it needs from standard input, as one line of JSON: a URL with a password must not be seen among the
arguments of a process. It ends with the process that started it.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from milepost.model.exceptions import MilepostError, was_interrupted
from milepost.model.phases import COMMITTING
from milepost.model.reports import Report
from milepost.settings.value_kinds import DELIMITER
from milepost.use_cases import configurations, drafts, job_queue
from milepost.use_cases.importing import import_file
from milepost.use_cases.inspecting import inspect_file
from milepost.use_cases.job_queue import QueuedJob
from milepost.use_cases.kept import CHECKS
from milepost.use_cases.loading import load_file
from milepost.use_cases.matching import match_file
from milepost.use_cases.undoing import undo_run

INSPECTION = "inspection.json"
"""What was found in the file of a draft, in its folder."""
MATCHING = "matching.json"
"""The names of the file that the store does not have, likewise."""
REJECTS = "rejects.csv"
"""The rejected rows of the last check, and of the import, likewise."""

_BEAT = 0.5
"""Seconds between two looks at the progress, and at whether the job is to end."""
_LONGEST_SILENCE = 10.0
_PR_SET_PDEATHSIG = 1
_NICENESS = 10
_WAIT = 3600.0
"""Seconds to wait for a run that was started elsewhere."""


def main() -> None:
    """Does the next job of a lane, if there is one."""
    given = prepared()
    with suppress(KeyboardInterrupt):
        do_next(given["office"], given["database"], Path(given["data"]), given["lane"])


def prepared() -> dict[str, Any]:
    """What the worker has told this process, which from now on ends with the worker, or by SIGTERM."""
    given: dict[str, Any] = json.loads(sys.stdin.readline())
    _end_with_parent(given["parent"])
    if hasattr(os, "nice"):
        # Pages are answered first.
        os.nice(_NICENESS)
    signal.signal(signal.SIGTERM, _interrupt)
    # Ctrl-C reaches the whole group; who started this process ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return given


def do_next(
    office: str,
    database: str,
    data: Path,
    lane: str,
    work_of: Callable[[str, str, Path, QueuedJob], Work] | None = None,
) -> QueuedJob | None:
    """Claims the next job of a lane and does it. None if there is none, or another process is at work.

    `work_of` makes the work of a job, if the lane is not one of imports.
    """
    job = job_queue.claim(office, database, lane)
    if job is None:
        return None
    work = (work_of or _ImportWork)(office, database, data, job)
    try:
        with work.beating():
            came = work.do()
    except (Exception, KeyboardInterrupt) as error:
        # Whatever it is, the page says it.
        if was_interrupted(error):
            job_queue.give_back(office, job.id)
            raise KeyboardInterrupt from error
        if isinstance(error, MilepostError):
            _report_failure(work, error)
        else:
            said = f"This is a bug in Milepost: {type(error).__name__}. Please report it."
            job_queue.fail(office, job.id, "bug", said)
    else:
        job_queue.finish(office, job.id, **came)
    return job_queue.one(office, job.id)


def _report_failure(work: Work, error: MilepostError) -> None:
    # An attempt before this one may have done it, and been ended before it could say so.
    came = job_queue.came_of(work.database, work.job)
    if came is not None:
        job_queue.finish(work.office, work.job.id, **came)
    else:
        job_queue.fail(work.office, work.job.id, error.code, work.named(str(error)))


@dataclass(slots=True)
class Work:
    """One job that is being done."""

    office: str
    database: str
    data: Path
    job: QueuedJob
    _progress: tuple[str | None, int | None, int | None] = (None, None, None)
    _is_over: threading.Event = field(default_factory=threading.Event)

    def do(self) -> Mapping[str, str | int | None]:
        """Does the work; what came of it, as `job_queue.finish` takes it."""
        raise NotImplementedError

    def progress(self, phase: str, done: int, total: int | None) -> None:
        """Keeps how far the work is, for the next beat."""
        if phase == COMMITTING:
            _Door.is_closed = True
        self._progress = (phase, done, total)

    def named(self, message: str) -> str:
        """A message as people read it."""
        return message

    @staticmethod
    def allow_interruption() -> None:
        """More work follows a commit; raises KeyboardInterrupt if an interruption came during it."""
        _Door.is_closed = False
        if _Door.is_pending:
            _Door.is_pending = False
            raise KeyboardInterrupt

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Says all the time how far the work is, and ends it when somebody asks for that."""
        thread = threading.Thread(target=self._beat, name="beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()

    def _beat(self) -> None:
        said: object = None
        silence = 0.0
        while not self._is_over.wait(_BEAT):
            silence += _BEAT
            is_stopping = False
            with suppress(MilepostError):
                if self._progress != said or silence >= _LONGEST_SILENCE:
                    said, silence = self._progress, 0.0
                    is_stopping = job_queue.beat(self.office, self.job.id, *self._progress)
                else:
                    is_stopping = job_queue.one(self.office, self.job.id).is_stopping
            if is_stopping:
                os.kill(os.getpid(), signal.SIGTERM)


@dataclass(slots=True)
class _ImportWork(Work):
    """A job about an uploaded file, or about a run."""

    _draft: drafts.Draft | None = None

    def do(self) -> Mapping[str, str | int | None]:
        """Does the work; the run or the kept check that came of it."""
        if self.job.kind == "undo":
            report = undo_run(
                self.database, self.job.task["run"], actor=self.job.actor, progress=self.progress, wait=_WAIT
            )
            return {"run": report.run}
        draft = self._draft = drafts.one(self.office, self.job.draft_id or 0)
        if self.job.kind == "look":
            self._look(draft)
            return {}
        if self.job.kind == "match":
            matching = match_file(draft.path(self.data), self.database, draft.job(self.data), progress=self.progress)
            _write(draft.place(self.data) / MATCHING, matching.text())
            return {}
        if self.job.kind == "load":
            return {"run": self._load(draft).run}
        if self.job.kind == "check":
            report_of_check = self._import(draft, dry_run=True)
            kept = str(report_of_check.kept)
            drafts.checked(self.office, draft.id, self.job.task["settings"], kept, str(report_of_check.digest))
            return {"checked": kept}
        return {"run": self._import(draft, dry_run=False).run}

    def _look(self, draft: drafts.Draft) -> None:
        found = inspect_file(draft.path(self.data), draft.job(self.data), progress=self.progress)
        if found.is_guessed:
            told = DELIMITER.write(found.delimiter)
            drafts.choose(self.office, draft.id, {**draft.settings, "delimiter": told})
        if draft.configuration(self.data) is None and not draft.remembered(self.data):
            known = configurations.remembered(self.office, (one.header for one in found.columns))
            if known:
                drafts.take_over(self.office, self.data, draft.id, known)
        _write(draft.place(self.data) / INSPECTION, found.text())

    def _load(self, draft: drafts.Draft) -> Report:
        return load_file(
            self.job.task["kind"],
            draft.path(self.data),
            self.database,
            key=self.job.task.get("key"),
            rejects=draft.place(self.data) / REJECTS,
            actor=self.job.actor,
            name=draft.file,
            progress=self.progress,
            wait=_WAIT,
        )

    def _import(self, draft: drafts.Draft, *, dry_run: bool) -> Report:
        # What was chosen when the job was asked for, whatever has been chosen since.
        chosen = drafts.with_settings(draft, self.job.task["settings"])
        return import_file(
            chosen.path(self.data),
            self.database,
            chosen.job(self.data),
            dry_run=dry_run,
            rejects=chosen.place(self.data) / REJECTS,
            keep=self.data / CHECKS if dry_run else None,
            expect=self.job.task.get("digest"),
            actor=self.job.actor,
            name=chosen.file,
            progress=self.progress,
            wait=_WAIT,
        )

    def named(self, message: str) -> str:
        """A message with the name that the file had where it came from."""
        return message if self._draft is None else message.replace(str(self._draft.path(self.data)), self._draft.file)


class _Door:
    is_closed = False
    """Whether an interruption comes too late."""
    is_pending = False
    """Whether one has come meanwhile."""


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    _Door.is_pending = _Door.is_closed
    if not _Door.is_closed:
        raise KeyboardInterrupt


def _end_with_parent(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        # It may have ended before.
        if os.getppid() != parent:
            sys.exit()


def _write(path: Path, text: str) -> None:
    """Writes a file that is there whole or not at all."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text, "utf-8")
    unfinished.replace(path)


if __name__ == "__main__":
    main()
