"""The files of a lake store: Parquet, each with rows of one table between two keys, in the order of the key.

Files never change and no two have the same name, so what is known of one by its name is known for ever.
"""

from __future__ import annotations

import io
import json
import os
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import polars as pl

from milepost.stores.frame_rules import conditions
from milepost.stores.port import Among, Between, Condition, Schema, Where
from milepost.stores.table_description import LONG, WHOLE, Table
from milepost.stores.tables import TABLES

RANGED = (
    *("id", "run_id", "registration_id", "learning_object_version_id", "line", "place", "day"),
    *("previous_run_id", "source_run_id", "source_line", "training_id", "session_id", "learner_id"),
)
"""The columns whose lowest and highest values are known of each file, so that most files need not be read."""

PARTITION = "milepost_table"
"""The column of the Delta table that says which table of the store a row belongs to."""


def _named() -> tuple[dict[str, pl.DataType], dict[str, dict[str, str]]]:
    # Those of RANGED first: readers look at the statistics of the first columns alone.
    every: dict[str, pl.DataType] = dict.fromkeys(RANGED, WHOLE)
    names: dict[str, dict[str, str]] = {}
    for table in TABLES.values():
        names[table.name] = {}
        for one in table.fields:
            known = every.get(one.name, one.type)
            is_other = known != one.type and not {known, one.type} <= {WHOLE, LONG}
            name = f"{table.name}_{one.name}" if is_other else one.name
            names[table.name][one.name] = name
            # A whole number and a longer one are both a long number.
            every[name] = one.type if every.get(name, one.type) == one.type else LONG
    return every, names


_NAMED = _named()
COLUMNS: Mapping[str, pl.DataType] = _NAMED[0]
"""The columns of all tables together, with their types in files."""
NAMES: Mapping[str, Mapping[str, str]] = _NAMED[1]
"""The columns of each table, with their names in files: another where an earlier table has one of another type."""

_GROUP_ROWS = 25_000
"""Rows in a row group, the least that is read of a file."""
_FEW_ROWS = 2_000
"""Files of no more rows are kept in memory when they have been read."""

Key = tuple[int, ...]

_ANY: Key = (0,)
"""Stands for the keys of a table that is one file."""


