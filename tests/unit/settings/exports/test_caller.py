"""What the caller's own settings come to, alone and over an export configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from milepost import settings as config
from milepost.model.columns import Status
from milepost.model.exceptions import ConfigurationError, UsageError
from milepost.model.export import Appearance, ExportJob, Filters, Period, PeriodMode, Provider, Scale
from milepost.model.file_formats import FileFormat
from unit.settings.exports.workbench import written

CONFIGURED = """<export-config><export><trackingProvider>
<columns><column>score</column></columns>
<parameters><training>A</training><timeZone>Asia/Tokyo</timeZone>
<timeFrames>3</timeFrames><timeFramesScale>less_than_n_days</timeFramesScale><timeFrameMode>lastActivity</timeFrameMode>
<asOf>2024-01-01</asOf><trackingStatus><completed>c</completed><failed>f</failed></trackingStatus></parameters>
</trackingProvider><actions><fileExportAction>
<encoding>cp1252</encoding><delimiter>pipe</delimiter><showHeaders>no</showHeaders>
</fileExportAction></actions></export></export-config>"""


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """A configuration for callers to beat."""
    return written(tmp_path, CONFIGURED)


def messages(
    settings: Mapping[str, str | Sequence[str]],
    configuration: Path | None = None,
    provider: Provider = Provider.TRACKING,
    file_name: str | None = None,
) -> list[str]:
    """What is wrong with the caller's settings."""
    with pytest.raises(ConfigurationError) as caught:
        config.export_job(configuration, settings, provider=provider, file_name=file_name)
    assert {mistake.line for mistake in caught.value.mistakes} == {None}
    assert str(caught.value).startswith("The settings have ")
    return [mistake.message for mistake in caught.value.mistakes]


@pytest.mark.parametrize("provider", Provider)
def test_nothing_given_is_the_export_of_nobody(provider: Provider) -> None:
    assert config.export_job(None, provider=provider) == ExportJob(provider)


def test_every_kind_of_setting_by_name() -> None:
    job = config.export_job(
        None,
        {
            "COLUMNS": "candidateLogin=Log in,PROGRESS, score = Points=%",
            "training": ["A", "B,C"],
            "Status": "passed",
            "since": "2024-01-01",
            "timeFrameMode": "lastactivity",
            "trackingStatus.Completed": "c",
            "delimiter": "\t",
            "showHeaders": "0",
            "learner": "",
            "session": (),
        },
        provider=Provider.TRACKING,
    )
    assert job == ExportJob(
        Provider.TRACKING,
        columns=(("candidateLogin", "Log in"), ("progression", None), ("score", "Points=%")),
        filters=Filters(trainings=("A", "B,C"), statuses=(Status.PASSED,)),
        period=Period(PeriodMode.LAST_ACTIVITY, since=date(2024, 1, 1)),
        appearance=Appearance(status_words={Status.COMPLETED: "c"}, delimiter="\t", header=False),
    )


def test_columns_may_be_given_in_several_texts() -> None:
    job = config.export_job(None, {"columns": ["date", "timeSpent=Time"]}, provider=Provider.TRACKING_LOG)
    assert job.columns == (("date", None), ("timeSpent", "Time"))


def test_the_caller_beats_the_configuration(configured: Path) -> None:
    job = config.export_job(
        configured,
        {
            "columns": "candidateLogin,score",
            "training": "B",
            "timeZone": "UTC",
            "timeFrames": "5",
            "trackingStatus.completed": "done",
            "delimiter": "comma",
        },
    )
    assert job == ExportJob(
        Provider.TRACKING,
        columns=(("candidateLogin", None), ("score", None)),
        filters=Filters(trainings=("B",)),
        period=Period(PeriodMode.LAST_ACTIVITY, frames=5, scale=Scale.DAYS, as_of=date(2024, 1, 1)),
        appearance=Appearance(
            status_words={Status.COMPLETED: "done", Status.FAILED: "f"}, encoding="cp1252", header=False
        ),
    )


def test_a_period_of_one_kind_takes_the_place_of_one_of_the_other(configured: Path) -> None:
    job = config.export_job(configured, {"until": "2024-01-31"})
    assert job.period == Period(PeriodMode.LAST_ACTIVITY, until=date(2024, 1, 31))
    assert job.notes == tuple(
        f"{name} is not used, because until is given." for name in ("timeFrames", "timeFramesScale", "asOf")
    )


