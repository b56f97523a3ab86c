"""Whether a whole column of dates is written in another format than the configured one."""

from __future__ import annotations

import polars as pl

from milepost.model.batch import Batch, CellType
from milepost.model.columns import Kind
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.job import Layout
from milepost.model.wording import setting
from milepost.steps.interpret import instants

_SAMPLE = 10_000


class FormatWatch:
    """Remembers the first values of each date column, to suggest a format that fits more of them."""

    def __init__(self, layout: Layout, form: DateTimeFormat) -> None:
        """`form` is the configured format."""
        self._form = form
        self._positions = {
            column.name: str(position) for column, position in layout.positions.items() if column.kind is Kind.DATETIME
        }
        self._samples = {name: pl.Series(dtype=pl.String) for name in self._positions}

    def observe(self, batch: Batch) -> None:
        """Takes note of a batch's values, until there are enough."""
        for name, position in self._positions.items():
            wanted = _SAMPLE - len(self._samples[name])
            if wanted > 0:
                text = batch.cells[position].str.strip_chars()
                if batch.types is not None:
                    text = text.filter(batch.types[position] == CellType.TEXT)
                self._samples[name] = self._samples[name].append(text.filter(text != "").head(wanted))

    def suggestions(self) -> list[str]:
        """A sentence for each column that another format fits better."""
        return [sentence for name in self._positions if (sentence := self._suggestion(name))]

    def _suggestion(self, name: str) -> str | None:
        sample = self._samples[name]
        fitting = instants.fitting(sample, self._form).sum()
        if fitting == len(sample):
            return None
        counts = [(instants.fitting(sample, one).sum(), one.text) for one in instants.candidates()]
        best, text = max(counts, key=lambda count: count[0])
        if best <= fitting or [count for count, _ in counts].count(best) > 1:
            return None
        of = "the" if len(sample) < _SAMPLE else "the first"
        return (
            f"{best} of {of} {len(sample)} values of {name} fit {text}, and {fitting} fit {self._form}. "
            f"If the column is in that format: {setting('dateTimeFormat', text)}."
        )
