"""The findings of a run, as a frame."""

from __future__ import annotations

import polars as pl

from milepost.model.batch import FINDINGS
from milepost.stores import record as runs
from milepost.stores.opening import open_store
from milepost.stores.port import Access

_SCHEMA = {"line": pl.Int64(), "place": pl.Int64(), "level": pl.String(), **dict(list(FINDINGS.items())[1:])}


def read_findings(database: str, run: int) -> pl.DataFrame:
    """Every finding of the run with that number, in the order of lines and of the findings on a line.

    Columns: `line`; `place`, which orders the findings of a line; `level`, `error` or `warning`; `code`; `column` and
    `value`, null where the finding is about the whole row; `message`; `hint`, null where there is none.
    Raises StoreError when there is no store, UsageError when there is no such run.
    """
    with open_store(database, Access.READ) as store, store.read() as tables:
        runs.one(tables, run)
        parts = tables.stream("import_finding", _SCHEMA, {"run_id": run}, ("line", "place"))
        return pl.concat([pl.DataFrame(schema=_SCHEMA), *parts])
