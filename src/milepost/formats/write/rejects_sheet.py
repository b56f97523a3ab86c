"""Rejects as a spreadsheet: cells have the types that they had, and wrong ones a colour and a comment."""

from __future__ import annotations

from typing import BinaryIO

import polars as pl

from milepost.formats.headers import REJECTS_COLUMNS
from milepost.formats.write.sheet_rows import (
    LONGEST_TEXT,
    ROW,
    append,
    boolean_cell,
    column_letters,
    number_cell,
    numbered,
    text_cell,
)
from milepost.formats.write.spreadsheet_writer import (
    DAY,
    DAY_OF_1970,
    FIRST_TIME,
    ROWS_OF_A_SHEET,
    WorkbookFile,
    index_of,
)
from milepost.model.batch import Batch
from milepost.model.columns import CellType
from milepost.model.exceptions import FileError
from milepost.model.job import Layout

_COMMENTS = 10_000
"""The most comments in a file: the library holds them in memory. Every reason is in the column _messages too."""
_COLOUR = "#FFC7CE"
_FORMATS = {
    CellType.DATE: "yyyy-mm-dd",
    CellType.DATETIME: "yyyy-mm-dd hh:mm:ss",
    CellType.DURATION: "[h]:mm:ss",
    CellType.PERCENTAGE: "0.00%",
}
_FORBIDDEN = r"[\x{fffe}\x{ffff}]"
"""Matches characters that a cell cannot hold."""
_CELLS_AT_A_TIME = 200_000
_CELL = ["line", "place"]
_IS_WRONG = pl.col("reason").is_not_null()


