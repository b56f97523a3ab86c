"""`export`: what the store holds, as files."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from milepost.cli import options, streams, terminal
from milepost.model.export import ExportJob, Provider


@click.group()
def export() -> None:
    """Read back what the store holds."""


_output = click.option(
    "-o", "--output", default=streams.STANDARD, metavar="FILE", help="Where to; standard output unless said."
)


@export.command()
@_output
@options.database
def tracking(output: str, db: str, schema: str | None) -> None:
    """One line per tracking row, in the columns of an import file."""
    _write(ExportJob(Provider.TRACKING), output, db, schema)


@export.command()
@_output
@options.database
def registrations(output: str, db: str, schema: str | None) -> None:
    """One line per registration, with what its tracking comes to."""
    _write(ExportJob(Provider.REGISTRATIONS), output, db, schema)


@export.command("tracking-log")
@_output
@options.database
def tracking_log(output: str, db: str, schema: str | None) -> None:
    """One line per registration, learning object and day: the time spent, and the progression."""
    _write(ExportJob(Provider.TRACKING_LOG), output, db, schema)


def _write(job: ExportJob, output: str, db: str, schema: str | None) -> None:
    from milepost.cli import summary
    from milepost.exports.exporting import export as write

    streams.keep_apart("-o", output, {"the store": db})
    store = options.store(db, schema)
    if output == streams.STANDARD:
        write(store, terminal.data_stream(), job)
        return
    rows = write(store, Path(output), job)
    print(f"{summary.rows(rows)} written to {output}.", file=sys.stderr)
