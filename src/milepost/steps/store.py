"""Store: carries out a plan, in the transaction that made it."""

from __future__ import annotations

import polars as pl
from sqlalchemy.engine import Connection

from milepost.model.columns import KEY, VALUES
from milepost.model.tracked import LOGGED
from milepost.stores import journal
from milepost.stores.checksum import checksums
from milepost.stores.sql import frames
from milepost.stores.sql.tables import tracking


def store(connection: Connection, planned: pl.DataFrame, run: int) -> None:
    """Writes the rows of a plan, which are sorted by their keys and booked, into the tracking, as of `run`.

    What it overwrites and deletes is kept in the journal first.
    """
    lost = planned.filter(pl.col("outcome").is_in(["updated", "deleted"]))
    journal.keep_before(connection, lost.select(*KEY, "line", pl.col("outcome").alias("change")), run)
    rows = planned.select(*KEY, *VALUES, *LOGGED, "line", pl.lit(run).alias("run_id"), "outcome")
    written = rows.filter(pl.col("outcome").is_in(["created", "updated"]))
    written = written.with_columns(checksums(written))
    frames.insert(connection, tracking, written.filter(pl.col("outcome") == "created"))
    frames.overwrite(connection, tracking, written.filter(pl.col("outcome") == "updated"))
    frames.delete(connection, tracking, rows.filter(pl.col("outcome") == "deleted").select(KEY))
