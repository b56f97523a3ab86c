"""Roll-ups and logs of generated stores, held against sums in exact arithmetic, one row after the other."""

from __future__ import annotations

import itertools
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import milepost
from databases.transactions import days as every_day
from databases.transactions import reading
from generative.effort import examples
from generative.workbench import Bench
from milepost.model.columns import Status
from milepost.model.export import Period, PeriodMode, Provider, Selection, Span
from milepost.model.export_columns import COLUMNS
from milepost.model.tracked import TYPES
from milepost.stores.memory.memory_store import Contents, MemoryTables
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.tables import TABLES

LOGINS = ("ada", "bob")
CODES = ("one", "two", "three")
TRAININGS = ("t", "u")
COMPLETED = ("completed", "passed")
EPOCH = date(1970, 1, 1)

Key = tuple[str, str, str]
"""A log-in name, a training, the code of a learning object version."""


@dataclass(frozen=True)
class Content:
    """A learning object's place in a training."""

    mandatory: bool
    points: float


@dataclass
class Row:
    """A tracking row and its log."""

    progression: float
    status: str
    time: int
    score: float | None
    access: int | None
    log: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """What a file says of a row."""

    progression: float
    status: str
    time: int
    score: float | None
    day: int | None
    """When it was last accessed, in days since 1970-01-01; at noon."""


contents = st.fixed_dictionaries(
    {
        training: st.dictionaries(
            st.sampled_from(CODES),
            st.builds(Content, st.booleans(), st.sampled_from([0, 0.1, 0.2, 0.7, 1, 3])),
        )
        for training in TRAININGS
    }
)
lines = st.builds(
    Line,
    st.sampled_from([0, 0.1, 0.2, 0.7, 33.3, 100]),
    st.sampled_from(["incomplete", "completed", "passed", "failed", "browsed", "notAttempted"]),
    st.sampled_from([0, 1, 5, 20, 100]),
    st.none() | st.sampled_from([0, 0.1, 7, 50]),
    st.none() | st.sampled_from([-3, 0, 1, 2, 3, 18_000]),
)
files = st.lists(
    st.dictionaries(st.tuples(st.sampled_from(LOGINS), st.sampled_from(TRAININGS), st.sampled_from(CODES)), lines),
    max_size=5,
)

selections = st.builds(
    Selection,
    st.sampled_from(Provider),
    learners=st.sampled_from([None, None, (1,)]),
    sessions=st.sampled_from([None, None, (2, 3)]),
    trainings=st.sampled_from([None, None, (2,)]),
    modalities=st.sampled_from([None, None, ("blendedx",)]),
    statuses=st.sampled_from([None, None, ("completed", "failed")]),
    span=st.sampled_from([None, Span(1, 2, 86_400, 3 * 86_400 - 1), Span(last_day=2, end=3 * 86_400)]),
    mode=st.sampled_from(PeriodMode),
)


def load(frames: dict[str, pl.DataFrame], database: str) -> None:
    """Loads reference data, all of whose rows are right."""
    for kind, frame in frames.items():
        assert milepost.load_file(kind, frame, database).rejected == 0


def contents_frame(content: dict[str, dict[str, Content]]) -> pl.DataFrame:
    """The places of learning objects in trainings."""
    places = [(training, code, place) for training, all_ in content.items() for code, place in all_.items()]
    return pl.DataFrame(
        {
            "trainingPathCode": [training for training, _, _ in places],
            "lovCode": [code for _, code, _ in places],
            "mandatory": ["Y" if place.mandatory else "N" for _, _, place in places],
            "points": [float(place.points) for _, _, place in places],
        },
        schema_overrides={"trainingPathCode": pl.String, "lovCode": pl.String, "mandatory": pl.String},
    )


