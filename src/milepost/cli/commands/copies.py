"""`copy` puts a store into another one, history included."""

from __future__ import annotations

import dataclasses

import click

from milepost.cli import interruption, options, shape, terminal, voice
from milepost.stores.sql import urls

_WHAT = "What is copied"


@click.command(cls=shape.Command)
@options.option(
    "--from", "source", required=True, metavar="URL", group=_WHAT, help="The store to copy, as --db names one."
)
@options.option(
    "--to", "target", required=True, metavar="URL", group=_WHAT, help="The store to copy to: a new or an empty one."
)
@options.waiting
@options.as_json
def copy(source: str, target: str, wait: float, as_json: bool) -> None:
    """Copy a store into another one: all rows, ids and runs, so that what could be undone still can be.

    Both are compared by checksums afterwards. The store that is copied stays as it is.
    """
    from milepost.use_cases.copying import copy_store

    with terminal.progress_bar() as shown:
        report = copy_store(source, target, progress=interruption.until_commit(shown), wait=wait, waiting=terminal.note)
    rows = sum(report.rows.values())
    voice.current().facts |= {"rows": rows}
    with interruption.allowed():
        if as_json:
            terminal.document(dataclasses.asdict(report))
        elif not voice.current().is_quiet:
            target = urls.without_password(target)
            terminal.say([f"{rows:,} rows of {len(report.rows)} tables were copied to {target}, and compared."])
