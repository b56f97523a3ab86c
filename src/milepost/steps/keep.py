"""Keep: accepted rows and all findings, in temporary tables of the database, so that memory does not grow."""

from __future__ import annotations

import polars as pl
from sqlalchemy import Column, Integer, MetaData, Table, Text
from sqlalchemy.engine import Connection

from milepost.database import frames
from milepost.database.tables import tracking_values
from milepost.model.columns import VALUE_COLUMNS
from milepost.model.findings import CODES, RANK, Level

_tables = MetaData()

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
"""The column of the store that keeps each of VALUE_COLUMNS."""

staged = Table(
    "staged",
    _tables,
    Column("registration_id", Integer, primary_key=True),
    Column("learning_object_version_id", Integer, primary_key=True),
    Column("line", Integer, primary_key=True),
    # As the row is to be; a completion date that is derived is null, and the status may be notAttempted.
    *tracking_values(),
    Column("given", Integer),  # a bit for each of VALUE_COLUMNS that the line gives, the first lowest
    prefixes=["TEMPORARY"],
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

staged_finding = Table(
    "staged_finding",
    _tables,
    Column("line", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),  # orders the findings of a line
    Column("level", Text),
    Column("code", Text),
    Column("column", Text),
    Column("value", Text),
    Column("message", Text),
    Column("hint", Text),
    prefixes=["TEMPORARY"],
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

_PLACES_PER_CODE = 100
_KEY = ("registration_id", "learning_object_version_id", "line")


class Keeper:
    """Takes the batches of one run."""

    def __init__(self, connection: Connection) -> None:
        """Makes the temporary tables."""
        self._connection = connection
        _tables.create_all(connection, checkfirst=False)

    def keep(self, rows: pl.DataFrame, targets: pl.DataFrame) -> None:
        """Keeps accepted rows (as in `Judged.rows`, errors left out) with their targets (as in `Linked.targets`)."""
        keyed = rows.hstack(targets.select(_KEY[:2])).rename(STORED_AS)
        # In the order of the key, the table grows at its end and is read once.
        chosen = keyed.select(*_KEY, *(STORED_AS[name] for name in VALUE_COLUMNS), "given").sort(_KEY)
        frames.insert(self._connection, staged, chosen)

    def keep_findings(self, findings: pl.DataFrame) -> None:
        """Keeps findings as `placed` gives them, of any lines."""
        frames.insert(self._connection, staged_finding, findings)


def placed(findings: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """Findings (schema `model.batch.FINDINGS`) in their order, with `place`, which keeps it, and `level`.

    On one line, the order of codes comes first, then the order of `columns`.
    """
    places = {name: place for place, name in enumerate(columns, start=1)}
    levels = {name: str(one.level) for name, one in CODES.items()}
    code = pl.col("code")
    place_of_column = pl.col("column").replace_strict(places, default=0, return_dtype=pl.Int64)
    return findings.select(
        "line",
        place=code.replace_strict(dict(RANK), return_dtype=pl.Int64) * _PLACES_PER_CODE + place_of_column,
        level=code.replace_strict(levels, return_dtype=pl.String),
        code="code",
        column="column",
        value="value",
        message="message",
        hint="hint",
    ).sort("line", "place")


def rejected_lines(findings: pl.DataFrame) -> pl.Series:
    """The distinct lines that have an error."""
    errors = [name for name, code in CODES.items() if code.level is Level.ERROR]
    return findings.filter(pl.col("code").is_in(errors))["line"].unique()
