"""The tracking rows of the store, by their keys."""

from __future__ import annotations

import polars as pl
from sqlalchemy import ColumnElement, FromClause, func, select
from sqlalchemy.engine import Connection

from milepost.stores.sql import dialect, frames
from milepost.stores.sql.dialect import Schema
from milepost.stores.sql.tables import tracking

KEY = ("registration_id", "learning_object_version_id")
"""The columns that say which row is meant."""

SCHEMA = {
    "registration_id": pl.Int64(),
    "learning_object_version_id": pl.Int64(),
    "first_access_at": pl.Int64(),
    "last_access_at": pl.Int64(),
    "first_completed_at": pl.Int64(),
    "progression": pl.Float64(),
    "status": pl.String(),
    "time_spent": pl.Int64(),
    "score": pl.Float64(),
    "score_max": pl.Int64(),
}
"""The columns of a row that can be read back: its key, and its values."""

LOGGED = {"logged_on": pl.Int64(), "logged_time": pl.Int64()}
"""The newest day of a row's log, in days since 1970-01-01, and the seconds spent on it."""

WRITERS = {name: SCHEMA[name] for name in KEY} | {"run_id": pl.Int64(), "line": pl.Int64()}
"""The key of a row, and who wrote it last: a run, and the line of its file."""

STORED_AS = {
    "firstAccessDate": "first_access_at",
    "lastAccessDate": "last_access_at",
    "firstCompletionDate": "first_completed_at",
    "progression": "progression",
    "trackingStatus": "status",
    "timeSpent": "time_spent",
    "score": "score",
    "scoreMax": "score_max",
}
"""The column that keeps each of an import file's VALUE_COLUMNS."""

VALUES = tuple(STORED_AS.values())
"""The columns that hold what is known of a learner on a learning object version."""


def before(name: str) -> str:
    """In a frame with how rows are to be: the column that has the stored value of the column `name`."""
    return f"stored.{name}"


def kind_of(name: str) -> str:
    """In such a frame: the column that says of what kind the change of the column `name` is."""
    return f"kind.{name}"


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
