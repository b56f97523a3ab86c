"""Compare: which stored values a plan changes, and of what kind each change is."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from milepost.model.changes import ChangeKind
from milepost.model.columns import KEY, STORED, STORED_AS, VALUE_COLUMNS, VALUES, Loss
from milepost.model.status import COMPLETED_STATUSES
from milepost.model.tracked import before, kind_of

_KIND = pl.Enum([kind.value for kind in ChangeKind])
_COMPLETED = [status.value for status in COMPLETED_STATUSES]


def compare(planned: pl.DataFrame) -> pl.DataFrame:
    """The rows of a plan (as `plan.plan` gives it) that change something, with the kind of each change.

    Columns: those of KEY, `line`, those of VALUES as they are to be (null in a deleted row), `before` each of them,
    and `kind_of` each of them, null where the value stays.
    """
    changing = planned.filter(pl.col("outcome").is_in(["updated", "deleted"]))
    deleted = pl.col("outcome") == "deleted"
    kinds = {kind_of(name): _kind(place, name, deleted) for place, name in enumerate(STORED_AS.values())}
    after = [pl.when(~deleted).then(pl.col(name)).alias(name) for name in VALUES]
    return changing.with_columns(**kinds).select(*KEY, "line", *after, *map(before, VALUES), *kinds)


def _kind(place: int, name: str, deleted: pl.Expr) -> pl.Expr:
    old, new = pl.col(before(name)), pl.col(name)
    is_given = (pl.col("given") // 2**place) % 2 == 1
    # An unset progression that follows from a completed status is no loss.
    is_risen = (new > old) if name == "progression" else pl.lit(value=False)
    return (
        pl.when(old.eq_missing(new) & ~deleted)
        .then(None)
        .when(deleted)
        .then(pl.when(old.is_not_null()).then(pl.lit(ChangeKind.DELETION.value)))
        .when(old.is_not_null() & (new.is_null() | ~is_given) & ~is_risen)
        .then(pl.lit(ChangeKind.RESET.value))
        .when(_loses(name, old, new))
        .then(pl.lit(ChangeKind.REGRESSION.value))
        .otherwise(pl.lit(ChangeKind.CHANGE.value))
        .cast(_KIND)
    )


def _loses(name: str, old: pl.Expr, new: pl.Expr) -> pl.Expr:
    match STORED[name][1].loss:
        case Loss.NOT_COMPLETED:
            return old.is_in(_COMPLETED) & ~new.is_in(_COMPLETED)
        case Loss.LESS:
            return (new < old).fill_null(value=False)
        case Loss.MORE:
            return (new > old).fill_null(value=False)
        case None:
            return pl.lit(value=False)


def counted_rows(compared: pl.DataFrame) -> Mapping[ChangeKind, int]:
    """How many rows have at least one change of each kind."""
    kinds = [pl.col(kind_of(name)) for name in VALUES]
    found = compared.select(
        pl.any_horizontal((one == kind.value).fill_null(value=False) for one in kinds).sum().alias(kind)
        for kind in ChangeKind
    )
    return {ChangeKind(kind): int(number) for kind, number in found.row(0, named=True).items()}


def counted_fields(compared: pl.DataFrame) -> Mapping[tuple[ChangeKind, str], int]:
    """How many changes of each kind each of VALUE_COLUMNS has, where it has any."""
    return {
        (ChangeKind(kind), column): number
        for column in VALUE_COLUMNS
        for kind, number in compared[kind_of(STORED_AS[column])].drop_nulls().value_counts().iter_rows()
    }
