"""What a transaction has written to a table of a lake store and is not in files yet."""

from __future__ import annotations

import polars as pl


class Pending:
    """Rows that were added, and the keys of rows in files that no longer count. All of it is in memory."""

    def __init__(self, key: tuple[str, ...], schema: dict[str, pl.DataType]) -> None:
        """`schema` has all columns of the table, `key` is its primary key."""
        self._key = key
        self._schema = schema
        self._added: list[pl.DataFrame] = []
        self._gone: list[pl.DataFrame] = []
        self.height = 0
        """How many rows and keys there are."""

    def insert(self, rows: pl.DataFrame) -> None:
        """Takes rows with all columns, in their order."""
        self._added.append(rows)
        self.height += rows.height

    def overwrite(self, rows: pl.DataFrame) -> None:
        """Takes rows with all columns, in their order, for existing ones with the same keys."""
        self.delete(rows)
        self.insert(rows)

    def delete(self, rows: pl.DataFrame) -> None:
        """Takes the keys of `rows`."""
        keys = rows.select(pl.col(name).cast(self._schema[name]) for name in self._key)
        if self._added:
            self._added = [self.added.join(keys, on=self._key, how="anti")]
        self._gone.append(keys)
        self.height += keys.height

    @property
    def added(self) -> pl.DataFrame:
        """The rows that were inserted or overwritten."""
        if len(self._added) != 1:
            self._added = [pl.concat([pl.DataFrame(schema=self._schema), *self._added])]
        return self._added[0]

    @property
    def gone(self) -> pl.DataFrame:
        """The keys of rows in files that were overwritten or deleted; each once."""
        if len(self._gone) != 1:
            none = pl.DataFrame(schema={name: self._schema[name] for name in self._key})
            self._gone = [pl.concat([none, *self._gone]).unique(maintain_order=True)]
        return self._gone[0]

    def left(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Those rows of files, with the key among their columns, that still count."""
        return rows if self.gone.is_empty() else rows.join(self.gone, on=self._key, how="anti", maintain_order="left")
