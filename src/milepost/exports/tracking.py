"""`export tracking`: one line per tracking row, in the column names of an import file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.engine import Connection

from milepost.database import frames, store
from milepost.database.tables import learner, learning_object_version, registration, session, tracking, training
from milepost.exports.target import open_target
from milepost.formats.spreadsheet_safety import defused
from milepost.model.text import plain_decimal

_ROWS_AT_A_TIME = 20_000

_CODE_POINT_ORDER = {"sqlite": "BINARY", "postgresql": "C"}
"""The collation of each database that orders text by code points."""

COLUMNS: dict[str, tuple[ColumnElement[Any], pl.DataType]] = {
    "candidateLogin": (learner.c.login, pl.String()),
    "candidateRefNumber": (learner.c.reference_number, pl.String()),
    "candidateEmail": (learner.c.email, pl.String()),
    "lovCode": (learning_object_version.c.code, pl.String()),
    "lovGuid": (learning_object_version.c.guid, pl.String()),
    "sessionGuid": (session.c.guid, pl.String()),
    "sessionId": (session.c.id, pl.Int64()),
    "sessionTitle": (session.c.title, pl.String()),
    "trainingPathCode": (training.c.path_code, pl.String()),
    "trainingId": (training.c.id, pl.Int64()),
    "firstAccessDate": (tracking.c.first_access_at, pl.Int64()),
    "lastAccessDate": (tracking.c.last_access_at, pl.Int64()),
    "firstCompletionDate": (tracking.c.first_completed_at, pl.Int64()),
    "progression": (tracking.c.progression, pl.Float64()),
    "trackingStatus": (tracking.c.status, pl.String()),
    "timeSpent": (tracking.c.time_spent, pl.Int64()),
    "score": (tracking.c.score, pl.Float64()),
    "scoreMax": (tracking.c.score_max, pl.Int64()),
}
"""The columns of the file in their order, with what they hold and its type in a frame."""

_INSTANTS = ("firstAccessDate", "lastAccessDate", "firstCompletionDate")
_NUMBERS = ("progression", "score")


def export_tracking(database: str, target: str | Path | BinaryIO) -> int:
    """Writes every tracking row of the store `database` to `target` and returns how many there are.

    The file is CSV: comma, UTF-8, a header line, lines ending in LF, instants as `YYYY-MM-DD hh:ii:ss` in UTC,
    times in seconds. Importing it changes nothing. A file appears whole or not at all; a stream is left open.
    Memory does not grow with the number of rows. Raises StoreError when there is no store, FileError when
    `target` cannot be written.
    """
    with (
        store.open_store(database, store.Access.READ) as opened,
        opened.read() as connection,
        open_target(target) as stream,
    ):
        stream.write((",".join(COLUMNS) + "\n").encode())
        rows = 0
        for frame in _frames(connection):
            # Not straight into the stream: Polars would pass by its buffer and raise errors of its own kind.
            stream.write(defused(frame).write_csv(include_header=False, quote_style="necessary").encode())
            rows += frame.height
        stream.flush()
    return rows


def _frames(connection: Connection) -> Iterator[pl.DataFrame]:
    """The rows as text, in their order, a bounded number at a time."""
    schema = {name: kind for name, (_, kind) in COLUMNS.items()}
    query = _query(_CODE_POINT_ORDER[connection.dialect.name])
    for frame in frames.stream(connection, query, schema, _ROWS_AT_A_TIME):
        yield _as_text(frame)


def _query(collation: str) -> Select[Any]:
    rows = (
        tracking.join(registration, tracking.c.registration_id == registration.c.id)
        .join(learner, registration.c.learner_id == learner.c.id)
        .join(session, registration.c.session_id == session.c.id)
        .join(training, session.c.training_id == training.c.id)
        .join(learning_object_version, tracking.c.learning_object_version_id == learning_object_version.c.id)
    )
    order = (learner.c.login_key, session.c.guid_key, learning_object_version.c.guid_key)
    return (
        select(*(source.label(name) for name, (source, _) in COLUMNS.items()))
        .select_from(rows)
        .order_by(*(key.collate(collation) for key in order))
    )


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    instants = (pl.from_epoch(name, time_unit="s").dt.strftime("%Y-%m-%d %H:%M:%S") for name in _INSTANTS)
    numbers = (plain_decimal(frame[name]) for name in _NUMBERS)
    return frame.with_columns(*instants, *numbers)
