"""`export`: what the store holds, as files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from milepost.cli import export_options, options, streams, terminal


@click.group()
def export() -> None:
    """Read back what the store holds."""


@export.command()
@export_options.exporting
def tracking(**given: Any) -> None:  # noqa: ANN401 - the options of `exporting`
    """One line per tracking row, in the columns of an import file."""
    _export("trackingProvider", given)


@export.command()
@export_options.exporting
def registrations(**given: Any) -> None:  # noqa: ANN401
    """One line per registration, with what its tracking comes to."""
    _export("consolidatedTrackingProvider", given)


@export.command("tracking-log")
@export_options.exporting
def tracking_log(**given: Any) -> None:  # noqa: ANN401
    """One line per registration, learning object and day: the time spent, and the progression."""
    _export("trackingLogProvider", given)


def _export(provider: str, given: dict[str, Any]) -> None:
    from milepost import config
    from milepost.cli import summary
    from milepost.exports.exporting import export as write
    from milepost.exports.exporting import losses
    from milepost.model.export import FileFormat, Provider

    output: str = given["output"]
    ending = export_options.ending(output)
    job = config.export_job(
        Provider(provider),
        None if given["config"] is None else Path(given["config"]),
        export_options.settings(given),
        file_format=FileFormat(ending) if ending in set(FileFormat) else None,
    )
    streams.keep_apart("-o", output, {"the store": given["db"], "the configuration": given["config"]})
    store = options.store(given["db"], given["schema"])
    for note in (*job.notes, *losses(job)):
        terminal.note(note)
    if output == streams.STANDARD:
        write(store, terminal.data_stream(), job)
        return
    rows = write(store, Path(output), job)
    print(f"{summary.rows(rows)} written to {output}.", file=sys.stderr)
