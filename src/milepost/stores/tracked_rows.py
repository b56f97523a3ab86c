"""The tracking rows of a store with their log: reading them, writing what is planned, and putting back what was.

The log says on which days the time of a row was spent. The newest day is in the row itself, earlier ones are in
`tracking_log_day`: most rows have but one, and need no other row for it. Rows from before there was a log name no day;
their time counts for that of their last access, in UTC, or else of the run that wrote them.
"""

from __future__ import annotations

import polars as pl

from milepost.model.columns import KEY, VALUES
from milepost.model.tracked import DAY, DAY_CHANGES, DAYS, LOGGED, SCHEMA, SECONDS_A_DAY
from milepost.stores import journal
from milepost.stores.checksum import NEWEST_RULE, checksums
from milepost.stores.port import Among, Tables

_TRACKING = "tracking"
_DAY = "tracking_log_day"
_CHANGE = "tracking_log_change"


def stored(tables: Tables, keys: pl.DataFrame) -> pl.DataFrame:
    """The stored rows with those keys, each with the newest day of its log; columns of SCHEMA and LOGGED."""
    found = tables.find(_TRACKING, keys, SCHEMA | LOGGED)
    if not found["logged_on"].null_count():
        return found
    found = tables.find(_TRACKING, keys, SCHEMA | LOGGED | {"run_id": pl.Int64()})
    runs = found.filter(pl.col("logged_on").is_null() & pl.col("last_access_at").is_null())["run_id"].unique()
    started = tables.rows("import_run", {"id": pl.Int64(), "started_at": pl.Int64()}, {"id": Among(runs)})
    instant = pl.coalesce("last_access_at", "started_at")
    return (
        found.join(started.rename({"id": "run_id"}), on="run_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("logged_on", instant // SECONDS_A_DAY), pl.coalesce("logged_time", "time_spent"))
        .drop("run_id", "started_at")
    )


def earlier(tables: Tables, keys: pl.DataFrame) -> pl.DataFrame:
    """The other days of the log of the rows with those keys; columns DAYS."""
    return pl.DataFrame(schema=DAYS) if keys.is_empty() else tables.find(_DAY, keys, DAYS)


def apply(tables: Tables, planned: pl.DataFrame, days: pl.DataFrame, run: int) -> None:
    """Writes the rows of a plan, which are sorted by their keys and booked, as of `run`.

    `planned` has the columns KEY, `line`, `outcome`, VALUES and LOGGED; `days` are the changes of other days (columns
    `tracked.DAY_CHANGES`). What is overwritten and deleted is kept in the journal first.
    """
    _change_days(tables, days, run)
    lost = planned.filter(pl.col("outcome").is_in(["updated", "deleted"]))
    if not lost.is_empty():
        journal.keep_before(tables, lost.select(*KEY, "line", pl.col("outcome").alias("change")), run)
        tables.at_end.delete(_TRACKING, lost.filter(pl.col("outcome") == "deleted")[list(KEY)])
    of_run = {"run_id": pl.lit(run), "checksum_rule": pl.lit(NEWEST_RULE)}
    for outcome, write in (("created", tables.at_end.insert), ("updated", tables.at_end.overwrite)):
        rows = planned.filter(pl.col("outcome") == outcome)
        if not rows.is_empty():
            write(_TRACKING, rows.select(*KEY, *VALUES, *LOGGED, "line", checksums(rows), **of_run))


def take_back(tables: Tables, planned: pl.DataFrame, undone: int, run: int) -> None:
    """Undoes what the run `undone` did to rows, as `run`, and enters it in the journal.

    `planned` has the columns `line` and `outcome`, null where a row is kept as it is, and those of `journal.ENTRIES`.
    """
    rows = planned.filter(pl.col("outcome").is_not_null())
    changes = rows.select(*KEY, "line", change="outcome")
    journal.keep_before(tables, changes.filter(pl.col("change") != "created"), run)
    journal.say_created(tables, changes.filter(pl.col("change") == "created"), run)
    _change_days(tables, _reversal(tables, undone, rows), run)
    tables.at_end.delete(_TRACKING, rows.filter(pl.col("outcome") == "deleted").select(KEY))
    tables.at_end.overwrite(_TRACKING, journal.as_they_were(rows.filter(pl.col("outcome") == "updated")))
    tables.at_end.insert(_TRACKING, journal.as_they_were(rows.filter(pl.col("outcome") == "created")))


def _change_days(tables: Tables, changes: pl.DataFrame, run: int) -> None:
    """Changes days other than the newest ones (columns DAY_CHANGES), and keeps how they were before `run`."""
    if changes.is_empty():
        return
    kept = changes.select(*DAY, time_spent="was_time_spent", progression="was_progression")
    tables.insert(_CHANGE, kept.select(pl.lit(run).alias("run_id"), *DAYS).sort(*DAY))
    is_wanted, was_there = pl.col("time_spent").is_not_null(), pl.col("was_time_spent").is_not_null()
    tables.delete(_DAY, changes.filter(~is_wanted & was_there).select(*DAY))
    tables.overwrite(_DAY, changes.filter(is_wanted & was_there).select(*DAYS))
    tables.insert(_DAY, changes.filter(is_wanted & ~was_there).select(*DAYS))


def _reversal(tables: Tables, run: int, keys: pl.DataFrame) -> pl.DataFrame:
    """What takes back the changes of days that `run` made to the rows with those keys; columns DAY_CHANGES."""
    before = tables.find(_CHANGE, keys, DAYS, {"run_id": run})
    now = earlier(tables, before)
    return before.join(
        now.rename({"time_spent": "was_time_spent", "progression": "was_progression"}), on=list(DAY), how="left"
    ).select(*DAY_CHANGES)
