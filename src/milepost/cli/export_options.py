"""The options of exports, and the settings that they amount to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, TypeVar

import click

from milepost.cli import options, streams

Command = TypeVar("Command", bound=Callable[..., Any])

_TEXTS = {
    "--columns": ("columns", "NAMES", "The columns, in this order: names, or NAME=label, set off by commas."),
    "--since": ("since", "DAY", "The first day, or moment, of the period."),
    "--until": ("until", "DAY", "The last day; or the first moment that is no longer in the period."),
    "--time-frames": ("timeFrames", "N", "The period: so many time frames back from now."),
    "--time-frames-scale": ("timeFramesScale", "SCALE", "What a time frame is, as less_than_n_full_months."),
    "--time-frame-mode": ("timeFrameMode", "MODE", "timeSpent, lastActivity or lastActivityCumulative."),
    "--as-of": ("asOf", "DAY", "What time frames are counted back from; now unless said."),
    "--format": ("format", "NAME", "csv, tsv, xlsx, xml, jsonl or parquet; by the ending of the file unless said."),
    "--date-time-format": ("dateTimeFormat", "FORMAT", "As DD/MM/YYYY HH:II."),
    "--time-zone": ("timeZone", "ZONE", "In whose local time dates are written, as Europe/Paris; UTC unless said."),
    "--time-global-format": (
        "timeGlobalFormat",
        "NAME",
        "How times are written: rawSeconds, rawMinutes, iso-8601, padded or paddedhh.",
    ),
    "--decimal": ("decimal", "NAME", "point or comma."),
    "--delimiter": ("delimiter", "NAME", "Of CSV: comma, pipe, semicolon or tabulation."),
    "--encoding": ("encoding", "NAME", "Of CSV and TSV, such as UTF-8 or windows-1252."),
}
"""The options with a text, each with its setting, and what its help says."""

_LISTS = {
    "--training": ("training", "Path code or GUID."),
    "--session": ("session", "Title or GUID."),
    "--learner": ("learner", "Log-in name, e-mail, reference number or GUID."),
    "--status": ("status", "As completed."),
    "--modality": ("modality", "Of the training, as blendedx."),
}
"""The options that say which rows are wanted, each with its setting."""


def exporting(command: Command) -> Command:
    """Adds everything that amounts to an export: what, which of it, how it looks, and where to."""
    decorators = [
        click.option(
            "-o", "--output", default=streams.STANDARD, metavar="FILE", help="Where to; standard output unless said."
        ),
        click.option("--config", metavar="XML", help="The configuration. The other options beat it."),
        *(
            click.option(option, metavar="NAME", multiple=True, help=f"{what} Repeatable.")
            for option, (_, what) in _LISTS.items()
        ),
        *(click.option(option, metavar=metavar, help=what) for option, (_, metavar, what) in _TEXTS.items()),
        click.option("--header/--no-header", default=None, help="Whether the first line has the names; it has."),
        click.option("--raw", is_flag=True, help="Leave texts as they are that a spreadsheet takes for formulas."),
        click.option(
            "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting, as in XML. Repeatable."
        ),
    ]
    for decorator in reversed(decorators):
        command = decorator(command)
    return options.database(command)


def settings(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The settings that the options amount to; raises click.UsageError for a --set that is no pair."""
    found = [(setting, given[_parameter(option)]) for option, (setting, _, _) in _TEXTS.items()]
    found += [(setting, text) for option, (setting, _) in _LISTS.items() for text in given[_parameter(option)]]
    if given["header"] is not None:
        found.append(("showHeaders", "yes" if given["header"] else "no"))
    if given["raw"]:
        found.append(("rawText", "yes"))
    return [(name, text) for name, text in found if text is not None] + options.settings(given["settings"])


def ending(output: str) -> str:
    """The ending of the file that is written, without its dot."""
    return PurePath(output).suffix.removeprefix(".").casefold()


def _parameter(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")
