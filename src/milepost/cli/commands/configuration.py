"""`config`: the mistakes of a configuration, and options as a configuration."""

from __future__ import annotations

from typing import Unpack

import click

from milepost.cli import options, shape, streams, terminal
from milepost.cli.commands import exports, imports
from milepost.cli.commands.exports import ExportOptions
from milepost.model.exceptions import told_mistakes
from milepost.model.wording import listed

COMPLETE = "_MILEPOST_COMPLETE"
"""The variable by which a shell asks for completions."""


@click.command(cls=shape.Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion of commands, options and files for a SHELL, which the shell is to evaluate."""
    from click.shell_completion import ShellComplete, get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    # Not its own source(), which would start the shell to learn its version.
    text = ShellComplete.source(kind(click.Command("milepost"), {}, "milepost", COMPLETE))
    terminal.data_stream().write(text.encode())


@click.group(cls=shape.Group)
def config() -> None:
    """Check a configuration, or write one from options."""


@config.command(cls=shape.Command)
@click.argument("xml", type=shape.PATH)
@exports.strict
def check(xml: str, *, strict: bool) -> int:
    """List all mistakes of the configuration XML, with their lines. Exit status 2 when there are any.

    It may be the configuration of an import or of an export, or a whole one.
    """
    from milepost import settings as configurations
    from milepost.operations.export_reading import judge_exports
    from milepost.operations.night_reading import judge_night

    name = "standard input" if xml == streams.STANDARD else xml
    with streams.readable(xml, ending=".xml") as path:
        found = judge_night(path, strict=strict) or judge_exports(path, strict=strict)
        found = found or configurations.check(path, strict=strict)
    for note in found.notes:
        terminal.note(note)
    if not found.mistakes:
        terminal.say([f"{terminal.visible(name)} has no mistakes."])
        return 0
    terminal.say(map(terminal.visible, told_mistakes(f"{name} has", found.mistakes)))
    return 2


@config.command(cls=options.SettingsCommand, job="import")
@options.config
def write(*, config: str | None, settings: options.Settings) -> None:
    """Print the XML that the options of `import` amount to."""
    from milepost import settings as configurations

    terminal.data_stream().write(configurations.write(imports.job(config, settings)).encode())


@config.command("write-export", cls=options.SettingsCommand, job="export")
@click.argument("what", type=click.Choice([*exports.PROVIDERS]), required=False)
@exports.exporting
def write_export(what: str | None, **given: Unpack[ExportOptions]) -> None:
    """Print the XML that the options of `export` amount to. WHAT is exported may be left to --config."""
    from milepost import settings as configurations

    provider = None if what is None else exports.provider_of(what)
    if provider is None and given["config"] is None:
        raise click.UsageError(f"Say what is exported, {listed([*exports.PROVIDERS], 'or')}, or --config.")
    text = configurations.write_export(exports.job(given, provider=provider))
    terminal.data_stream().write(text.encode())
