"""Learner and session identifiers to the one registration that fits them all."""

from __future__ import annotations

import polars as pl

from milepost.model import columns
from milepost.steps.identify import explain
from milepost.steps.identify.fitting import number
from milepost.steps.identify.known import Known
from milepost.steps.identify.names import Names

_CONTEXT = (*columns.SESSION_COLUMNS, *columns.TRAINING_COLUMNS)


def find(known: Known, names: Names, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with `registration_id` and `training_id`, and the rows that have none: `line`, `hint`."""
    wanted = rows.filter("sought")
    learners, wanted = _numbered(wanted, columns.LEARNER_COLUMNS, "learner_key")
    contexts, wanted = _numbered(wanted, _CONTEXT, "context_key")
    fitting = _fitting(known, learners, contexts)
    found = _counted(fitting)
    wanted = wanted.join(found, on=["learner_key", "context_key"], how="left", maintain_order="left")
    is_one = (wanted["registrations"] == 1).fill_null(value=False)
    linked = rows.join(
        wanted.filter(is_one).select("line", "registration_id", "training_id"),
        on="line",
        how="left",
        maintain_order="left",
    )
    missing = wanted.filter(~is_one)
    if missing.is_empty():
        return linked, explain.nothing()
    return linked, explain.registrations(known, names, missing, learners, contexts)


def _numbered(rows: pl.DataFrame, names: tuple[str, ...], key: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The distinct combinations of identifiers with their number, under the identifiers' names; `rows` with it."""
    combinations, rows = number(rows, [f"{name}.key" for name in names], key)
    return combinations.rename({f"{name}.key": name for name in names}), rows


def _fitting(known: Known, learners: pl.DataFrame, contexts: pl.DataFrame) -> pl.DataFrame:
    """The registrations that fit: `learner_key`, `context_key`, `registration_id`, `learner_id`, `session_id`,
    `training_id`."""
    of_learners = known.matching_learners(learners)
    sessions = known.matching_sessions(contexts).select("context_key", "session_id", training_id="trainingId")
    registered = known.registrations.rows(learner_id=of_learners["learner_id"])
    return of_learners.join(registered, on="learner_id").join(sessions, on="session_id")


def _counted(fitting: pl.DataFrame) -> pl.DataFrame:
    """Of each pair of keys: how many registrations fit, one of them, its training, and how many learners and sessions
    they have."""
    pair = ["learner_key", "context_key"]
    is_several = fitting.select(pl.struct(pair).is_duplicated()).to_series()
    one = fitting.filter(~is_several).select(
        *pair,
        "registration_id",
        "training_id",
        *(pl.lit(1, pl.UInt32).alias(name) for name in ("registrations", "learners", "sessions")),
    )
    several = (
        fitting.filter(is_several)
        .group_by(pair)
        .agg(
            pl.col("registration_id").min(),
            pl.col("training_id").min(),
            registrations=pl.len().cast(pl.UInt32),
            learners=pl.col("learner_id").n_unique(),
            sessions=pl.col("session_id").n_unique(),
        )
    )
    return pl.concat([one, several])
