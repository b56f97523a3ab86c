"""The stored rows of a batch's targets, for an import that fills its empty cells from them."""

from __future__ import annotations

import polars as pl
from sqlalchemy import select
from sqlalchemy.engine import Connection

from milepost.database import frames
from milepost.database.tables import tracking
from milepost.steps.join.scratch import targets as sought

_KEY = ("registration_id", "learning_object_version_id")
_SCHEMA = {
    "registration_id": pl.Int64(),
    "learning_object_version_id": pl.Int64(),
    "firstAccessDate": pl.Int64(),
    "lastAccessDate": pl.Int64(),
    "firstCompletionDate": pl.Int64(),
    "progression": pl.Float64(),
    "trackingStatus": pl.String(),
    "timeSpent": pl.Int64(),
    "score": pl.Float64(),
    "scoreMax": pl.Int64(),
}


def find(connection: Connection, targets: pl.DataFrame) -> pl.DataFrame:
    """The stored values of `targets`, one row for each, under the names of the file's columns."""
    keys = targets.select(_KEY)
    frames.refill(connection, sought, keys.drop_nulls().unique().sort(_KEY))
    row = tracking.c
    query = select(
        row.registration_id,
        row.learning_object_version_id,
        row.first_access_at,
        row.last_access_at,
        row.first_completed_at,
        row.progression,
        row.status,
        row.time_spent,
        row.score,
        row.score_max,
    ).join_from(
        sought,
        tracking,
        (sought.c.registration_id == row.registration_id)
        & (sought.c.learning_object_version_id == row.learning_object_version_id),
    )
    found = frames.select(connection, query, _SCHEMA)
    return keys.join(found, on=_KEY, how="left", maintain_order="left").drop(_KEY)
