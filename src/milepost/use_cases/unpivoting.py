"""Unpivot: a file with a column for each learning object becomes one with a row for each learning object."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import polars as pl

from milepost.formats import headers
from milepost.formats.header_names import Names
from milepost.formats.read import batches, decode
from milepost.formats.registry import Expected, Source
from milepost.formats.write.export_writer import ExportWriter, format_of
from milepost.formats.write.output import Target
from milepost.model.batch import Batch
from milepost.model.columns import TRACKING, Kind
from milepost.model.exceptions import FileError, UsageError
from milepost.model.export import Appearance, ExportColumn
from milepost.model.file_formats import FileFormat
from milepost.model.job import Reading
from milepost.model.likeness import WHITE_SPACE
from milepost.model.phases import Progress
from milepost.model.reports import UnpivotReport
from milepost.model.wording import Note, argument, quoted, setting
from milepost.use_cases import template

_FORMATS = {ending: one for one in (FileFormat.CSV, FileFormat.TSV, FileFormat.XLSX) for ending in one.entry.endings}
_NAMES, _VALUES, _ROW = "names", "values", "row"


def unpivot_file(
    file: decode.File,
    out: Target,
    *,
    columns: Collection[str] = (),
    keep: Collection[str] = (),
    names: str = "lovCode",
    values: str = "score",
    drop_empty: bool = False,
    reading: Reading | None = None,
    progress: Progress | None = None,
) -> UnpivotReport:
    """Writes a row for each record of `file` and each of its `columns`: the cells to keep, the header, and the cell.

    `columns` and `keep` are headers of the file, or patterns with `*`, `?` and `[…]` as in a shell, without letter
    case. If only one of them is given, the other columns are the other ones. Without both, the columns that an import
    knows are kept. `names` and `values` are the headers of the two new columns; `drop_empty` leaves out cells without
    a value. Cells are written as text, unchanged.

    `out` is a path that ends in .csv, .tsv or .xlsx, or a binary stream, which gets CSV; commas, UTF-8. A path is
    written completely or not at all. Memory holds one batch of records. Raises FileError for a file that cannot be
    read, and at its first record with too few or too many cells; UsageError for arguments that do not fit it.
    """
    reading = reading or Reading()
    appearance = Appearance(format_of(out, _FORMATS, "to write it"), raw=reading.raw)
    with decode.open_source(file, Expected(reading, TRACKING, None), template.ReadBytes(progress)) as source:
        header = _header(source, reading)
        kept, turned = _parted(source.name, header, tuple(columns), tuple(keep))
        clash = [header[place] for place in kept if header[place].casefold() in (names.casefold(), values.casefold())]
        if clash or names.casefold() == values.casefold():
            both = f"{argument('names', names)} and {argument('values', values)}"
            raise UsageError(f"{both}: the file written would have two columns of one name. Choose other names.")
        written = [ExportColumn(str(place), Kind.TEXT, header[place]) for place in kept]
        written += [ExportColumn(_NAMES, Kind.TEXT, names), ExportColumn(_VALUES, Kind.TEXT, values)]
        rows = count = left_out = 0
        with ExportWriter(out, written, appearance) as writer:
            for batch in _batches(source, header, reading):
                long = _long(batch.cells, kept, turned, header)
                if drop_empty:
                    long, whole = long.filter(pl.col(_VALUES).str.strip_chars() != ""), long.height
                    left_out += whole - long.height
                rows, count = rows + batch.cells.height, count + long.height
                writer.write(long.select(one.name for one in written))
            writer.commit()
        notes = tuple(source.notes)
        named = (name for place, name in enumerate(header) if place not in (*kept, *turned))
        if others := [name for name in named if name and not name.startswith("_")]:
            notes += (Note(f"Left out, neither kept nor made into rows: {quoted(others)}."),)
        return UnpivotReport(Path(source.name).name, rows, len(turned), count, left_out, notes)


def _header(source: Source, reading: Reading) -> tuple[str, ...]:
    first = headers.first_record(source, reading)
    if first is None:
        raise FileError(f"{source.name} has no header: it holds nothing but white space. Was it written completely?")
    cells = tuple(cell.strip(WHITE_SPACE) for cell in first.cells)
    return cells[: max((place for place, cell in enumerate(cells, start=1) if cell), default=0)]


def _parted(
    file: str, header: tuple[str, ...], columns: Sequence[str], keep: Sequence[str]
) -> tuple[list[int], list[int]]:
    """The places of the columns that are kept, and of those that become rows. Raises UsageError with all problems."""
    problems: list[str] = []
    turned, kept = _matching("columns", columns, header, problems), _matching("keep", keep, header, problems)
    every = [place for place, name in enumerate(header) if name and not name.startswith("_")]
    if not keep and not columns:
        names = Names(TRACKING)
        kept = [place for place in every if names.meaning(header[place]).sort == "column"]
    if not keep and columns:
        kept = [place for place in every if place not in turned]
    if not columns:
        turned = [place for place in every if place not in kept]
    both = sorted(set(kept) & set(turned))
    problems += [f'"{header[place]}" is given to {argument("keep")} and to {argument("columns")}' for place in both]
    if not problems and not turned:
        problems.append(f"no column becomes rows; name some with {argument('columns')}")
    if not problems and not kept:
        problems.append(f"no column is kept, so no row would say whose it is; name some with {argument('keep')}")
    twice = sorted({header[place] for place in turned if [header[one] for one in turned].count(header[place]) > 1})
    problems += [f"several columns are called {quoted([name])}; rename them" for name in twice]
    if problems:
        raise UsageError("\n".join([f"{file} cannot be unpivoted:", *(f"  {problem}" for problem in problems)]))
    return kept, turned


def _matching(option: str, patterns: Sequence[str], header: tuple[str, ...], problems: list[str]) -> list[int]:
    found: set[int] = set()
    for pattern in patterns:
        wanted = pattern.strip(WHITE_SPACE).casefold()
        folded = [name.casefold() for name in header]
        # A header may contain the signs of patterns.
        exact = {place for place, name in enumerate(folded) if name and name == wanted}
        places = exact or {place for place, name in enumerate(folded) if name and fnmatch.fnmatchcase(name, wanted)}
        if not places:
            problems.append(
                f"{argument(option, pattern)} matches no column; the file has {quoted(filter(None, header))}"
            )
        found |= places
    return sorted(found)


def _batches(source: Source, header: tuple[str, ...], reading: Reading) -> Iterator[Batch]:
    """The records but those to skip. Raises FileError at the first one that does not fit the header."""
    width, skips = len(header), headers.skipping(reading, header)
    for batch in source.batches(width, after_first=True):
        fitting = batches.fitted(batch, width, pads=reading.pad_short_rows)
        if skips:
            fitting = batches.without_skipped(fitting, skips)
        if fitting.ragged.height:
            line, cells = fitting.ragged.row(0)
            short = f", or set {setting('padShortRows', 'yes')}" if len(cells) < width else ""
            raise FileError(
                f"{source.name}, line {line}: expected {width} columns, found {len(cells)}. "
                f"Mend the line{short}. Nothing was written."
            )
        yield fitting


def _long(cells: pl.DataFrame, kept: Sequence[int], turned: Sequence[int], header: tuple[str, ...]) -> pl.DataFrame:
    """A row for each record and each of the `turned` columns, in the order of the file."""
    index, titles = [_ROW, *map(str, kept)], {str(place): header[place] for place in turned}
    wide = cells.select(*index[1:], *titles).with_row_index(_ROW)
    long = wide.unpivot(list(titles), index=index, variable_name=_NAMES, value_name=_VALUES)
    return long.sort(_ROW, maintain_order=True).with_columns(pl.col(_NAMES).replace_strict(titles))
