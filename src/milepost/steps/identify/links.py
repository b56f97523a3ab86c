"""The links of rows whose identifiers fit one learner in one session, found by indexes that are built once a run.

The resolver looks up the other rows: those that fit nothing or several things, and all of them while an index would
cost more than it saves, or would be too large.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence

import polars as pl

from milepost.model.columns import LEARNER_COLUMNS, OBJECT_COLUMNS, SESSION_COLUMNS, TRAINING_COLUMNS
from milepost.model.identifiers import LEARNER, WholeReferences
from milepost.steps.identify.sorted_index import CHECK, HASH, Coder, Remembered, SortedIndex, pair

_SHARE = 7
"""A row that is sought by its key takes as long as so many rows of a table that is read whole."""
FEW = 5_000
"""So many rows of a file are linked without indexes, whatever the size of the tables."""
_ID_BYTES, _CODE_BYTES, _PAIR_BYTES = 4, 16, 8
_WHILE_BUILT = 3
"""How often an index is in memory while it is built: its parts, the order of its rows, and the sorted rows."""
_MOST_REMEMBERED = 100_000
"""Distinct contexts or learning objects."""
PART_OF_MEMORY = 0.6
"""What part of the memory of a run the indexes take, while they are built too."""

_CONTEXT = [f"{name}.key" for name in (*SESSION_COLUMNS, *TRAINING_COLUMNS)]
_OBJECT = [*(f"{name}.key" for name in OBJECT_COLUMNS), "training_id"]
_KEYS = {one.column: one.key for one in LEARNER.identifiers}

Find = Callable[[pl.DataFrame], pl.DataFrame]
PartRead = Callable[[], float]


class Links:
    """Links the rows of one run, batch by batch."""

    def __init__(
        self,
        references: WholeReferences,
        used: Collection[str],
        *,
        sessions: Find,
        objects: Find,
        most_bytes: int,
        few: int,
        part_read: PartRead,
    ) -> None:
        """Reads nothing yet. `used` has the columns of the file.

        `sessions` returns `session_id` and `training_id` for each of distinct combinations of CONTEXT keys, nulls where
        not exactly one session fits; `objects` likewise what `resolver` wants of learning objects, for the keys of
        OBJECT and a `training_id`. Indexes take at most `most_bytes`, and are not made for fewer than `few` rows.
        `part_read` returns what part of the file has been read.
        """
        self._references = references
        self._few, self._part_read = few, part_read
        self._learner_columns = [name for name in LEARNER_COLUMNS if name in used]
        self._left = most_bytes
        self._coder = Coder()
        self._sessions = Remembered(self._coder, sessions, _MOST_REMEMBERED)
        self._objects = Remembered(self._coder, objects, _MOST_REMEMBERED)
        self._sought: Counter[str] = Counter()
        self._counts: dict[str, int] = {}
        self._indexes: dict[str, SortedIndex] = {}

    def registrations(self, rows: pl.DataFrame) -> pl.DataFrame | None:
        """`registration_id` and `training_id` of each row, null where not exactly one registration is found.

        `rows` has the identifiers as compared, NAME.key. None: there is no index of registrations.
        """
        index = self._registered(rows)
        if index is None:
            return None
        found = self._sessions.look_up(rows.select(_CONTEXT)).with_columns(learner_id=self._learners(rows))
        keys = found.select(pair(pl.col("learner_id"), pl.col("session_id")).fill_null(-(1 << 63))).to_series()
        registrations = index.rows["id"].gather(index.places(keys))
        is_found = pl.col("registration_id").is_not_null()
        return found.select(
            registrations.cast(pl.Int64).alias("registration_id"), training_id="training_id"
        ).with_columns(training_id=pl.when(is_found).then("training_id"))

    def objects(self, rows: pl.DataFrame) -> pl.DataFrame | None:
        """The learning object of each row, null where not exactly one is found: what `objects` has returned.

        `rows` has the `training_id` too. None: there is no index of registrations.
        """
        return None if not self._indexes else self._objects.look_up(rows.select(_OBJECT))

    def _learners(self, rows: pl.DataFrame) -> pl.Series:
        """The id of the learner of each row; null where not exactly one is found."""
        found = pl.Series("learner_id", [None], dtype=pl.Int32).new_from_index(0, rows.height)
        before = pl.lit(value=True)
        for place, name in enumerate(self._learner_columns):
            is_meant = rows.select(before & pl.col(f"{name}.key").is_not_null()).to_series()
            before = before & pl.col(f"{name}.key").is_null()
            index = self._by_learner(name, rows) if is_meant.any() else None
            if index is not None:
                fits = self._fitting(index, rows, self._learner_columns[place:])
                found = pl.select(pl.when(is_meant).then(fits).otherwise(found).alias("learner_id")).to_series()
        return found

    def _fitting(self, index: SortedIndex, rows: pl.DataFrame, names: list[str]) -> pl.Series:
        """The learner that the first identifier names, if all others that a row gives agree."""
        given = {name: self._coder.codes(rows.select(f"{name}.key")) for name in names}
        learners = index.rows[index.places(given[names[0]][HASH])]
        agrees = pl.lit(value=True)
        for place, name in enumerate(names):
            halves = [HASH, CHECK] if place else [CHECK]
            same = pl.all_horizontal(pl.lit(given[name][half]) == pl.col(f"{name}.{half}") for half in halves)
            agrees = agrees & (same | pl.lit(rows[f"{name}.key"].is_null()))
        return learners.select(pl.when(agrees).then("id")).to_series()

    def _by_learner(self, name: str, rows: pl.DataFrame) -> SortedIndex | None:
        """The index of learners by the identifier `name`, with what those that come after it are compared with."""
        names = self._learner_columns[self._learner_columns.index(name) :]
        keys = [_KEYS[one] for one in names]

        def coded(part: pl.DataFrame) -> pl.DataFrame:
            codes = [self._coder.codes(part.select(key)) for key in keys]
            named = [one.select(pl.all().name.prefix(f"{name}.")) for name, one in zip(names, codes, strict=True)]
            return pl.concat([part.select(pl.col("id").cast(pl.Int32)), *named], how="horizontal")

        size = _ID_BYTES + _CODE_BYTES * len(names)
        sought = rows[f"{name}.key"].n_unique()
        return self._index("learner", ("id", *keys), f"{name}.{HASH}", coded, size, sought)

    def _registered(self, rows: pl.DataFrame) -> SortedIndex | None:
        """The index of registrations by learner and session."""

        def paired(part: pl.DataFrame) -> pl.DataFrame:
            pairs = pair(pl.col("learner_id"), pl.col("session_id")).alias("pair")
            return part.select(pl.col("id").cast(pl.Int32), pairs)

        columns = ("id", "learner_id", "session_id")
        return self._index("registration", columns, "pair", paired, _ID_BYTES + _PAIR_BYTES, rows.height)

    def _index(
        self, table: str, columns: Sequence[str], key: str, made: Find, row_bytes: int, sought: int
    ) -> SortedIndex | None:
        """The index of a table by the column `key` of what `made` makes of its `columns`; None if it is not worth it.

        `row_bytes` is what a row of it takes, `sought` is how many rows are now to be found by it.
        """
        if key not in self._indexes:
            self._sought[key] += sought
            if self._sought[key] < self._few:
                return None
            most = self._left // (row_bytes * _WHILE_BUILT)
            if table not in self._counts:
                self._counts[table] = self._references.count(table, most + 1)
            count = self._counts[table]
            if count > min(most, self._sought[key] / self._part_read() * _SHARE):
                return None
            self._indexes[key] = SortedIndex(map(made, self._references.every(table, columns)), key)
            self._left -= count * row_bytes
        return self._indexes[key]
