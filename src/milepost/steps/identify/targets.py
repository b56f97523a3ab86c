"""Combinations of identifiers to the one registration, and the one learning object version, that fits them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from milepost.model.columns import LEARNER_COLUMNS, OBJECT_COLUMNS, SESSION_COLUMNS, TRAINING_COLUMNS
from milepost.model.text import fold_all
from milepost.steps.identify import explain
from milepost.steps.identify.fitting import number
from milepost.steps.identify.known import Known
from milepost.steps.identify.names import Names

_PAIR = ["learner_key", "context_key"]


def registrations(known: Known, names: Names, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with `registration_id` and `training_id`, and the rows that have none: `line`, `hint`."""
    wanted = rows.filter("sought")
    learners, wanted = _numbered(wanted, LEARNER_COLUMNS, "learner_key")
    contexts, wanted = _numbered(wanted, (*SESSION_COLUMNS, *TRAINING_COLUMNS), "context_key")
    of_learners = known.matching_learners(learners)
    sessions = known.matching_sessions(contexts).select("context_key", "session_id", training_id="trainingId")
    registered = known.registrations.rows(learner_id=of_learners["learner_id"])
    found = _counted(of_learners.join(registered, on="learner_id").join(sessions, on="session_id"))
    wanted = wanted.join(found, on=_PAIR, how="left", maintain_order="left")
    linked, missing = _linked(rows, wanted, "registrations", ("registration_id", "training_id"))
    if missing.is_empty():
        return linked, explain.nothing()
    return linked, explain.registrations(known, names, missing, learners, contexts)


def objects(known: Known, names: Names, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with the version's id, `publisher_key` and `runtime_key`, and the rows that have none: `line`, `hint`.

    Only rows whose registration is known are looked up.
    """
    wanted = rows.filter(pl.col("object_sought") & pl.col("registration_id").is_not_null())
    combinations, wanted = _numbered(wanted, OBJECT_COLUMNS, "object_key", "training_id")
    contents = known.contents.rows(training_id=combinations["training_id"])
    found = (
        known.matching_objects(combinations.drop("training_id"))
        .join(combinations.select("object_key", "training_id"), on="object_key")
        .join(contents, on=["training_id", "learning_object_version_id"], how="semi")
        .group_by("object_key")
        .agg(pl.col("learning_object_version_id", "publisher", "runtime").first(), objects=pl.len())
    )
    found = found.with_columns(fold_all(found[name]).alias(f"{name}_key") for name in ("publisher", "runtime"))
    wanted = wanted.join(found, on="object_key", how="left", maintain_order="left")
    result = ("learning_object_version_id", "publisher_key", "runtime_key")
    linked, missing = _linked(rows, wanted, "objects", result)
    if missing.is_empty():
        return linked, explain.nothing()
    return linked, explain.objects(known, names, missing, combinations)


def _numbered(rows: pl.DataFrame, names: Sequence[str], key: str, *others: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The distinct combinations of identifiers and `others` with their number `key`; `rows` with that number."""
    combinations, rows = number(rows, [*(f"{name}.key" for name in names), *others], key)
    return combinations.rename({f"{name}.key": name for name in names}), rows


def _linked(
    rows: pl.DataFrame, wanted: pl.DataFrame, count: str, result: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with the columns `result` of the wanted rows whose `count` is 1; and the other wanted rows."""
    is_one = (wanted[count] == 1).fill_null(value=False)
    found = wanted.filter(is_one).select("line", *result)
    return rows.join(found, on="line", how="left", maintain_order="left"), wanted.filter(~is_one)


def _counted(fitting: pl.DataFrame) -> pl.DataFrame:
    """For each pair of keys: the number of registrations, learners and sessions that fit; one registration, training.

    Pairs with one registration, which are most of them, need no grouping.
    """
    counts = ("registrations", "learners", "sessions")
    is_several = fitting.select(pl.struct(_PAIR).is_duplicated()).to_series()
    ones = (pl.lit(1, pl.UInt32).alias(name) for name in counts)
    one = fitting.filter(~is_several).select(*_PAIR, "registration_id", "training_id", *ones)
    several = fitting.filter(is_several).group_by(_PAIR)
    return pl.concat(
        [
            one,
            several.agg(
                pl.col("registration_id", "training_id").min(),
                registrations=pl.len().cast(pl.UInt32),
                learners=pl.col("learner_id").n_unique(),
                sessions=pl.col("session_id").n_unique(),
            ),
        ]
    )
