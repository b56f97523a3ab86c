"""`undo`: restores what a run changed."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

import click

from milepost.cli import interruption, options, progress, streams, terminal
from milepost.model.exceptions import no_room
from milepost.model.phases import COUNTS, UNDONE

if TYPE_CHECKING:
    import polars as pl
    from rich.text import Text

    from milepost.model.reports import KeptRow, UndoReport

SOME_KEPT = 1
_LIKE = ("as_json", "wait", "actor", "dry_run")
"""The options that the proposed commands leave out."""


@click.command()
@click.argument("run", type=click.IntRange(min=1))
@click.option("--check", "dry_run", is_flag=True, help="Say what would be put back, and write nothing.")
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

    with _temporary_file() as kept, progress.bar() as shown:
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
        with streams.printing("the undo", "" if report.run is None else f" It is done, as run {report.run}."):
            if as_json:
                kept.seek(0)
                terminal.document(_document(report), "kept", (line.rstrip("\n") for line in kept))
            else:
                terminal.say(_summary(context, report))
    return SOME_KEPT if report.kept else 0


def _temporary_file() -> IO[str]:
    try:
        return tempfile.TemporaryFile(mode="w+", encoding="utf-8", prefix="milepost-")
    except OSError as error:
        raise no_room(error) from error


def _spool(rows: pl.DataFrame, kept: IO[str]) -> None:
    """Writes rows to a file until the end of the undo, since their document begins with the counts."""
    try:
        for row in rows.iter_rows(named=True):
            kept.write(terminal.json_text(row) + "\n")
        # A full disk must show before the undo is committed.
        kept.flush()
    except OSError as error:
        raise no_room(error) from error


def _document(report: UndoReport) -> dict[str, Any]:
    facts = dataclasses.asdict(report)
    counts = dict.fromkeys(COUNTS, 0) | {name: facts[name] for name in ("rows", *UNDONE)} | {"rejected": report.kept}
    return {name: facts[name] for name in ("run", "undoes", "file", "dry_run")} | counts | {"seconds": report.seconds}


def _summary(context: click.Context, report: UndoReport) -> Iterator[Text | str]:
    from rich.text import Text

    from milepost.cli import summary

    done = "would be undone" if report.run is None else f"undone as run {report.run}"
    counts = [(name, getattr(report, name)) for name in UNDONE if getattr(report, name)] + [("kept", report.kept)]
    told = ", ".join(f"{summary.counted(number)} {_WORDS[name]}" for name, number in counts)
    yield Text.assemble(
        (
            f"Run {report.undoes} ({terminal.visible(report.file)}): {done} in {summary.duration(report.seconds)}.",
            "bold",
        ),
        f" {summary.rows(report.rows)}: {told}.",
    )
    if report.kept:
        yield ""
        yield Text("Kept as they are, and why", "bold")
        yield from (f"  {_kept(row)}" for row in report.examples)
        if len(report.examples) < report.kept:
            more = options.again(context, ["undo", str(report.undoes)], without=_LIKE, extra=["--check", "--json"])
            left = report.kept - len(report.examples)
            yield f"  … and {summary.counted(left)} more" + (f": {more}" if report.run is None else "")
    yield from summary.next_steps(list(_steps(context, report)))


_WORDS = {
    "created": "there again",
    "updated": "with their former values",
    "deleted": "gone again",
    "kept": "kept as they are",
}


def _kept(row: KeptRow) -> str:
    from milepost.model.reports import Reason

    names = (row.candidateLogin, row.sessionGuid, row.lovCode or row.lovGuid)
    where = ", ".join("?" if name is None else terminal.visible(name) for name in names)
    by = "another program" if row.run is None else f"run {row.run}"
    reason = {
        Reason.WRITTEN: f"written by {by}",
        Reason.DELETED: f"deleted by {by}",
        Reason.GONE: "its registration or its learning object is gone",
    }[row.reason]
    return f"{where}: {reason}"


def _steps(context: click.Context, report: UndoReport) -> Iterator[tuple[str, str]]:
    put_back = report.rows - report.kept
    if report.run is None and put_back:
        yield "Undo it:", options.again(context, ["undo", str(report.undoes)], without=["dry_run", "as_json"])
    elif put_back:
        yield "Have its changes back:", options.again(context, ["undo", str(report.run)], without=_LIKE)
