"""The XML of an export, and what is read back from it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from milepost import settings as config
from milepost.model.columns import Status
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.exceptions import ConfigurationError, UsageError
from milepost.model.export import (
    Appearance,
    ExportJob,
    Filters,
    Period,
    PeriodMode,
    Provider,
    Scale,
)
from milepost.model.export_columns import BY_NAME
from milepost.model.file_formats import FileFormat
from milepost.model.job import TimeFormat
from milepost.settings import value_kinds
from unit.settings.exports.workbench import written

DELIMITERS = [*value_kinds.DELIMITERS.values()]

TEXT = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=9)
    .filter(lambda text: text == text.strip() and "\ufffe" not in text and "\uffff" not in text)
)  # fmt: skip
TEXTS = st.lists(TEXT, unique=True, max_size=3).map(tuple)
DAYS = st.dates(date(1901, 1, 1), date(9000, 1, 1))
MOMENTS = st.one_of(
    DAYS,
    DAYS.map(lambda day: datetime(day.year, day.month, day.day, 8, 30)),  # noqa: DTZ001 - local in the export's zone
    DAYS.map(lambda day: datetime(day.year, day.month, day.day, 8, 30, 1, tzinfo=UTC)),
    DAYS.map(lambda day: datetime(day.year, day.month, day.day, tzinfo=timezone(timedelta(hours=-3)))),
)
PERIODS = st.none() | st.one_of(
    st.builds(
        Period,
        mode=st.sampled_from(PeriodMode),
        frames=st.integers(0, 100),
        scale=st.sampled_from(Scale),
        as_of=st.none() | MOMENTS,
    ),
    st.builds(Period, mode=st.sampled_from(PeriodMode), since=MOMENTS),
    st.builds(Period, mode=st.sampled_from(PeriodMode), until=MOMENTS),
)


def _with_own_texts(columns: list[str]) -> list[str]:
    """The same columns, and some that have a text of their own."""
    own = ("constantValue", "constantValue(a, (b)=c)", "templatedValue({0}/{1})", "candidateCustomFieldGuid(9f)")
    return [*columns, *own] if len(columns) % 2 else columns


@st.composite
def jobs(draw: st.DrawFn) -> ExportJob:
    """Exports that a configuration can ask for."""
    provider = draw(st.sampled_from(Provider))
    known = st.sampled_from([name for name, column in BY_NAME[provider].items() if not column.takes_text])
    columns = draw(st.none() | st.lists(known, unique=True, min_size=1, max_size=6).map(_with_own_texts))
    rolled_up = (Status.NOT_ATTEMPTED, Status.INCOMPLETE, Status.COMPLETED)
    statuses = st.sampled_from(rolled_up if provider is Provider.REGISTRATIONS else tuple(Status)[1:])
    file_format = draw(st.sampled_from(FileFormat))
    delimited = file_format in (FileFormat.CSV, FileFormat.TSV)
    return ExportJob(
        provider,
        columns=None if columns is None else tuple((name, draw(st.none() | TEXT)) for name in columns),
        filters=Filters(
            trainings=draw(TEXTS),
            sessions=draw(TEXTS),
            learners=draw(TEXTS),
            statuses=tuple(draw(st.lists(statuses, unique=True, max_size=3))),
            modalities=draw(TEXTS),
            session_titles=draw(TEXTS),
            publishers=draw(st.sampled_from([(), ("Acme",), ("Acme", "b c")])),
            report_statuses=draw(st.sampled_from([(), (Status.COMPLETED, Status.NOT_ATTEMPTED)])),
            without_launch_time=draw(st.sampled_from([None, False])),
        ),
        period=draw(PERIODS),
        guid=draw(st.none() | TEXT),
        appearance=Appearance(
            file_format=file_format,
            date_time_format=DateTimeFormat.parse(draw(st.sampled_from(["DD/MM/YYYY", "YYYY-MM-DDTHH:II:SS"]))),
            time_zone=draw(st.sampled_from(["UTC", "America/Sao_Paulo"])),
            time_global_format=draw(st.sampled_from(TimeFormat)),
            status_words=draw(st.dictionaries(st.sampled_from(Status), TEXT, max_size=3)),
            decimal=draw(st.sampled_from([".", ","])),
            delimiter=draw(st.sampled_from(DELIMITERS)) if file_format is FileFormat.CSV else ",",
            encoding=draw(st.sampled_from(["utf-8", "cp1252"])) if delimited else "utf-8",
            header=draw(st.booleans()) if delimited else True,
            raw=draw(st.booleans()),
            date_format=draw(st.none() | st.just(DateTimeFormat.parse("DD.MM.YYYY"))),
            status_format=draw(st.dictionaries(st.sampled_from(rolled_up), TEXT, max_size=3)),
            training_status_format=draw(st.dictionaries(st.sampled_from(["C", "P", "A"]), TEXT, max_size=3)),
            strip_html=draw(st.booleans()),
            max_length=draw(st.none() | st.integers(1, 99)),
        ),
    )


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(job=jobs(), name=st.none() | TEXT)
def test_what_is_written_is_read_as_the_same_export(tmp_path: Path, job: ExportJob, name: str | None) -> None:
    path = written(tmp_path, config.write_export(job, name).encode())
    try:
        read = config.export_job(path, name=name)
    except ConfigurationError as error:
        # A generated word may be the own name of another status, and two labels may be alike.
        assume(all(re.search("both (go|headed)", mistake.message) is None for mistake in error.mistakes))
        raise
    assert replace(read, notes=()) == job


@pytest.mark.parametrize(
    "job",
    [
        ExportJob(Provider.TRACKING, columns=(("score", "a\x01b"),)),
        ExportJob(Provider.TRACKING, filters=Filters(sessions=("\ud800",))),
    ],
)
def test_what_xml_cannot_hold(job: ExportJob) -> None:
    with pytest.raises(UsageError, match=r"cannot (hold|be) .*: XML has no such character\.$"):
        config.write_export(job)
