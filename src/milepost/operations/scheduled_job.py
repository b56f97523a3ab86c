"""The process that carries out one whole configuration for a schedule; see `use_cases.job_process`.

It prints what is for the log, as the worker takes it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from milepost.model.exceptions import MilepostError
from milepost.operations.night_report import NightReport
from milepost.operations.run_options import RunOptions
from milepost.operations.run_template import BEGUN
from milepost.operations.schedules import places
from milepost.operations.whole_run import run_whole
from milepost.use_cases import job_process, job_queue
from milepost.use_cases.job_queue import QueuedJob

_LOOK = 2.0
_WAIT = 3600.0
"""Seconds to wait for a run of the same configuration, or of another, that was started elsewhere."""


def main() -> None:
    """Carries out the configuration that is next, if there is one."""
    given = job_process.prepared()
    with suppress(KeyboardInterrupt):
        work = work_of(Path(given["schedules"]))
        job_process.do_next(given["office"], given["database"], Path(given["data"]), given["lane"], work)


def work_of(folder: Path) -> Callable[[str, str, Path, QueuedJob], job_process.Work]:
    """What makes the work of a job, whose folder of schedules is `folder`."""
    return partial(_Run, folder)


class _Run(job_process.Work):
    """One run of a whole configuration."""

    def __init__(self, folder: Path, office: str, database: str, data: Path, job: QueuedJob) -> None:
        super().__init__(office, database, data, job)
        self._folder = folder

    def do(self) -> Mapping[str, str | int | None]:
        configuration, data = places(self._folder, self.job.task["configuration"], self.job.task["data"])
        self._say("run started", configuration=configuration.name)
        try:
            report = self._carried_out(configuration, data)
        except MilepostError as error:
            self._say("run failed", code=error.code, retry=error.retry, run=error.run)
            raise
        facts = {"files": len(report.files), "rejected": report.rejected, "trouble": len(report.trouble)}
        self._say("run finished", status=report.status, **facts)
        return {}

    def _carried_out(self, configuration: Path, data: Path) -> NightReport:
        end = time.monotonic() + _WAIT
        options = RunOptions(data, progress=self.progress, wait=_WAIT, actor=self.job.actor, tell=self._tell)
        while True:
            try:
                return run_whole(configuration, self.database, options)
            except MilepostError as error:
                if error.code != "run-unfinished" or time.monotonic() >= end:
                    raise
            # One that was started elsewhere. What it leaves, and what comes meanwhile, is for this one.
            self.progress("waiting for another run of the configuration", 0, None)
            time.sleep(_LOOK)

    def _tell(self, event: str, **facts: object) -> None:
        if event == BEGUN:
            job_queue.began(self.office, self.job.id, int(str(facts["night"])))
        self._say(event, **facts)
        self.allow_interruption()

    def _say(self, event: str, **facts: object) -> None:
        line = {"event": event, "process": os.getpid(), "schedule": self.job.schedule_id, "job": self.job.id, **facts}
        with suppress(OSError):  # the worker has ended
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
