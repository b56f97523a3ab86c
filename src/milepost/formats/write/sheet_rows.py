"""Rows of a sheet as XML, made from whole columns: xlsxwriter takes one cell at a time.

The elements and their attributes are those of SpreadsheetML (ECMA-376, part 1, 18.3.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

LONGEST_TEXT = 32_767
"""The maximum characters in a cell."""

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {
    chr(code): f"_x{code:04X}_" for code in range(0x20) if code not in (0x09, 0x0A)
}
"""XML has no control characters; a spreadsheet reads _xHHHH_ as the character with that number."""
_LIKE_AN_ESCAPE = "(_x[0-9a-fA-F]{4}_)"
ROW = "number of the row"
"""The column that `numbered` adds."""


def text_cell(text: pl.Expr, place: int | pl.Expr, form: int | pl.Expr = 0) -> pl.Expr:
    """Cells with texts in the column with that place, from 0; no cell for null or an empty text.

    `form` is the index of the format, 0 for none; a cell with a format stands even without a text. The frame needs the
    column that `numbered` adds.
    """
    form = pl.lit(form) if isinstance(form, int) else form
    written = text.str.replace_all(_LIKE_AN_ESCAPE, "_x005F$1").str.replace_many(_ESCAPES)
    body = pl.concat_str(pl.lit(' t="inlineStr"><is><t xml:space="preserve">'), written, pl.lit("</t></is></c>"))
    empty = pl.when(form != 0).then(pl.lit("/>"))
    return pl.concat_str(_opening(place, form), pl.when(text != "").then(body).otherwise(empty))


def number_cell(number: pl.Expr, place: int | pl.Expr, form: int | pl.Expr = 0) -> pl.Expr:
    """Cells with numbers, with all their digits; no cell for null. The rest is as for `text_cell`."""
    digits = number.cast(pl.String).str.strip_suffix(".0")
    return pl.concat_str(_opening(place, form), pl.lit("><v>"), digits, pl.lit("</v></c>"))


def boolean_cell(is_true: pl.Expr, place: int | pl.Expr, form: int | pl.Expr = 0) -> pl.Expr:
    """Cells with truth values; no cell for null. The rest is as for `text_cell`."""
    digit = is_true.cast(pl.Int8).cast(pl.String)
    return pl.concat_str(_opening(place, form), pl.lit(' t="b"><v>'), digit, pl.lit("</v></c>"))


def _opening(place: int | pl.Expr, form: int | pl.Expr) -> pl.Expr:
    letters = pl.lit(column_letters(place)) if isinstance(place, int) else place
    if isinstance(form, int):
        style = pl.lit(f'" s="{form}"' if form else '"')
    else:
        style = pl.when(form != 0).then(pl.format('" s="{}"', form)).otherwise(pl.lit('"'))
    return pl.concat_str(pl.lit('<c r="'), letters, pl.col(ROW), style)


def column_letters(place: int) -> str:
    """The letters of the column with that place: A for 0, AA for 26."""
    letters, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def numbered(rows: pl.DataFrame, first: int) -> pl.DataFrame:
    """`rows` with the numbers of their rows in the sheet, of which the first is `first`, from 0."""
    return rows.with_columns(pl.int_range(first + 1, first + 1 + pl.len()).cast(pl.String).alias(ROW))


def append(sheet: Worksheet, rows: pl.DataFrame, cells: Sequence[pl.Expr], first: int, columns: int) -> None:
    """Append rows to a sheet that is written in constant memory.

    `rows` is `numbered`, `cells` are the cells of a row in their order, `first` is the place of the first row, from 0,
    and `columns` how many columns the sheet has at least. Raises OSError.
    """
    if sheet.table.get(sheet.previous_row):
        # Rows that were written cell by cell wait in memory until the next one begins.
        sheet._write_single_row(first)
    opening, closing = pl.format('<row r="{}">', pl.col(ROW)), pl.lit("</row>")
    written = rows.select(pl.concat_str(opening, *cells, closing, ignore_nulls=True).str.join(""))
    sheet.fh.write(written.item())
    last = first + rows.height - 1
    sheet._check_dimensions(last, columns - 1)
    sheet.previous_row = last + 1
