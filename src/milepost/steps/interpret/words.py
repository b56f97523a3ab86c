"""Texts, and the words for a status or a flag."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import polars as pl

from milepost.model.columns import Column, Status
from milepost.model.job import Parameters
from milepost.model.likeness import bare, words
from milepost.model.text import sentence
from milepost.steps.interpret.cells import PRINTABLE, Answer, by_distinct, quoted

_FLAGS = {"y": True, "n": False}


def usual_texts(cell: pl.Expr, column: Column, _parameters: Parameters) -> pl.Expr:
    """Printable ASCII that is not too long."""
    return pl.when(cell.str.contains(PRINTABLE) & (cell.str.len_bytes() <= column.max_length)).then(cell)


def exact_texts(text: pl.Series, column: Column, _parameters: Parameters) -> pl.DataFrame:
    """Text of at most `column.max_length` characters."""
    length = text.str.len_chars()
    fits = pl.lit(length <= column.max_length)
    hint = sentence(f"it has {{}} characters, and at most {column.max_length} are kept", pl.lit(length))
    return pl.select(
        value=pl.when(fits).then(pl.lit(text)),
        code=pl.when(~fits).then(pl.lit("value-too-long")),
        hint=pl.when(~fits).then(hint),
    )


def usual_statuses(cell: pl.Expr, _column: Column, parameters: Parameters) -> pl.Expr:
    """The words exactly as in the configuration."""
    plain = {word: status for word, status in _statuses(parameters).items() if re.fullmatch(PRINTABLE, word)}
    return cell.replace_strict(plain, default=None, return_dtype=pl.String)


def exact_statuses(text: pl.Series, _column: Column, parameters: Parameters) -> pl.DataFrame:
    """Statuses by the words of the configuration, else by their own names."""
    known = _statuses(parameters)
    statuses = {bare(word): status for word, status in known.items()}
    misfit = f"is none of: {', '.join(known)}"
    return _known(text, lambda one: statuses.get(bare(one)), "invalid-status", misfit, pl.String())


def usual_flags(cell: pl.Expr, _column: Column, _parameters: Parameters) -> pl.Expr:
    """`Y` and `N`."""
    return cell.replace_strict({"Y": True, "N": False}, default=None, return_dtype=pl.Boolean)


def exact_flags(text: pl.Series, _column: Column, _parameters: Parameters) -> pl.DataFrame:
    """`Y` as true and `N` as false, in any letter case."""
    return _known(text, lambda one: _FLAGS.get(one.casefold()), "invalid-flag", "is neither Y nor N", pl.Boolean())


def _known(
    text: pl.Series, meaning: Callable[[str], Any | None], code: str, misfit: str, dtype: pl.DataType
) -> pl.DataFrame:
    def read(one: str) -> Answer:
        value = meaning(one)
        return (value, None, None) if value is not None else (None, code, f"{quoted(one)} {misfit}")

    return by_distinct(text, read, dtype)


def _statuses(parameters: Parameters) -> dict[str, str]:
    several = {status: words(parameters.status_words.get(status, "")) or (status.value,) for status in Status}
    pairs = [(word, status.value) for status, of_status in several.items() for word in of_status]
    statuses = {bare(word): status for word, status in pairs}
    return {word: statuses[bare(word)] for word, _ in pairs}
