"""`verify`: whether what a run wrote still stands."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from milepost.cli import options, streams, terminal

if TYPE_CHECKING:
    from milepost.model.verification import Verification

UNSOUND = 1


@click.command()
@click.argument("run", type=click.IntRange(min=1))
@click.argument("file", required=False)
@click.option("--report", metavar="FILE.html", help="Write a page that an auditor can keep.")
@options.as_json
@options.database
def verify(run: int, file: str | None, report: str | None, as_json: bool, db: str, schema: str | None) -> int:
    """Read again what RUN wrote: does it still stand? With its FILE, what has become of each line."""
    from milepost import use_cases

    streams.keep_apart("--report", report, {"the file that was imported": file, "the store": db})
    store = options.store(db, schema)
    found = use_cases.verify_run(store, run, file)
    if report is not None:
        _write_report(store, report, found)
    if as_json:
        terminal.document(_document(found))
    else:
        from milepost.reading import audit

        terminal.say([*audit.verdict(found), *(_example(row) for row in found.examples)])
    return 0 if found.is_sound else UNSOUND


def _write_report(store: str, target: str, found: Verification) -> None:
    from milepost.reading import audit
    from milepost.stores import opening as stores
    from milepost.stores import record as runs
    from milepost.stores.port import Access

    with stores.open_store(store, Access.READ) as opened, opened.read() as tables:
        run = runs.one(tables, found.run)
        findings = runs.rows_per_code(tables, found.run)
    audit.write_audit(Path(target), run, findings, found)


def _example(row: Any) -> str:  # noqa: ANN401 - its class is slow to import
    words = (row.candidateLogin, row.trainingPathCode, row.sessionTitle, row.lovCode)
    return f"  line {row.line}: {terminal.visible(', '.join(word for word in words if word))} has other values"


def _document(found: Verification) -> dict[str, Any]:
    facts = dataclasses.asdict(found)
    facts["changed_since"] = {str(number): rows for number, rows in found.changed_since.items()}
    return {**facts, "is_sound": found.is_sound}
