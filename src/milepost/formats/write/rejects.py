"""The rejects file: every rejected record, unchanged, and the reasons."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import polars as pl

from milepost.formats.headers import REJECTS_COLUMNS
from milepost.formats.read import batches
from milepost.formats.read.decode import Decoded
from milepost.formats.spreadsheet_safety import defused, quoted
from milepost.formats.write.appearance import strftime_pattern
from milepost.formats.write.output import Content, Output, Target
from milepost.formats.write.rejects_sheet import RejectsSheet, ragged_rows
from milepost.model import findings as said
from milepost.model.batch import RAGGED, Batch, clock_beside_text, dated, with_dates_alone
from milepost.model.columns import CellType, Column, Kind
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.exceptions import FileError, UsageError, writing
from milepost.model.file_formats import READ_ONLY, FileFormat
from milepost.model.job import EITHER, Layout, Parameters, TimeFormat
from milepost.model.text import without_percent
from milepost.model.time_zones import AFTER_LATEST, EARLIEST, instants, local_times
from milepost.model.wording import listed

_ERRORS = [code.name for code in said.CODES.values() if code.level is said.Level.ERROR]
_ENDINGS = tuple(ending for one in (FileFormat.CSV, FileFormat.TSV, FileFormat.XLSX) for ending in one.entry.endings)
_OTHER_ENDINGS = (".gz", *(ending for one in READ_ONLY for ending in one.endings))
"""Endings that rejects do not have, even if the source has them."""
_DECIMAL_KINDS = (Kind.INTEGER, Kind.NUMBER, Kind.DURATION)
_DATETIME = "%Y-%m-%d %H:%M:%S"


class RejectsWriter(Output):
    """Writes a rejects file: delimited text like its source, or XLSX."""

    form: RejectsSheet | _Text

    def __init__(self, target: Target, decoded: Decoded, parameters: Parameters, *, source: Path | None = None) -> None:
        """Open the target and write the header. A path that ends in .xlsx becomes a spreadsheet.

        `decoded` is the source, `source` its path. Raises FileError when the target is that file or cannot be opened.
        """
        self._stamp = ""
        self._ranks = {column.name: rank for rank, column in enumerate(decoded.layout.positions)}
        is_sheet = isinstance(target, str | Path) and Path(target).suffix.lower() in FileFormat.XLSX.entry.endings
        if isinstance(target, str | Path):
            _check_target(Path(target), source)
        super().__init__(target)
        with self.beginning():
            if is_sheet:
                self.form = RejectsSheet(self.stream, decoded.layout)
            else:
                self.form = _Text(self.stream, decoded, parameters)

    def name_run(self, run: int) -> None:
        """Name `run` in the rows that are written from now on."""
        self._stamp = batches.stamp(run)

    def write(self, batch: Batch, findings: pl.DataFrame) -> None:
        """Write the records of the batch that have an error among `findings`, in the order of their lines.

        `findings` has schema FINDINGS and only lines of this batch. Raises FileError.
        """
        remarks = self._remarks(findings)
        if not remarks.is_empty():
            rejected = batch.filtered(batch.cells["line"].is_in(remarks["line"].implode()), batch.ragged)
            with self.errors():
                self.form.write(rejected, remarks, findings.filter(pl.col("code").is_in(_ERRORS)))

    def _remarks(self, findings: pl.DataFrame) -> pl.DataFrame:
        """For each rejected line, its codes and messages, each in the order of findings and separated by blanks."""
        errors = findings.filter(pl.col("code").is_in(_ERRORS))["line"].unique()
        rank = pl.col("code").replace_strict(dict(said.RANK), return_dtype=pl.Int64)
        place = pl.col("column").replace_strict(self._ranks, default=None, return_dtype=pl.Int64)
        return (
            findings.filter(pl.col("line").is_in(errors.implode()))
            .sort(pl.col("line"), rank, place, nulls_last=False, maintain_order=True)
            .group_by("line", maintain_order=True)
            .agg(
                pl.col("code").str.join(" ").alias("_codes"),
                pl.concat_str("message", "hint", separator=" ", ignore_nulls=True).str.join(" ").alias("_messages"),
            )
            .select("line", pl.col("line").cast(pl.String).alias("_line"), "_codes", pl.col("_messages") + self._stamp)
        )


class _Text(Content):
    """Delimited text, with the delimiter and the encoding of the source."""

    def __init__(self, stream: BinaryIO, decoded: Decoded, parameters: Parameters) -> None:
        self._stream = stream
        self._layout = decoded.layout
        self._parameters = parameters
        self._raw = decoded.reading.raw
        self._encoder = codecs.getincrementalencoder(decoded.source.encoding)("replace")
        self._delimiter = decoded.source.delimiter
        header = [(0, [*self._layout.header, *REJECTS_COLUMNS])]
        self._put(pl.DataFrame(header, schema=dict(RAGGED), orient="row"))

    def write(self, rejected: Batch, remarks: pl.DataFrame, _findings: pl.DataFrame) -> None:
        cells = as_text(rejected, self._layout, self._parameters)
        whole = cells.join(remarks, on="line", how="left", maintain_order="left")
        regular = whole.select("line", pl.concat_list(pl.exclude("line")).alias("cells"))
        self._put(pl.concat([regular, ragged_rows(rejected, remarks, self._layout.width)]).sort("line"))

    def finish(self) -> None:
        self._stream.write(self._encoder.encode("", final=True))

    def _put(self, records: pl.DataFrame) -> None:
        """Write records with schema RAGGED."""
        written = quoted(records if self._raw else defused(records), self._delimiter)
        lines = written["cells"].list.join(self._delimiter) + "\n"
        self._stream.write(self._encoder.encode("".join(lines.to_list())))


def _check_target(target: Path, source: Path | None) -> None:
    ending = target.suffix.casefold()
    is_of_source = source is not None and ending == source.suffix.casefold() and ending not in _OTHER_ENDINGS
    if ending and ending not in _ENDINGS and not is_of_source:
        said = f"{target} has no ending that says how rejected rows are to be written"
        raise UsageError(f"{said}; end it in {listed(_ENDINGS, 'or')}.")
    with writing(f"{target} cannot be written", "Name another file."):
        is_source = source is not None and source.exists() and target.exists() and target.samefile(source)
    if is_source:
        said = f"{target} is the file that is imported. Write the rejected rows to another file."
        raise FileError(said, code="wrong-usage")
    if target.is_file() and not os.access(target, os.W_OK):
        said = f"{target} is write-protected. Write the rejected rows to another file."
        raise FileError(said, code="file-unwritable")


def as_text(batch: Batch, layout: Layout, parameters: Parameters) -> pl.DataFrame:
    """The regular records: `line` and the cells, as texts that the same job reads equally.

    Dates are in the job's date format, durations in a form that its time format reads, numbers with its decimal sign.
    A date and time that would lose something in the format remains YYYY-MM-DD HH:MM:SS.
    """
    if batch.types is None:
        return batch.cells
    both = pl.concat([batch.cells, batch.types.select(pl.all().name.suffix("?"))], how="horizontal")
    places = layout.positions.items()
    joined = {place for parts in layout.joined.values() for place in parts}
    rendered = [_rendered(str(at), one, parameters).alias(str(at)) for one, at in places if at not in joined]
    for parts in layout.joined.values():
        rendered += _parts([str(place) for place in parts], parameters)
    return both.with_columns(rendered).select(batch.cells.columns)


def _rendered(name: str, column: Column, parameters: Parameters) -> pl.Expr:
    text, type_, kind = pl.col(name), pl.col(f"{name}?"), column.kind
    numeric = [CellType.NUMBER, CellType.DURATION, CellType.PERCENTAGE]
    if column.percent is None:
        number = pl.when(type_ == CellType.PERCENTAGE).then(text).map_batches(without_percent, return_dtype=pl.String)
        text = pl.coalesce(number, text)
    if kind is Kind.DATETIME:
        return _moment(text, type_, parameters)
    if kind is Kind.DURATION and parameters.time_global_format is not TimeFormat.RAW_SECONDS:
        iso = pl.concat_str(pl.lit("PT"), text, pl.lit("S"))
        text = pl.when(type_ == CellType.DURATION).then(iso).otherwise(text)
    if kind in _DECIMAL_KINDS:
        is_either = parameters.decimal == EITHER
        # Under either sign, a point and exactly three digits could also be thousands.
        longer = text.str.replace(r"^(-?[1-9][0-9]{0,2}\.[0-9]{3})(%?)$", "${1}0${2}")
        written = longer if is_either else text.str.replace(".", parameters.decimal, literal=True)
        return pl.when(type_.is_in(numeric)).then(written).otherwise(text)
    return text


def _moment(text: pl.Expr, type_: pl.Expr, parameters: Parameters) -> pl.Expr:
    return (
        pl.when(type_ == CellType.DATE)
        .then(_date(text, parameters))
        .when(type_ == CellType.DATETIME)
        .then(_datetime(text, parameters))
        .when(type_ == CellType.INSTANT)
        .then(_instant(text, parameters))
        .otherwise(text)
    )


def _parts(names: list[str], parameters: Parameters) -> Iterator[pl.Expr]:
    """Cells that are joined to a date, as the job's format has it.

    As typed cells they are read in any order, as texts in that of the format alone. In another order, the cell of the
    date gets the time too, and the others are empty.
    """
    form = parameters.date_time_format
    filled = {name: pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)) for name in names}
    parts = [with_dates_alone(text, pl.col(f"{name}?")) for name, text in filled.items()]
    is_date = [(kind == CellType.DATE) & text.is_not_null() for text, kind in parts]
    begins_with_date = pl.coalesce(
        *(pl.when(text.is_not_null()).then(date) for (text, _), date in zip(parts, is_date, strict=True))
    )
    can_follow = all(one.date_only is not None for one in form.alternatives if not one.is_serial)
    several = pl.sum_horizontal(text.is_not_null() for text in filled.values()) > 1
    in_one = several & pl.any_horizontal(is_date) & ~(begins_with_date & can_follow)
    for name, (text, kind), date in zip(names, parts, is_date, strict=True):
        time = clock_beside_text(text, form)
        alone = pl.when(kind == CellType.DURATION).then(time).otherwise(_moment(text, kind, parameters))
        whole = pl.when(date).then(_datetime(dated(parts), parameters)).otherwise(pl.lit(""))
        yield pl.when(in_one).then(whole).otherwise(alone).fill_null("").alias(name)


def _date(text: pl.Expr, parameters: Parameters) -> pl.Expr:
    date = text.str.to_date("%Y-%m-%d", strict=False)
    forms = (one.date_only for one in parameters.date_time_format.alternatives)
    written = [_written(date, one) for one in forms if one is not None and not one.is_serial]
    if written:
        return pl.coalesce(*written, text)
    # A date alone does not fit the format, so the default time is added.
    return _datetime(text + parameters.default_time.strftime(" %H:%M:%S"), parameters)


def _datetime(text: pl.Expr, parameters: Parameters) -> pl.Expr:
    time = text.str.to_datetime(_DATETIME, strict=False)
    # What the format leaves out must equal what reading fills in.
    filled = {"HH": parameters.default_time.strftime(" %H:%M:%S"), "II": ":00:00", "SS": ":00"}
    written = []
    for one in parameters.date_time_format.alternatives:
        if not one.is_serial:
            lacking = next((end for token, end in filled.items() if token not in one.tokens), "")
            written.append(pl.when(text.str.ends_with(lacking)).then(_written(time, one)))
    return pl.coalesce(*written, text)


def _written(time: pl.Expr, form: DateTimeFormat) -> pl.Expr:
    """Dates and times in a format; null if two digits of the year would be read as another year."""
    text = time.dt.strftime(strftime_pattern(form))
    return pl.when(time.dt.year().is_between(1970, 2069)).then(text) if "YY" in form.tokens else text


def _instant(text: pl.Expr, parameters: Parameters) -> pl.Expr:
    """In local time; unchanged if the local time would be read as another instant, or as none."""
    instant = text.str.to_datetime(f"{_DATETIME}Z", strict=False).dt.epoch("s")
    instant = pl.when(instant.is_between(EARLIEST, AFTER_LATEST, closed="left")).then(instant)
    local = local_times(instant, parameters.time_zone)
    back = local.map_batches(lambda times: instants(times, parameters.time_zone)["value"], return_dtype=pl.Int64)
    written = _datetime(pl.from_epoch(local, time_unit="s").dt.strftime(_DATETIME), parameters)
    return pl.when(back == instant).then(written).otherwise(text)
