"""`unpivot`: a file with a column for each learning object as one with a row for each learning object."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from milepost.cli import options, shape, streams, terminal, voice
from milepost.cli.options import Function
from milepost.model.exceptions import UsageError

if TYPE_CHECKING:
    from milepost.model.job import Reading
    from milepost.settings.setting import Setting


def _says_how_to_read(setting: Setting) -> bool:
    """Whether a setting says how a file is read, and not what its columns mean."""
    is_reading = any(home.place.startswith("reading.") for home in setting.homes)
    return setting.is_for_loads and is_reading and setting.name != "headerMapping"


def _pattern(flag: str, what: str) -> Callable[[Function], Function]:
    help_ = f"A column that {what}; * and ? are allowed. Repeatable."
    return options.option(flag, group="Which columns", multiple=True, metavar='"Header"', help=help_)


def _heading(flag: str, default: str, help_: str) -> Callable[[Function], Function]:
    group = "How it is written"
    return options.option(flag, group=group, default=default, show_default=True, metavar="NAME", help=help_)


@click.command(cls=options.SettingsCommand, job="import", wanted=_says_how_to_read)
@click.argument("file", type=shape.PATH)
@options.output(help="Where to: .csv, .tsv or .xlsx; CSV on standard output unless said.")
@_pattern("--columns", "becomes rows")
@_pattern("--keep", "each row keeps")
@_heading("--names", "lovCode", "The column for the headers of --columns.")
@_heading("--values", "score", "The column for their cells.")
@options.option("--drop-empty", group="How it is written", is_flag=True, help="Leave out cells without a value.")
@options.as_json
def unpivot(
    file: str,
    output: str,
    columns: tuple[str, ...],
    keep: tuple[str, ...],
    names: str,
    values: str,
    drop_empty: bool,
    settings: options.Settings,
    as_json: bool,
) -> None:
    """Make of FILE, which has a column per learning object, a file with a row per learning object.

    Without --columns and --keep, the columns that an import knows are kept, and all others become rows.
    """
    from milepost.use_cases.unpivoting import unpivot_file

    if as_json and output == streams.STANDARD:
        raise UsageError("--json and -o - would both write to standard output. Name a file with -o.")
    streams.keep_apart("-o", output, {"the file that is read": file})
    with streams.readable(file) as path, streams.held_back(output) as out, terminal.progress_bar() as bar:
        report = unpivot_file(
            path,
            out or output,
            columns=columns,
            keep=keep,
            names=names,
            values=values,
            drop_empty=drop_empty,
            reading=_reading(settings),
            progress=bar,
        )
    for note in report.notes:
        terminal.note(note)
    if as_json:
        facts = dataclasses.asdict(report)
        del facts["notes"]
        terminal.document(facts, notes=report.notes)
        return
    voice.current().facts |= {"rows": report.rows, "written": report.written}
    if voice.current().is_quiet:
        return
    where = "standard output" if output == streams.STANDARD else output
    left_out = f"; {report.left_out:,} empty cells left out" if report.left_out else ""
    print(f"{report.rows:,} rows, {report.columns:,} columns each:", file=sys.stderr, end=" ")
    print(f"{report.written:,} rows written to {where}{left_out}.", file=sys.stderr)


def _reading(given: options.Settings) -> Reading:
    """How the file is read. Raises UsageError for a setting that has another meaning."""
    from milepost import settings
    from milepost.settings.setting import JobKind
    from milepost.settings.table import TABLE

    reading = {one.name.casefold() for one, _ in TABLE.of(JobKind.IMPORT) if _says_how_to_read(one)}
    for name, texts in given.items():
        if name.casefold() not in reading:
            text = f"{name}={texts[0]}"
            raise UsageError(f'--set "{text}" says nothing of how a file is read. Write for example --set headerRow=5.')
    return settings.job(None, settings=given).reading