class RejectsSheet(WorkbookFile):
    """An XLSX file of rejects."""

    def __init__(self, stream: BinaryIO, layout: Layout) -> None:
        """Begin the file with a header. Raises OSError."""
        super().__init__(stream)
        self._layout = layout
        looks: dict[str, dict[str, str]] = {"": {}} | {
            kind.value: {"num_format": form} for kind, form in _FORMATS.items()
        }
        colours = {"": {}, "wrong": {"bg_color": _COLOUR}}
        self._formats = {
            f"{kind} {colour}": index_of(self.book.add_format(looks[kind] | colours[colour]))
            for kind in looks
            for colour in colours
        }
        self.begin_sheet((*layout.header, *REJECTS_COLUMNS))
        self._comments = 0

    def write(self, rejected: Batch, remarks: pl.DataFrame, findings: pl.DataFrame) -> None:
        """Write the records in `remarks`: `line`, and a column for each of REJECTS_COLUMNS."""
        if self.row + remarks.height > ROWS_OF_A_SHEET:
            raise FileError(
                f"There are more rejected rows than the {ROWS_OF_A_SHEET:,} of a sheet. Write them to a .csv file."
            )
        remarks = remarks.sort("line")
        rows_at_a_time = max(1, _CELLS_AT_A_TIME // (self._layout.width + len(REJECTS_COLUMNS)))
        for here in remarks.iter_slices(rows_at_a_time):
            is_here = pl.col("line").is_in(here["line"].implode())
            kept = rejected.cells.select(is_here).to_series()
            self._append(rejected.filtered(kept, rejected.ragged.filter(is_here)), here, findings.filter(is_here))

    def _append(self, rejected: Batch, remarks: pl.DataFrame, findings: pl.DataFrame) -> None:
        rows = numbered(remarks.select("line"), self.row)
        cells = pl.concat([_of_file(rejected), _added(rejected, remarks, self._layout.width)])
        cells = cells.join(self._reasons(findings), on=_CELL, how="left").filter((pl.col("text") != "") | _IS_WRONG)
        cells = cells.join(rows, on="line").sort(_CELL).with_columns(_number())
        self._comment(cells.filter(_IS_WRONG))
        written = cells.with_columns(xml=self._xml(cells)).group_by("line", maintain_order=True)
        whole = rows.join(written.agg(pl.col("xml").str.join("")), on="line", how="left", maintain_order="left")
        append(self.sheet, whole, [pl.col("xml")], self.row, self._layout.width + len(REJECTS_COLUMNS))
        self.row += rows.height

    def _reasons(self, findings: pl.DataFrame) -> pl.DataFrame:
        """What is wrong with cells: `line`, `place`, and `reason`."""
        places = {column.name: place for column, place in self._layout.positions.items()}
        place = pl.col("column").replace_strict(places, default=None, return_dtype=pl.Int64)
        reason = pl.concat_str("message", "hint", separator="\n", ignore_nulls=True)
        found = findings.select("line", place.alias("place"), _fitting(reason).alias("reason")).drop_nulls("place")
        return found.unique(_CELL, keep="last", maintain_order=True)

    def _comment(self, wrong: pl.DataFrame) -> None:
        """Add comments to cells, up to the most that a file has."""
        commented = wrong.head(_COMMENTS - self._comments).select(pl.col(ROW).cast(pl.Int64) - 1, "place", "reason")
        for row, place, reason in commented.iter_rows():
            self.sheet.write_comment(row, place, reason, {"x_scale": 3, "y_scale": 1.5})
        self._comments += commented.height

    def _xml(self, cells: pl.DataFrame) -> pl.Series:
        letters = {place: column_letters(place) for place in cells["place"].unique()}
        place = pl.col("place").replace_strict(letters, return_dtype=pl.String)
        shaped = pl.col("number").is_not_null() & pl.col("kind").is_in([kind.value for kind in _FORMATS])
        shape = pl.when(shaped).then(pl.col("kind")).otherwise(pl.lit(""))
        colour = pl.when(_IS_WRONG).then(pl.lit("wrong")).otherwise(pl.lit(""))
        form = pl.concat_str(shape, colour, separator=" ").replace_strict(self._formats, return_dtype=pl.Int64)
        number, text = pl.col("number"), pl.col("text")
        return cells.select(
            pl.when(number.is_null())
            .then(text_cell(text, place, form))
            .when(pl.col("kind") == CellType.BOOLEAN)
            .then(boolean_cell(number == 1, place, form))
            .otherwise(number_cell(number, place, form))
        ).to_series()


def ragged_rows(batch: Batch, remarks: pl.DataFrame, width: int) -> pl.DataFrame:
    """The ragged records in `remarks`: `line`, and a list of the cells, padded to `width`, and the remarks."""
    cells = pl.col("cells")
    lacking = (width - cells.list.len().cast(pl.Int64)).clip(0)
    padded = cells.list.concat(pl.lit("").repeat_by(lacking)).list.concat(pl.concat_list(REJECTS_COLUMNS))
    return batch.ragged.join(remarks, on="line", maintain_order="left").select("line", padded)


def _of_file(batch: Batch) -> pl.DataFrame:
    """The cells of a batch: `line`, `place` from 0, `text`, and `kind`, the type if it is not a text.

    Raises FileError for a text that a cell of XLSX cannot hold.
    """
    place = pl.col("place").cast(pl.Int64)
    regular = batch.cells.unpivot(index="line", variable_name="place", value_name="text").with_columns(place)
    if batch.types is None:
        regular = regular.with_columns(kind=pl.lit(""))
    else:
        regular = regular.with_columns(batch.types.unpivot(value_name="kind")["kind"])
    ragged = batch.ragged.with_columns(place=pl.int_ranges(pl.col("cells").list.len())).explode("cells", "place")
    ragged = ragged.drop_nulls("place").select("line", "place", text="cells", kind=pl.lit(""))
    cells = pl.concat([regular, ragged])
    text = pl.col("text")
    unfitting = cells.filter(_fitting(text) != text).select(pl.col("line").min()).drop_nulls()
    for (line,) in unfitting.iter_rows():
        raise FileError(
            f"Line {line} has a value that a cell of XLSX cannot hold: it has more than {LONGEST_TEXT:,} "
            "characters, or one that is none. Write the rejected rows to a .csv file."
        )
    return cells


def _added(batch: Batch, remarks: pl.DataFrame, width: int) -> pl.DataFrame:
    """The cells of the columns that are added to those of the file, as `_of_file` has them."""
    longer = batch.ragged.select("line", own=pl.col("cells").list.len().cast(pl.Int64))
    first = pl.max_horizontal(pl.col("own").fill_null(width), pl.lit(width, pl.Int64))
    return pl.concat(
        remarks.join(longer, on="line", how="left").select(
            "line", (first + offset).alias("place"), _fitting(pl.col(name)).alias("text"), pl.lit("").alias("kind")
        )
        for offset, name in enumerate(REJECTS_COLUMNS)
    )


def _number() -> pl.Expr:
    """The number in a cell of that kind; null for a text, and for what no such cell can hold."""
    text, kind = pl.col("text"), pl.col("kind")
    time = (text + pl.lit(" 00:00:00")).str.head(19).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
    seconds = time.dt.epoch("s")
    # Leading zeros come from a format.
    is_padded = text.str.contains("^-?0[0-9]")
    number = {
        CellType.NUMBER: pl.when(~is_padded).then(text.cast(pl.Float64, strict=False)),
        CellType.PERCENTAGE: (text.str.strip_suffix("%") + pl.lit("e-2")).cast(pl.Float64, strict=False),
        CellType.BOOLEAN: (text == "TRUE").cast(pl.Float64),
        CellType.DURATION: text.cast(pl.Float64, strict=False) / DAY,
        CellType.DATE: pl.when(seconds >= FIRST_TIME).then(seconds / DAY + DAY_OF_1970),
    }
    number[CellType.DATETIME] = number[CellType.DATE]
    return pl.coalesce(pl.when(kind == one.value).then(value) for one, value in number.items()).alias("number")


def _fitting(text: pl.Expr) -> pl.Expr:
    """Texts as cells can hold them."""
    return text.str.replace_all(_FORBIDDEN, "\ufffd").str.head(LONGEST_TEXT)
