"""Where the rows of a rejects file come from: what is written beside each of them, and read when it is imported again.

The run stands at the end of `_messages`: that is text, which spreadsheets leave as it is, and every row has it,
whichever rows are taken out, put together or sorted.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from milepost.model.batch import ORIGINS

_STAMP = r"\[run ([0-9]{1,9})\]\s*$"
_CELLS = ("source_line", "codes", "messages")
_LINE = r"^\s*([0-9]{1,18})\s*$"


def stamp(run: int) -> str:
    """What stands behind the messages of a row that `run` has rejected."""
    return f" [run {run}]"


def read(lines: pl.Series, source_lines: pl.Series, codes: pl.Series, messages: pl.Series) -> pl.DataFrame:
    """The origins (schema ORIGINS) of the rows that name one.

    `lines` are those of this file; the others are the text of `_line`, `_codes` and `_messages` beside them.
    """
    frame = pl.DataFrame(
        [lines.alias("line"), source_lines.alias("source_line"), codes.alias("codes"), messages.alias("run")]
    )
    return (
        frame.select(
            "line",
            pl.col("source_line").str.extract(_LINE).cast(pl.Int64),
            pl.col("run").str.extract(_STAMP).cast(pl.Int64),
            pl.col("codes").str.extract_all(r"\S+").list.unique().list.sort().list.join(" "),
        )
        .drop_nulls(["source_line", "run"])
        .select(*ORIGINS)
    )


def of_records(records: Sequence[tuple[int, tuple[str, ...]]]) -> pl.DataFrame:
    """The same of single records, each with its line: their last three cells."""
    whole = [(line, *record[-3:]) for line, record in records if len(record) >= len(_CELLS)]
    schema = {"line": pl.Int64()} | dict.fromkeys(_CELLS, pl.String())
    return read(*pl.DataFrame(whole, schema=schema, orient="row").get_columns())
