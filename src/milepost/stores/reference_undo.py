"""The undo of edits of reference data, as edits again.

A row is put back where it still is as the run left it, in those columns that the run has changed: loads change others,
and leave no trace. What cannot be put back without breaking another row stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from milepost.model.columns import KEY
from milepost.model.people import KeptReference
from milepost.model.reports import Reason
from milepost.model.tracked import KEY_SCHEMA
from milepost.stores import reference_journal
from milepost.stores.port import Among, Tables
from milepost.stores.reference_journal import COUNTED, ENTITIES, decoded, edits, no_edits, of_table, rows_by_id
from milepost.stores.tables import TABLES

TAKEN = "taken"
_LABELS = {"learner": "login", "registration": "guid", "session": "guid", "learning_object_version": "guid"}
_KEPT = {"entity": pl.String(), "row_id": pl.Int64(), "name": pl.String(), "reason": pl.String()}
_NOUNS = {"learning_object_version": "learning object version", "training_content": "content"}
_REFERRED_TO = {
    "learner": (("registration", "learner_id"),),
    "session": (("registration", "session_id"),),
    "learning_object_version": (("training_content", "learning_object_version_id"),),
}
"""The tables that refer to rows, beside tracking, each with its column."""


@dataclass(slots=True)
class ReferenceUndo:
    """What the undo of one run does to reference data."""

    run: int
    restored: pl.DataFrame = field(default_factory=no_edits)
    """Rows that are created or changed again, before any tracking."""
    deleted: pl.DataFrame = field(default_factory=no_edits)
    """Rows that go again, after all tracking."""
    kept: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_KEPT))
    """Rows that stay as they are."""

    @classmethod
    def planned(cls, tables: Tables, run: int) -> ReferenceUndo:
        """What an undo of `run` puts back; empty for a run that changed no reference data."""
        made, entries = cls(run), reference_journal.entries(tables, run)
        for table in ENTITIES if not entries.is_empty() else ():
            made._plan(tables, table, of_table(entries, table))
        return made

    def existing(self, table: str) -> pl.Series:
        """The ids of the rows of a table that exist again."""
        return of_table(self.restored, table, "created")["row_id"]

    def settle(self, tables: Tables, remaining: pl.DataFrame) -> None:
        """Leaves rows that others still refer to; `remaining` are the rows of tracking (KEY) that stay below them."""
        for table in reversed(ENTITIES):
            own = of_table(self.deleted, table)
            if own.is_empty():
                continue
            held = [
                remaining[name].cast(pl.Int64)
                for name, of in zip(KEY, ("registration", "learning_object_version"), strict=True)
                if of == table
            ]
            held += [
                self._referring(tables, other, column, own["row_id"]) for other, column in _REFERRED_TO.get(table, ())
            ]
            is_held = own["row_id"].is_in(pl.concat(held).implode()) if held else pl.Series([False] * own.height)
            self._keep(table, own.filter(is_held), Reason.WRITTEN, "before")
            lost = own.filter(is_held).select("entity", "row_id")
            self.deleted = self.deleted.join(lost, on=["entity", "row_id"], how="anti", maintain_order="left")

    def below(self, tables: Tables) -> pl.DataFrame:
        """The rows of tracking (KEY) of registrations and learning objects that are to go."""
        parts = [pl.DataFrame(schema=KEY_SCHEMA)]
        for column, table in zip(KEY, ("registration", "learning_object_version"), strict=True):
            ids = of_table(self.deleted, table)["row_id"]
            if not ids.is_empty():
                parts += tables.stream("tracking", KEY_SCHEMA, {column: Among(ids.sort())})
        return pl.concat(parts).unique()

    @property
    def references(self) -> int:
        """How many rows are put back, without former identifiers."""
        return reference_journal.counted(self.restored) + reference_journal.counted(self.deleted)

    def told(self, tables: Tables) -> tuple[KeptReference, ...]:
        """The rows that stay, with the run that changed them since."""
        kept = self.kept.filter(pl.col("entity").is_in(COUNTED))
        if kept.is_empty():
            return ()
        later = reference_journal.later_runs(tables, self.run, kept["row_id"])
        found = kept.join(later, on=["entity", "row_id"], how="left", maintain_order="left").unique(maintain_order=True)
        rows = found.select("entity", "name", "reason", "by").iter_rows()
        return tuple(KeptReference(_NOUNS.get(entity, entity), name, why, by) for entity, name, why, by in rows)

    def _plan(self, tables: Tables, table: str, own: pl.DataFrame) -> None:
        current = rows_by_id(tables, table, own["row_id"])
        there = own["row_id"].is_in(current["row_id"].implode())
        is_created, is_deleted = own["change"] == "created", own["change"] == "deleted"
        self._keep(table, own.filter(~is_deleted & ~there), Reason.DELETED, "after")
        self._keep(table, own.filter(is_deleted & there), Reason.WRITTEN, "before")
        self._delete(table, own.filter(is_created & there), current)
        changed = self._changed(table, own.filter(~is_created & ~is_deleted & there), current)
        again = own.filter(is_deleted & ~there)
        rows = decoded(table, again["before"]).with_columns(again["into_id"], row_id=again["row_id"])
        ids = pl.concat([rows["row_id"], changed["row_id"]])
        created = self._possible(tables, table, rows, ids)
        changed = self._possible(tables, table, changed, ids)
        self.restored = pl.concat([self.restored, edits(table, "created", created), edits(table, "updated", changed)])

    def _changed(self, table: str, own: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
        """The rows as they become again, with what they are (`stored.`); rows that were written since are kept."""
        schema = TABLES[table].schema
        sides = [decoded(table, own[side]).select(pl.all().name.prefix(f"{side}.")) for side in ("before", "after")]
        rows = pl.concat([own.select("row_id", "into_id", was="after"), *sides], how="horizontal")
        stored = current.select("row_id", pl.col(*schema).name.prefix("stored."))
        rows = rows.join(stored, on="row_id", maintain_order="left")
        differs = {name: pl.col(f"before.{name}").ne_missing(pl.col(f"after.{name}")) for name in schema}
        is_left = pl.all_horizontal(
            ~differs[name] | pl.col(f"stored.{name}").eq_missing(pl.col(f"after.{name}")) for name in schema
        )
        written = rows.filter(~is_left)
        self._keep(table, written.select("row_id", after="was"), Reason.WRITTEN, "after")
        back = {name: pl.when(differs[name]).then(f"before.{name}").otherwise(f"stored.{name}") for name in schema}
        return rows.filter(is_left).with_columns(**back)

    def _delete(self, table: str, own: pl.DataFrame, current: pl.DataFrame) -> None:
        schema = TABLES[table].schema
        after = decoded(table, own["after"]).select(pl.all().name.prefix("after.")).with_columns(own["row_id"])
        rows = current.join(after, on="row_id").join(own.select("row_id", "into_id", was="after"), on="row_id")
        # A former identifier may have moved to another row meanwhile.
        is_left = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"after.{name}")) for name in schema)
        self._keep(table, rows.filter(~is_left).select("row_id", after="was"), Reason.WRITTEN, "after")
        self.deleted = pl.concat([self.deleted, edits(table, "deleted", rows.filter(is_left))])

    def _possible(self, tables: Tables, table: str, rows: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
        """The rows to which nothing is in the way: what they refer to exists, and what is unique is free."""
        described = TABLES[table]
        for one in described.fields:
            if one.refers_to is not None and not rows.is_empty():
                wanted = rows[one.name].drop_nulls().unique().sort()
                known = tables.rows(one.refers_to, {"id": pl.Int64()}, {"id": Among(wanted)})["id"]
                known = pl.concat([known, self.existing(one.refers_to)])
                rows = self._without(table, rows, ~pl.col(one.name).is_in(known.implode()), Reason.GONE)
        unique = [(one.name,) for one in described.fields if one.is_unique]
        for names in (*unique, *([described.unique] if described.unique else [])):
            if rows.is_empty():
                break
            schema = {"id": pl.Int64()} | {name: described.schema[name] for name in names}
            holders = tables.rows(table, schema, {names[0]: Among(rows[names[0]].drop_nulls().unique().sort())})
            holders = holders.filter(~pl.col("id").is_in(ids.implode()))
            taken = rows.join(holders, on=list(names), how="semi")["row_id"]
            rows = self._without(table, rows, pl.col("row_id").is_in(taken.implode()), TAKEN)
        return rows

    def _without(self, table: str, rows: pl.DataFrame, is_lost: pl.Expr, reason: str) -> pl.DataFrame:
        self._add_kept(table, rows.filter(is_lost), reason)
        return rows.filter(~is_lost)

    def _keep(self, table: str, own: pl.DataFrame, reason: str, side: str) -> None:
        self._add_kept(table, decoded(table, own[side]).with_columns(row_id=own["row_id"]), reason)

    def _add_kept(self, table: str, rows: pl.DataFrame, reason: str) -> None:
        name = pl.col(_LABELS[table]) if table in _LABELS else pl.col("row_id").cast(pl.String)
        kept = rows.select(entity=pl.lit(table), row_id="row_id", name=name, reason=pl.lit(str(reason)))
        self.kept = pl.concat([self.kept, kept.cast(pl.Schema(_KEPT))])

    def _referring(self, tables: Tables, table: str, column: str, ids: pl.Series) -> pl.Series:
        """Which of the ids are still referred to once everything is put back."""
        found = tables.rows(table, TABLES[table].schema, {column: Among(ids.unique().sort())})
        found = found.with_columns(reference_journal.row_id(table).alias("row_id"))
        gone = pl.concat([of_table(self.deleted, table)["row_id"], of_table(self.restored, table, "updated")["row_id"]])
        return found.filter(~pl.col("row_id").is_in(gone.implode()))[column]
