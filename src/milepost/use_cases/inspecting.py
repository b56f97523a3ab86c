"""Looking at a file before its import: how it is read, what its headers may mean, what stands in its columns."""

from __future__ import annotations

import dataclasses
import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from milepost.formats import header_names, headers, registry
from milepost.formats.read import decode
from milepost.formats.read.delimited_reader import DELIMITERS
from milepost.formats.registry import Expected
from milepost.model.columns import TRACKING
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.exceptions import FileError
from milepost.model.job import Job, Reading
from milepost.model.likeness import bare
from milepost.model.phases import READING, Progress
from milepost.steps.interpret import instants
from milepost.use_cases import template

MOST_WORDS = 1_000
"""A column with more different texts is not listed."""

_SAMPLES = 3
_MOST_FORMS = 6
_LOOKED_AT = 10_000
_BEGINNING = 100_000


@dataclass(frozen=True, slots=True)
class DateForm:
    """A date format, and how well a column fits it."""

    text: str
    fitting: int
    """The number of values that fit."""
    readings: tuple[tuple[str, str], ...]
    """Some values, and the local time that each is read as."""


@dataclass(frozen=True, slots=True)
class ColumnFound:
    """One column of a file."""

    header: str
    column: str | None
    """What its name means, or the configuration says; `ignoredColumn` for what is not read; None if it is unknown."""
    origin: str
    """`name`, `configuration`, `suggestion` or `unknown`."""
    suggestion: str | None
    """A column that the name may mean, where it is not clear."""
    filled: int = 0
    """The cells that are not empty."""
    samples: tuple[str, ...] = ()
    words: tuple[tuple[str, int], ...] = ()
    """Its different texts, the most frequent first, with the number of cells; none if there are too many."""
    has_all_words: bool = True
    forms: tuple[DateForm, ...] = ()
    """Date formats that its texts may be in, the best first."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is found in a file."""

    kind: str
    """Its format by its content, such as `csv`."""
    encoding: str
    delimiter: str | None
    """None if the file is not delimited text."""
    header_line: int | None
    """The line on which its header stands."""
    rows: int
    ragged: int
    """The records with more or fewer cells than the header."""
    columns: tuple[ColumnFound, ...]
    notes: tuple[str, ...] = ()
    rejects_delimiter: str = ","
    """Of the rejects file."""
    sheets: tuple[str, ...] = ()
    """The names of its sheets, or the numbers of its tables, if it has any."""
    is_guessed: bool = False
    """Whether the delimiter is the most frequent sign of the header, since no name of a column tells it."""

    def text(self) -> str:
        """As JSON, for `parse`."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def parse(cls, text: str) -> Inspection:
        """The inspection that `text` has written."""
        fields: dict[str, Any] = json.loads(text)
        columns = tuple(
            ColumnFound(
                **one
                | {"samples": tuple(one["samples"]), "words": tuple(map(tuple, one["words"]))}
                | {"forms": tuple(_form(form) for form in one["forms"])}
            )
            for one in fields["columns"]
        )
        return cls(
            **fields | {"columns": columns, "notes": tuple(fields["notes"]), "sheets": tuple(fields.get("sheets", ()))}
        )


def _form(fields: dict[str, Any]) -> DateForm:
    return DateForm(**fields | {"readings": tuple(map(tuple, fields["readings"]))})


def inspect_file(path: Path, job: Job, *, progress: Progress | None = None) -> Inspection:
    """Looks at the whole of a file, read as `job` says; what its headers mean need not be known.

    Memory does not grow with the file. Raises FileError if it cannot be read.
    """
    reading, guessed = job.reading, None
    if reading.delimiter is None and not _is_told(path, job):
        guessed = _guessed(path, reading)
        reading = dataclasses.replace(reading, delimiter=guessed)
    with decode.open_source(path, _expected(job, reading), template.ReadBytes(progress)) as source:
        heading = headers.understood(source, _expected(job, reading))
        found = [_Column(place, *_told(one)) for place, one in enumerate(heading.columns)]
        _suggest(found)
        rows = ragged = 0
        for batch in source.batches(heading.width, after_first=heading.line is not None):
            rows, ragged = rows + batch.rows, ragged + len(batch.ragged)
            for one in found:
                one.observe(batch.cells[str(one.place)])
        if progress is not None:
            progress(READING, rows, rows)
        with path.open("rb") as stream:
            entry = registry.by_content(stream.read(4096))
        is_text = registry.is_delimited(entry)
        return Inspection(
            kind=entry.endings[0].lstrip("."),
            encoding=source.encoding,
            delimiter=source.delimiter if is_text else None,
            header_line=heading.line,
            rows=rows,
            ragged=ragged,
            columns=tuple(one.found() for one in found),
            notes=tuple(map(str, source.notes)),
            rejects_delimiter=source.delimiter,
            is_guessed=guessed is not None,
            sheets=source.sheets,
        )


def _told(one: headers.Understood) -> tuple[str, str | None, str]:
    """A header, what it means without what the caller has chosen, and where that comes from."""
    origin = "unknown" if one.column is None else "configuration" if one.is_given else "name"
    return one.name, one.column, origin


def _is_told(path: Path, job: Job) -> bool:
    """Whether the file can be opened without knowing its delimiter."""
    with suppress(FileError), decode.open_source(path, Expected(job.reading, TRACKING, job.reading.columns)):
        return True
    return False


def _guessed(path: Path, reading: Reading) -> str | None:
    """The delimiter that occurs most in the line of the header; None if there is none."""
    with path.open("rb") as stream:
        lines = stream.read(_BEGINNING).decode(reading.encoding, "replace").splitlines()
    header = next((line for line in lines[reading.header_row - 1 :] if line.strip()), "")
    counts = {delimiter: header.count(delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda one: counts[one])
    return best if counts[best] else None


def _expected(job: Job, reading: Reading) -> Expected:
    """What is known of the file before it is opened."""
    return Expected(reading, TRACKING, reading.columns or (None if reading.skip_first_line else job.fields))


@dataclass(slots=True)
class _Column:
    """What is known of one column so far."""

    place: int
    header: str
    column: str | None
    origin: str
    suggestion: str | None = None
    _filled: int = 0
    _samples: list[str] = field(default_factory=list)
    _words: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={"text": pl.String(), "count": pl.UInt32()})
    )
    _has_all: bool = True
    _forms: dict[DateTimeFormat, int] | None = None

    def observe(self, cells: pl.Series) -> None:
        """Takes the cells of a batch."""
        texts = cells.str.strip_chars().alias("text")
        texts = texts.filter(texts != "")
        if texts.is_empty():
            return
        counted = texts.value_counts()
        self._filled += len(texts)
        if len(self._samples) < _SAMPLES:
            fresh = texts.unique(maintain_order=True).head(_SAMPLES).to_list()
            self._samples = list(dict.fromkeys([*self._samples, *fresh]))[:_SAMPLES]
        if self._has_all:
            both = pl.concat([self._words, counted.with_columns(pl.col("count").cast(pl.UInt32))])
            self._words = both.group_by("text").agg(pl.col("count").sum())
            self._has_all = self._words.height <= MOST_WORDS
        self._observe_dates(counted)

    def _observe_dates(self, counted: pl.DataFrame) -> None:
        texts = counted["text"]
        if self._forms is None:
            # Numbers alone are seldom dates.
            sample = texts.head(_LOOKED_AT)
            forms = instants.forms_of(sample) if sample.str.contains("[^0-9.,]").any() else []
            self._forms = dict.fromkeys(forms[:_MOST_FORMS], 0)
        for form in self._forms:
            fits = instants.read_by(texts, form).is_not_null()
            self._forms[form] += int(counted["count"].filter(fits).sum())

    def found(self) -> ColumnFound:
        """What has been found."""
        words = self._words.sort(["count", "text"], descending=[True, False]) if self._has_all else self._words.clear()
        forms = sorted((self._forms or {}).items(), key=lambda pair: pair[1], reverse=True)
        return ColumnFound(
            self.header,
            self.column,
            self.origin,
            self.suggestion,
            self._filled,
            tuple(self._samples),
            tuple(words.iter_rows()),
            self._has_all,
            tuple(DateForm(form.text, fitting, self._readings(form)) for form, fitting in forms),
        )

    def _readings(self, form: DateTimeFormat) -> tuple[tuple[str, str], ...]:
        """The samples, as the format reads them."""
        texts = pl.Series("text", self._samples)
        local = instants.read_by(texts, form)
        written = pl.from_epoch(local, time_unit="s").dt.to_string("%Y-%m-%d %H:%M:%S")
        return tuple((text, read or "cannot be read") for text, read in zip(texts, written, strict=True))


def _suggest(found: list[_Column]) -> None:
    """Suggests columns for headers that mean nothing, none twice."""
    names, taken = header_names.Names(TRACKING), {one.column for one in found if one.column}
    for one in found:
        if one.column is None and bare(one.header):
            one.suggestion, _ = names.likely(one.header, [name for name in taken if name])
            if one.suggestion:
                one.origin = "suggestion"
                taken.add(one.suggestion)
