"""Learning object identifiers to the one version that is content of the registration's training."""

from __future__ import annotations

import polars as pl
from sqlalchemy import func, select, union_all
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select

from milepost.database import frames
from milepost.database.tables import learning_object_version, training_content
from milepost.model import columns
from milepost.steps.join import explain, sought
from milepost.steps.join.names import Names
from milepost.steps.join.scratch import objects

_FOUND = {
    "object_key": pl.Int64(),
    "objects": pl.Int64(),
    "learning_object_version_id": pl.Int64(),
    "publisher": pl.String(),
    "runtime": pl.String(),
}
_RESULT = ("learning_object_version_id", "publisher", "runtime")


def find(connection: Connection, names: Names, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with the version's id, publisher and runtime, and the rows that have none: `line`, `hint`.

    Only rows whose registration is known are looked up.
    """
    wanted = rows.filter(pl.col("object_sought") & pl.col("registration_id").is_not_null())
    keys = [f"{name}.key" for name in columns.OBJECT_COLUMNS]
    combinations, wanted = sought.number(wanted, [*keys, "training_id"], "object_key")
    named = combinations.rename(dict(zip(keys, columns.OBJECT_COLUMNS, strict=True)))
    frames.refill(connection, objects, named)
    found = frames.select(connection, _versions(), _FOUND)
    wanted = wanted.join(found, on="object_key", how="left", maintain_order="left")
    is_one = pl.col("objects") == 1
    missing = wanted.filter(~is_one.fill_null(value=False))
    one = wanted.filter(is_one).select("line", *_RESULT)
    linked = rows.join(one, on="line", how="left", maintain_order="left")
    return linked, explain.objects(connection, names, missing)


def _versions() -> Select[int, int, int, str, str]:
    """Of each combination: how many versions fit, and one of them. Anchored at the GUID, else at the code."""
    version = learning_object_version.c
    given = objects.c
    agreement = sought.agrees(((given.lovCode, version.code), (given.lovGuid, version.guid_key)))
    branches = [
        select(given.object_key, version.id, version.publisher, version.runtime)
        .join_from(objects, learning_object_version, anchor)
        .join(
            training_content,
            (training_content.c.training_id == given.training_id)
            & (training_content.c.learning_object_version_id == version.id),
        )
        .where(agreement, condition)
        for anchor, condition in (
            (version.guid_key == given.lovGuid, given.lovGuid.is_not(None)),
            (version.code == given.lovCode, given.lovGuid.is_(None)),
        )
    ]
    fitting = union_all(*branches).subquery()
    return select(
        fitting.c.object_key,
        func.count(fitting.c.id),
        func.min(fitting.c.id),
        func.min(fitting.c.publisher),
        func.min(fitting.c.runtime),
    ).group_by(fitting.c.object_key)
