"""The rows that all sides work on: a function of their number alone, and of a seed for other values.

Row `r` of a file stands for the object `r % 2` of the registration `r // 2`, so rows in their own order are in the
order of the key of `tracking`. Each learner has two registrations, in sessions of different trainings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl
from sqlalchemy import Table

from milepost.model.columns import KEY, VALUES
from milepost.stores.sql import metadata

SESSIONS = 1_000
SESSIONS_PER_TRAINING = 4
TRAININGS = SESSIONS // SESSIONS_PER_TRAINING
CONTENTS_PER_TRAINING = 4
OBJECTS = TRAININGS * CONTENTS_PER_TRAINING
"""Learning object versions."""

COLUMNS = (
    "candidateLogin",
    "lovCode",
    "sessionTitle",
    "trainingPathCode",
    "firstAccessDate",
    "lastAccessDate",
    "firstCompletionDate",
    "progression",
    "trackingStatus",
    "timeSpent",
    "score",
    "scoreMax",
)
SMALL_FILE_ROWS = 1_000
"""The rows of the file that goes into a large store."""

_TITLES = ("2024 spring", "2024 autumn", "2025 spring", "2025 autumn")
_ROWS_PER_REGISTRATION = 2
_REGISTRATIONS_PER_LEARNER = 2
_FIRST_INSTANT = 1_700_000_000
_REJECTED, _CHANGED, _OF = 13, 37, 100
_REJECTS = ("registration-not-found", "invalid-datetime", "invalid-number", "wrong-column-count")
_PART = 250_000
"""The rows that are in memory at a time."""


class Change(StrEnum):
    """Which rows of a file have other values."""

    NONE = "none"
    SOME = "some"
    """A hundredth of them."""
    ALL = "all"


@dataclass(frozen=True)
class Counts:
    """What an import has to report."""

    rows: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0


def rejected(rows: int) -> int:
    """How many lines of a file of `rows` rows are rejected."""
    return len(range(_REJECTED, rows, _OF))


def findings(rows: int) -> dict[str, int]:
    """How many lines of a file of `rows` rows have each finding."""
    places = range(_REJECTED, rows, _OF)
    counts = {code: sum(place // _OF % len(_REJECTS) == kind for place in places) for kind, code in enumerate(_REJECTS)}
    return {code: count for code, count in counts.items() if count}


def changed(rows: int) -> int:
    """How many rows `write_file` changes when it is to change some."""
    return len(range(_CHANGED, rows, _OF))


def references(rows: int) -> Iterator[tuple[Table, pl.DataFrame]]:
    """All reference data that a file of `rows` rows needs, parents first, in parts."""
    yield from without_registrations(rows)
    for frame in registrations(rows // _ROWS_PER_REGISTRATION):
        yield metadata.registration, frame


def without_registrations(rows: int) -> Iterator[tuple[Table, pl.DataFrame]]:
    """The same without the registrations."""
    yield from _courses()
    learners = -(-(rows // _ROWS_PER_REGISTRATION) // _REGISTRATIONS_PER_LEARNER)
    for learner in _parts(learners):
        yield (
            metadata.learner,
            pl.select(id=learner + 1, login=_login(learner), guid=_named("learner ", learner)).with_columns(
                login_key="login",
                guid_key="guid",
                email=pl.col("login") + "@example.org",
                email_key=pl.col("login") + "@example.org",
            ),
        )


def logins(rows: int) -> list[str]:
    """The log-in names of the learners of a file of `rows` rows."""
    learners = -(-(rows // _ROWS_PER_REGISTRATION) // _REGISTRATIONS_PER_LEARNER)
    return pl.select(_login(pl.int_range(learners, eager=True))).to_series().to_list()


def registrations(count: int) -> Iterator[pl.DataFrame]:
    """That many rows of `registration`, in parts."""
    for number in _parts(count):
        yield pl.select(
            id=number + 1,
            guid=_named("registration ", number),
            guid_key=_named("registration ", number),
            learner_id=_learner(number) + 1,
            session_id=_session(number) + 1,
        )


def write_registrations(path: Path, count: int) -> None:
    """Writes a CSV file that loads that many registrations."""
    with path.open("wb") as file:
        for number in _parts(count):
            pl.select(
                candidateLogin=_login(_learner(number)),
                sessionGuid=_named("session ", _session(number)),
                registrationGuid=_named("registration ", number),
            ).write_csv(file, include_header=file.tell() == 0, quote_style="never")


def rows_of(registered: int) -> int:
    """How many rows a file has that needs so many registrations."""
    return registered * _ROWS_PER_REGISTRATION


def _courses() -> Iterator[tuple[Table, pl.DataFrame]]:
    training = pl.int_range(TRAININGS, eager=True)
    yield (
        metadata.training,
        _keyed(pl.select(id=training + 1, guid=_named("training ", training), path_code=_path(training))),
    )
    thing = pl.int_range(OBJECTS, eager=True)
    yield (
        metadata.learning_object_version,
        _keyed(pl.select(id=thing + 1, guid=_named("object ", thing), code=_code(thing))),
    )
    yield (
        metadata.training_content,
        pl.select(
            training_id=thing // CONTENTS_PER_TRAINING + 1,
            learning_object_version_id=thing + 1,
            mandatory=1,
            points=1.0,
        ),
    )
    session = pl.int_range(SESSIONS, eager=True)
    yield (
        metadata.session,
        _keyed(
            pl.select(
                id=session + 1,
                guid=_named("session ", session),
                title=_title(session),
                training_id=session // SESSIONS_PER_TRAINING + 1,
            )
        ),
    )


def _keyed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(guid_key="guid")


def write_file(path: Path, rows: int, change: Change = Change.NONE) -> None:
    """Writes a CSV file of `rows` rows in an order by chance, of which `change` says which have other values."""
    order = _order(rows)
    with path.open("wb") as file:
        for part in order.to_frame().iter_slices(_PART):
            row = part.to_series()
            frame = _spoiled(row, _cells(row, _seeds(row, change)))
            # A cell too many is one that stands in no quotes.
            frame.write_csv(file, include_header=file.tell() == 0, quote_style="never")


def _seeds(row: pl.Series, change: Change) -> pl.Series:
    match change:
        case Change.NONE:
            return row * 0
        case Change.SOME:
            return (row % _OF == _CHANGED).cast(pl.Int64)
        case Change.ALL:
            return row * 0 + 1


def write_sample(path: Path, rows: int, sample: int) -> None:
    """Writes the first `sample` rows of the file of `rows` rows that are not rejected."""
    order = _order(rows)
    row = order.filter(order % _OF != _REJECTED).head(sample)
    _cells(row, row * 0).write_csv(path, quote_style="never")


def write_small_file(path: Path, rows: int, seed: int, count: int = SMALL_FILE_ROWS) -> Counts:
    """Writes `count` rows for a store that holds `rows`: half of them change rows all over it, half are new to it.

    Another seed (1 to 5) takes other rows. Returns what their import reports.
    """
    half = count // 2
    # Even numbers: those of rows that are rejected are odd.
    row = (pl.int_range(half, eager=True) * (rows // half // 2 * 2) + 2 * seed) % rows
    seeds = row * 0 + seed
    pl.concat([_cells(row, seeds), _cells(row, seeds, thing=2)]).write_csv(path, quote_style="never")
    return Counts(rows=count, created=half, updated=half)


FINISHED = (*KEY, *VALUES, "run_id", "line")
"""The columns of finished rows: those of `tracking`, but for what Milepost alone makes of them."""


def finished(rows: int) -> Iterator[pl.DataFrame]:
    """The rows of `tracking` that the file of `rows` rows amounts to, in key order, in parts."""
    line = _order(rows).arg_sort().cast(pl.Int64) + 2
    for row in _parts(rows):
        values = _values(row, row * 0).with_columns(run_id=1, line=line.slice(int(row[0]), len(row)))
        accepted = values.filter(row % _OF != _REJECTED)
        yield accepted.select(FINISHED)


def _order(rows: int) -> pl.Series:
    """The rows in the order of the file's lines."""
    return pl.int_range(rows, eager=True).alias("row").shuffle(seed=rows)


