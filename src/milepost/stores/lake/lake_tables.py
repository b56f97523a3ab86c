"""The port of the stores on the files of a lake store, within one transaction.

A table is a list of files that do not overlap, in the order of the primary key. What is written waits in memory
(`pending`), and is merged into the files that it belongs to when there is much of it, and at the end. So each of those
files is read and written anew once or twice in a run whose rows come in the order of their keys, and others not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from milepost.model.columns import KEY
from milepost.model.exceptions import StoreError
from milepost.model.export import Selection
from milepost.stores import record, scratch_exports
from milepost.stores.frame_rules import broken_rule, completed, key_schema, meets, repeated, unique_columns
from milepost.stores.lake.data_files import DataFile, Place, is_ranged, routed
from milepost.stores.lake.delta_log import DeltaLog, Snapshot
from milepost.stores.lake.pending import Pending
from milepost.stores.port import NOWHERE, Among, Between, Condition, Schema, Where
from milepost.stores.table_description import Table
from milepost.stores.tables import TABLES

MOST_ROWS = 250_000
"""The most rows in a file."""
_PENDING_ROWS = 250_000
"""So many written rows wait in memory."""
_SMALL_ROWS = 25_000
"""New rows behind a file with fewer rows are added to it, instead of beginning another."""


_FEW_KEYS = 1_000
_PLACE = "place of the file"
"""The column that says to which file a row belongs."""


@dataclass(frozen=True, slots=True)
class LakeView:
    """One state of a lake store, which any process can open that sees the files. It can be pickled."""

    name: str
    place: Place
    files: Mapping[str, tuple[DataFile, ...]]

    def open(self) -> LakeTables:
        """The tables, to be read."""
        return LakeTables(self.name, self.place, Snapshot(0, self.files))


class LakeTables:
    """The port (`port.Tables`, which describes its operations) on the files of one version and what came since."""

    is_server = False

    def __init__(self, name: str, place: Place, snapshot: Snapshot, log: DeltaLog | None = None) -> None:
        """`name` is what messages call the store; `log` has just given the snapshot. Without it, nothing is written."""
        self._name = name
        self._log = log
        self._place = place
        self.files: dict[str, list[DataFile]] = {table: list(files) for table, files in snapshot.files.items()}
        self.raised: dict[str, int] = {}
        """The highest ids of the tables that have new ones."""
        self.written: list[DataFile] = []
        """The files that this transaction has written, needed or not."""
        self._pending: dict[str, Pending] = {}

    @property
    def at_end(self) -> LakeTables:
        return self

    def rows(
        self,
        table: str,
        schema: Schema,
        where: Where = NOWHERE,
        order: Sequence[str] = (),
        most: int | None = None,
    ) -> pl.DataFrame:
        wide = dict(schema) | {name: TABLES[table].schema[name] for name in order}
        found, height = [pl.DataFrame(schema=wide)], 0
        for part in self._parts(table, wide, where):
            found.append(part)
            height += part.height
            if most is not None and height >= most and not order:
                break
        rows = pl.concat(found)
        rows = rows.sort(order) if order else rows
        return (rows if most is None else rows.head(most)).select(schema.keys())

    def stream(
        self, table: str, schema: Schema, where: Where = NOWHERE, order: Sequence[str] = (), at_a_time: int = 50_000
    ) -> Iterator[pl.DataFrame]:
        key = [name for name in TABLES[table].key if not isinstance(where.get(name), int)]
        if order and list(order) != key[: len(order)]:
            parts: Iterator[pl.DataFrame] = iter([self.rows(table, schema, where, order)])
        else:
            self._settle(table)
            parts = self._parts(table, schema, where)
        for part in parts:
            if not part.is_empty():
                yield from part.iter_slices(at_a_time)

    def export(self, selection: Selection, schema: Schema, at_a_time: int = 50_000) -> Iterator[pl.DataFrame]:
        yield from scratch_exports.rows(self, selection, schema, at_a_time)

    def find(self, table: str, keys: pl.DataFrame, schema: Schema, where: Where = NOWHERE) -> pl.DataFrame:
        return self._at(table, keys.select(KEY), schema, where)

    def count(self, table: str, where: Where = NOWHERE, most: int | None = None) -> int:
        if not where:
            self._settle(table)
            found = sum(file.rows for file in self.files[table])
        else:
            found = 0
            name = TABLES[table].key[0]
            for part in self._parts(table, {name: TABLES[table].schema[name]}, where):
                found += part.height
                if most is not None and found >= most:
                    break
        return found if most is None else min(found, most)

    def insert(self, table: str, rows: pl.DataFrame) -> None:
        if rows.is_empty():
            return
        described = TABLES[table]
        highest = self.highest_id(table) if described.has_ids else 0
        added = pl.concat([pl.DataFrame(schema=described.schema), completed(described, rows, highest)], how="diagonal")
        self._require_whole(described, added)
        if described.has_ids:
            self.raised[table] = max(highest, int(str(added["id"].max())))
        self._pending_of(described).insert(added)
        self._settle_much(table)

    def overwrite(self, table: str, rows: pl.DataFrame) -> None:
        if rows.is_empty():
            return
        described = TABLES[table]
        schema = described.schema
        rows = rows.select(pl.col(name).cast(schema[name]) for name in schema if name in rows.columns)
        absent = {name: kind for name, kind in schema.items() if name not in rows.columns}
        if absent:
            stored = self._at(table, rows.select(described.key), key_schema(described) | absent)
            rows = rows.join(stored, on=described.key)
        rows = rows.select(*schema)
        self._require_whole(described, rows)
        self._pending_of(described).overwrite(rows)
        self._settle_much(table)

    def delete(self, table: str, keys: pl.DataFrame) -> None:
        if keys.is_empty():
            return
        described = TABLES[table]
        for other in TABLES.values():
            if other.goes_with == table:
                self.delete(other.name, self._at(other.name, keys.select(described.key), key_schema(other)))
        self._pending_of(described).delete(keys)
        self._settle_much(table)

    def copy(self, source: str, target: str, rows: pl.DataFrame, taken: Mapping[str, str]) -> None:
        if rows.is_empty():
            return
        described = TABLES[source]
        schema = {name: described.schema[name] for name in dict.fromkeys((*described.key, *taken.values()))}
        found = self._at(source, rows.select(described.key), schema).select(*described.key, **taken)
        self.insert(target, rows.join(found, on=described.key))

    def add(self, table: str, values: Mapping[str, Any]) -> int:
        kinds = TABLES[table].schema
        self.insert(table, pl.DataFrame({name: pl.Series([one], dtype=kinds[name]) for name, one in values.items()}))
        return int(values.get("id") or self.raised[table])

    def change(self, table: str, values: Mapping[str, Any], where: Where) -> None:
        schema = TABLES[table].schema
        rows = self.rows(table, schema, where)
        self.overwrite(table, rows.with_columns(pl.lit(one, schema[name]).alias(name) for name, one in values.items()))

    def remove(self, table: str, where: Where) -> None:
        described = TABLES[table]
        if any(other.goes_with == table for other in TABLES.values()):
            self.delete(table, self.rows(table, key_schema(described), where))
            return
        self._settle(table)
        left: list[DataFile] = []
        for file in self.files[table]:
            if file.surely_meets(where):
                continue
            if file.may_meet(where):
                rows = self._place.read(file, described.schema, NOWHERE)
                rest = rows.filter(~meets(where).fill_null(value=False))
                left += [file] if rest.height == rows.height else self._write(table, rest)
            else:
                left.append(file)
        self.files[table] = left

    def highest_id(self, table: str) -> int:
        if table in self.raised:
            return self.raised[table]
        return 0 if self._log is None else self._log.highest(table)

    def pass_over_ids(self, table: str, highest: int) -> None:
        if highest > self.highest_id(table):
            self.raised[table] = highest

    def mark_run(self, number: int) -> None:
        """Nothing: the run's record names its process."""

    def dead(self, processes: Mapping[int, str]) -> Sequence[int]:
        return record.ended(processes)

    def view(self) -> LakeView:
        """What the files say now, for other processes."""
        self.settle()
        return LakeView(self._name, self._place, {table: tuple(files) for table, files in self.files.items()})

    def settle(self) -> None:
        """Puts all that waits into files."""
        for table in list(self._pending):
            self._settle(table)

    def discard(self, *, is_committed: bool) -> None:
        """Removes the files that this transaction has written, if it `is_committed` but those that are the store's."""
        needed = {file.path for files in self.files.values() for file in files} if is_committed else set()
        for file in self.written:
            if file.path not in needed:
                self._place.remove(file)

    def _parts(self, table: str, schema: Schema, where: Where) -> Iterator[pl.DataFrame]:
        """The rows that meet all conditions, file by file, and then what waits."""
        pending = self._pending.get(table)
        with_key = dict(schema) if pending is None else dict(schema) | key_schema(TABLES[table])
        for file in list(self.files[table]):
            if file.may_meet(where):
                found = self._place.read(file, with_key, where)
                yield (found if pending is None else pending.left(found)).select(schema.keys())
        if pending is not None:
            yield pending.added.filter(meets(where)).select(schema.keys())

    def _at(self, table: str, keys: pl.DataFrame, schema: Schema, where: Where = NOWHERE) -> pl.DataFrame:
        """The rows that meet all conditions and have one of the keys, which are some of the table's columns."""
        if keys.is_empty():
            return pl.DataFrame(schema=dict(schema))
        names = keys.columns
        kinds = {name: TABLES[table].schema[name] for name in names}
        distinct = keys.select(pl.col(name).cast(kind) for name, kind in kinds.items()).unique()
        within: dict[str, Condition] = {}
        for one in distinct.iter_columns() if is_ranged(TABLES[table]) else ():
            within[one.name] = Between(int(str(one.min())), int(str(one.max())))
        if distinct.height < _FEW_KEYS:
            # Between few keys that lie apart there may be many files.
            within[names[0]] = Among(distinct[names[0]].unique())
        wide = dict(schema) | kinds
        parts = self._parts(table, wide, within | dict(where))
        found = (part.join(distinct, on=names, how="semi", maintain_order="left") for part in parts)
        return pl.concat([pl.DataFrame(schema=dict(schema)), *(one.select(schema.keys()) for one in found)])

    def _pending_of(self, table: Table) -> Pending:
        return self._pending.setdefault(table.name, Pending(table.key, table.schema))

    def _settle_much(self, table: str) -> None:
        if self._pending[table].height >= _PENDING_ROWS:
            self._settle(table)

    def _settle(self, table: str) -> None:
        """Merges what waits into the files that it belongs to."""
        pending = self._pending.pop(table, None)
        if pending is None:
            return
        described, files = TABLES[table], self.files[table]
        added, gone = pending.added.sort(described.key), pending.gone
        self._require_unique(described, added, pending)
        added = added.with_columns(routed(added, described.key, files).alias(_PLACE))
        gone = gone.with_columns(routed(gone, described.key, files).alias(_PLACE))
        touched = set(added[_PLACE]) | set(gone[_PLACE])
        if not files:
            self.files[table] = self._write(table, added.drop(_PLACE))
            return
        left: list[DataFile] = []
        for number, file in enumerate(files):
            if number in touched:
                here = pl.col(_PLACE) == number
                left += self._merged(file, added.filter(here).drop(_PLACE), gone.filter(here).drop(_PLACE))
            else:
                left.append(file)
        self.files[table] = left

    def _merged(self, file: DataFile, added: pl.DataFrame, gone: pl.DataFrame) -> list[DataFile]:
        """The files that have the rows of `file` without those that are gone, and the added ones."""
        table = TABLES[file.table]
        is_large = is_ranged(table) and file.rows >= _SMALL_ROWS
        if is_large and gone.is_empty() and added.select(table.key).row(0) > file.last:
            return [file, *self._write(table.name, added)]
        stored = self._place.read(file, table.schema, NOWHERE)
        rest = stored.join(gone, on=table.key, how="anti", maintain_order="left")
        if added.is_empty() and rest.height == stored.height:
            return [file]
        rows = pl.concat([rest, added]).sort(table.key)
        if rows.select(table.key).is_duplicated().any():
            raise self._refusal(repeated(table, table.key))
        return self._write(table.name, rows)

    def _write(self, table: str, rows: pl.DataFrame) -> list[DataFile]:
        if rows.is_empty():
            return []
        files = -(-rows.height // MOST_ROWS) if is_ranged(TABLES[table]) else 1
        written = [self._place.write(table, part) for part in rows.iter_slices(-(-rows.height // files))]
        self.written += written
        return written

    def _require_whole(self, table: Table, rows: pl.DataFrame) -> None:
        broken = broken_rule(table, rows)
        if broken is not None:
            raise self._refusal(broken)

    def _require_unique(self, table: Table, added: pl.DataFrame, pending: Pending) -> None:
        """Raises StoreError where rows to be added have what others have, but for the keys of rows in files."""
        for names in unique_columns(table) if added.height else ():
            if added.select(names).is_duplicated().any():
                raise self._refusal(repeated(table, names))
            if names == table.key:
                continue
            schema = {name: table.schema[name] for name in (*table.key, *names)}
            for file in self.files[table.name]:
                others = pending.left(self._place.read(file, schema, NOWHERE))
                if not others.join(added, on=names, how="semi").is_empty():
                    raise self._refusal(repeated(table, names))

    def _refusal(self, why: str) -> StoreError:
        return StoreError(f"The store {self._name} failed: {why}. Nothing was changed.")