def is_ranged(table: Table) -> bool:
    """Whether a table may have several files. The others have texts in their keys, and few rows."""
    return set(table.key) <= set(RANGED)


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file, by what the log of the Delta table says of it."""

    path: str
    """Within the folder of the store."""
    rows: int
    size: int
    lowest: Mapping[str, int | None] = field(compare=False)
    """The lowest value of each column of RANGED that the table has; None where no row has one."""
    highest: Mapping[str, int | None] = field(compare=False)

    @property
    def table(self) -> str:
        """The name of the table."""
        return self.path.partition("/")[0].removeprefix(f"{PARTITION}=")

    @property
    def first(self) -> Key:
        """The key of the first row."""
        return self._keys()[0]

    @property
    def last(self) -> Key:
        """The key of the last row."""
        return self._keys()[1]

    def _keys(self) -> tuple[Key, Key]:
        first, last, _ = self.path.partition("/")[2].split("_")
        return _key(first), _key(last)

    def may_meet(self, where: Where) -> bool:
        """Whether a row of it may meet all conditions."""
        ranged = ((name, one) for name, one in where.items() if name in self.lowest)
        return all(_may_meet(one, self.lowest[name], self.highest[name]) for name, one in ranged)

    def surely_meets(self, where: Where) -> bool:
        """Whether every row of it is known to meet all conditions."""
        return all(
            name in self.lowest
            and self.lowest[name] == self.highest[name]
            and name in TABLES[self.table].key
            and _may_meet(one, self.lowest[name], self.highest[name])
            for name, one in where.items()
        )

    def statistics(self) -> str:
        """What the log of a Delta table says of a file."""
        present = {name for name, value in self.lowest.items() if value is not None}
        return json.dumps(
            {
                "numRecords": self.rows,
                "minValues": {name: value for name, value in self.lowest.items() if name in present},
                "maxValues": {name: value for name, value in self.highest.items() if name in present},
                "nullCount": {name: self.rows for name in self.lowest if name not in present},
            }
        )


def _may_meet(condition: Condition, lowest: int | None, highest: int | None) -> bool:
    if lowest is None or highest is None:
        return False
    match condition:
        case Between(first, last):
            return first <= highest and last >= lowest
        case Among(values):
            return bool(values.is_between(lowest, highest).any())
        case int():
            return lowest <= condition <= highest
        case _:
            return True


def _number(value: object) -> int | None:
    return None if value is None else int(str(value))


def _key(text: str) -> Key:
    return tuple(map(int, text.split(".")))


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files are: a folder, or what is like one in an object store."""

    root: str
    """A path, or a URL of an object store."""

    @property
    def is_folder(self) -> bool:
        """Whether it is on a disk."""
        return "://" not in self.root

    def write(self, table: str, rows: pl.DataFrame) -> DataFile:
        """Writes rows, which are in the order of the key and not none, to a new file. Nothing names it yet."""
        described = TABLES[table]
        names = NAMES[table]
        ends = rows.select(described.key)[[0, -1]].rows() if is_ranged(described) else [_ANY, _ANY]
        first, last = (".".join(map(str, one)) for one in ends)
        path = f"{PARTITION}={table}/{first}_{last}_{uuid.uuid4().hex}.parquet"
        stored = rows.select(pl.col(one).cast(COLUMNS[name]).alias(name) for one, name in names.items())
        size = self._put(path, stored)
        ranged = [name for name in RANGED if name in names]
        lowest = {name: _number(rows[name].min()) for name in ranged}
        highest = {name: _number(rows[name].max()) for name in ranged}
        return DataFile(path, rows.height, size, lowest, highest)

    def read(self, file: DataFile, schema: Schema, where: Where) -> pl.DataFrame:
        """The rows of a file that meet all conditions, with the columns of `schema`."""
        rows = _whole(self, file.path).lazy() if file.rows <= _FEW_ROWS else self._scan(file.path)
        wanted = conditions(where)
        if wanted:
            rows = rows.filter(pl.all_horizontal(wanted))
        return rows.select(schema.keys()).collect()

    def remove(self, file: DataFile) -> None:
        """Removes a file that nothing names; in an object store it stays until the store is vacuumed."""
        if self.is_folder:
            with suppress(OSError):
                Path(self.root, file.path).unlink()

    def size(self) -> int:
        """The bytes of all files of rows, whether something names them or not."""
        if self.is_folder:
            return sum(file.stat().st_size for file in Path(self.root).glob("*/*.parquet"))
        from pyarrow.fs import FileSelector

        every = self._object_store().get_file_info_selector(FileSelector("", recursive=True))
        return sum(one.size for one in every if one.path.endswith(".parquet"))

    def _scan(self, path: str) -> pl.LazyFrame:
        table = TABLES[path.partition("/")[0].removeprefix(f"{PARTITION}=")]
        names = NAMES[table.name]
        rows = pl.scan_parquet(
            f"{self.root}/{path}",
            schema={name: COLUMNS[name] for name in names.values()},
            # What an older version has written lacks the newer columns.
            missing_columns="insert",
            extra_columns="ignore",
            hive_partitioning=False,
            glob=False,
        )
        return rows.select(pl.col(names[name]).cast(kind).alias(name) for name, kind in table.schema.items())

    def _put(self, path: str, rows: pl.DataFrame) -> int:
        """Writes rows to the file `path`, and gives its size."""
        write = partial(rows.write_parquet, compression="zstd", row_group_size=_GROUP_ROWS)
        encoded = io.BytesIO()
        write(encoded)
        if self.is_folder:
            whole = Path(self.root, path)
            whole.parent.mkdir(exist_ok=True)
            with whole.open("xb") as stream:
                stream.write(encoded.getbuffer())
                # Before the commit that names it.
                os.fsync(stream.fileno())
        else:
            # Encoded once more: Polars writes frames to object stores, and not bytes.
            write(f"{self.root}/{path}")
        return len(encoded.getbuffer())

    def _object_store(self) -> Any:  # noqa: ANN401 - as pyarrow has it, without types
        from deltalake.fs import DeltaStorageHandler

        return DeltaStorageHandler(self.root)


@lru_cache(maxsize=200)
def _whole(place: Place, path: str) -> pl.DataFrame:
    return place._scan(path).collect()


def routed(rows: pl.DataFrame, key: Sequence[str], files: Sequence[DataFile]) -> pl.Series:
    """For each row the place of its file: the last one that begins at the row's key or before, else the first.

    `rows` has the columns `key`; `files` are in their order.
    """
    if len(files) < 2:
        return pl.Series([0], dtype=pl.Int64).new_from_index(0, rows.height)
    begins = pl.DataFrame([file.first for file in files], schema=dict.fromkeys(key, pl.Int64()), orient="row")
    both = pl.concat(
        [
            begins.select(*key, row=pl.lit(-1, pl.Int64)),
            rows.select(*key, row=pl.int_range(pl.len(), dtype=pl.Int64)),
        ]
    )
    # A file begins before the row with its first key.
    both = both.sort(*key, "row").with_columns(place=((pl.col("row") < 0).cum_sum().cast(pl.Int64) - 1).clip(0))
    return both.filter(pl.col("row") >= 0).sort("row")["place"]
