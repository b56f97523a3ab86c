"""Export configurations: what they amount to, and every mistake they can have, with its line."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from milepost import config
from milepost.cli import application, export_options
from milepost.config.exporting.settings import SETTINGS
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.exceptions import ConfigurationError
from milepost.model.export import (
    PROVIDER_COLUMNS,
    Appearance,
    ExportJob,
    FileFormat,
    Filters,
    Period,
    PeriodMode,
    Provider,
    Scale,
)
from milepost.model.job import TimeFormat
from milepost.model.status import Status

PAGE = (Path(__file__).parents[3] / "docs" / "export-configuration.md").read_text(encoding="utf-8")
ROLLED = Provider.REGISTRATIONS


def job(tmp_path: Path, xml: str, *pairs: tuple[str, str], provider: Provider = ROLLED) -> ExportJob:
    """What an XML and settings of the caller amount to. A check of the XML says nothing against it."""
    path = tmp_path / "export.xml"
    path.write_text(xml)
    assert config.check(path).mistakes == ()
    return config.export_job(provider, path, pairs)


def mistakes(tmp_path: Path, xml: str, provider: Provider = ROLLED) -> list[str]:
    """What is wrong with an XML, each with its line: a check says the same."""
    path = tmp_path / "export.xml"
    path.write_text(xml)
    with pytest.raises(ConfigurationError) as raised:
        config.export_job(provider, path)
    assert raised.value.mistakes == config.check(path).mistakes
    return [str(mistake) for mistake in raised.value.mistakes]


def told(*pairs: tuple[str, str], provider: Provider = ROLLED) -> list[str]:
    """What is wrong with settings of the caller."""
    with pytest.raises(ConfigurationError) as raised:
        config.export_job(provider, None, pairs)
    assert raised.value.source == "The command line"
    return [mistake.message for mistake in raised.value.mistakes]


def test_the_example_of_the_page(tmp_path: Path) -> None:
    example = re.findall(r"```xml\n(.*?)```", PAGE, re.DOTALL)[0]
    assert job(tmp_path, example) == ExportJob(
        ROLLED,
        (
            ("candidateLogin", "Login"),
            ("trainingTitle", "Course"),
            ("progression", None),
            ("status", None),
            ("timeSpent", None),
        ),
        Filters(trainings=("MATHS", "PHYSICS"), statuses=(Status.COMPLETED,)),
        Period(PeriodMode.LAST_ACTIVITY, 3, Scale.FULL_MONTHS),
        Appearance(
            FileFormat.CSV,
            DateTimeFormat.parse("DD/MM/YYYY HH:II:SS"),
            "Europe/Paris",
            TimeFormat.PADDED,
            {Status.COMPLETED: "done"},
            decimal=",",
            delimiter=";",
            encoding="windows-1252",
        ),
    )


def test_the_page_names_every_setting_and_every_option() -> None:
    for setting in SETTINGS:
        assert f"`{setting.name.partition('.')[0]}`" in PAGE
    for scale in Scale:
        assert f"`{scale}`" in PAGE
    group = application.milepost.commands["export"]
    assert isinstance(group, click.Group)
    for command in group.commands.values():
        for parameter in command.params:
            named = {"db", "schema", "output", "columns", "settings", "config"}
            if isinstance(parameter, click.Option) and parameter.name not in named:
                assert f"`{parameter.opts[0]}`" in PAGE


def test_nothing_given_is_everything_as_it_is() -> None:
    for provider in Provider:
        assert config.export_job(provider) == ExportJob(provider)


@pytest.mark.parametrize(
    "xml",
    [
        "<export-config><trackingProvider/></export-config>",
        "<EXPORT-CONFIG><Export><trackingprovider/><Actions><FileExportAction/></Actions></Export></EXPORT-CONFIG>",
        "<export-config><providers><trackingProvider/></providers><fileExportAction/></export-config>",
        "<export-config><export><trackingLogProvider/></export><export><trackingProvider/></export></export-config>",
    ],
)
def test_what_may_be_left_out(tmp_path: Path, xml: str) -> None:
    assert job(tmp_path, xml, provider=Provider.TRACKING) == ExportJob(Provider.TRACKING)


def test_the_caller_beats_the_file(tmp_path: Path) -> None:
    xml = """<export-config><consolidatedTrackingProvider>
        <columns><progression/></columns>
        <parameters>
        <training>A</training><learner>ada</learner><timeZone>UTC</timeZone>
        <timeFrames>1</timeFrames><timeFramesScale>less_than_n_days</timeFramesScale>
        </parameters></consolidatedTrackingProvider></export-config>"""
    pairs = (("TRAINING", "B"), ("training", "C"), ("timeZone", "Europe/Paris"), ("columns", "nbLO, status = S"))
    found = job(tmp_path, xml, *pairs, ("since", "2024-02-29"))
    assert found.filters == Filters(trainings=("B", "C"), learners=("ada",))
    assert found.appearance == Appearance(time_zone="Europe/Paris")
    assert found.columns == (("nbLO", None), ("status", "S"))
    assert found.period == Period(since=date(2024, 2, 29))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("2024-02-29 08:30", datetime(2024, 2, 29, 8, 30)),  # noqa: DTZ001 - local in the export's zone
        ("2024-02-29T08:30:15Z", datetime(2024, 2, 29, 8, 30, 15, tzinfo=UTC)),
        ("2024-02-29T10:30:15+02:00", datetime(2024, 2, 29, 8, 30, 15, tzinfo=UTC)),
    ],
)
def test_days_and_moments(text: str, moment: date | datetime) -> None:
    assert config.export_job(ROLLED, None, [("until", text)]).period == Period(until=moment)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("colums", "x")], '"colums" is not a setting of an export; did you mean columns?'),
        (
            [("columns", "candidatelogn")],
            '"candidatelogn" is not a column of this export; did you mean candidateLogin?',
        ),
        ([("columns", "status,Status")], "status stands there twice; keep one"),
        ([("status", "finished")], '"finished" is not a status; write notAttempted, incomplete, completed'),
        ([("status", "passed")], "a registration is never passed; it is completed, incomplete or notAttempted"),
        ([("timeFrames", "-1")], '"-1" is not a number of time frames; write a whole number from 0 up'),
        ([("timeFrames", "1")], "how long a time frame is must be said too; give timeFramesScale"),
        ([("timeFramesScale", "less_than_n_days")], "how many time frames there are must be said too; give timeFrames"),
        ([("timeFramesScale", "weeks"), ("timeFrames", "1")], '"weeks" is not a scale of time frames; write '),
        (
            [("timeFramesScale", "less_than_n_days"), ("timeFrames", "1"), ("since", "2024-01-01")],
            "timeFrames says already from when to when; keep one of the two",
        ),
        ([("since", "2024-01-02"), ("until", "2024-01-01")], "2024-01-01 is before 2024-01-02"),
        ([("since", "2023-02-29")], '"2023-02-29" is not a day or a moment; write for example 2024-03-01'),
        ([("since", "1/2/2024")], '"1/2/2024" is not a day or a moment'),
        ([("asOf", "2024-01-01")], "it says from when time frames are counted back; give timeFrames"),
        ([("timeFrameMode", "timeSpent")], "there is no period that it could be about"),
        ([("timeFrameMode", "time")], '"time" is not a mode of time frames; write timeSpent'),
        ([("format", "pdf")], '"pdf" is not a file format; write csv, tsv, xlsx, xml, jsonl or parquet'),
        ([("format", "tsv"), ("delimiter", "pipe")], "it is for CSV, and the file is TSV"),
        ([("format", "xml"), ("encoding", "latin-1")], "it is for CSV or TSV, and the file is XML"),
        ([("format", "parquet"), ("showHeaders", "no")], "it is for CSV, TSV or XLSX, and the file is PARQUET"),
        ([("delimiter", "detect")], '"detect" is not a delimiter; write comma, pipe, semicolon or tabulation'),
        ([("decimal", "dot")], '"dot" is not a decimal separator; write point or comma'),
        (
            [("timeZone", "Europe/Pariss")],
            '"Europe/Pariss" is not a zone of the TZ database; did you mean Europe/',
        ),
        ([("timeZone", "UTC"), ("timezone", "Europe/Paris")], "it has another value already; keep one of the two"),
    ],
)
def test_mistakes_of_the_caller(pairs: list[tuple[str, str]], message: str) -> None:
    (found,) = told(*pairs)
    assert message in found


def test_a_tracking_row_is_never_not_attempted() -> None:
    assert told(("status", "not attempted"), provider=Provider.TRACKING) == [
        "setting status: a tracking row is never notAttempted; it is incomplete, completed, passed, failed or browsed"
    ]


@pytest.mark.parametrize(
    ("xml", "messages"),
    [
        (
            "<import-configs/>",
            [
                "line 1: <import-configs> cannot be the root of an export configuration; it is <export-config>",
            ],
        ),
        (
            "<export-config/>",
            ["line 1: <export-config> holds no <consolidatedTrackingProvider>, so there is nothing to export"],
        ),
        (
            "<export-config>\n<consolidatedTrackingProviders/></export-config>",
            [
                "line 2: <consolidatedTrackingProviders> is unknown in <export-config>; did you mean consolidated",
            ],
        ),
        ("<export-config>\n<export>", ["line 2: the configuration is not well-formed XML: "]),
    ],
)
def test_mistakes_of_the_outline(tmp_path: Path, xml: str, messages: list[str]) -> None:
    path = tmp_path / "export.xml"
    path.write_text(xml)
    with pytest.raises(ConfigurationError) as raised:
        config.export_job(ROLLED, path)
    for mistake, message in zip(raised.value.mistakes, messages, strict=False):
        assert str(mistake).startswith(message)


def test_all_mistakes_of_a_file_are_told_with_their_lines(tmp_path: Path) -> None:
    assert mistakes(
        tmp_path,
        """<export-config>
        <export>
        <consolidatedTrackingProvider>text
        <columns><candidateLogin lable="x"/><logn/>
        <status><name>x</name></status></columns>
        <parameters><timeZon>UTC</timeZon><trackingStatus><complete>c</complete></trackingStatus>
        <decimal>comma</decimal><since><x/></since></parameters>
        </consolidatedTrackingProvider>
        <trackingProvider><columns><nbLO/></columns></trackingProvider>
        <actions><fileExportAction><format>doc</format><timeZone>UTC</timeZone></fileExportAction>
        <fileExportAction/><mailAction/></actions>
        </export>
        </export-config>""",
    ) == [
        "line 3: <consolidatedTrackingProvider> holds text where only elements are expected",
        'line 4: <candidateLogin> has an unknown attribute "lable"; did you mean label?',
        'line 4: <columns>: "logn" is not a column of this export',
        "line 5: <name> is unknown in <status>",
        "line 6: <timeZon> is unknown in <parameters>; did you mean timeZone?",
        "line 6: <complete> is unknown in <trackingStatus>; did you mean completed?",
        "line 7: <decimal> does not belong in <parameters>, but in <fileExportAction>",
        "line 7: <since>: it holds elements where only text is expected",
        'line 9: <columns>: "nbLO" is not a column of this export',
        'line 10: <format>: "doc" is not a file format; write csv, tsv, xlsx, xml, jsonl or parquet',
        "line 10: <timeZone> does not belong in <fileExportAction>, but in <parameters> of the provider",
        "line 11: <mailAction> is unknown in <actions>",
        "line 11: <fileExportAction> stands on line 10 already; an export has one",
    ]


def test_two_exports_of_one_kind_are_too_many(tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text(
        "<export-config><export><trackingProvider/></export>\n<export>\n<trackingProvider/></export></export-config>"
    )
    with pytest.raises(ConfigurationError, match="<trackingProvider> stands on lines 1 and 3; keep one in each"):
        config.export_job(Provider.TRACKING, path)


ELEMENTS = st.sampled_from(
    [
        *("export-config", "export", "providers", "actions", "fileExportAction", "columns", "parameters", "label", "x"),
        *Provider,
        *(setting.name.partition(".")[0] for setting in SETTINGS),
        *PROVIDER_COLUMNS[ROLLED][:3],
    ]
)
TEXTS = st.sampled_from(["", "UTC", "1", "csv", "yes", "2024-01-01", "DD/MM/YYYY", ";", "completed", "&#x2603;"])
TREES = st.recursive(
    TEXTS, lambda inner: st.builds(lambda name, parts: f"<{name}>{''.join(parts)}</{name}>", ELEMENTS, st.lists(inner))
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.lists(TREES), st.sampled_from(Provider))
def test_no_configuration_ends_in_anything_but_a_job_or_mistakes(
    tmp_path: Path, trees: list[str], provider: Provider
) -> None:
    path = tmp_path / "export.xml"
    path.write_text(f"<export-config>{''.join(trees)}</export-config>")
    config.check(path)
    with suppress(ConfigurationError):
        assert config.export_job(provider, path).provider is provider


def test_the_options_are_settings_by_their_names() -> None:
    settings_of = {setting for setting, *_ in export_options._TEXTS.values()}
    settings_of |= {setting for setting, _ in export_options._LISTS.values()}
    assert settings_of - {"columns"} <= {setting.name for setting in SETTINGS}
