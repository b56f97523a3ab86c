"""`undo` restores what a run changed; `prune` removes the journal of old runs."""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from milepost.cli import interruption, options, shape, streams, terminal, voice
from milepost.model.exceptions import temporary_files
from milepost.model.phases import COUNTS, UNDONE
from milepost.model.wording import listed

if TYPE_CHECKING:
    import polars as pl
    from rich.text import Text

    from milepost.model.reports import KeptRow, PruneReport, UndoReport

SOME_KEPT = 1
_LIKE = ("as_json", "wait", "actor", "dry_run")
"""The options that the proposed commands leave out."""
_AGE = re.compile(r"(\d{1,6})([dwmy])", re.ASCII)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_MOST_NUMBERS = 20
"""The most runs that are listed by number."""


@click.command(cls=shape.Command)
@options.run()
@options.option("--check", "dry_run", is_flag=True, help="Say what would be put back, and write nothing.")
@options.waiting
@options.actor
@options.as_json
@options.database
@click.pass_context
def undo(
    context: click.Context, /, run: int, dry_run: bool, wait: float, actor: str | None, as_json: bool, db: str
) -> int:
    """Put back what RUN, an import of tracking or an undo, has changed.

    Rows that later runs have changed since are kept as they are, and told. An undo is a run, and can be undone.
    """
    from milepost import use_cases

    run = options.run_number(db, run)
    with temporary_files():
        file = tempfile.TemporaryFile(mode="w+", encoding="utf-8", prefix="milepost-")  # noqa: SIM115 - closed below
    with file as kept, terminal.progress_bar() as shown:
        report = use_cases.undo_run(
            db,
            run,
            dry_run=dry_run,
            kept=(lambda rows: _spool(rows, kept)) if as_json else None,
            actor=actor,
            progress=interruption.until_commit(shown),
            wait=wait,
            waiting=terminal.note,
        )
        voice.current().facts |= {"run": report.run, "rows": report.rows, "kept": report.kept}
        with streams.printing("the undo", "" if report.run is None else f" It is done, as run {report.run}."):
            if as_json:
                kept.seek(0)
                terminal.document(_document(report), "kept", (line.rstrip("\n") for line in kept))
            elif not voice.current().is_quiet or report.kept:
                terminal.say(_undone(context, report), to_stderr=voice.current().is_quiet)
    return SOME_KEPT if report.kept else 0


def _spool(rows: pl.DataFrame, kept: IO[str]) -> None:
    """Writes rows to a file until the end of the undo, since their document begins with the counts."""
    with temporary_files():
        for row in rows.iter_rows(named=True):
            kept.write(terminal.json_text(row) + "\n")
        # A full disk must show before the undo is committed.
        kept.flush()


def _document(report: UndoReport) -> dict[str, Any]:
    facts = dataclasses.asdict(report)
    counts = dict.fromkeys(COUNTS, 0) | {name: facts[name] for name in ("rows", *UNDONE)} | {"rejected": report.kept}
    return {name: facts[name] for name in ("run", "undoes", "file", "dry_run")} | counts | {"seconds": report.seconds}


def _undone(context: click.Context, report: UndoReport) -> Iterator[Text | str]:
    from rich.text import Text

    from milepost.cli import summary

    done = "would be undone" if report.run is None else f"undone as run {report.run}"
    counts = [(name, getattr(report, name)) for name in UNDONE if getattr(report, name)] + [("kept", report.kept)]
    told = ", ".join(f"{number:,} {_WORDS[name]}" for name, number in counts)
    what = f"Run {report.undoes} ({terminal.visible(report.file)}): {done} in {summary.duration(report.seconds)}."
    yield Text.assemble((what, "bold"), f" {summary.rows(report.rows)}: {told}.")
    if report.kept:
        yield ""
        yield Text("Kept as they are, and why", "bold")
        yield from (f"  {_kept(row)}" for row in report.examples)
        if len(report.examples) < report.kept:
            more = options.again(context, ["undo", str(report.undoes)], without=_LIKE, extra=["--check", "--json"])
            left = report.kept - len(report.examples)
            yield f"  … and {left:,} more" + (f": {more}" if report.run is None else "")
    if report.rows == report.kept:
        return
    if report.run is None:
        how = options.again(context, ["undo", str(report.undoes)], without=["dry_run", "as_json"])
        yield from summary.next_steps([("Undo it:", how)])
    else:
        how = options.again(context, ["undo", str(report.run)], without=_LIKE)
        yield from summary.next_steps([("Have its changes back:", how)])


