"""The findings of a run, as a frame."""

from __future__ import annotations

import polars as pl
from sqlalchemy import select

from milepost.model.batch import FINDINGS
from milepost.stores import record as runs
from milepost.stores.opening import Access, open_store
from milepost.stores.sql import frames
from milepost.stores.sql.tables import import_finding

_SCHEMA = {"line": pl.Int64(), "place": pl.Int64(), "level": pl.String(), **dict(list(FINDINGS.items())[1:])}


def read_findings(database: str, run: int) -> pl.DataFrame:
    """Every finding of the run with that number, in the order of lines and of the findings on a line.

    Columns: `line`; `place`, which orders the findings of a line; `level`, `error` or `warning`; `code`; `column` and
    `value`, null where the finding is about the whole row; `message`; `hint`, null where there is none.
    Raises StoreError when there is no store, UsageError when there is no such run.
    """
    with open_store(database, Access.READ) as store, store.read() as connection:
        runs.one(connection, run)
        query = (
            select(*(import_finding.c[name] for name in _SCHEMA))
            .where(import_finding.c.run_id == run)
            .order_by(import_finding.c.line, import_finding.c.place)
        )
        return pl.concat([pl.DataFrame(schema=_SCHEMA), *frames.stream(connection, query, _SCHEMA)])
