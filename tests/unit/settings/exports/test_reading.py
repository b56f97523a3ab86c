"""What an export configuration comes to, and what it may leave out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from milepost import settings as config
from milepost.model.columns import Status
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.export import (
    Appearance,
    ExportJob,
    Filters,
    Period,
    PeriodMode,
    Provider,
    Scale,
)
from milepost.model.file_formats import FileFormat
from milepost.model.job import TimeFormat
from unit.settings.exports.workbench import in_action, in_parameters, in_provider, written

PROVIDER = """<consolidatedTrackingProvider>
  <columns><column label="Log in">candidateLogin</column><column> PROGRESSION </column><nbLO label=" "/></columns>
  <parameters>
    <dateTimeFormat>DD/MM/YYYY HH:II</dateTimeFormat><timeZone>Europe/Paris</timeZone>
    <timeGlobalFormat>padded</timeGlobalFormat><trackingStatus><completed>c</completed></trackingStatus>
    <training>A, B</training><training>C</training><training>C</training><session>S</session><learner>ada</learner>
    <status>Not attempted</status><status>completed</status><modality>blendedx</modality>
    <timeFrames>3</timeFrames><timeFramesScale>less_than_n_full_months</timeFramesScale>
    <timeFrameMode>lastActivityCumulative</timeFrameMode><asOf>2024-05-28</asOf>
  </parameters>