def reference(modality: str) -> dict[str, pl.DataFrame]:
    """The other data: every learner is registered for both trainings, one of which goes by `modality`."""
    pairs = list(itertools.product(LOGINS, TRAININGS))
    return {
        "learners": pl.DataFrame({"candidateLogin": LOGINS}),
        "learning-objects": pl.DataFrame({"lovGuid": CODES, "lovCode": CODES}),
        "trainings": pl.DataFrame({"trainingPathCode": TRAININGS, "trainingModality": [modality, "elearning"]}),
        "sessions": pl.DataFrame({"sessionGuid": TRAININGS, "sessionTitle": TRAININGS, "trainingPathCode": TRAININGS}),
        "registrations": pl.DataFrame(
            {
                "candidateLogin": [login for login, _ in pairs],
                "sessionGuid": [training for _, training in pairs],
                "timeSpentCBT": list(range(len(pairs))),
            }
        ),
    }


def table(file: dict[Key, Line]) -> pl.DataFrame:
    """A file to import."""
    return pl.DataFrame(
        [
            (*key, line.progression, line.status, line.time, line.score, None if line.day is None else noon(line.day))
            for key, line in file.items()
        ],
        schema={
            "candidateLogin": pl.String,
            "sessionGuid": pl.String,
            "lovCode": pl.String,
            "progression": pl.Float64,
            "trackingStatus": pl.String,
            "timeSpent": pl.Int64,
            "score": pl.Float64,
            "lastAccessDate": pl.Datetime,
        },
        orient="row",
    )


def noon(day: int) -> datetime:
    """Twelve o'clock of a day."""
    return datetime.combine(EPOCH + timedelta(days=day), datetime.min.time()) + timedelta(hours=12)


def apply(rows: dict[Key, Row], key: Key, line: Line, today: int) -> None:
    """What an accepted line does to the rows and to their logs."""
    if line.status == "notAttempted":
        rows.pop(key, None)
        return
    day = today if line.day is None else line.day
    row = rows.get(key)
    if row is None:
        rows[key] = Row(line.progression, line.status, line.time, line.score, line.day, {day: line.time})
        return
    difference = line.time - row.time
    newest = max(row.log)
    if difference > 0:
        row.log[day] = row.log.get(day, 0) + difference
    elif difference == 0 and day > newest and line.progression != row.progression:
        row.log[day] = 0
    for earlier in sorted(row.log, reverse=True):
        taken = min(row.log[earlier], max(0, -difference))
        row.log[earlier] -= taken
        difference += taken
    row.progression, row.status, row.time, row.score, row.access = (
        *(line.progression, line.status, line.time, line.score),
        line.day,
    )


def rolled_up(
    rows: dict[Key, Row], content: dict[str, Content], by_points: bool, whose: tuple[str, str]
) -> list[object]:
    """The roll-up of one registration, from the time on."""
    own = {code: row for (login, training, code), row in rows.items() if (login, training) == whose}
    started = {code: row for code, row in own.items() if code in content}
    finished = {code for code, row in started.items() if row.status in COMPLETED}
    mandatory = {code: place for code, place in content.items() if place.mandatory}
    deciding = mandatory or content
    if not own:
        status = Status.NOT_ATTEMPTED
    else:
        status = Status.COMPLETED if content and deciding.keys() <= finished else Status.INCOMPLETE
    scores = [Fraction(row.score) for row in own.values() if row.score is not None]
    return [
        sum(row.time for row in own.values()),
        mean(started, content, by_points=by_points),
        mean(started, mandatory, by_points=by_points) if mandatory else None,
        len(content),
        len(started),
        len(finished),
        status.value,
        float(sum(scores) / len(scores)) if scores else None,
    ]


def mean(started: dict[str, Row], content: dict[str, Content], *, by_points: bool) -> float:
    """A progression in percent."""
    weights = {code: Fraction(place.points) if by_points else Fraction(1) for code, place in content.items()}
    total = sum(weights.values())
    if not total:
        return 0.0
    return float(
        sum(weights[code] * Fraction(started[code].progression) for code in content if code in started) / total
    )


ROLLED = (
    *("timeGlobal", "progression", "progressionMandatory", "nbLO", "nbLOStarted", "nbLOFinished", "status"),
    "score",
)


