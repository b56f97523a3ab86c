"""`config`: what is wrong with a configuration, and the configurations that options amount to."""

from __future__ import annotations

from typing import Unpack

import click

from milepost.cli import export_options, options, streams, terminal
from milepost.cli.commands.imports import job
from milepost.cli.export_options import ExportOptions
from milepost.cli.options import JobOptions


@click.group()
def config() -> None:
    """Check a configuration, or write one from options."""


@config.command()
@click.argument("xml")
def check(xml: str) -> int:
    """List all mistakes of the configuration XML, with their lines. Exit status 2 when there are any.

    It may be the configuration of an import or of an export.
    """
    from milepost import config as configurations

    name = "standard input" if xml == streams.STANDARD else xml
    with streams.readable(xml, ending=".xml") as path:
        found = configurations.check(path)
    for note in found.notes:
        terminal.note(note)
    if not found.mistakes:
        terminal.say([f"{terminal.visible(name)} has no mistakes."])
        return 0
    number = len(found.mistakes)
    head = f"{terminal.visible(name)} has {'1 mistake' if number == 1 else f'{number} mistakes'}:"
    terminal.say([head, *(f"  {terminal.visible(str(mistake))}" for mistake in found.mistakes)])
    return 2


@config.command()
@options.importing
def write(**given: Unpack[JobOptions]) -> None:
    """Print the XML that the options of `import` amount to."""
    from milepost import config as configurations

    text = configurations.write(job(given, file_name=None))
    terminal.data_stream().write(text.encode() + (b"" if text.endswith("\n") else b"\n"))


@config.command("write-export")
@click.argument("what", type=click.Choice([*export_options.PROVIDERS]), required=False)
@export_options.exporting
def write_export(what: str | None, **given: Unpack[ExportOptions]) -> None:
    """Print the XML that the options of `export` amount to. WHAT is exported may be left to --config."""
    from milepost import config as configurations

    provider = None if what is None else export_options.provider_of(what)
    if provider is None and given["config"] is None:
        raise click.UsageError(
            f"Say what is exported, {export_options.several(export_options.PROVIDERS)}, or --config."
        )
    text = configurations.write_export(export_options.job(given, provider=provider))
    terminal.data_stream().write(text.encode())
