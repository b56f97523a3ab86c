"""Compare: which stored values a plan changes, of what kind each change is, and the changes as text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl

from milepost.model.columns import COMPLETED_STATUSES, KEY, STORED, STORED_AS, VALUES, Kind, Loss
from milepost.model.reports import ChangeKind
from milepost.model.text import plain_decimal, utc_text
from milepost.model.tracked import KEY_SCHEMA, SCHEMA, before, kind_of
from milepost.steps.line_frames import bit

_KIND = pl.Enum([kind.value for kind in ChangeKind])


def compare(planned: pl.DataFrame) -> pl.DataFrame:
    """The rows of a plan (as `plan.plan` returns it) that change something, with the kind of each change.

    Columns: those of KEY, `line`, the new VALUES (null in a deleted row), `before` each of them, and `kind_of` each of
    them, null where the value stays.
    """
    changing = planned.filter(pl.col("outcome").is_in(["updated", "deleted"]))
    if changing.is_empty():
        return _nothing()
    return changing.select(_comparison())


@cache
def _comparison() -> list[pl.Expr]:
    """The columns of a comparison, for the rows of a plan that change something."""
    deleted = pl.col("outcome") == "deleted"
    after = [pl.when(~deleted).then(pl.col(name)).alias(name) for name in VALUES]
    kinds = [_kind(column, name, deleted).alias(kind_of(name)) for column, name in STORED_AS.items()]
    return [pl.col(*KEY, "line"), *after, pl.col([before(name) for name in VALUES]), *kinds]


@cache
def _nothing() -> pl.DataFrame:
    names = {kind_of(name): _KIND for name in VALUES}
    schema = {**KEY_SCHEMA, "line": pl.Int64(), **{name: SCHEMA[name] for name in VALUES}}
    return pl.DataFrame(schema={**schema, **{before(name): SCHEMA[name] for name in VALUES}, **names})


def _kind(column: str, name: str, deleted: pl.Expr) -> pl.Expr:
    old, new = pl.col(before(name)), pl.col(name)
    # A progression that rises without a cell follows from a completed status: that is no loss.
    is_risen = (new > old) if name == "progression" else pl.lit(value=False)
    return (
        pl.when(old.eq_missing(new) & ~deleted)
        .then(None)
        .when(deleted)
        .then(pl.when(old.is_not_null()).then(pl.lit(ChangeKind.DELETION)))
        .when(old.is_not_null() & (new.is_null() | ~bit("given", column)) & ~is_risen)
        .then(pl.lit(ChangeKind.RESET))
        .when(_loses(name, old, new))
        .then(pl.lit(ChangeKind.REGRESSION))
        .otherwise(pl.lit(ChangeKind.CHANGE))
        .cast(_KIND)
    )


def _loses(name: str, old: pl.Expr, new: pl.Expr) -> pl.Expr:
    match STORED[name][1].loss:
        case Loss.NOT_COMPLETED:
            return old.is_in(COMPLETED_STATUSES) & ~new.is_in(COMPLETED_STATUSES)
        case Loss.LESS:
            return new < old
        case Loss.MORE:
            return new > old
        case None:
            return pl.lit(value=False)


def counted(compared: pl.DataFrame) -> Mapping[tuple[ChangeKind, str | None], int]:
    """The number of changes of each kind in each of VALUE_COLUMNS; under None, of rows with at least one."""
    counts: dict[tuple[ChangeKind, str | None], int] = {}
    if compared.is_empty():
        return counts
    for kind, number in zip(ChangeKind, compared.select(_rows_of_kinds()).row(0), strict=True):
        counts[kind, None] = number
    for column, name in STORED_AS.items():
        for kind, number in compared[kind_of(name)].value_counts().iter_rows():
            if kind is not None:
                counts[ChangeKind(kind), column] = number
    return counts


@cache
def _rows_of_kinds() -> list[pl.Expr]:
    """For each kind of change, the number of rows that have one."""
    changed = {kind: [pl.col(kind_of(name)) == kind.value for name in VALUES] for kind in ChangeKind}
    return [pl.any_horizontal(some).sum().alias(kind) for kind, some in changed.items()]


def listed(compared: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """The changes of rows as `compare` returns them, one a row, sorted by row and then by column.

    `words` describes the rows, row by row. Columns of the result: `line`, those of `words`, `field` (a column of an
    import file), `before`, `after`, `kind`; values as an export writes them, instants in UTC.
    """
    rows = pl.concat([compared, words], how="horizontal").with_row_index("row")
    found = []
    for field, name in STORED_AS.items():
        changed = rows.filter(pl.col(kind_of(name)).is_not_null())
        found.append(
            changed.select(
                "row",
                "line",
                *words.columns,
                pl.lit(field).alias("field"),
                _text(name, changed[before(name)]).alias("before"),
                _text(name, changed[name]).alias("after"),
                pl.col(kind_of(name)).cast(pl.String).alias("kind"),
            )
        )
    return pl.concat(found).sort("row", maintain_order=True).drop("row")


def _text(name: str, values: pl.Series) -> pl.Series:
    if STORED[name][0].kind is Kind.DATETIME:
        return pl.select(utc_text(pl.lit(values))).to_series()
    return plain_decimal(values) if values.dtype.is_float() else values.cast(pl.String)
