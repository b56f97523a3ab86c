"""The tracking rows of a store: writing what is planned, and putting back what was."""

from __future__ import annotations

import polars as pl

from milepost.model.columns import KEY, VALUES
from milepost.model.tracked import LOGGED
from milepost.stores import journal, tracking_log
from milepost.stores.checksum import NEWEST_RULE, checksums
from milepost.stores.port import Tables

_TRACKING = "tracking"


def apply(tables: Tables, planned: pl.DataFrame, days: pl.DataFrame, run: int) -> None:
    """Writes the rows of a plan, which are sorted by their keys and booked, as of `run`.

    `planned` has the columns KEY, `line`, `outcome`, VALUES and LOGGED; `days` are the changes of other days (columns
    `tracked.DAY_CHANGES`). What is overwritten and deleted is kept in the journal first.
    """
    tracking_log.change(tables, days, run)
    lost = planned.filter(pl.col("outcome").is_in(["updated", "deleted"]))
    journal.keep_before(tables, lost.select(*KEY, "line", pl.col("outcome").alias("change")), run)
    rows = planned.select(*KEY, *VALUES, *LOGGED, "line", pl.lit(run).alias("run_id"), "outcome")
    written = rows.filter(pl.col("outcome").is_in(["created", "updated"]))
    written = written.with_columns(checksums(written), checksum_rule=NEWEST_RULE)
    tables.insert(_TRACKING, written.filter(pl.col("outcome") == "created").drop("outcome"))
    tables.overwrite(_TRACKING, written.filter(pl.col("outcome") == "updated").drop("outcome"))
    tables.delete(_TRACKING, rows.filter(pl.col("outcome") == "deleted").select(KEY))


def take_back(tables: Tables, planned: pl.DataFrame, undone: int, run: int) -> None:
    """Undoes what the run `undone` did to rows, as `run`, and enters it in the journal.

    `planned` has the columns `line` and `outcome`, null where a row is kept as it is, and those of `journal.ENTRIES`.
    """
    rows = planned.filter(pl.col("outcome").is_not_null())
    changes = rows.select(*KEY, "line", change="outcome")
    journal.keep_before(tables, changes.filter(pl.col("change") != "created"), run)
    journal.say_created(tables, changes.filter(pl.col("change") == "created"), run)
    tracking_log.change(tables, tracking_log.reversal(tables, undone, rows), run)
    tables.delete(_TRACKING, rows.filter(pl.col("outcome") == "deleted").select(KEY))
    tables.overwrite(_TRACKING, journal.as_they_were(rows.filter(pl.col("outcome") == "updated")))
    tables.insert(_TRACKING, journal.as_they_were(rows.filter(pl.col("outcome") == "created")))
