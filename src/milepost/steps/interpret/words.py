"""Words that stand for a status or a flag."""

from __future__ import annotations

import polars as pl

from milepost.model.columns import Column
from milepost.model.job import Parameters
from milepost.model.status import Status
from milepost.model.text import bare
from milepost.steps.interpret.cells import Answer, by_distinct, quoted

_FLAGS = {"y": True, "n": False}


def read_statuses(text: pl.Series, _column: Column, parameters: Parameters) -> pl.DataFrame:
    """Statuses by their own names, or by the words that the configuration gives them instead."""
    words = {status: parameters.status_words.get(status) or status.value for status in Status}
    statuses = {bare(word): status.value for status, word in words.items()}

    def read(one: str) -> Answer:
        status = statuses.get(bare(one))
        if status is None:
            return None, "invalid-status", f"{quoted(one)} is none of: {', '.join(words.values())}"
        return status, None, None

    return by_distinct(text, read, pl.String())


def read_flags(text: pl.Series, _column: Column, _parameters: Parameters) -> pl.DataFrame:
    """`Y` as true and `N` as false, in any letter case."""

    def read(one: str) -> Answer:
        flag = _FLAGS.get(one.casefold())
        return (flag, None, None) if flag is not None else (None, "invalid-flag", f"{quoted(one)} is neither Y nor N")

    return by_distinct(text, read, pl.Boolean())
