"""The tracking rows of the store, by their keys."""

from __future__ import annotations

import polars as pl
from sqlalchemy import ColumnElement, FromClause, func, select
from sqlalchemy.engine import Connection

from milepost.model.columns import KEY
from milepost.model.tracked import SCHEMA
from milepost.stores.sql import dialect, frames
from milepost.stores.sql.dialect import Schema
from milepost.stores.sql.tables import tracking

_FEW_OTHERS = 4
"""So many rows for each that is sought can be read in passing, in the time it takes to seek one."""
_AT_A_TIME = 25_000


def find(
    connection: Connection, keys: pl.DataFrame, schema: Schema = SCHEMA, *, rows: FromClause = tracking
) -> pl.DataFrame:
    """The stored rows whose keys are among `keys` (the columns KEY, without nulls); columns as in `schema`.

    `rows` may also be another table, or a query as one, that has the columns KEY and those of `schema`.
    """
    slices = keys.select(KEY).unique().sort(KEY).iter_slices(_AT_A_TIME)
    found = (_find(connection, part, schema, rows) for part in slices if not part.is_empty())
    return pl.concat([pl.DataFrame(schema=dict(schema)), *found])


def _find(connection: Connection, keys: pl.DataFrame, schema: Schema, rows: FromClause) -> pl.DataFrame:
    query = select(*(rows.c[name] for name in schema))
    if _is_dense(connection, keys, rows):
        in_range = query.where(_in_range(keys, rows))
        return frames.collect(connection, in_range, schema).join(keys, on=KEY, how="semi")
    columns = rows.c.registration_id, rows.c.learning_object_version_id
    return frames.select(connection, query.where(dialect.of(connection).among_pairs(columns, keys)), schema)


def _is_dense(connection: Connection, keys: pl.DataFrame, rows: FromClause) -> bool:
    """Whether few other rows lie between those that are sought, so that all are better read in one go."""
    most = _FEW_OTHERS * keys.height
    some = select(rows.c.registration_id).where(_in_range(keys, rows)).limit(most + 1).subquery()
    return (connection.scalar(select(func.count()).select_from(some)) or 0) <= most


def _in_range(keys: pl.DataFrame, rows: FromClause) -> ColumnElement[bool]:
    """Whether a row's registration lies between the first and the last of sorted keys."""
    registrations = keys["registration_id"]
    return rows.c.registration_id.between(int(registrations[0]), int(registrations[-1]))
