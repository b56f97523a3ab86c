"""What is stored of one learner, and how it came to be so: from the tracking and its journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Row, Table, func, select

from milepost.model.columns import STORED_AS
from milepost.model.history import Event, EventKind, RowHistory, Values
from milepost.reading.named import one_learner, one_object
from milepost.stores import undos
from milepost.stores.opening import open_store
from milepost.stores.port import Access, Tables
from milepost.stores.sql import dialect
from milepost.stores.sql.access import connection_of
from milepost.stores.sql.tables import (
    import_run,
    learner,
    learning_object_version,
    registration,
    session,
    tracking,
    tracking_change,
    training,
)

Key = tuple[int, int]
"""The ids of a registration and of a learning object version."""


def read_history(database: str, learner: str, learning_object: str | None = None) -> tuple[RowHistory, ...]:
    """What is stored of a learner in the store at `database`, of all learning objects or of one, and how it came to be.

    `learner` is a log-in name, an e-mail, a reference number or a GUID, `learning_object` a code or a GUID. Rows that
    are stored no more are among the result, as long as the journal has not forgotten them. They are ordered by session
    and learning object.

    Raises StoreError when there is no store, UsageError when nobody, or more than one, has such a name.
    """
    with open_store(database, Access.READ) as store, store.read() as tables:
        whose = one_learner(tables.connection, learner)
        which = None if learning_object is None else one_object(tables.connection, learning_object)
        return _Reader(tables, whose, which).histories()


@dataclass
class _Known:
    """All that the store knows of one row."""

    stored: Row[Any] | None = None
    entries: list[Row[Any]] = field(default_factory=list)


class _Reader:
    def __init__(self, tables: Tables, whose: int, which: int | None) -> None:
        self._connection = connection_of(tables)
        self._whose = whose
        self._which = which
        self._known: dict[Key, _Known] = {}
        self._undone = undos.undone(tables)
        self._places = dict(undos.order(tables).select("run_id", "place").iter_rows())

    def histories(self) -> tuple[RowHistory, ...]:
        for row in self._rows(tracking):
            self._of(row).stored = row
        for row in self._rows(tracking_change):
            self._of(row).entries.append(row)
        self._read_runs()
        sessions, objects = self._sessions(), self._objects()
        found = []
        for key, known in self._known.items():
            code, guid = objects.get(key[1], (None, None))
            stored = None if known.stored is None else _values(known.stored)
            found.append(RowHistory(*sessions[key[0]], code, guid, stored, self._events(known)))
        return tuple(sorted(found, key=lambda one: (one.sessionGuid, one.lovCode or "", one.lovGuid or "")))

    def _rows(self, table: Table) -> list[Row[Any]]:
        own = select(registration.c.id).where(registration.c.learner_id == self._whose)
        query = select(table).where(table.c.registration_id.in_(own)).order_by(*table.primary_key.columns)
        if self._which is not None:
            query = query.where(table.c.learning_object_version_id == self._which)
        return list(self._connection.execute(query).all())

    def _of(self, row: Row[Any]) -> _Known:
        return self._known.setdefault((row.registration_id, row.learning_object_version_id), _Known())

    def _read_runs(self) -> None:
        """The runs that have to do with the rows, and whether all that they changed is known."""
        stored = {one.stored.run_id for one in self._known.values() if one.stored is not None}
        entries = [entry for one in self._known.values() for entry in one.entries]
        numbers = stored | {entry.run_id for entry in entries} | {entry.previous_run_id for entry in entries}
        wanted = pl.Series(sorted(numbers - {None}), dtype=pl.Int64)
        among = dialect.of(self._connection).among
        rows = self._connection.execute(select(import_run).where(among(import_run.c.id, wanted))).all()
        run = tracking_change.c.run_id
        counted = select(run, func.count()).where(among(run, wanted)).group_by(run)
        counts: dict[int, int] = dict(self._connection.execute(counted).all())
        self._runs = {row.id: row for row in rows}
        self._is_whole = {
            row.id: row.pruned_at is None and counts.get(row.id, 0) == (row.updated or 0) + (row.deleted or 0)
            for row in rows
        }

    def _sessions(self) -> dict[int, tuple[str, str, str]]:
        """Of each registration: the log-in name, the session's GUID, the training's path code."""
        joined = registration.join(learner, learner.c.id == registration.c.learner_id)
        joined = joined.join(session, session.c.id == registration.c.session_id)
        joined = joined.join(training, training.c.id == session.c.training_id)
        columns = (registration.c.id, learner.c.login, session.c.guid, training.c.path_code)
        rows = self._connection.execute(
            select(*columns).select_from(joined).where(registration.c.learner_id == self._whose)
        )
        return {number: (login, guid, path) for number, login, guid, path in rows}

    def _objects(self) -> dict[int, tuple[str | None, str]]:
        """Of each learning object version: its code and GUID."""
        wanted = pl.Series(sorted({key[1] for key in self._known}), dtype=pl.Int64)
        number: ColumnElement[int] = learning_object_version.c.id
        query = select(number, learning_object_version.c.code, learning_object_version.c.guid)
        rows = self._connection.execute(query.where(dialect.of(self._connection).among(number, wanted)))
        return {one: (code, guid) for one, code, guid in rows}

    def _events(self, known: _Known) -> tuple[Event, ...]:
        entries = {entry.run_id: entry for entry in known.entries}
        # A run writes a row once: whoever wrote it says which values it had.
        images = {entry.previous_run_id: entry for entry in known.entries if entry.previous_run_id is not None}
        lines = {run: entry.previous_line for run, entry in images.items()}
        written = {run: _values(entry) for run, entry in images.items()}
        if known.stored is not None:
            lines[known.stored.run_id] = known.stored.line
            written[known.stored.run_id] = _values(known.stored)
        events = [self._event(entry, entries, written) for entry in known.entries]
        for run in written.keys() - entries.keys():
            change = EventKind.CREATED if self._is_whole.get(run) else EventKind.WRITTEN
            events.append(self._told(run, lines[run], change, None, written[run], entries))
        return tuple(sorted(events, key=lambda event: (self._places.get(event.run, -1), event.run)))

    def _event(self, entry: Row[Any], entries: dict[int, Row[Any]], written: dict[int, Values]) -> Event:
        undoes = self._runs[entry.run_id].undoes
        before = None if entry.change == EventKind.CREATED else _values(entry)
        after: Values | None = None
        if entry.change != EventKind.DELETED and undoes is None:
            after = written.get(entry.run_id)
        elif entry.change != EventKind.DELETED and undoes in entries:
            # What an undo puts back is what the run that it undoes had kept.
            after = _values(entries[undoes])
        return self._told(entry.run_id, entry.line, EventKind(entry.change), before, after, entries)

    def _told(
        self,
        number: int,
        line: int,
        change: EventKind,
        before: Values | None,
        after: Values | None,
        entries: dict[int, Row[Any]],
    ) -> Event:
        run = self._runs[number]
        by = self._undone.get(number)
        return Event(
            run=number,
            file=run.file,
            line=line,
            at=_instant(run.finished_at),
            actor=run.actor,
            change=change,
            before=before,
            after=after,
            undoes=run.undoes,
            undone_by=by if by in entries else None,
        )


_INSTANTS = ("first_access_at", "last_access_at", "first_completed_at")


def _values(row: Row[Any]) -> Values:
    found = row._mapping
    return {
        name: _instant(found[stored]) if stored in _INSTANTS else found[stored] for name, stored in STORED_AS.items()
    }


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
