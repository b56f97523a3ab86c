"""Registrations with their roll-ups page by page, for any number of them, in the order in which they were stored."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from milepost.model.columns import LARGEST_INTEGER
from milepost.model.export import ExportJob, Filters, Provider, Selection
from milepost.reading.export_values import columns_of, schema_of
from milepost.reading.exporting import in_one, selection_of
from milepost.stores.opening import read_store
from milepost.stores.port import Among, Between, Condition, Tables, Where

MOST_IN_PICTURE = 5_000
"""Of more registrations no progression is told: each would have to be added up."""
_TABLE = "registration"
_KEYS = {"id": pl.Int64(), "guid": pl.String()}
_AT_A_TIME = 1_000
_MOST_SEARCHED = 10_000
"""Registrations that are looked at for one page."""


@dataclass(frozen=True, slots=True)
class RegistrationsPart:
    """Some registrations, and where the next ones begin."""

    rows: pl.DataFrame
    """With the columns of `milepost export registrations`, as `registrations` has them."""
    after: int | None
    """The argument `after` for the next page; None if there is none."""
    total: int | None
    """How many there are in all; None where, whatever their status, they are more than MOST_IN_PICTURE."""
    progressions: pl.Series | None
    """The progression of each of them; None where they are too many."""


def registrations_page(database: str, filters: Filters, *, after: int = 0, limit: int = 100) -> RegistrationsPart:
    """At most `limit` registrations of the store at `database` with ids above `after`, each with its roll-up.

    A page may have fewer where many registrations do not have the status of a filter: its `after` tells whether there
    are more. Raises StoreError when there is no store, UsageError for a filter by an unknown name.
    """
    job = ExportJob(Provider.REGISTRATIONS, filters=filters)
    with read_store(database) as tables:
        selection = selection_of(tables, job, datetime.now(UTC))
        reader = _Reader(tables, selection, _where(tables, selection))
        rows, following = reader.page(after, limit)
        total, progressions = reader.all_of_few()
    return RegistrationsPart(rows, following, total, progressions)


@dataclass(frozen=True, slots=True)
class _Reader:
    tables: Tables
    selection: Selection
    where: Where

    def page(self, after: int, limit: int) -> tuple[pl.DataFrame, int | None]:
        """The next rows, and where those after them begin."""
        at_a_time = limit if self.selection.statuses is None else max(limit, _AT_A_TIME)
        found, searched, last = [self._rolled_up(pl.DataFrame(schema=_KEYS))], 0, after
        for keys in self._keys(after, at_a_time):
            found.append(self._rolled_up(keys))
            searched, last = searched + keys.height, int(keys["id"][-1])
            if sum(part.height for part in found) >= limit or searched >= _MOST_SEARCHED:
                break
        rows = pl.concat(found)
        if rows.height > limit:
            last = int(rows["id"][limit - 1])
        left = self.tables.count(_TABLE, {**self.where, "id": Between(last + 1, LARGEST_INTEGER)}, most=1)
        return rows.head(limit).drop("id"), last if left else None

    def all_of_few(self) -> tuple[int | None, pl.Series | None]:
        """How many there are, and the progression of each, where they are few."""
        number = self.tables.count(_TABLE, self.where, most=MOST_IN_PICTURE + 1)
        if number > MOST_IN_PICTURE:
            return None, None
        keys = self.tables.rows(_TABLE, _KEYS, self.where)
        found = self._rolled_up(keys)["progression"]
        return len(found), found

    def _keys(self, after: int, at_a_time: int) -> Iterator[pl.DataFrame]:
        last, height = after, at_a_time
        while height == at_a_time:
            where = {**self.where, "id": Between(last + 1, LARGEST_INTEGER)}
            keys = self.tables.rows(_TABLE, _KEYS, where, ("id",), at_a_time)
            height = keys.height
            if height:
                last = int(keys["id"][-1])
                yield keys

    def _rolled_up(self, keys: pl.DataFrame) -> pl.DataFrame:
        """The registrations with those keys, in their order, and their ids."""
        columns = columns_of(ExportJob(Provider.REGISTRATIONS))
        chosen = dataclasses.replace(self.selection, registrations=tuple(keys["id"]))
        parts = self.tables.export(chosen, schema_of(columns)) if not keys.is_empty() else ()
        frame = in_one(parts, columns)
        return keys.rename({"guid": "registrationGuid"}).join(frame, on="registrationGuid", maintain_order="left")


def _where(tables: Tables, selection: Selection) -> Where:
    """What the table of registrations can tell of a selection."""
    found: dict[str, Condition] = {}
    sessions = None if selection.sessions is None else pl.Series(selection.sessions, dtype=pl.Int64)
    if selection.trainings is not None:
        of_training = {"training_id": Among(pl.Series(selection.trainings, dtype=pl.Int64))}
        theirs = tables.rows("session", {"id": pl.Int64()}, of_training)["id"]
        sessions = theirs if sessions is None else sessions.filter(sessions.is_in(theirs.implode()))
    if sessions is not None:
        found["session_id"] = Among(sessions)
    if selection.learners is not None:
        found["learner_id"] = Among(pl.Series(selection.learners, dtype=pl.Int64))
    return found