def _parts(count: int) -> Iterator[pl.Series]:
    for first in range(0, count, _PART):
        yield pl.int_range(first, min(first + _PART, count), eager=True)


def _values(row: pl.Series, seed: pl.Series, *, thing: int = 0) -> pl.DataFrame:
    """What is to be stored of each row; `thing` takes another object of the same training."""
    number = row // _ROWS_PER_REGISTRATION
    noise = (row * 7919 + seed * 104_729) % 100_003
    first = _FIRST_INSTANT + noise * 60
    last = first + 60 * (1 + noise % 1440)
    completed = noise % 5 < 2
    failed = noise % 20 == 3
    scored = completed | failed
    return pl.select(
        registration_id=number + 1,
        learning_object_version_id=_training(number) * CONTENTS_PER_TRAINING + row % _ROWS_PER_REGISTRATION + thing + 1,
        first_access_at=first,
        last_access_at=last,
        first_completed_at=pl.when(completed).then(last),
        progression=pl.when(completed).then(100.0).otherwise(noise % 200 / 2),
        status=pl.when(completed & (noise % 2 == 0))
        .then(pl.lit("passed"))
        .when(completed)
        .then(pl.lit("completed"))
        .when(failed)
        .then(pl.lit("failed"))
        .otherwise(pl.lit("incomplete")),
        time_spent=noise % 20_000,
        score=pl.when(scored).then(noise % 201 / 2),
        score_max=pl.when(scored).then(100),
    )


