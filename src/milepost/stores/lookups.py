"""The reference data of a store by key: little by little, or all at once; and what it says of tracking rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import inf

import polars as pl

from milepost.model.columns import KEY
from milepost.stores.port import Among, Presence, Schema, Tables
from milepost.stores.tables import TABLES

_SMALL = 5_000
"""A table of no more rows is read whole at once."""
_FEW = 5_000
"""So many keys are sought one by one before the size of a larger table is asked for."""
_SHARE = 10
"""All rows are read once a part of them has been sought that is this large: a tenth."""
_MOST_BYTES = 32_000_000
"""The most that is held of one table, so that memory does not grow with the store."""
_BYTES: dict[pl.DataType, int] = {pl.String(): 24}
"""What a cell takes, where it is not 8 bytes."""
_AT_A_TIME = 25_000

_LEARNER = {"candidateLogin": "login"}
_SESSION = {"sessionGuid": "guid", "sessionTitle": "title", "training_id": "training_id"}
_TRAINING = {"trainingPathCode": "path_code"}
_OBJECT = {"lovCode": "code", "lovGuid": "guid"}
"""What can be said of a tracking row by the names of an import file's columns, each with the column of its table."""

WORDS = ("candidateLogin", "trainingPathCode", "sessionTitle", "lovCode")
"""The columns that say it in few words."""


class StoredReferences:
    """Looks reference data up within one transaction (`model.identifiers.WholeReferences`)."""

    def __init__(self, tables: Tables) -> None:
        """Nothing is read before it is asked for."""
        self._tables = tables
        self._lookups: dict[tuple[str, ...], _Lookup] = {}

    def rows(self, table: str, columns: Sequence[str], **keys: pl.Series) -> pl.DataFrame:
        """See `model.identifiers.WholeReferences`."""
        asked = (table, *columns)
        if asked not in self._lookups:
            self._lookups[asked] = _Lookup(self._tables, table, columns)
        return self._lookups[asked].rows(keys)

    def every(self, table: str, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """See `model.identifiers.WholeReferences`."""
        schema = {name: TABLES[table].schema[name] for name in columns}
        yield pl.DataFrame(schema=schema)
        yield from self._tables.stream(table, schema)

    def count(self, table: str, most: int) -> int:
        """See `model.identifiers.WholeReferences`."""
        return self._tables.count(table, most=most)

    def names(self, table: str, column: str, most: int) -> pl.Series | None:
        """See `model.identifiers.WholeReferences`."""
        present = {column: Presence.PRESENT}
        if self._tables.count(table, present, most + 1) > most:
            return None
        return self._tables.rows(table, {column: pl.String()}, present)[column].unique().sort()

    def describe(self, keys: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
        """Whose and of what tracking rows are: the columns `names` for each row of `keys` (the columns KEY).

        The rows stay in their order; what is not known is null.
        """
        if keys.is_empty():
            return pl.DataFrame(schema=dict.fromkeys(names, pl.String()))
        registration, learning_object = KEY
        owners = {name: name for name in ("learner_id", "session_id")}
        found = self._joined(keys.select(KEY), "registration", registration, owners)
        found = self._joined(found, "learner", "learner_id", _LEARNER)
        found = self._joined(found, "session", "session_id", _SESSION)
        found = self._joined(found, "training", "training_id", _TRAINING)
        return self._joined(found, "learning_object_version", learning_object, _OBJECT).select(names)

    def in_words(self, keys: pl.DataFrame) -> pl.DataFrame:
        """The columns WORDS for each row of `keys`; a learning object without a code goes by its GUID."""
        found = self.describe(keys, (*WORDS, "lovGuid"))
        return found.with_columns(pl.coalesce("lovCode", "lovGuid").alias("lovCode")).select(WORDS)

    def _joined(self, rows: pl.DataFrame, table: str, on: str, columns: dict[str, str]) -> pl.DataFrame:
        """`rows` with columns of the rows of `table` whose ids are in the column `on`."""
        found = self.rows(table, ("id", *columns.values()), id=rows[on]).select(**{on: "id"}, **columns)
        return rows.join(found, on=on, how="left", maintain_order="left")


class _Lookup:
    """Some columns of one table."""

    def __init__(self, tables: Tables, table: str, columns: Sequence[str]) -> None:
        described = TABLES[table]
        self._tables = tables
        self._table = table
        self._columns = list(columns)
        self._schema: Schema = {name: described.schema[name] for name in dict.fromkeys((*described.key, *columns))}
        self._whole: pl.DataFrame | None = None
        self._sought = 0

    def rows(self, keys: Mapping[str, pl.Series]) -> pl.DataFrame:
        if self._whole is not None:
            return self._whole
        given = {name: one for name, one in keys.items() if one.null_count() < len(one)}
        is_small = bool(given) and self._is_small
        wanted = {} if is_small else {name: one.drop_nulls().unique() for name, one in given.items()}
        self._sought += sum(len(one) for one in wanted.values())
        if is_small or (self._sought >= _FEW and self._sought * _SHARE >= self._count):
            self._whole = self._tables.rows(self._table, self._schema)[self._columns]
            return self._whole
        found = [
            self._tables.rows(self._table, self._schema, {name: Among(part)})
            for name, one in wanted.items()
            for part in _parts(one)
        ]
        if len(found) == 1:
            return found[0].select(self._columns)
        every = pl.concat([pl.DataFrame(schema=dict(self._schema)), *found])
        return every.unique(maintain_order=True).select(self._columns)

    @cached_property
    def _is_small(self) -> bool:
        return self._tables.count(self._table, most=_SMALL + 1) <= _SMALL

    @cached_property
    def _count(self) -> float:
        """How many rows there are; infinitely many where they are too many to be held."""
        most = _MOST_BYTES // sum(_BYTES.get(self._schema[name], 8) for name in self._columns)
        count = self._tables.count(self._table, most=most + 1)
        return count if count <= most else inf


def _parts(keys: pl.Series) -> list[pl.Series]:
    return [keys.slice(first, _AT_A_TIME).sort() for first in range(0, len(keys), _AT_A_TIME)]
