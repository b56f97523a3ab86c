"""`erase`: people who ask to be forgotten."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from milepost.cli import interruption, options, shape, streams, terminal, voice
from milepost.cli.commands import web_server
from milepost.model.exceptions import FileError, UsageError

if TYPE_CHECKING:
    from milepost.model.people import EraseReport

_WHAT = "What is done"


@click.command(cls=shape.Command)
@click.argument("learner", required=False)
@options.option(
    "--file", metavar="FILE", type=shape.PATH, group=_WHAT, help="Many at once: a text file with a name on each line."
)
@options.option("--check", "dry_run", is_flag=True, group=_WHAT, help="Say how much there is, and erase nothing.")
@options.option("--yes", is_flag=True, group=_WHAT, help="Do not ask for the name again.")
@web_server.data
@options.waiting
@options.actor
@options.as_json
@options.database
def erase(
    learner: str | None,
    file: str | None,
    dry_run: bool,
    yes: bool,
    data: str,
    wait: float,
    actor: str | None,
    as_json: bool,
    db: str,
) -> int:
    """Erase the learner LEARNER, and whatever the store and the folder --data have of that person, for ever.

    What runs have counted stays true. An erasure is a run that names nobody, and cannot be undone.
    """
    from milepost.use_cases.erasing import erase_people

    names = _names(learner, file)
    if not dry_run and not yes:
        checked = erase_people(db, names, dry_run=True)
        _ask(names, checked)
    report = erase_people(
        db,
        names,
        data=data,
        dry_run=dry_run,
        actor=actor,
        wait=wait,
        waiting=terminal.note,
        progress=interruption.until_commit(None),
    )
    voice.current().facts |= {"run": report.run, "people": report.people}
    with streams.printing("the erasure", "" if report.run is None else f" It is done, as run {report.run}."):
        if as_json:
            terminal.document(dataclasses.asdict(report))
        elif not voice.current().is_quiet:
            from milepost.cli import people_summary

            terminal.say(people_summary.erased(report))
    return 0


def _names(learner: str | None, file: str | None) -> list[str]:
    if (learner is None) == (file is None):
        raise UsageError("Give one learner, or a file of them with --file.")
    if learner is not None:
        return [learner]
    with streams.readable(file or "") as path:
        try:
            found = [line.strip() for line in Path(path).read_text("utf-8-sig").splitlines()]
        except (OSError, UnicodeDecodeError) as error:
            raise FileError(f"{file} cannot be read as text in UTF-8: {error}.") from error
    return [line for line in found if line]


def _ask(names: list[str], checked: EraseReport) -> None:
    """Asks for the name, or for the number of people. Raises UsageError if something else is given."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("An erasure cannot be undone. Look at it with --check, and say --yes to do it.")
    expected = names[0] if len(names) == 1 else str(checked.people)
    what = "the name" if len(names) == 1 else "how many people these are"
    rows = f"{checked.counts['tracking']:,} rows of tracking"
    typed = click.prompt(f"This erases {checked.people:,} people with {rows}, for ever. Type {what} to do it", err=True)
    if str(typed).strip() != expected:
        raise UsageError("That is something else. Nothing was done.")
