"""The stored rows of one learner and their history, from the tracking and its journal."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

import polars as pl

from milepost.model.columns import KEY, STORED, STORED_AS, Kind
from milepost.model.history import Event, EventKind, RowHistory, Values
from milepost.steps.identify import named
from milepost.stores import journal, reference_journal, undos
from milepost.stores.lookups import StoredReferences
from milepost.stores.opening import read_store
from milepost.stores.port import Among, Condition, Tables, Where
from milepost.stores.tables import TABLES

Row: TypeAlias = dict[str, Any]
"""A row of a table."""
_NAMES = ("candidateLogin", "sessionGuid", "trainingPathCode", "lovCode", "lovGuid")


def show(database: str, learner: str, learning_object: str | None = None) -> tuple[RowHistory, ...]:
    """The rows of a learner in the store at `database`, of all learning objects or of one, with their history.

    `learner` is a log-in name, an e-mail, a reference number or a GUID, `learning_object` a code or a GUID. Deleted
    rows are among the result, as long as the journal has not forgotten them. They are ordered by session and learning
    object.

    Raises StoreError when there is no store, UsageError when no learner has such a name, or several have.
    """
    return show_part(database, learner, learning_object).rows


Cursor: TypeAlias = tuple[int, ...]
"""Where a page ends: the key of its last row."""


@dataclass(frozen=True, slots=True)
class HistoriesPart:
    """Some rows of a learner, and where the next ones begin."""

    rows: tuple[RowHistory, ...]
    after: Cursor | None
    """The argument `after` for the next page; None if there is none."""
    total: int
    """How many rows there are in all."""


def show_part(
    database: str, learner: str, learning_object: str | None = None, *, after: Cursor = (), limit: int | None = None
) -> HistoriesPart:
    """At most `limit` rows as `show` returns them, after the cursor `after`: registration by registration.

    Each page is ordered by session and learning object. Raises what `show` raises.
    """
    with read_store(database) as tables:
        references = StoredReferences(tables)
        whose = named.one(references, named.LEARNER, learner)
        which = None if learning_object is None else named.one(references, named.OBJECT, learning_object)
        return _Reader(tables, references).histories(whose, which, after, limit)


@dataclass
class _Known:
    stored: Row | None = None
    entries: list[Row] = field(default_factory=list)


class _Reader:
    def __init__(self, tables: Tables, references: StoredReferences) -> None:
        self._tables = tables
        self._references = references
        self._undone = undos.undone(tables)
        self._places = dict(undos.order(tables).select("run_id", "place").iter_rows())

    def histories(self, whose: int, which: int | None, after: Cursor, limit: int | None) -> HistoriesPart:
        own = self._tables.rows("registration", {"id": pl.Int64()}, {"learner_id": whose})["id"]
        # What was merged into the learner's registrations, or into the learning object, belongs to the story.
        merged = reference_journal.merged_into(self._tables, "registration", own).select("id", "into_id")
        own = pl.concat([own, merged["id"]])
        objects = None
        if which is not None:
            wanted = pl.Series([which], dtype=pl.Int64)
            former = reference_journal.merged_into(self._tables, "learning_object_version", wanted)["id"]
            objects = pl.concat([wanted, former])
        every = self._keys(own, objects)
        left = every.filter(_comes_after(after)) if after else every
        keys = left if limit is None else left.head(limit)
        known = self._known(keys)
        self._read_runs(known)
        words = self._words(keys, dict(merged.rows())).iter_rows(named=True)
        found = [
            RowHistory(**names, stored=row.stored and _values(row.stored), events=self._events(row))
            for names, row in zip(words, known, strict=True)
        ]
        following = keys.row(-1) if keys.height < left.height else None
        return HistoriesPart(tuple(sorted(found, key=_place)), following, every.height)

    def _keys(self, own: pl.Series, which: pl.Series | None) -> pl.DataFrame:
        """The keys of all rows, the deleted ones too, in their order."""
        where: dict[str, Condition] = {KEY[0]: Among(own)}
        if which is not None:
            where[KEY[1]] = Among(which)
        schema = dict.fromkeys(KEY, pl.Int64())
        parts = [self._tables.rows(table, schema, where).unique() for table in ("tracking", "tracking_change")]
        return pl.concat(parts).unique().sort(KEY)

    def _known(self, keys: pl.DataFrame) -> list[_Known]:
        """What is stored of each row."""
        known: dict[tuple[int, ...], _Known] = {key: _Known() for key in keys.iter_rows()}
        where: Where = {name: Among(keys[name].unique().sort()) for name in KEY}
        for table in ("tracking", "tracking_change"):
            described = TABLES[table]
            rows = self._tables.rows(table, described.schema, where, described.key)
            for row in rows.join(keys, on=KEY, how="semi", maintain_order="left").iter_rows(named=True):
                one = known[tuple(row[name] for name in KEY)]
                if table == "tracking":
                    one.stored = row
                else:
                    one.entries.append(row)
        return list(known.values())

    def _words(self, keys: pl.DataFrame, merged: dict[int, int]) -> pl.DataFrame:
        """Whose and of what rows are; a merged registration goes by the one that it was merged into."""
        now = keys.with_columns(pl.col(KEY[0]).replace(merged))
        words = pl.concat([self._references.describe(now, _NAMES), keys.select(KEY[1])], how="horizontal")
        gone = words.filter(pl.col("lovGuid").is_null())[KEY[1]]
        former = reference_journal.last_known(self._tables, "learning_object_version", gone)
        known = former.select(pl.col("id").alias(KEY[1]), "code", "guid")
        words = words.join(known, on=KEY[1], how="left", maintain_order="left")
        return words.with_columns(pl.coalesce("lovCode", "code"), pl.coalesce("lovGuid", "guid")).select(_NAMES)

    def _read_runs(self, known: Collection[_Known]) -> None:
        """Reads the runs that wrote or changed the rows, and finds those whose journal is complete."""
        numbers = {one.stored["run_id"] for one in known if one.stored is not None}
        numbers |= {entry[name] for one in known for entry in one.entries for name in ("run_id", "previous_run_id")}
        wanted = pl.Series(sorted(numbers - {None}), dtype=pl.Int64)
        runs = self._tables.rows("import_run", TABLES["import_run"].schema, {"id": Among(wanted)})
        self._runs = {row["id"]: row for row in runs.to_dicts()}
        kept = {number: (_changed(run), 0) for number, run in self._runs.items() if run["pruned_at"] is None}
        self._whole = journal.whole(self._tables, kept)

    def _events(self, known: _Known) -> tuple[Event, ...]:
        entries = {entry["run_id"]: entry for entry in known.entries}
        # A run writes a row once, so the entry that names it as writer has the values that it wrote.
        images = {entry["previous_run_id"]: entry for entry in known.entries if entry["previous_run_id"] is not None}
        lines = {run: entry["previous_line"] for run, entry in images.items()}
        written = {run: _values(entry) for run, entry in images.items()}
        if known.stored is not None:
            lines[known.stored["run_id"]] = known.stored["line"]
            written[known.stored["run_id"]] = _values(known.stored)
        events = [self._event(entry, entries, written) for entry in known.entries]
        for run in written.keys() - entries.keys():
            change = EventKind.CREATED if run in self._whole else EventKind.WRITTEN
            about = self._of(run, entries)
            events.append(Event(line=lines[run], change=change, before=None, after=written[run], **about))
        return tuple(sorted(events, key=lambda event: (self._places.get(event.run, -1), event.run)))

    def _event(self, entry: Row, entries: dict[int, Row], written: dict[int, Values]) -> Event:
        change = EventKind(entry["change"])
        undoes = self._runs[entry["run_id"]]["undoes"]
        after: Values | None = None
        if change is not EventKind.DELETED and undoes is None:
            after = written.get(entry["run_id"])
        elif change is not EventKind.DELETED and undoes in entries:
            # What an undo puts back is what the run that it undoes had kept.
            after = _values(entries[undoes])
        before = None if change is EventKind.CREATED else _values(entry)
        about = self._of(entry["run_id"], entries)
        return Event(line=entry["line"], change=change, before=before, after=after, **about)

    def _of(self, number: int, entries: dict[int, Row]) -> dict[str, Any]:
        """The part of an event that is about its run."""
        run, by = self._runs[number], self._undone.get(number)
        facts = {"run": number, "at": _instant(run["finished_at"]), "undone_by": by if by in entries else None}
        return facts | {name: run[name] for name in ("file", "actor", "undoes")}


def _comes_after(key: Cursor) -> pl.Expr:
    registration, learning_object = (pl.col(name) for name in KEY)
    return (registration > key[0]) | ((registration == key[0]) & (learning_object > key[1]))


def _place(row: RowHistory) -> tuple[str, str, str, bool]:
    return row.sessionGuid or "", row.lovCode or "", row.lovGuid or "", row.stored is None


def _changed(run: Row) -> int:
    """How many entries the journal has of a run."""
    created = 0 if run["undoes"] is None else run["created"] or 0
    return created + (run["updated"] or 0) + (run["deleted"] or 0)


def _values(row: Row) -> Values:
    return {
        name: _instant(row[stored]) if STORED[stored][0].kind is Kind.DATETIME else row[stored]
        for name, stored in STORED_AS.items()
    }


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
