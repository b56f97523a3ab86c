"""What `export` is told of what, which of it, and how it looks; and the export that this amounts to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

from milepost.cli import options, streams
from milepost.model.file_formats import FileFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milepost.model.export import ExportJob, Provider

Command = TypeVar("Command", bound=Callable[..., Any])

PROVIDERS = {
    "tracking": "trackingProvider",
    "registrations": "consolidatedTrackingProvider",
    "tracking-log": "trackingLogProvider",
}
"""What commands call that which is exported, to its provider."""
SCALES = (
    "less_than_n_days",
    "less_than_n_months",
    "less_than_n_full_months",
    "less_than_n_years",
    "less_than_n_full_years",
)
MODES = ("timeSpent", "lastActivity", "lastActivityCumulative")
TIME_FORMATS = ("rawSeconds", "rawMinutes", "iso-8601", "padded", "paddedhh")
FILE_FORMATS = tuple(FileFormat)
"""The words that helps name. A test holds them against the model, which is slow to import."""

_STATUS_WORD = "trackingStatus"


def several(words: Iterable[str]) -> str:
    """`a, b or c`, of two words or more."""
    every = list(words)
    return f"{', '.join(every[:-1])} or {every[-1]}"


def choosing(command: Command) -> Command:
    """Adds which columns and which rows are exported."""
    return options.stacked(
        command,
        click.option(
            "--columns",
            multiple=True,
            metavar="NAMES",
            help="Which columns, in their order, comma separated; each NAME or NAME=label. Repeatable.",
        ),
        click.option(
            "--training", "trainings", multiple=True, metavar="CODE", help="Of this path code or GUID. Repeatable."
        ),
        click.option(
            "--session", "sessions", multiple=True, metavar="TITLE", help="Of this title or GUID. Repeatable."
        ),
        click.option(
            "--learner",
            "learners",
            multiple=True,
            metavar="NAME",
            help="Of this login, reference number, e-mail or GUID. Repeatable.",
        ),
        click.option(
            "--status",
            "statuses",
            multiple=True,
            metavar="STATUS",
            help="With this status by its own name. Repeatable.",
        ),
        click.option(
            "--modality", "modalities", multiple=True, metavar="NAME", help="Of trainings of this modality. Repeatable."
        ),
    )


def period(command: Command) -> Command:
    """Adds from when to when."""
    return options.stacked(
        command,
        click.option("--since", metavar="WHEN", help="From this day or moment on, as 2024-01-31 or 2024-01-31T08:00."),
        click.option("--until", metavar="WHEN", help="To the end of this day, or up to this moment."),
        click.option("--time-frames", metavar="N", help="The last N time frames, instead of --since and --until."),
        click.option("--time-frames-scale", metavar="SCALE", help=f"What is counted: {several(SCALES)}."),
        click.option("--time-frame-mode", metavar="MODE", help=f"What must be in the period: {several(MODES)}."),
        click.option("--as-of", metavar="WHEN", help="Where the time frames end; now unless said."),
    )


def appearance(command: Command) -> Command:
    """Adds how the file and its values look."""
    return options.stacked(
        command,
        click.option("--date-time-format", metavar="FORMAT", help="Such as DD/MM/YYYY HH:II:SS."),
        click.option("--time-zone", metavar="ZONE", help="Whose local time is written, such as Europe/Paris."),
        click.option(
            "--time-global-format",
            "--time-format",
            "time_format",
            metavar="FORMAT",
            help=f"Of durations: {several(TIME_FORMATS)}.",
        ),
        click.option(
            "--status-word",
            "status_words",
            multiple=True,
            metavar="STATUS=WORD",
            help="What a status is called, as completed=c. Repeatable.",
        ),
        click.option("--decimal", metavar="NAME", help="point or comma."),
        click.option(
            "--format", "file_format", metavar="FORMAT", help=f"{several(FILE_FORMATS)}; by the file's ending."
        ),
        click.option("--delimiter", metavar="NAME", help="Of CSV: comma, pipe, semicolon or tabulation."),
        click.option("--encoding", metavar="NAME", help="Of CSV and TSV, such as UTF-8 or windows-1252."),
        click.option("--header/--no-header", default=None, help="Whether the first line names the columns."),
        click.option("--raw", is_flag=True, help="Leave texts as they are that a spreadsheet would take for formulas."),
    )


def exporting(command: Command) -> Command:
    """Adds everything that amounts to an export."""
    return options.stacked(
        command,
        click.option("--config", metavar="XML", help="The export configuration. The other options beat it."),
        click.option(
            "--export",
            "export_name",
            metavar="NAME",
            help="The name or number of the export in the configuration, if it has several.",
        ),
        choosing,
        period,
        appearance,
        click.option(
            "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting, as in XML. Repeatable."
        ),
    )


class ExportOptions(TypedDict):
    """What `exporting` adds to a command."""

    config: str | None
    export_name: str | None
    columns: tuple[str, ...]
    trainings: tuple[str, ...]
    sessions: tuple[str, ...]
    learners: tuple[str, ...]
    statuses: tuple[str, ...]
    modalities: tuple[str, ...]
    since: str | None
    until: str | None
    time_frames: str | None
    time_frames_scale: str | None
    time_frame_mode: str | None
    as_of: str | None
    date_time_format: str | None
    time_zone: str | None
    time_format: str | None
    status_words: tuple[str, ...]
    decimal: str | None
    file_format: str | None
    delimiter: str | None
    encoding: str | None
    header: bool | None
    raw: bool
    settings: tuple[str, ...]


def settings_of(given: ExportOptions) -> Mapping[str, Sequence[str]]:
    """The texts of each setting that the options give; raises click.UsageError for one that is no pair."""
    header = given["header"]
    named: dict[str, str | tuple[str, ...] | None] = {
        "columns": given["columns"],
        "training": given["trainings"],
        "session": given["sessions"],
        "learner": given["learners"],
        "status": given["statuses"],
        "modality": given["modalities"],
        "since": given["since"],
        "until": given["until"],
        "timeFrames": given["time_frames"],
        "timeFramesScale": given["time_frames_scale"],
        "timeFrameMode": given["time_frame_mode"],
        "asOf": given["as_of"],
        "dateTimeFormat": given["date_time_format"],
        "timeZone": given["time_zone"],
        "timeGlobalFormat": given["time_format"],
        "decimal": given["decimal"],
        "format": given["file_format"],
        "delimiter": given["delimiter"],
        "encoding": given["encoding"],
        "showHeaders": None if header is None else "yes" if header else "no",
        "rawText": "yes" if given["raw"] else None,
    }
    settings: dict[str, list[str]] = {}
    for name, texts in named.items():
        if texts is not None and texts != ():
            settings[name] = [texts] if isinstance(texts, str) else [*texts]
    for status, word in options.pairs("--status-word", "STATUS=WORD", given["status_words"]):
        settings.setdefault(f"{_STATUS_WORD}.{status}", []).append(word)
    for name, text in options.pairs("--set", "NAME=VALUE", given["settings"]):
        settings.setdefault(name, []).append(text)
    return settings


def provider_of(what: str) -> Provider:
    """The provider of what a command exports."""
    from milepost.model.export import Provider

    return Provider(PROVIDERS[what])


def job(given: ExportOptions, *, provider: Provider | None = None, output: str | None = None) -> ExportJob:
    """The export that the options amount to.

    `provider` is what the command exports; None: what the configuration says. The ending of `output` tells the format
    where no option does. Raises ConfigurationError with all mistakes, FileError for a configuration that cannot be
    read, click.UsageError and UsageError for options that cannot be meant.
    """
    from milepost import config

    settings = settings_of(given)
    file_name = None if output == streams.STANDARD else output
    with streams.configuration(given["config"]) as path:
        return config.export_job(path, settings, provider=provider, name=given["export_name"], file_name=file_name)
