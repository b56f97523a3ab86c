"""`demo`: a small store of real data and an import into it."""

from __future__ import annotations

from pathlib import Path

import click

from milepost.cli import options, shape, terminal


@click.command(cls=shape.Command)
@click.argument("folder", type=shape.PATH, default="milepost-demo")
@click.pass_context
def demo(context: click.Context, folder: str) -> None:
    """Make a small store of real data in FOLDER (milepost-demo), and import a file with mistakes into it."""
    from rich.text import Text

    from milepost import demo as demonstration

    def execute(arguments: list[str]) -> None:
        with context.find_root().command.make_context("milepost", arguments) as inner:
            inner.command.invoke(inner)

    def say(line: str, style: str = "") -> None:
        terminal.say([Text(terminal.visible(line), style)])

    demonstration.show(Path(folder), program=options.program(), execute=execute, say=say)
