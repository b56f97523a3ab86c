"""Stores and files of any size, made with Polars: for tests of memory and of sudden death."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from milepost.stores.opening import open_store
from milepost.stores.port import Access

SESSIONS = 20
"""How many sessions there are, each of a training of its own."""
OBJECTS_PER_TRAINING = 4
_SESSIONS_PER_LEARNER = 2
_FIRST_INSTANT = 1_700_000_000
_BATCH = 100_000


def make_store(store: str | Path, registrations: int) -> None:
    """A store with about that many registrations, two for each learner, and no tracking."""
    place = pl.int_range(0, SESSIONS, eager=True)
    objects = pl.int_range(0, SESSIONS * OBJECTS_PER_TRAINING, eager=True)
    rows = {
        "training": pl.select(id=place + 1, guid=_named("training ", place), path_code=_named("T", place)),
        "learning_object_version": pl.select(
            id=objects + 1, guid=_named("object ", objects), code=_named("LO", objects)
        ),
        "training_content": pl.select(
            training_id=objects // OBJECTS_PER_TRAINING + 1,
            learning_object_version_id=objects + 1,
            mandatory=1,
            points=1.0,
        ),
        "session": pl.select(id=place + 1, guid=_named("session ", place), title=pl.lit("2024"), training_id=place + 1),
    }
    with open_store(str(store), Access.WRITE) as opened, opened.write() as tables:
        for table, frame in rows.items():
            keyed = frame.with_columns(guid_key="guid") if "guid" in frame.columns else frame
            tables.insert(table, keyed)
        learners = registrations // _SESSIONS_PER_LEARNER + 1
        for first in range(0, learners, _BATCH):
            last = min(first + _BATCH, learners)
            learner = pl.int_range(first, last, eager=True)
            tables.insert(
                "learner",
                pl.select(id=learner + 1, login=_named("learner", learner), guid=_named("learner ", learner))
                .with_columns(login_key="login", guid_key="guid", email=_named("l", learner) + "@x.example")
                .with_columns(email_key="email"),
            )
            number = pl.int_range(first * _SESSIONS_PER_LEARNER, last * _SESSIONS_PER_LEARNER, eager=True)
            tables.insert(
                "registration",
                pl.select(
                    id=number + 1,
                    guid=_named("registration ", number),
                    learner_id=_learner(number) + 1,
                    session_id=_session(number) + 1,
                ).with_columns(guid_key="guid"),
            )


def tracking(rows: int, *, seed: int = 0) -> pl.DataFrame:
    """Tracking rows, two for each registration of a store with half as many registrations, shuffled.

    Another seed gives other values for the same rows in the same order.
    """
    row = pl.int_range(0, rows, eager=True)
    number = row // 2
    place = _session(number)
    learning_object = place * OBJECTS_PER_TRAINING + row % 2
    noise = (row * 7919 + seed * 104_729) % 100_003
    instant = _FIRST_INSTANT + noise * 60
    progression = noise % 101
    return pl.select(
        candidateLogin=_named("learner", _learner(number)),
        lovCode=_named("LO", learning_object),
        sessionTitle=pl.lit("2024"),
        trainingPathCode=_named("T", place),
        firstAccessDate=pl.from_epoch(instant).dt.strftime("%Y-%m-%d %H:%M:%S"),
        lastAccessDate=pl.from_epoch(instant + 3600).dt.strftime("%Y-%m-%d %H:%M:%S"),
        progression=progression.cast(pl.String),
        firstCompletionDate=pl.when(progression == 100).then(
            pl.from_epoch(instant + 1800).dt.strftime("%Y-%m-%d %H:%M:%S")
        ),
        trackingStatus=pl.when(progression == 100).then(pl.lit("passed")).otherwise(pl.lit("incomplete")),
        timeSpent=(noise % 9000).cast(pl.String),
        score=(noise % 100).cast(pl.String),
        scoreMax=pl.lit("100"),
    ).sample(fraction=1, shuffle=True, seed=0)


def _learner(registration: pl.Series) -> pl.Series:
    return registration // _SESSIONS_PER_LEARNER


def _session(registration: pl.Series) -> pl.Series:
    """The two sessions of a learner differ."""
    return (registration // _SESSIONS_PER_LEARNER + registration % _SESSIONS_PER_LEARNER) % SESSIONS


def _named(name: str, numbers: pl.Series) -> pl.Series:
    return pl.Series([name]).new_from_index(0, len(numbers)) + numbers.cast(pl.String)
