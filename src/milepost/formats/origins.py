"""The origins of the rows of a rejects file: written in the columns that it adds, read when it is imported again.

The run is the end of `_messages`: text, which spreadsheets leave unchanged, and present in every row, however the
rows are selected, combined or sorted.
"""

from __future__ import annotations

import polars as pl

from milepost.model.batch import ORIGINS, Batch, Ragged

_STAMP = r"\[run ([0-9]{1,9})\]\s*$"
_CELLS = ("source_line", "codes", "messages")
_LINE = r"^\s*([0-9]{1,18})\s*$"


def stamp(run: int) -> str:
    """The end of the messages of a row that `run` has rejected."""
    return f" [run {run}]"


def taken_off(batch: Batch) -> Batch:
    """A batch of a rejects file without the columns that were added to it; they become its `origins`."""
    names, count = batch.cells.columns, len(_CELLS)
    kept, added = names[:-count], names[-count:]
    ragged = [(one.line, *one.cells[-count:]) for one in batch.ragged if len(one.cells) >= count]
    schema = {"line": pl.Int64()} | dict.fromkeys(_CELLS, pl.String())
    regular = batch.cells.select("line", *added).rename(dict(zip(added, _CELLS, strict=True)))
    cells = pl.concat([regular, pl.DataFrame(ragged, schema=schema, orient="row")])
    origins = cells.select(
        "line",
        pl.col("source_line").str.extract(_LINE).cast(pl.Int64),
        pl.col("messages").str.extract(_STAMP).cast(pl.Int64).alias("run"),
        pl.col("codes").str.extract_all(r"\S+").list.unique().list.sort().list.join(" "),
    )
    return Batch(
        batch.cells.select(kept),
        None if batch.types is None else batch.types.select(kept[1:]),
        tuple(Ragged(one.line, one.cells[:-count]) for one in batch.ragged),
        origins.drop_nulls(["source_line", "run"]).select(*ORIGINS),
    )
