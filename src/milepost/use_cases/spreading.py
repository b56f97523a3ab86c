"""The steps of an import on a Spark server."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from milepost.engines.local.engine import Supplied
from milepost.model.exceptions import UsageError
from milepost.model.job import Job, Layout
from milepost.model.wording import argument
from milepost.stores import supplies
from milepost.stores.port import Tables

if TYPE_CHECKING:
    from milepost.engines.spark.cluster import Cluster
    from milepost.engines.spark.tasks import Shared
    from milepost.stores.lake.lake_tables import LakeView

LOCAL = "local"
SAIL = "sail"
CONNECT = "sc://"


def judge(engine: str, cores: int | None, scratch: str | Path | None) -> None:
    """Raises UsageError for an engine that does not exist, or that does not go with other arguments."""
    if engine == LOCAL:
        if cores is not None or scratch is not None:
            given = "cores" if cores is not None else "scratch"
            raise UsageError(f"{argument(given)} is for other engines than local. Give {argument('engine')} too.")
        return
    if engine != SAIL and not engine.startswith(CONNECT):
        raise UsageError(f'There is no engine "{engine}". Give {argument("engine")} local, sail or sc://host:port.')
    if cores is not None and cores < 1:
        raise UsageError(f"{argument('cores')} must be at least 1, not {cores}.")


@dataclass(frozen=True, slots=True)
class Spread:
    """A server to run steps on, and a folder for the files of one run."""

    cluster: Cluster
    folder: Path

    def shared(
        self,
        layout: Layout,
        job: Job,
        now: datetime,
        tables: Tables,
        *,
        batch_rows: int,
        is_writing: bool,
        keeps_records: bool,
        keeps_changes: bool,
    ) -> Shared:
        """What all tasks of a run on the store `tables` have in common."""
        from milepost.engines.spark import tasks

        if self.cluster.is_embedded:
            # All its tasks are in one process.
            job = dataclasses.replace(job, memory=job.memory // self.cluster.places)
        return tasks.Shared(
            uuid.uuid4().hex,
            self.folder,
            layout,
            dataclasses.replace(job, notes=()),
            now,
            partial(_opened, supplies.view_of(tables, self.folder)),
            batch_rows,
            is_writing,
            keeps_records,
            keeps_changes,
        )


@contextmanager
def begun(engine: str, cores: int | None, scratch: str | Path | None) -> Iterator[Spread]:
    """A session with the server that `engine` names; see `importing.import_file`."""
    from milepost.engines.spark import cluster, scratch_files

    with ExitStack() as stack:
        folder = stack.enter_context(scratch_files.scratch_folder(None if scratch is None else Path(scratch)))
        yield Spread(stack.enter_context(cluster.connected(engine, cores)), folder)


def _opened(view: LakeView) -> Supplied:
    return Supplied(*supplies.of_tables(view.open()))
