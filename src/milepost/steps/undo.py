"""Undo: what becomes of the rows that a run changed, and the changes themselves.

A row is put back when it is now as the run left it. That goes by who wrote it, and never by its values: a run writes a
row once, so whoever is named as its writer says which state it is in.
"""

from __future__ import annotations

import polars as pl

from milepost.model.columns import KEY
from milepost.model.tracked import WRITERS
from milepost.model.undo import Reason
from milepost.stores import journal, undos
from milepost.stores.port import Among, Tables
from milepost.stores.record import Run

_OPPOSITE = {"created": "deleted", "updated": "updated", "deleted": "created"}
_NEVER = 0
"""Stands in place of the run that deleted a row which no run has deleted."""


class Undoing:
    """Judges the rows that one run changed, within one transaction."""

    def __init__(self, tables: Tables, run: Run) -> None:
        """`run` is the one to undo."""
        self._tables = tables
        self._run = run
        self._order = undos.order(tables)

    def plan(self, keys: pl.DataFrame) -> pl.DataFrame:
        """What becomes of the rows with those keys, which are sorted: all of them rows that the run changed.

        Columns: those of `tracked.KEY`; `line`, of the run's file; `outcome`, what is done to the row, or null where it
        is kept as it is; `reason` and `run`, why it is kept and who wrote it, as in `model.undo.KeptRow`; and the
        journal's ENTRIES, with what is to be put back.
        """
        entries = journal.entries(self._tables, self._run.id, keys)
        writers = self._tables.find("tracking", keys, WRITERS)
        rows = keys.join(entries, on=KEY, how="left", maintain_order="left").join(
            writers.rename({"run_id": "writer", "line": "written_line"}), on=KEY, how="left", maintain_order="left"
        )
        rows = rows.with_columns(
            pl.col("change").fill_null("created"),
            line=pl.coalesce("line", pl.when(pl.col("writer") == self._run.id).then("written_line")),
        )
        rows = self._with_deleters(self._with_left(rows, keys))
        is_there, was_there = pl.col("writer").is_not_null(), pl.col("left_absent_by").is_null()
        fits = (
            pl.when(is_there & was_there)
            .then(pl.col("writer") == pl.col("left_written_by"))
            .otherwise(~is_there & ~was_there & (pl.col("absent_by") == pl.col("left_absent_by")))
        )
        rows = rows.with_columns(outcome=pl.when(fits).then(pl.col("change").replace_strict(_OPPOSITE)))
        is_gone = (pl.col("outcome") == "created") & ~self._have_parents(rows)
        reason = (
            pl.when(is_gone)
            .then(pl.lit(Reason.GONE.value))
            .when(pl.col("outcome").is_null())
            .then(pl.when(is_there).then(pl.lit(Reason.WRITTEN.value)).otherwise(pl.lit(Reason.DELETED.value)))
        )
        return rows.with_columns(
            outcome=pl.when(~is_gone.fill_null(value=False)).then("outcome"),
            reason=reason,
            run=pl.when(~is_gone.fill_null(value=False)).then(pl.coalesce("writer", "deleter")),
        ).drop("writer", "written_line", "deleter", "absent_by", "left_written_by", "left_absent_by")

    def _with_left(self, rows: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
        """Adds how the run left each row: `left_written_by`, or `left_absent_by` where it was not there afterwards."""
        was_deleted = pl.col("change") == "deleted"
        if self._run.undoes is None:
            number = pl.lit(self._run.id, pl.Int64)
            return rows.with_columns(
                left_written_by=pl.when(~was_deleted).then(number), left_absent_by=pl.when(was_deleted).then(number)
            )
        before = journal.entries(self._tables, self._run.undoes, keys)
        rows = rows.join(
            before.select(*KEY, left_written_by="previous_run_id"), on=KEY, how="left", maintain_order="left"
        )
        place = self._order.filter(pl.col("run_id") == self._run.undoes)["place"][0]
        absent = self._absent_by(rows.filter(was_deleted).select(*KEY, bound=pl.lit(place, pl.Int64)))
        return rows.join(
            absent.select(*KEY, left_absent_by="absent_by"), on=KEY, how="left", maintain_order="left"
        ).with_columns(left_written_by=pl.when(~was_deleted).then("left_written_by"))

    def _with_deleters(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Adds, for rows that are not there, `deleter`, the run that deleted it last, and `absent_by`."""
        missing = rows.filter(pl.col("writer").is_null()).select(*KEY, bound=pl.lit(self._order.height, pl.Int64))
        absent = self._absent_by(missing)
        return rows.join(absent, on=KEY, how="left", maintain_order="left")

    def _absent_by(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Since which deletion the rows with those keys were not there, at the place `bound` in the order of the runs.

        Columns: those of KEY; `deleter`, the last run that deleted it, or null; `absent_by`, the import to whose
        deletion that comes down: an undo that takes a new row away leaves things as they were before it came.
        """
        deletions = journal.deletions(self._tables, keys).join(self._order, on="run_id")
        found = [pl.DataFrame(schema=_ABSENT)]
        open_ = keys.with_columns(deleter=pl.lit(None, pl.Int64))
        while not open_.is_empty():
            last = (
                open_.join(deletions, on=KEY, how="left")
                .filter(pl.col("place").is_null() | (pl.col("place") < pl.col("bound")))
                .sort("place", nulls_last=False)
                .unique(KEY, keep="last")
            )
            last = open_.join(last.drop("bound", "deleter"), on=KEY, how="left", maintain_order="left")
            last = last.with_columns(deleter=pl.coalesce("deleter", "run_id"))
            is_settled = pl.col("undoes_place").is_null()
            found.append(last.filter(is_settled).select(*KEY, "deleter", absent_by=pl.col("run_id").fill_null(_NEVER)))
            # The least of both: a clock that was set back must not make this go on for ever.
            open_ = last.filter(~is_settled).select(
                *KEY, pl.min_horizontal("undoes_place", "place").alias("bound"), "deleter"
            )
        return pl.concat(found)

    def _have_parents(self, rows: pl.DataFrame) -> pl.Expr:
        """Whether the registration and the learning object version of a row that is to come back are there."""
        wanted = rows.filter(pl.col("outcome") == "created")
        parents = zip(KEY, ("registration", "learning_object_version"), strict=True)
        return pl.all_horizontal(
            pl.col(name).is_in(self._there(table, wanted[name]).implode()) for name, table in parents
        )

    def _there(self, table: str, ids: pl.Series) -> pl.Series:
        if ids.is_empty():
            return ids
        return self._tables.rows(table, {"id": pl.Int64()}, {"id": Among(ids.unique())}).to_series()


_ABSENT = {name: pl.Int64() for name in (*KEY, "deleter", "absent_by")}
