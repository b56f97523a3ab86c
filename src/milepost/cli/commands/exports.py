"""`export`: what the store holds, as files."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from milepost.cli import options, streams, terminal


@click.group()
def export() -> None:
    """Read back what the store holds, as CSV."""


@export.command()
@click.option("-o", "--output", default=streams.STANDARD, metavar="FILE", help="Where to; standard output unless said.")
@options.database
def tracking(output: str, db: str, schema: str | None) -> None:
    """One line per tracking row, in the columns of an import file."""
    from milepost.cli import summary
    from milepost.exports.tracking import export_tracking

    streams.keep_apart("-o", output, {"the store": db})
    store = options.store(db, schema)
    if output == streams.STANDARD:
        export_tracking(store, terminal.data_stream())
        return
    rows = export_tracking(store, Path(output))
    print(f"{summary.rows(rows)} written to {output}.", file=sys.stderr)
