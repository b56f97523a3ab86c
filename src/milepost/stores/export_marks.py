"""How far exports have come of which each writes what is new since the one before: a row for each GUID and provider."""

from __future__ import annotations

import polars as pl

from milepost.model.export import Mark, Provider
from milepost.model.likeness import fold
from milepost.stores.port import Tables

_TABLE = "export_mark"
_NUMBERS = {"last_run": pl.Int64(), "last_registration": pl.Int64()}
_ID = {"id": pl.Int64()}


def last(tables: Tables, guid: str, provider: Provider) -> Mark | None:
    """Where the last export with that GUID began; None: there was none."""
    found = tables.rows(_TABLE, _NUMBERS, {"guid_key": fold(guid), "provider": provider.value})
    return Mark(*found.row(0)) if found.height else None


def exported_at(tables: Tables, guid: str, provider: Provider) -> int | None:
    """When the last export with that GUID began, in seconds since 1970; None: there was none."""
    found = tables.rows(_TABLE, {"exported_at": pl.Int64()}, {"guid_key": fold(guid), "provider": provider.value})
    return int(found.item()) if found.height else None


def current(tables: Tables) -> Mark:
    """Where an export begins that reads these tables.

    What a run writes is seen when the run is done. So a run that is at work now is new to the next export.
    """
    at_work = tables.rows("import_run", _ID, {"state": "running"})
    runs = at_work if at_work.height else tables.rows("import_run", _ID)
    edge = runs["id"].min() if at_work.height else runs["id"].max()
    run = int(str(edge or 0)) - bool(at_work.height)
    return Mark(run, tables.highest_id("registration"))


def put(tables: Tables, guid: str, provider: Provider, mark: Mark, exported_at: int) -> None:
    """Keeps where an export began that has succeeded."""
    key = {"guid_key": fold(guid), "provider": provider.value}
    tables.remove(_TABLE, key)
    numbers = {"last_run": mark.run, "last_registration": mark.registration, "exported_at": exported_at}
    tables.insert(_TABLE, pl.DataFrame({**key, "guid": guid, **numbers}))