def _cells(row: pl.Series, seed: pl.Series, *, thing: int = 0) -> pl.DataFrame:
    """The same as a file says it."""
    number = row // _ROWS_PER_REGISTRATION
    values = _values(row, seed, thing=thing)
    return values.select(
        candidateLogin=_login(_learner(number)),
        lovCode=_code(values["learning_object_version_id"] - 1),
        sessionTitle=_title(_session(number)),
        trainingPathCode=_path(_training(number)),
        firstAccessDate=_written("first_access_at"),
        lastAccessDate=_written("last_access_at"),
        firstCompletionDate=_written("first_completed_at"),
        progression=pl.col("progression").cast(pl.String),
        trackingStatus="status",
        timeSpent=pl.col("time_spent").cast(pl.String),
        score=pl.col("score").cast(pl.String),
        scoreMax=pl.col("score_max").cast(pl.String),
    )


def _spoiled(row: pl.Series, cells: pl.DataFrame) -> pl.DataFrame:
    """The cells with one of a hundred rows made such that it is rejected, in each of the ways in turn."""
    kind = pl.select(pl.when(row % _OF == _REJECTED).then(row // _OF % len(_REJECTS))).to_series()

    def spoil(code: str, column: str, cell: str | pl.Series) -> pl.Expr:
        wrong = pl.lit(cell) if isinstance(cell, str) else cell
        return pl.when(kind == _REJECTS.index(code)).then(wrong).otherwise(pl.col(column)).alias(column)

    return cells.with_columns(
        spoil("registration-not-found", "candidateLogin", _named("nobody", row)),
        spoil("invalid-datetime", "lastAccessDate", "2024-02-30 10:00:00"),
        spoil("invalid-number", "score", "eighty"),
        spoil("wrong-column-count", "scoreMax", "100,100"),
    )


def _written(column: str) -> pl.Expr:
    return pl.from_epoch(pl.col(column)).dt.strftime("%Y-%m-%d %H:%M:%S")


def _learner(registration: pl.Series) -> pl.Series:
    return registration // _REGISTRATIONS_PER_LEARNER


def _session(registration: pl.Series) -> pl.Series:
    """The two sessions of a learner are of different trainings."""
    return (_learner(registration) + registration % _REGISTRATIONS_PER_LEARNER * (SESSIONS // 2)) % SESSIONS


def _training(registration: pl.Series) -> pl.Series:
    return _session(registration) // SESSIONS_PER_TRAINING


def _login(learner: pl.Series) -> pl.Series:
    return _named("learner", learner)


def _path(training: pl.Series) -> pl.Series:
    return _named("T", training)


def _code(thing: pl.Series) -> pl.Series:
    return _named("LO", thing)


def _title(session: pl.Series) -> pl.Series:
    return (session % SESSIONS_PER_TRAINING).replace_strict(range(SESSIONS_PER_TRAINING), _TITLES)


def _named(name: str, numbers: pl.Series) -> pl.Series:
    return pl.Series([name]).new_from_index(0, len(numbers)) + numbers.cast(pl.String)