</consolidatedTrackingProvider>"""
ACTION = """<fileExportAction><format>CSV</format><encoding>cp1252</encoding><delimiter>|</delimiter>
  <showHeaders>false</showHeaders><decimal>comma</decimal><rawText>yes</rawText></fileExportAction>"""

WHOLE = ExportJob(
    Provider.REGISTRATIONS,
    columns=(("candidateLogin", "Log in"), ("progression", None), ("nbLO", None)),
    filters=Filters(
        trainings=("A, B", "C"),
        sessions=("S",),
        learners=("ada",),
        statuses=(Status.NOT_ATTEMPTED, Status.COMPLETED),
        modalities=("blendedx",),
    ),
    period=Period(PeriodMode.LAST_ACTIVITY_CUMULATIVE, frames=3, scale=Scale.FULL_MONTHS, as_of=date(2024, 5, 28)),
    appearance=Appearance(
        file_format=FileFormat.CSV,
        date_time_format=DateTimeFormat.parse("DD/MM/YYYY HH:II"),
        time_zone="Europe/Paris",
        time_global_format=TimeFormat.PADDED,
        status_words={Status.COMPLETED: "c"},
        decimal=",",
        delimiter="|",
        encoding="cp1252",
        header=False,
        raw=True,
    ),
)


@pytest.mark.parametrize(
    "xml",
    [
        f"<export-config><export>{PROVIDER}<actions>{ACTION}</actions></export></export-config>",
        f"<export-config><export>{PROVIDER}{ACTION}</export></export-config>",
        f"<export-config>{PROVIDER}{ACTION}</export-config>",
        f"<EXPORT-config>{ACTION}{PROVIDER}</EXPORT-config>",
        f"<export>{PROVIDER}<actions>{ACTION}</actions></export>",
        f"<export-config><export><providers>{PROVIDER}</providers><actions>{ACTION}</actions></export></export-config>",
        f'<e:export-config xmlns:e="x"><e:export>{PROVIDER}{ACTION}</e:export></e:export-config>',
    ],
)
def test_a_whole_export(tmp_path: Path, xml: str) -> None:
    path = written(tmp_path, xml)
    assert config.check(path) == config.Checked((), ())
    assert config.export_job(path) == WHOLE


def test_what_a_configuration_leaves_out(tmp_path: Path) -> None:
    job = config.export_job(written(tmp_path, "<trackingLogProvider/>"))
    assert job == ExportJob(Provider.TRACKING_LOG)


def test_parameters_may_stand_in_the_provider_itself(tmp_path: Path) -> None:
    job = config.export_job(written(tmp_path, in_provider("<timeZone>Asia/Tokyo</timeZone>")))
    assert job.appearance.time_zone == "Asia/Tokyo"


@pytest.mark.parametrize("word", ["encoding", "fileEncoding"])
def test_the_encoding_goes_by_the_import_s_name_too(tmp_path: Path, word: str) -> None:
    job = config.export_job(written(tmp_path, in_action(f"<{word}>latin-1</{word}>")))
    assert job.appearance.encoding == "latin-1"


def test_the_words_of_the_statuses_may_stand_in_their_column(tmp_path: Path) -> None:
    inside = "<columns><trackingStatus><label>State</label><passed>p</passed></trackingStatus></columns>"
    job = config.export_job(written(tmp_path, in_provider(inside)))
    assert job.columns == (("trackingStatus", "State"),)
    assert job.appearance.status_words == {Status.PASSED: "p"}


def test_two_statuses_may_be_given_one_word(tmp_path: Path) -> None:
    words = "<trackingStatus><passed>done</passed><completed>Done</completed></trackingStatus>"
    job = config.export_job(written(tmp_path, in_parameters(words)))
    assert job.appearance.status_words == {Status.PASSED: "done", Status.COMPLETED: "Done"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("2024-02-29 08:00", datetime(2024, 2, 29, 8)),  # noqa: DTZ001 - local in the export's zone
        ("2024-02-29T08:00:59", datetime(2024, 2, 29, 8, 0, 59)),  # noqa: DTZ001 - local in the export's zone
        ("2024-02-29t08:00z", datetime(2024, 2, 29, 8, tzinfo=UTC)),
        ("2024-02-29  08:00 -03:30", datetime(2024, 2, 29, 8, tzinfo=timezone(-timedelta(hours=3, minutes=30)))),
        ("2024-02-29T08:00+0200", datetime(2024, 2, 29, 8, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_a_moment(text: str, value: date | datetime) -> None:
    job = config.export_job(None, {"since": text}, provider=Provider.TRACKING)
    assert job.period == Period(since=value)


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("3", 3), ("+3.0", 3)])
def test_a_number_of_frames(tmp_path: Path, text: str, number: int) -> None:
    inside = f"<timeFrames>{text}</timeFrames><timeFramesScale>LESS_THAN_N_DAYS</timeFramesScale>"
    job = config.export_job(written(tmp_path, in_parameters(inside)))
    assert job.period == Period(frames=number, scale=Scale.DAYS)


def test_a_day_without_end_and_one_day(tmp_path: Path) -> None:
    for inside, period in (
        ("<until>2024-01-01</until>", Period(until=date(2024, 1, 1))),
        ("<since>2024-01-01</since><until>2024-01-01</until>", Period(since=date(2024, 1, 1), until=date(2024, 1, 1))),
    ):
        assert config.export_job(written(tmp_path, in_parameters(inside))).period == period


def test_bounds_are_compared_in_the_export_s_zone(tmp_path: Path) -> None:
    inside = "<since>2024-01-01T23:30Z</since><until>2024-01-01</until>"
    assert config.check(written(tmp_path, in_parameters(inside))).mistakes == ()
    assert config.check(written(tmp_path, in_parameters(f"{inside}<timeZone>Europe/Paris</timeZone>"))).mistakes


@pytest.mark.parametrize(
    ("text", "file_format"),
    [
        ("xlsx", FileFormat.XLSX),
        (".TSV", FileFormat.TSV),
        ("JSON Lines", FileFormat.JSON_LINES),
        ("ndjson", FileFormat.JSON_LINES),
    ],
)
def test_a_format(tmp_path: Path, text: str, file_format: FileFormat) -> None:
    job = config.export_job(written(tmp_path, in_action(f"<format>{text}</format>")))
    assert job.appearance == Appearance(file_format=file_format)


def test_an_export_may_hold_one_provider_of_each_kind(tmp_path: Path) -> None:
    action = "<fileExportAction><decimal>comma</decimal></fileExportAction>"
    providers = "<trackingProvider/><trackingLogProvider><columns><date/></columns></trackingLogProvider>"
    for xml in (
        f"<export-config>{providers}{action}</export-config>",
        f"<export-config><export>{providers}{action}</export></export-config>",
        f"<export><providers>{providers}</providers><actions>{action}</actions></export>",
    ):
        path = written(tmp_path, xml)
        assert config.check(path) == config.Checked((), ())
        for provider, columns in ((Provider.TRACKING, None), (Provider.TRACKING_LOG, (("date", None),))):
            for name in ("1", None):
                job = config.export_job(path, provider=provider, name=name)
                assert job == ExportJob(provider, columns=columns, appearance=Appearance(decimal=","))


def test_what_asks_for_nothing_special_is_no_mistake(tmp_path: Path) -> None:
    for inside in (
        "<format>tsv</format><delimiter>\t</delimiter>",
        "<format>tsv</format><delimiter>tabulation</delimiter>",
        "<format>parquet</format><showHeaders>yes</showHeaders><delimiter/><encoding> </encoding>",
        "<decimal>comma</decimal><delimiter>comma</delimiter>",
    ):
        assert config.check(written(tmp_path, in_action(inside))) == config.Checked((), ())


def test_what_is_passed_over(tmp_path: Path) -> None:
    xml = """<export-config><preProcess><x/></preProcess>
<export><learnerProvider><x/></learnerProvider><actions><fileExportAction><x/></fileExportAction></actions></export>
<export><trackingProvider/><actions><fileExportAction><fileName>a.csv</fileName><PATH>/x</PATH></fileExportAction>
<sftpExportAction><x/></sftpExportAction></actions></export></export-config>"""
    path = written(tmp_path, xml)
    assert config.check(path) == config.Checked(
        (),
        (
            "<preProcess> is passed over (line 1): an export writes one file and no more.",
            "The provider learnerProvider is passed over (line 2): it is not a file export of tracking.",
            "The action sftpExportAction is passed over (line 4): it is not a file export of tracking.",
            "Passed over in <fileExportAction> (line 3): <fileName> and <path>; an export is told its file.",
        ),
    )
    assert set(config.check(path).notes) == set(config.export_job(path).notes)
