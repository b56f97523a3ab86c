"""`export`: what the store holds, as files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Unpack

import click

from milepost.cli import export_options, options, streams, terminal
from milepost.cli.export_options import ExportOptions


@click.group()
def export() -> None:
    """Read back what the store holds."""


_output = click.option(
    "-o", "--output", default=streams.STANDARD, metavar="FILE", help="Where to; standard output unless said."
)


@export.command()
@_output
@export_options.exporting
@options.database
def tracking(output: str, db: str, schema: str | None, **given: Unpack[ExportOptions]) -> None:
    """One line per tracking row, in the columns of an import file."""
    _export("tracking", given, output, db, schema)


@export.command()
@_output
@export_options.exporting
@options.database
def registrations(output: str, db: str, schema: str | None, **given: Unpack[ExportOptions]) -> None:
    """One line per registration, with what its tracking comes to."""
    _export("registrations", given, output, db, schema)


@export.command("tracking-log")
@_output
@export_options.exporting
@options.database
def tracking_log(output: str, db: str, schema: str | None, **given: Unpack[ExportOptions]) -> None:
    """One line per registration, learning object and day: the time spent, and the progression."""
    _export("tracking-log", given, output, db, schema)


def _export(what: str, given: ExportOptions, output: str, db: str, schema: str | None) -> None:
    from milepost.cli import summary
    from milepost.reading.exporting import export as write
    from milepost.reading.exporting import losses

    job = export_options.job(given, provider=export_options.provider_of(what), output=output)
    streams.keep_apart("-o", output, {"the store": db, "the configuration": given["config"]})
    store = options.store(db, schema)
    for note in (*job.notes, *losses(job)):
        terminal.note(note)
    if output == streams.STANDARD:
        write(store, terminal.data_stream(), job)
        return
    rows = write(store, Path(output), job)
    print(f"{summary.rows(rows)} written to {output}.", file=sys.stderr)
