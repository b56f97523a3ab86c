"""`undo` restores what a run changed; `prune` removes the journal of old runs."""

from __future__ import annotations

import dataclasses
import tempfile
from contextlib import nullcontext
from datetime import timedelta
from typing import IO, TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from milepost.cli import interruption, options, shape, streams, terminal, voice
from milepost.cli.commands import retention_rules, web_server
from milepost.model import documents
from milepost.model.exceptions import temporary_files
from milepost.model.retained import age_of

if TYPE_CHECKING:
    import polars as pl


SOME_KEPT = 1


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
    """Put back what RUN, an import of tracking, a rename, a merge or an undo, has changed.

    Rows that later runs have changed are kept as they are, and reported. An undo is a run, and can be undone.
    """
    from milepost.cli import summary
    from milepost.use_cases.undoing import undo_run

    run = options.run_number(db, run)
    with temporary_files():
        file = tempfile.TemporaryFile(mode="w+", encoding="utf-8", prefix="milepost-")  # noqa: SIM115 - closed below
    with file as kept, terminal.progress_bar() as shown:
        report = undo_run(
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
                terminal.document(documents.of_undo(report), "kept", (line.rstrip("\n") for line in kept))
            elif not voice.current().is_quiet or report.kept or report.kept_references:
                terminal.say(summary.undone(context, report), to_stderr=voice.current().is_quiet)
    return SOME_KEPT if report.kept or report.kept_references else 0


def _spool(rows: pl.DataFrame, kept: IO[str]) -> None:
    """Writes rows to a file until the end of the undo, since their document begins with the counts."""
    with temporary_files():
        for row in rows.iter_rows(named=True):
            kept.write(documents.text(row) + "\n")
        # A full disk must show before the undo is committed.
        kept.flush()


def _age(context: click.Context, parameter: click.Parameter, given: str | None) -> timedelta | None:
    if given is None:
        return None
    age = age_of(given)
    if age is None:
        what = f'"{given}" is no age: a whole number and d, w, m or y, such as 400d, 12m or 2y.'
        raise click.BadParameter(what, context, parameter)
    return age


@click.command(cls=shape.Command)
@options.option(
    "--older-than",
    callback=_age,
    metavar="AGE",
    help="Such as 400d: days, weeks (w), months of 30 days (m) or years of 365 (y).",
)
@options.option("--vacuum", is_flag=True, help="Remove files of a lake store that nothing has named for a week.")
@options.option("--check", "dry_run", is_flag=True, help="Say what would be forgotten, and write nothing.")
@web_server.data
@options.time_zone
@options.waiting
@options.as_json
@options.database
def prune(
    older_than: timedelta | None,
    vacuum: bool,
    dry_run: bool,
    data: str,
    time_zone: ZoneInfo | None,
    wait: float,
    as_json: bool,
    db: str,
) -> None:
    """Forget what is older than the rules of `milepost retention` say, and give its space back.

    With --older-than, only what runs changed that finished longer ago: they can no longer be undone. What they wrote
    stays, and so do their records and findings.
    """
    from milepost.cli import summary
    from milepost.reading import runs as recorded
    from milepost.use_cases import template
    from milepost.use_cases.undoing import prune_runs
    from milepost.use_cases.vacuuming import vacuum_store

    if older_than is None and not vacuum:
        retention_rules.prune_by_rules(db, data, dry_run=dry_run, wait=wait, as_json=as_json)
        return
    document: dict[str, object] = {}
    said: list[str] = []
    if older_than is not None:
        # Nothing that may fail follows the commit.
        zone = time_zone or ZoneInfo("UTC" if as_json else recorded.time_zone(db))
        progress = interruption.until_commit(None)
        report = prune_runs(db, older_than, dry_run=dry_run, progress=progress, wait=wait, waiting=terminal.note)
        voice.current().facts |= {"runs": len(report.runs), "changes": report.changes}
        document |= dataclasses.asdict(report)
        said += summary.pruned(report, zone)
    if vacuum:
        # What comes before may be committed.
        done = template.after_commit("What runs changed is pruned", "no file is removed. Vacuum once more.")
        with done if document and not dry_run else nullcontext():
            removed = vacuum_store(db, dry_run=dry_run, wait=wait, waiting=terminal.note)
        document |= dataclasses.asdict(removed)
        said += summary.vacuumed(removed)
    with interruption.allowed():
        if as_json:
            terminal.document(document)
        elif not voice.current().is_quiet:
            terminal.say(said)
