"""All accepted lines together: which of them count, and the rows that are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import polars as pl

from milepost.model.columns import LARGEST_INTEGER
from milepost.model.exceptions import StoreError
from milepost.model.text import sentence
from milepost.reference import ReferenceKind
from milepost.steps.load.lines import found_on
from milepost.steps.load.rows import CREATED, OUTCOMES, UPDATED, new_guids

WAITING = {"line": pl.Int64(), "row": pl.Int128(), "outcome": OUTCOMES}
"""What is held of each accepted line until all are known: 25 bytes, and 8 for an `id` where the file has ids."""
_FINDINGS_AT_A_TIME = 25_000


class Settled:
    """Of equal keys the last accepted line counts. Ids that are not given follow the highest, in the order of lines."""

    def __init__(self, kind: ReferenceKind, accepted: Sequence[pl.DataFrame], highest_id: int) -> None:
        """`accepted` has the columns WAITING, and maybe `id`, ascending by line.

        `highest_id` is the highest that the table has ever had. Raises StoreError when new rows would get ids that no
        file could name.
        """
        self._kind = kind
        lines = pl.concat(accepted) if accepted else pl.DataFrame(schema=WAITING)
        lines = lines.sort("row", maintain_order=True)
        is_last = (lines["row"] != lines["row"].shift(-1)).fill_null(value=True)
        winner = pl.when(is_last).then("line").backward_fill()
        self._superseded = lines.select("line", winner=winner).filter(~is_last).sort("line")
        lines = lines.filter(is_last)
        self.outcomes: dict[str, int] = dict(lines["outcome"].value_counts().iter_rows())
        """How many lines have each outcome; those that count, and the superseded ones."""
        self.outcomes["superseded"] = self._superseded.height
        self._highest_id = highest_id
        count = self.outcomes.get(CREATED, 0)
        if "id" in lines.columns:
            given = lines.filter(pl.col("outcome") == CREATED)["id"].drop_nulls()
            self._highest_id = max(highest_id, cast("int", given.max() or 0))
            count -= len(given)
        if kind.has_id and count and self._highest_id + count > LARGEST_INTEGER:
            raise StoreError(
                f"There are no ids left for {count} new {kind.name}: {self._highest_id} has been used, and "
                f"{LARGEST_INTEGER} is the highest there can be. Give every new row an id of its own."
            )

    def findings(self) -> Iterator[pl.DataFrame]:
        """A finding on each superseded line; schema `model.batch.FINDINGS`."""
        for part in self._superseded.iter_slices(_FINDINGS_AT_A_TIME):
            yield found_on(part, "superseded", hint=sentence("line {} wins", "winner"))

    def written(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The rows to insert and those to overwrite, with the columns of the table.

        `rows` is as `Taken.rows`. To be called in the order of lines.
        """
        rows = rows.filter(~self._is_superseded(rows["line"]))
        new = rows.filter(pl.col("outcome") == CREATED).select(*self._kind.schema)
        changed = rows.filter(pl.col("outcome") == UPDATED).select(*self._kind.schema)
        if self._kind.has_id:
            is_free = new["id"].is_null()
            ids = is_free.cum_sum().cast(pl.Int64) + self._highest_id
            self._highest_id += int(is_free.sum())
            new = new.with_columns(id=pl.when(is_free).then(ids).otherwise("id"))
        if "guid" in self._kind.schema:
            made = new_guids(new.height)
            new = new.with_columns(pl.col("guid", "guid_key").fill_null(made))
        return new, changed

    def _is_superseded(self, lines: pl.Series) -> pl.Series:
        if lines.is_empty():
            return pl.Series(dtype=pl.Boolean)
        superseded = self._superseded["line"]
        first, end = superseded.search_sorted(lines[0], "left"), superseded.search_sorted(lines[-1], "right")
        return lines.is_in(superseded[first:end].implode())
