"""`export`: writes what is stored to files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from milepost.cli import options, shape, streams, terminal, voice

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
    strict: bool
    settings: options.Settings


strict = options.option(
    "--strict",
    is_flag=True,
    group=shape.CONFIGURATION,
    help="Refuse what has no counterpart in Milepost, instead of a note.",
)
"""The option by which nothing of a configuration is passed over."""

exporting = options.together(
    options.config,
    options.option(
        "--export",
        "export_name",
        metavar="NAME",
        group=shape.CONFIGURATION,
        help="The name or number of the export in the configuration, if it has several.",
    ),
    strict,
)
"""Adds the options of an export, without its output and its store."""


def provider_of(what: str) -> Provider:
    """The provider that a command calls `what`."""
    from milepost.model.export import Provider

    return Provider(PROVIDERS[what])


def job(given: ExportOptions, *, provider: Provider | None = None, output: str | None = None) -> ExportJob:
    """The export that the options amount to; arguments and errors are those of `settings.export_job`."""
    from milepost import settings

    file_name = None if output == streams.STANDARD else output
    with streams.configuration(given["config"]) as path:
        return settings.export_job(
            path,
            given["settings"],
            provider=provider,
            name=given["export_name"],
            file_name=file_name,
            strict=given["strict"],
        )


@click.group(cls=shape.Group)
def export() -> None:
    """Read back what the store holds."""


def _add(what: str, help_: str) -> None:
    @export.command(what, cls=options.SettingsCommand, job="export", help=help_)
    @options.output(help="Where to; standard output unless said.")
    @exporting
    @options.database
    def write(output: str, db: str, **given: Unpack[ExportOptions]) -> None:
        _export(what, given, output, db)


_add("tracking", "One line per tracking row, in the columns of an import file.")
_add("registrations", "One line per registration, with what its tracking comes to.")
_add("tracking-log", "One line per registration, learning object and day: the time spent, and the progression.")


def _export(what: str, given: ExportOptions, output: str, db: str) -> None:
    from milepost.cli import summary
    from milepost.reading.exporting import export as write
    from milepost.reading.exporting import losses

    streams.keep_apart("-o", output, {"the store": db, "the configuration": given["config"]})
    asked = job(given, provider=provider_of(what), output=output)
    for note in (*asked.notes, *losses(asked)):
        terminal.note(note)
    if output == streams.STANDARD:
        write(db, terminal.data_stream(), asked)
        return
    rows = write(db, Path(output), asked)
    voice.current().facts["rows"] = rows
    if not voice.current().is_quiet:
        print(f"{summary.rows(rows)} written to {output}.", file=sys.stderr)