_WORDS = {
    "created": "there again",
    "updated": "with their former values",
    "deleted": "gone again",
    "kept": "kept as they are",
}


def _kept(row: KeptRow) -> str:
    names = (row.candidateLogin, row.sessionGuid, row.lovCode or row.lovGuid)
    where = ", ".join("?" if name is None else terminal.visible(name) for name in names)
    if row.reason == "gone":
        return f"{where}: its registration or its learning object is gone"
    return f"{where}: {row.reason} by {'another program' if row.run is None else f'run {row.run}'}"


def age_of(text: str) -> timedelta | None:
    """The age that `text` is, such as `400d`, `6w`, `12m` or `2y`; None if it is none."""
    found = _AGE.fullmatch(text.strip().casefold())
    return None if found is None else timedelta(days=int(found[1]) * _DAYS[found[2]])


def _age(context: click.Context, parameter: click.Parameter, given: str) -> timedelta:
    age = age_of(given)
    if age is None:
        what = f'"{given}" is no age: a whole number and d, w, m or y, such as 400d, 12m or 2y.'
        raise click.BadParameter(what, context, parameter)
    return age


@click.command(cls=shape.Command)
@options.option(
    "--older-than",
    callback=_age,
    required=True,
    metavar="AGE",
    help="Such as 400d: days, weeks (w), months of 30 days (m) or years of 365 (y).",
)
@options.option("--check", "dry_run", is_flag=True, help="Say what would be forgotten, and write nothing.")
@options.time_zone
@options.waiting
@options.as_json
@options.database
def prune(
    older_than: timedelta, dry_run: bool, time_zone: ZoneInfo | None, wait: float, as_json: bool, db: str
) -> None:
    """Forget what runs changed that finished longer ago than AGE, so that the store does not grow for ever.

    They can no longer be undone. What they wrote stays, and so do their records and findings.
    """
    from milepost import use_cases
    from milepost.reading import runs as recorded

    progress = interruption.until_commit(None)
    report = use_cases.prune_runs(db, older_than, dry_run=dry_run, progress=progress, wait=wait, waiting=terminal.note)
    voice.current().facts |= {"runs": len(report.runs), "changes": report.changes}
    with interruption.allowed():
        if as_json:
            terminal.document({one.name: getattr(report, one.name) for one in dataclasses.fields(report)})
        elif not voice.current().is_quiet:
            terminal.say(_pruned(report, time_zone or ZoneInfo(recorded.time_zone(db))))


def _pruned(report: PruneReport, zone: ZoneInfo) -> Iterator[str]:
    when = f"before {terminal.moment(report.before, zone)}"
    if not report.runs:
        yield f"There is nothing to forget: no run that finished {when} has changes that are still kept."
        return
    what = f"{report.changes:,} {'change' if report.changes == 1 else 'changes'} of {_runs(report.runs)}"
    yield f"{what}, which finished {when}, {'would be' if report.dry_run else 'are'} forgotten."
    if report.lost:
        yield f"No longer to be undone: {_runs(report.lost)}."
    else:
        yield "None of them could be undone before."


def _runs(numbers: Sequence[int]) -> str:
    """`run 7`, `runs 7, 8 and 11`, `runs 1, 2, … (40 in all)`."""
    if len(numbers) > _MOST_NUMBERS:
        return f"runs {', '.join(map(str, numbers[:_MOST_NUMBERS]))}, … ({len(numbers):,} in all)"
    return f"{'run' if len(numbers) == 1 else 'runs'} {listed(map(str, numbers))}"
