"""`verify`: checks that the rows which a run wrote are unchanged."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from milepost.cli import options, streams, terminal

if TYPE_CHECKING:
    from milepost.model.reports import Verification

UNSOUND = 1


@click.command()
@click.argument("run", type=click.IntRange(min=1))
@click.argument("file", required=False)
@click.option("--report", metavar="FILE.html", help="Write a page that an auditor can keep.")
@options.as_json
@options.database
def verify(run: int, file: str | None, report: str | None, as_json: bool, db: str) -> int:
    """Read again what RUN wrote: does it still stand? With its FILE, what has become of each line."""
    from milepost import use_cases

    streams.keep_apart("--report", report, {"the file that was imported": file, "the store": db})
    found = use_cases.verify_run(db, run, file)
    if report is not None:
        _write_report(db, report, found)
    if as_json:
        terminal.document(_document(found))
    else:
        from milepost.reading import audit

        terminal.say([*audit.verdict(found), *(_example(row) for row in found.examples)])
    return 0 if found.is_sound else UNSOUND


def _write_report(store: str, target: str, found: Verification) -> None:
    from milepost.reading import audit, runs

    record = runs.read_run(store, found.run)
    audit.write_audit(Path(target), record.run, record.findings, found)


def _example(row: Any) -> str:  # noqa: ANN401 - its class is slow to import
    words = (row.candidateLogin, row.trainingPathCode, row.sessionTitle, row.lovCode)
    return f"  line {row.line}: {terminal.visible(', '.join(word for word in words if word))} has other values"


def _document(found: Verification) -> dict[str, Any]:
    facts = dataclasses.asdict(found)
    facts["changed_since"] = {str(number): rows for number, rows in found.changed_since.items()}
    return {**facts, "is_sound": found.is_sound}
