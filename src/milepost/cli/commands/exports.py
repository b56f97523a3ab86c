"""`export`: what the store holds, as files."""

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
"""What commands call that which is exported, to its provider. A test holds it against the model, slow to import."""


class ExportOptions(TypedDict):
    """What the options give that say what is exported, and how."""

    config: str | None
    export_name: str | None
    settings: options.Settings


def exporting(command: options.Command) -> options.Command:
    """Adds everything that amounts to an export."""
    return options.stacked(
        command,
        options.config,
        click.option(
            "--export",
            "export_name",
            metavar="NAME",
            help="The name or number of the export in the configuration, if it has several.",
        ),
        options.settings_of("export"),
    )


def provider_of(what: str) -> Provider:
    """The provider of what a command exports."""
    from milepost.model.export import Provider

    return Provider(PROVIDERS[what])


def job(given: ExportOptions, *, provider: Provider | None = None, output: str | None = None) -> ExportJob:
    """The export that the options amount to.

    `provider` is what the command exports; None: what the configuration says. The ending of `output` tells the format
    where no option does. Raises ConfigurationError with all mistakes, FileError for a configuration that cannot be
    read, and UsageError for options that cannot be meant.
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


_output = click.option(
    "-o", "--output", default=streams.STANDARD, metavar="FILE", help="Where to; standard output unless said."
)


@export.command(cls=options.SettingsCommand)
@_output
@exporting
@options.database
def tracking(output: str, db: str, schema: str | None, **given: Unpack[ExportOptions]) -> None:
    """One line per tracking row, in the columns of an import file."""
    _export("tracking", given, output, db, schema)


@export.command(cls=options.SettingsCommand)
@_output
@exporting
@options.database
def registrations(output: str, db: str, schema: str | None, **given: Unpack[ExportOptions]) -> None:
    """One line per registration, with what its tracking comes to."""
    _export("registrations", given, output, db, schema)


@export.command("tracking-log", cls=options.SettingsCommand)
@_output
@exporting
@options.database
def tracking_log(output: str, db: str, schema: str | None, **given: Unpack[ExportOptions]) -> None:
    """One line per registration, learning object and day: the time spent, and the progression."""
    _export("tracking-log", given, output, db, schema)


def _export(what: str, given: ExportOptions, output: str, db: str, schema: str | None) -> None:
    from milepost.cli import summary
    from milepost.reading.exporting import export as write
    from milepost.reading.exporting import losses

    asked = job(given, provider=provider_of(what), output=output)
    streams.keep_apart("-o", output, {"the store": db, "the configuration": given["config"]})
    store = options.store(db, schema)
    for note in (*asked.notes, *losses(asked)):
        terminal.note(note)
    if output == streams.STANDARD:
        write(store, terminal.data_stream(), asked)
        return
    rows = write(store, Path(output), asked)
    print(f"{summary.rows(rows)} written to {output}.", file=sys.stderr)
