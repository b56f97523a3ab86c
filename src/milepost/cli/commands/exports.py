"""`export`: writes what is stored to files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from milepost.cli import options, streams, terminal

if TYPE_CHECKING:
    from milepost.model.export import ExportJob, Provider

PROVIDERS = {
    "tracking": "trackingProvider",
    "registrations": "consolidatedTrackingProvider",
    "tracking-log": "trackingLogProvider",
}
"""The words of the commands, to providers. A test compares them with the model, which is slow to import."""


class ExportOptions(TypedDict):
    """The values of the options of an export."""

    config: str | None
    export_name: str | None
    settings: options.Settings


exporting = options.together(
    options.config,
    click.option(
        "--export",
        "export_name",
        metavar="NAME",
        help="The name or number of the export in the configuration, if it has several.",
    ),
    options.settings_of("export"),
)
"""Adds the options of an export, without its output and its store."""


def provider_of(what: str) -> Provider:
    """The provider that a command calls `what`."""
    from milepost.model.export import Provider

    return Provider(PROVIDERS[what])


def job(given: ExportOptions, *, provider: Provider | None = None, output: str | None = None) -> ExportJob:
    """The export that the options amount to.

    `provider`: what is exported; None: what the configuration says. `output`: the file; its ending sets the format if
    no option does. Raises ConfigurationError with all mistakes, FileError for a configuration that cannot be read, and
    UsageError for options that contradict each other.
    """
    from milepost import settings

    file_name = None if output == streams.STANDARD else output
    with streams.configuration(given["config"]) as path:
        return settings.export_job(
            path, given["settings"], provider=provider, name=given["export_name"], file_name=file_name
        )


@click.group()
def export() -> None:
    """Read back what the store holds."""


_writing = options.together(
    click.option(
        "-o", "--output", default=streams.STANDARD, metavar="FILE", help="Where to; standard output unless said."
    ),
    exporting,
    options.database,
)


@export.command(cls=options.SettingsCommand)
@_writing
def tracking(output: str, db: str, **given: Unpack[ExportOptions]) -> None:
    """One line per tracking row, in the columns of an import file."""
    _export("tracking", given, output, db)


@export.command(cls=options.SettingsCommand)
@_writing
def registrations(output: str, db: str, **given: Unpack[ExportOptions]) -> None:
    """One line per registration, with what its tracking comes to."""
    _export("registrations", given, output, db)


@export.command("tracking-log", cls=options.SettingsCommand)
@_writing
def tracking_log(output: str, db: str, **given: Unpack[ExportOptions]) -> None:
    """One line per registration, learning object and day: the time spent, and the progression."""
    _export("tracking-log", given, output, db)


def _export(what: str, given: ExportOptions, output: str, db: str) -> None:
    from milepost.cli import summary
    from milepost.reading.exporting import export as write
    from milepost.reading.exporting import losses

    asked = job(given, provider=provider_of(what), output=output)
    streams.keep_apart("-o", output, {"the store": db, "the configuration": given["config"]})
    for note in (*asked.notes, *losses(asked)):
        terminal.note(note)
    if output == streams.STANDARD:
        write(db, terminal.data_stream(), asked)
        return
    rows = write(db, Path(output), asked)
    print(f"{summary.rows(rows)} written to {output}.", file=sys.stderr)