@examples(4)
@given(
    contents,
    st.sampled_from(["blendedx", "elearning"]),
    files,
    st.lists(st.integers(0, 4), max_size=2),
    st.lists(selections, max_size=6),
)
def test_rollups_and_logs_are_those_of_a_naive_sum(
    database_bench: Bench,
    content: dict[str, dict[str, Content]],
    modality: str,
    imported: list[dict[Key, Line]],
    undone: list[int],
    exports: list[Selection],
) -> None:
    database = database_bench.stores.holding(modality, lambda database: load(reference(modality), database))
    load({"contents": contents_frame(content)}, database)
    now = datetime(2024, 6, 1, 12, tzinfo=UTC)
    today = (now.date() - EPOCH).days
    rows: dict[Key, Row] = {}
    for file in imported:
        report = milepost.import_file(table(file), database, now=now)
        lost = refused(database, report)
        for line, (key, said) in enumerate(file.items(), start=2):
            if line not in lost:
                apply(rows, key, said, today)
    expect(database, rows, content, modality)
    for number in (7 + place for place in undone if place < len(imported)):
        report_of_undo = undo(database, number)
        if report_of_undo is not None and report_of_undo.rows > report_of_undo.kept:
            assert report_of_undo.run is not None
            undo(database, report_of_undo.run)
    expect(database, rows, content, modality)
    expect_the_same_of_frames(database, exports)
    database_bench.clear()


def undo(database: str, number: int) -> milepost.UndoReport | None:
    """Undoes a run, unless it did nothing, or was undone already."""
    with suppress(milepost.UsageError):
        return milepost.undo_run(database, number)
    return None


def refused(database: str, report: milepost.Report) -> set[int]:
    """The lines of a run that were rejected."""
    assert report.run is not None
    found = milepost.read_findings(database, report.run)
    return set(found.filter(pl.col("level") == "error")["line"])


def expect(database: str, rows: dict[Key, Row], content: dict[str, dict[str, Content]], modality: str) -> None:
    """Requires roll-ups and logs, of everything and of a period."""
    frame = milepost.registrations(database)
    found = {(row["candidateLogin"], row["sessionGuid"]): [row[name] for name in ROLLED] for row in frame.to_dicts()}
    wanted = {
        (login, training): rolled_up(
            rows, content[training], modality == "blendedx" and training == "t", (login, training)
        )
        for login, training in itertools.product(LOGINS, TRAININGS)
    }
    assert found.keys() == wanted.keys()
    for key, values in found.items():
        for one, other in zip(values, wanted[key], strict=True):
            assert one == other or abs(one - other) < 1e-6, (key, values, wanted[key])
    with reading(database) as tables:
        days = {row[:3]: row[3] for row in every_day(tables).rows()}
    pairs = list(itertools.product(LOGINS, TRAININGS))
    assert days == {
        (pairs.index((login, training)) + 1, CODES.index(code) + 1, day): time
        for (login, training, code), row in rows.items()
        for day, time in row.log.items()
    }
    since, until = EPOCH + timedelta(days=1), EPOCH + timedelta(days=2)
    frame = milepost.registrations(database, period=Period(PeriodMode.TIME_SPENT, since=since, until=until))
    periods: dict[tuple[str, str], int] = {}
    for (login, training, _), row in rows.items():
        inside = [time for day, time in row.log.items() if 1 <= day <= 2]
        if inside:
            periods[login, training] = periods.get((login, training), 0) + sum(inside)
    assert dict(zip(frame.select("candidateLogin", "sessionGuid").rows(), frame["timeGlobal"], strict=True)) == periods


def expect_the_same_of_frames(database: str, selections: list[Selection]) -> None:
    """Requires that a store in memory with the same rows exports the same, to the last digit."""
    with open_store(database, Access.READ) as opened, opened.read() as tables:
        contents = Contents({name: tables.rows(name, table.schema) for name, table in TABLES.items()})
        held = MemoryTables("held", contents)
        for selection in selections:
            schema = {column.name: TYPES[column.kind] for column in COLUMNS[selection.provider]}
            found = pl.concat([pl.DataFrame(schema=schema), *tables.export(selection, schema)])
            exported = pl.concat([pl.DataFrame(schema=schema), *held.export(selection, schema)])
            assert_frame_equal(exported, found, check_exact=True)