@pytest.mark.parametrize(
    ("settings", "file_name", "expected"),
    [
        ({}, None, FileFormat.CSV),
        ({}, "out/A.XLSX", FileFormat.XLSX),
        ({}, "a.ndjson", FileFormat.JSON_LINES),
        ({}, "a.parquet", FileFormat.PARQUET),
        ({"format": "tsv"}, "a.xlsx", FileFormat.TSV),
        ({"format": "xml"}, None, FileFormat.XML),
    ],
)
def test_the_format_is_told_by_the_setting_or_else_by_the_file(
    settings: dict[str, str], file_name: str | None, expected: FileFormat
) -> None:
    job = config.export_job(None, settings, provider=Provider.TRACKING, file_name=file_name)
    assert job.appearance.file_format is expected
    assert job.notes == ()


def test_what_was_configured_for_another_format_is_not_used(configured: Path) -> None:
    for settings, file_name in (({"format": "parquet"}, None), ({}, "a.parquet"), ({"format": "parquet"}, "a.csv")):
        job = config.export_job(configured, settings, file_name=file_name)
        assert job.appearance.file_format is FileFormat.PARQUET
        assert job.notes == tuple(
            f"{name} is not used, because the format is parquet." for name in ("delimiter", "encoding", "showHeaders")
        )


def test_the_file_s_ending_beats_the_configured_format(tmp_path: Path) -> None:
    action = "<fileExportAction><format>tsv</format></fileExportAction>"
    path = written(tmp_path, f"<export-config><trackingProvider/>{action}</export-config>")
    assert config.export_job(path).appearance.file_format is FileFormat.TSV
    assert config.export_job(path, file_name="a.txt").appearance.file_format is FileFormat.TSV
    job = config.export_job(path, file_name="a.xlsx")
    assert job.appearance.file_format is FileFormat.XLSX
    assert job.notes == ("The format tsv is not used, because the file's name ends in .xlsx.",)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"timeZon": "UTC"}, '"timeZon" is not a setting; did you mean timeZone?'),
        ({"timeZone": "Mars"}, ('setting timeZone: "Mars" is not a zone of the TZ database; write for example UTC or'
            " America/Sao_Paulo")),
        ({"timeZone": ["UTC", "Asia/Tokyo"]}, "setting timeZone: it has another value already; keep one of the two"),
        ({"delimiter": "pipe", "Delimiter": ";"},
            "setting delimiter: it has another value already; keep one of the two"),
        ({"columns": "scores"}, 'setting columns: "scores" is not a column of <trackingProvider>; did you mean score?'),
        ({"columns": "score,,date"}, ('setting columns: "score,,date" has an empty name; write for example'
            " candidateLogin=Login,score")),
        ({"columns": "score,Score=x"}, "setting columns: the column score stands twice"),
        ({"columns": ["progress", "progression"]}, "setting columns: the column progression stands twice"),
        ({"trackingStatus.passed": "completed"},
            'setting trackingStatus: completed and passed both go by the word "completed"; give one of them another'),
        ({"timeFrames": "3"}, "setting timeFrames: it means nothing by itself; give timeFramesScale too"),
        ({"format": "xlsx", "delimiter": "pipe"},
            "setting delimiter: it is for csv, and the format is xlsx; leave one of them out"),
        ({"since": "2024-01-02", "until": "2024-01-01"},
            "setting since: the period from 2024-01-02 until 2024-01-01 is empty; since must come first"),
    ],
)  # fmt: skip
def test_one_mistake(settings: dict[str, str | list[str]], message: str) -> None:
    assert messages(settings) == [message]


def test_all_mistakes_at_once_and_those_against_the_configuration(configured: Path) -> None:
    assert messages({"timeZone": "Mars", "columns": "a,score", "status": ["x", "passed"]}) == [
        'setting timeZone: "Mars" is not a zone of the TZ database; write for example UTC or America/Sao_Paulo',
        'setting status: "x" is not a status; write notAttempted, incomplete, completed, passed, failed or browsed',
        'setting columns: "a" is not a column of <trackingProvider>',
    ]
    assert messages({"encoding": "cp1252"}, configured, file_name="a.jsonl") == [
        "setting encoding: it is for csv and tsv, and the format is jsonl; leave one of them out"
    ]
    assert messages({"timeFrames": "101", "timeFramesScale": "less_than_n_years"}, configured) == [
        "setting timeFrames: 101 reach back too far; write at most 100 for less_than_n_years"
    ]


def test_somebody_must_say_what_is_exported() -> None:
    with pytest.raises(UsageError, match="Nothing says what is exported"):
        config.export_job(None)
    with pytest.raises(UsageError, match='no configuration that could have an export "x"'):
        config.export_job(None, provider=Provider.TRACKING, name="x")
