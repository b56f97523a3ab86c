"""The options of an export, as settings and as an export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Unpack

import click
import pytest

from milepost.cli import options as shared
from milepost.cli import terminal
from milepost.cli.commands import exports
from milepost.cli.commands.exports import ExportOptions
from milepost.model.columns import Status
from milepost.model.exceptions import ConfigurationError
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
from milepost.model.wording import listed


@click.command(cls=shared.SettingsCommand, job="export")
@exports.exporting
def _command(**given: Unpack[ExportOptions]) -> ExportOptions:
    return given


def options(*words: str) -> ExportOptions:
    """The options that the words of a command line give."""
    given: ExportOptions = _command.main([*words], standalone_mode=False)
    return given


def job(*words: str, provider: Provider | None = Provider.TRACKING, output: str | None = None) -> ExportJob:
    """The export that the words of a command line amount to."""
    return exports.job(options(*words), provider=provider, output=output)


def test_no_options_are_no_settings() -> None:
    assert options()["settings"] == {}
    assert job(output="-") == ExportJob(Provider.TRACKING)


def test_every_option() -> None:
    words = (
        *("--columns", "candidateLogin=Log in,score", "--columns", "progression"),
        *("--training", "A,B", "--training", "C", "--session", "S", "--learner", "ada", "--status", "In complete"),
        *("--modality", "blendedx", "--time-frames", "3", "--time-frames-scale", "less_than_n_months"),
        *("--time-frame-mode", "lastActivity", "--as-of", "2024-05-28", "--date-time-format", "DD/MM/YYYY"),
        *("--time-zone", "Europe/Paris", "--time-format", "padded", "--status-word", "completed=c"),
        *("--status-word", "passed=a=b", "--decimal", "comma", "--delimiter", "pipe", "--encoding", "cp1252"),
        *("--no-header", "--raw", "--format", "csv"),
    )
    assert job(*words) == ExportJob(
        Provider.TRACKING,
        columns=(("candidateLogin", "Log in"), ("score", None), ("progression", None)),
        filters=Filters(
            trainings=("A,B", "C"),
            sessions=("S",),
            learners=("ada",),
            statuses=(Status.INCOMPLETE,),
            modalities=("blendedx",),
        ),
        period=Period(PeriodMode.LAST_ACTIVITY, frames=3, scale=Scale.MONTHS, as_of=date(2024, 5, 28)),
        appearance=Appearance(
            date_time_format=job("--date-time-format", "DD/MM/YYYY").appearance.date_time_format,
            time_zone="Europe/Paris",
            time_global_format=TimeFormat.PADDED,
            status_words={Status.COMPLETED: "c", Status.PASSED: "a=b"},
            decimal=",",
            delimiter="|",
            encoding="cp1252",
            header=False,
            raw=True,
        ),
    )


def test_settings_and_the_ending_of_the_file() -> None:
    given = ("--set", "since=2024-01-01", "--set", "training=A", "--set", "training=B", "--training", "C", "--header")
    assert job(*given, output="out/a.xlsx") == ExportJob(
        Provider.TRACKING,
        filters=Filters(trainings=("C", "A", "B")),
        period=Period(since=date(2024, 1, 1)),
        appearance=Appearance(file_format=FileFormat.XLSX),
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--until", "x"), {"until": ["x"]}),
        (("--header",), {"showHeaders": ["yes"]}),
        (("--delimiter", "pipe", "--set", "delimiter=;"), {"delimiter": ["pipe", ";"]}),
        (("--set", " timeZone = UTC "), {"timeZone": [" UTC "]}),
    ],
)
def test_options_as_settings(words: Sequence[str], expected: Mapping[str, Sequence[str]]) -> None:
    assert options(*words)["settings"] == expected


@pytest.mark.parametrize("words", [("--set", "timeZone"), ("--status-word", "=c"), ("--status-word", "completed")])
def test_what_is_no_pair(words: Sequence[str]) -> None:
    with pytest.raises(click.UsageError, match=f'{words[0]} "{words[1]}" is not of the form '):
        job(*words)


def test_all_mistakes_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        job("--delimiter", "pipe", "--set", "delimiter=comma", "--status-word", "complete=c", "--time-frames", "x")
    assert terminal.message_of(caught.value) == (
        "The command line has 3 mistakes:\n"
        '  --time-frames: "x" is not a whole number\n'
        "  --delimiter: it has another value already; keep one of the two\n"
        '  "trackingStatus.complete" is not a setting; did you mean trackingStatus.completed?'
    )


def test_a_configuration_and_the_export_that_is_meant(tmp_path: Path) -> None:
    path = tmp_path / "exports.xml"
    path.write_text(
        '<export-config><export name="a"><trackingProvider/></export>'
        '<export name="b"><trackingLogProvider><timeZone>Asia/Tokyo</timeZone></trackingLogProvider></export>'
        "</export-config>"
    )
    expected = ExportJob(Provider.TRACKING_LOG, appearance=Appearance(time_zone="Asia/Tokyo"))
    assert job("--config", str(path), "--export", "B", provider=None) == expected
    assert job("--config", str(path), provider=Provider.TRACKING_LOG) == expected
    with pytest.raises(ConfigurationError, match="say which one"):
        job("--config", str(path), provider=None)


def test_every_provider_is_offered() -> None:
    assert [exports.provider_of(what) for what in exports.PROVIDERS] == list(Provider)


@pytest.mark.parametrize("words", [FileFormat, TimeFormat, Scale, PeriodMode])
def test_the_words_of_the_help_are_those_of_the_model(words: type[StrEnum]) -> None:
    helps = [one.help for one in _command.get_params(click.Context(_command)) if isinstance(one, click.Option)]
    assert any(listed([*words], "or") in (text or "") for text in helps)
