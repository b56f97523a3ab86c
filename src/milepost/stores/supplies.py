"""What the steps need of a store, here or in other processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import polars as pl

from milepost.model.exceptions import UsageError
from milepost.model.wording import argument
from milepost.stores import tracked_rows
from milepost.stores.lookups import StoredReferences
from milepost.stores.port import Tables

if TYPE_CHECKING:
    from milepost.stores.lake.lake_tables import LakeView


def of_tables(tables: Tables) -> tuple[StoredReferences, Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]]]:
    """The references of a store, and the look-ups of the steps (`Step.needed`)."""
    return StoredReferences(tables), {
        "stored": lambda keys: tracked_rows.stored(tables, keys),
        "earlier": lambda keys: tracked_rows.earlier(tables, keys),
    }


def view_of(tables: Tables) -> LakeView:
    """The state of a store, for other processes. Raises UsageError for a store that they cannot read."""
    from milepost.stores.lake.lake_tables import LakeTables

    if isinstance(tables, LakeTables):
        return tables.view()
    raise UsageError(
        f"Other engines than local need a lake store, with delta:// as {argument('database')}. "
        f"Copy the store with `milepost copy`, or leave {argument('engine')} away."
    )
