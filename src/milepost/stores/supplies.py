"""What the steps need of a store, here or in other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from milepost.model.exceptions import temporary_files
from milepost.stores import tracked_rows
from milepost.stores.lake.data_files import DataFile, Place, is_ranged
from milepost.stores.lookups import StoredReferences
from milepost.stores.port import Tables
from milepost.stores.tables import TABLES

if TYPE_CHECKING:
    from milepost.stores.lake.lake_tables import LakeView

_READ = (
    *("learner", "learning_object_version", "training", "training_content", "session", "registration"),
    *("former_identifier", "tracking", "tracking_log_day", "import_run"),
)
"""The tables that steps read."""
_ROWS_OF_A_FILE = 100_000


def of_tables(tables: Tables) -> tuple[StoredReferences, Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]]]:
    """The references of a store, and the look-ups of the steps (`Step.needed`)."""
    return StoredReferences(tables), {
        "stored": lambda keys: tracked_rows.stored(tables, keys),
        "earlier": lambda keys: tracked_rows.earlier(tables, keys),
    }


def view_of(tables: Tables, folder: Path) -> LakeView:
    """The state of a store, for other processes.

    A lake store is read where it is. Of any other one, what the steps need is copied to files in `folder` first.
    """
    from milepost.stores.lake.lake_tables import LakeTables, LakeView

    if isinstance(tables, LakeTables):
        return tables.view()
    place = Place(str(folder))
    with temporary_files():
        return LakeView("the copy of the store", place, {name: tuple(_copied(tables, name, place)) for name in TABLES})


def _copied(tables: Tables, name: str, place: Place) -> Iterator[DataFile]:
    """The files with all rows of a table; none for one that no step reads."""
    table = TABLES[name]
    if name not in _READ:
        return
    parts = tables.stream(name, table.schema, order=table.key, at_a_time=_ROWS_OF_A_FILE)
    if not is_ranged(table):
        # Its rows are few.
        parts = iter([pl.concat([pl.DataFrame(schema=table.schema), *parts])])
    for part in parts:
        if not part.is_empty():
            yield place.write(name, part)
