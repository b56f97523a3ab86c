"""The XML that a job amounts to."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from milepost import settings as config
from milepost.model.columns import IGNORED, TRACKING, Status
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.exceptions import UsageError
from milepost.model.job import Job, Mode, Parameters, ProgressionUnit, Reading, TimeFormat
from milepost.model.likeness import bare
from milepost.settings import value_kinds

COLUMNS = st.sampled_from([column.name for column in TRACKING.columns])
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=12).map(
    str.strip
)
PLAIN = st.sampled_from(["a", "A b", "x|y", "<&>", "é"])
SKIPS = st.lists(st.tuples(PLAIN, st.lists(PLAIN, min_size=1, max_size=2).map(tuple)), max_size=2, unique=True).map(
    tuple
)
WORDS = st.dictionaries(st.sampled_from(list(Status)), TEXT.filter(bool), max_size=6).filter(
    lambda words: len({bare(words.get(status, status)) for status in Status}) == len(Status)
)
PARAMETERS = st.builds(
    Parameters,
    date_time_format=st.sampled_from(["YYYY-MM-DD hh:ii:ss", "DD/MM/YYYY", "HH:II MM.DD.YYYY", "yyyymmdd"]).map(
        DateTimeFormat.parse
    ),
    time_zone=st.sampled_from(["UTC", "Asia/Tokyo", "America/Sao_Paulo"]),
    default_time=st.times().map(lambda moment: moment.replace(microsecond=0)),
    time_global_format=st.sampled_from(TimeFormat),
    default_score_max=st.integers(1, 2_147_483_647),
    progression_unit=st.sampled_from(ProgressionUnit),
    decimal=st.sampled_from([".", ",", "either"]),
    thousands=st.sampled_from(["", " ", "'"]),
    status_words=WORDS.map(MappingProxyType),
    null_markers=st.lists(PLAIN, max_size=2, unique=True).map(tuple),
    values=st.dictionaries(COLUMNS, st.dictionaries(PLAIN, PLAIN, min_size=1, max_size=1), max_size=2),
    defaults=st.dictionaries(COLUMNS, PLAIN, max_size=2),
)


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    """Any job that options can amount to."""
    fields = draw(st.none() | st.lists(COLUMNS, min_size=1, unique=True).map(tuple))
    skip = draw(st.booleans())
    mapping = draw(
        st.lists(COLUMNS, min_size=1, unique=True).flatmap(lambda some: st.permutations([*some, IGNORED, IGNORED]))
    )
    columns = tuple(mapping) if not skip or draw(st.booleans()) else None
    known = set(fields or TRACKING_NAMES) & set(columns or TRACKING_NAMES)
    headers = draw(st.dictionaries(TEXT, COLUMNS, max_size=3))
    reading = Reading(
        delimiter=draw(st.sampled_from([*value_kinds.DELIMITERS.values(), None])),
        encoding=draw(st.sampled_from(["utf-8", "UTF-16", "cp1252"])),
        skip_first_line=skip,
        columns=columns,
        header_map=MappingProxyType(headers),
        header_ignore=frozenset(draw(st.sets(TEXT.filter(lambda header: header not in headers), max_size=3))),
        sheet=draw(st.none() | TEXT.filter(bool)),
        header_row=draw(st.sampled_from([1, 1, 5])) if skip else 1,
        skip_rows=draw(SKIPS),
        pad_short_rows=draw(st.booleans()),
        raw=draw(st.booleans()),
    )
    mandatory = frozenset(draw(st.sets(st.sampled_from(sorted(known))))) if known else frozenset()
    return Job(reading, draw(PARAMETERS), fields, mandatory, draw(st.sampled_from(Mode)))


TRACKING_NAMES = frozenset(column.name for column in TRACKING.columns)


def without_notes(job: Job) -> Job:
    """The job as it reads and imports."""
    return Job(job.reading, job.parameters, job.fields, job.mandatory, job.mode)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(job=jobs())
def test_what_is_written_is_read_as_the_same_job(tmp_path: Path, job: Job) -> None:
    path = tmp_path / "configuration.xml"
    path.write_bytes(config.write(job).encode())
    assert config.check(path).mistakes == ()
    assert without_notes(config.job(path)) == job


def test_the_xml_of_a_job(tmp_path: Path) -> None:
    job = config.job(
        None,
        settings={
            "columnsMapping": "candidateLogin,ignoredColumn,lovCode",
            "fields": "candidateLogin,lovCode",
            "mandatory": "lovCode",
            "trackingStatus.completed": "c",
            "dateFormat": "DD/MM/YYYY",
            "skipRows": r"Course=Total|a\|b",
            "nullMarkers": "-|N/A",
            "lovCode": {"default": "intro", "values": {"First <aid>": "SAFE-01", "x": ""}},
        },
        delimiter="\t",
    )
    text = config.write(job)
    assert (
        text
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<import-config>
  <import>
    <providers>
      <fileSystemSourceProvider>
        <skipFirstLine>yes</skipFirstLine>
        <headerRow>1</headerRow>
        <skipRows>Course=Total|a\\|b</skipRows>
        <padShortRows>no</padShortRows>
        <fileEncoding>utf-8</fileEncoding>
        <delimiter>tabulation</delimiter>
        <rawText>no</rawText>
        <decimal>point</decimal>
        <thousands>none</thousands>
        <columnsMapping>
          <candidateLogin/>
          <ignoredColumn/>
          <lovCode/>
        </columnsMapping>
      </fileSystemSourceProvider>
    </providers>
    <actions>
      <createOrUpdateConsolidatedTrackingAction>
        <fields>
          <candidateLogin/>
          <lovCode>
            <mandatory>yes</mandatory>
          </lovCode>
        </fields>
        <parameters>
          <dateTimeFormat>DD/MM/YYYY</dateTimeFormat>
          <defaultTime>00:00:00</defaultTime>
          <timeZone>UTC</timeZone>
          <timeGlobalFormat>rawSeconds</timeGlobalFormat>
          <progressionUnit>percent</progressionUnit>
          <defaultScoreMax>100</defaultScoreMax>
          <trackingStatus>
            <completed>c</completed>
          </trackingStatus>
          <nullMarkers>-|N/A</nullMarkers>
          <updateMode>replace</updateMode>
          <completionDateDefault>now</completionDateDefault>
          <lovCode>
            <default>intro</default>
            <values>
              <value from="First &lt;aid&gt;">SAFE-01</value>
              <value from="x"></value>
            </values>
          </lovCode>
        </parameters>
      </createOrUpdateConsolidatedTrackingAction>
    </actions>
  </import>
</import-config>
"""
    )
    path = tmp_path / "written.xml"
    path.write_text(text, encoding="utf-8")
    assert config.job(path) == job


@pytest.mark.parametrize("setting", [{"sheet": "a\x01b"}, {"trackingStatus.completed": "\ud800"}])
def test_what_xml_cannot_hold(setting: dict[str, str]) -> None:
    job = config.job(None, settings=setting)
    with pytest.raises(UsageError, match=r"^<.*> cannot hold .*: XML has no such character\.$"):
        config.write(job)


def test_a_time_keeps_its_seconds(tmp_path: Path) -> None:
    path = tmp_path / "written.xml"
    path.write_text(config.write(config.job(None, settings={"defaultTime": "08:00:00"})), encoding="utf-8")
    assert config.job(path).parameters.default_time == time(8)
