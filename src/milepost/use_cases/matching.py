"""Names of a file that the store does not have: learners, learning objects, sessions and trainings, with near ones."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from milepost.formats import headers
from milepost.formats.read import decode
from milepost.formats.registry import Expected
from milepost.model import identifiers, likeness
from milepost.model.columns import TRACKING
from milepost.model.identifiers import Entity, Identifier
from milepost.model.job import Job
from milepost.model.phases import READING, Progress
from milepost.model.text import fold_all
from milepost.stores.lookups import StoredReferences
from milepost.stores.opening import read_store
from milepost.use_cases import template

MOST_TEXTS = 500
"""Different texts of a column that are listed."""
NEAR = 5
"""Names that are offered for a text."""

_MOST_NAMES = 200_000
_LEAST_LIKENESS = 55
_ENTITIES = (identifiers.LEARNER, identifiers.OBJECT, identifiers.SESSION, identifiers.TRAINING)


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A text of a file that nothing in the store has."""

    column: str
    text: str
    rows: int
    near: tuple[str, ...]
    """Stored names that are like it, the nearest first."""


@dataclass(frozen=True, slots=True)
class Matching:
    """What the store does not have of a file."""

    unmatched: tuple[Unmatched, ...]
    """By column, the most frequent first."""
    cut: tuple[str, ...] = ()
    """The columns that have more such texts than are listed."""

    def text(self) -> str:
        """As JSON, for `parse`."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def parse(cls, text: str) -> Matching:
        """What `text` has written."""
        fields: dict[str, Any] = json.loads(text)
        found = (Unmatched(**one | {"near": tuple(one["near"])}) for one in fields["unmatched"])
        return cls(tuple(found), tuple(fields["cut"]))


def match_file(path: Path, database: str, job: Job, *, progress: Progress | None = None) -> Matching:
    """Looks up each different text of the columns that say whose, what and where a row is.

    Memory does not grow with the file. Raises FileError if it cannot be read, StoreError when there is no store.
    """
    reading = job.reading
    expected = Expected(reading, TRACKING, reading.columns or (None if reading.skip_first_line else job.fields))
    with read_store(database) as tables:
        references = StoredReferences(tables)
        with decode.open_source(path, expected, template.ReadBytes(progress)) as source:
            heading = headers.understood(source, expected)
            named = {one.column: str(place) for place, one in enumerate(heading.columns)}
            sought = [
                _Sought(entity, one, named[one.column], references)
                for entity in _ENTITIES
                for one in entity.identifiers
                if one.column in named
            ]
            rows = 0
            for batch in source.batches(heading.width, after_first=heading.line is not None) if sought else ():
                rows += batch.rows
                for one in sought:
                    one.observe(batch.cells[one.place])
            if progress is not None:
                progress(READING, rows, rows)
        found = tuple(text for one in sought for text in one.found())
    return Matching(found, tuple(one.identifier.column for one in sought if one.is_cut))


@dataclass(slots=True)
class _Sought:
    """One column, and its texts that are not stored."""

    entity: Entity
    identifier: Identifier
    place: str
    references: StoredReferences
    is_cut: bool = False
    _texts: pl.DataFrame = dataclasses.field(
        default_factory=lambda: pl.DataFrame(schema={"text": pl.String(), "count": pl.UInt32()})
    )

    def observe(self, cells: pl.Series) -> None:
        """Takes the cells of a batch."""
        texts = cells.str.strip_chars().alias("text")
        counted = texts.filter(texts != "").value_counts()
        if counted.is_empty():
            return
        unknown = counted.filter(~self._is_stored(counted["text"]))
        every = pl.concat([self._texts, unknown.with_columns(pl.col("count").cast(pl.UInt32))])
        every = every.group_by("text").agg(pl.col("count").sum()).sort("count", "text", descending=[True, False])
        self.is_cut |= every.height > MOST_TEXTS
        self._texts = every.head(MOST_TEXTS)

    def _is_stored(self, texts: pl.Series) -> pl.Series:
        key = self.identifier.key
        if self.identifier.name == "id":
            keys = texts.cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
        else:
            keys = texts.str.normalize("NFC")
            keys = fold_all(keys) if self.identifier.is_folded else keys
        stored = self.references.rows(self.entity.table, [key], **{key: keys.drop_nulls()})[key]
        return keys.is_in(stored.drop_nulls().implode()).fill_null(value=False)

    def found(self) -> Iterator[Unmatched]:
        """The texts, the most frequent first."""
        stored = None
        if self.identifier.name not in ("id", "guid") and not self._texts.is_empty():
            stored = self.references.names(self.entity.table, self.identifier.name, _MOST_NAMES)
        known = {} if stored is None else {likeness.fold(name): name for name in stored}
        for text, count in self._texts.iter_rows():
            near = likeness.near(likeness.fold(text), known, _LEAST_LIKENESS, NEAR)
            yield Unmatched(self.identifier.column, text, count, near)
