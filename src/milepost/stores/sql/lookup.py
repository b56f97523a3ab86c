"""Rows of the store by one of their columns: a few at a time, or all at once where that is less work."""

from __future__ import annotations

import polars as pl
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from milepost.stores.port import Schema
from milepost.stores.sql import dialect, frames
from milepost.stores.sql.dialect import Query

_SMALL = 5_000
"""A table of no more rows is read whole at once."""
_FEW = 5_000
"""So many keys are sought one by one before the size of a larger table is asked for."""
_SHARE = 10
"""All rows are read once so large a part of them has been sought: a tenth."""
_MOST_BYTES = 32_000_000
"""So much is held at the most, so that memory does not grow with the store."""
_BYTES: dict[pl.DataType, int] = {pl.String(): 24}
"""What a cell takes, where it is not 8 bytes."""
_AT_A_TIME = 25_000
_TOO_MANY = 1 << 62


class Lookup:
    """The rows of a query, sought by the values of its columns, within one transaction."""

    def __init__(self, connection: Connection, query: Query, schema: Schema) -> None:
        """The columns of `query` are named as `schema` says."""
        self._connection = connection
        self._query = query
        self._schema = schema
        self._columns = {column.name: column for column in query.selected_columns}
        self._whole: pl.DataFrame | None = None
        self._sought = 0
        self._is_small: bool | None = None
        self._count: int | None = None

    def rows(self, **keys: pl.Series) -> pl.DataFrame:
        """Rows that have one of the keys in the column they are given for, and maybe others; columns as in the schema.

        Where keys are given for several columns, rows that have one of either.
        """
        if self._whole is not None:
            return self._whole
        wanted = {name: one.drop_nulls().unique() for name, one in keys.items()}
        self._sought += sum(len(one) for one in wanted.values())
        if self._is_worth_reading():
            self._whole = frames.collect(self._connection, self._query, self._schema)
            return self._whole
        found = [self._fetch(name, part) for name, one in wanted.items() for part in _parts(one)]
        if len(found) == 1:
            return found[0]
        return pl.concat([pl.DataFrame(schema=dict(self._schema)), *found]).unique(maintain_order=True)

    def _is_worth_reading(self) -> bool:
        if not self._sought:
            return False
        if self._is_small is None:
            self._is_small = self._counted(_SMALL + 1) <= _SMALL
        if self._is_small or self._sought < _FEW:
            return self._is_small
        if self._count is None:
            most = _MOST_BYTES // sum(_BYTES.get(kind, 8) for kind in self._schema.values())
            self._count = self._counted(most + 1)
            if self._count > most:
                self._count = _TOO_MANY
        return self._sought * _SHARE >= self._count

    def _counted(self, most: int) -> int:
        """How many rows there are, or `most`: to count all of them takes PostgreSQL as long as reading them."""
        some = self._query.limit(most).subquery()
        return self._connection.scalar(select(func.count()).select_from(some)) or 0

    def _fetch(self, name: str, keys: pl.Series) -> pl.DataFrame:
        condition = dialect.of(self._connection).among(self._columns[name], keys)
        return frames.select(self._connection, self._query.where(condition), self._schema)


def _parts(keys: pl.Series) -> list[pl.Series]:
    return [keys.slice(first, _AT_A_TIME).sort() for first in range(0, len(keys), _AT_A_TIME)]
