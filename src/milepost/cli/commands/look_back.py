"""What a store holds of the past: `runs`, `show` and `verify`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from milepost.cli import options, shape, streams, terminal
from milepost.model.phases import COUNTS

if TYPE_CHECKING:
    from rich.text import Text

    from milepost.model.findings import Finding
    from milepost.model.history import Event, RowHistory, Run, RunRecord, Value, Values
    from milepost.model.reports import Verification

PER_CODE = 20
"""The most findings of a code that are shown without --all."""
NEWEST = 20
"""The most runs that are shown without --all."""
UNSOUND = 1


@click.command(cls=shape.Command)
@click.argument("run", type=click.IntRange(min=1), required=False)
@options.option("--all", "everything", is_flag=True, help=f"All runs, not the newest {NEWEST}; all findings, by line.")
@options.as_json
@options.database
def runs(run: int | None, everything: bool, as_json: bool, db: str) -> None:
    """List the runs, newest first, or show one RUN with its findings."""
    from milepost.reading import runs as recorded

    if run is None:
        listing = recorded.runs(db)
        if as_json:
            terminal.document({"runs": [_run_facts(each) for each in listing]})
        else:
            terminal.say(_run_table(listing, everything))
        return
    chosen = recorded.read_run(db, run)
    found = recorded.each_finding(db, run)
    if as_json:
        mended_by = {str(number): lines for number, lines in chosen.mended.items()}
        counts = {"mended": sum(mended_by.values()), "mended_by": mended_by, "findings": chosen.findings}
        # There may be millions of findings.
        terminal.document(_run_facts(chosen.run) | counts, "lines", map(_finding_text, found))
    else:
        terminal.say(_description(chosen))
        terminal.say(_every(found) if everything else _first_of_each(found, chosen))


def _run_facts(run: Run) -> dict[str, Any]:
    facts = dataclasses.asdict(run)
    return {"run": facts.pop("id"), **facts}


def _finding_text(finding: Finding) -> str:
    names = ("line", "level", "code", "column", "value", "message", "hint")
    return terminal.json_text({name: getattr(finding, name) for name in names})


def _run_table(listing: Sequence[Run], everything: bool) -> Iterator[Text | str]:
    from rich.text import Text

    if not listing:
        yield "There are no runs yet."
        return
    shown = listing if everything else listing[:NEWEST]
    cells: list[tuple[str, ...]] = [("run", "started (UTC)", "what", "state", *COUNTS, "file")]
    for run in shown:
        counts = ("" if getattr(run, name) is None else f"{getattr(run, name):,}" for name in COUNTS)
        started = f"{run.started_at:%Y-%m-%d %H:%M:%S}"
        cells.append((str(run.id), started, run.kind, run.state, *counts, terminal.visible(run.file)))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    sides = [">", "<", "<", "<", *(">" for _ in COUNTS), "<"]
    for number, row in enumerate(cells):
        padded = (f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True))
        yield Text("  ".join(padded).rstrip(), "bold" if number == 0 else "")
    if len(shown) < len(listing):
        yield f"{len(listing) - len(shown)} older runs: add --all."


def _description(chosen: RunRecord) -> Iterator[Text | str]:
    from rich.text import Text

    from milepost.cli import summary

    run, mended = chosen.run, chosen.mended
    # The file of an undo is its whole description: `undo of run 7`.
    what = terminal.visible(run.file if run.undoes is not None else f"{run.kind} from {run.file}")
    yield Text(f"Run {run.id}: {what}, {run.state}.", "bold")
    took = "" if run.seconds is None else f", took {summary.duration(run.seconds)}"
    yield f"  started {terminal.moment(run.started_at)} by {terminal.visible(run.actor)}{took}"
    if run.sha256 is not None:
        yield f"  SHA-256 {run.sha256}"
    if run.digest is not None:
        yield f"  digest {run.digest}"
    if run.error is not None:
        yield from (f"  {terminal.visible(line)}" for line in run.error.split("\n"))
    if run.rows is not None:
        verb = " would have been" if run.state == "held" else ""
        yield f"  {summary.rows(run.rows)}{verb}: {summary.outcomes(run)}"
    if run.mends is not None:
        yield f"  mends run {run.mends}"
    if mended:
        by = ", ".join(f"{number:,} by run {later}" for later, number in mended.items())
        yield f"  of the rejected rows, {sum(mended.values()):,} mended since: {by}"


def _every(found: Iterable[Finding]) -> Iterator[str]:
    from milepost.cli import summary

    yield ""
    for finding in found:
        yield f"{finding.level} {finding.code} {summary.one(finding)}"


def _first_of_each(found: Iterable[Finding], chosen: RunRecord) -> Iterator[Text | str]:
    """The findings by code; at most PER_CODE of each are held in memory."""
    from rich.text import Text

    from milepost.cli import summary
    from milepost.model.findings import CODES

    per_code = chosen.findings
    held: dict[str, list[Finding]] = {}
    hidden = 0
    for finding in found:
        of_code = held.setdefault(finding.code, [])
        if len(of_code) < PER_CODE:
            of_code.append(finding)
        else:
            hidden += 1
    for code in sorted(held, key=lambda code: (CODES[code].level, -per_code[code])):
        yield ""
        yield Text(f"{CODES[code].level} {code}, {summary.rows(per_code[code])}", "bold")
        yield from (f"  {summary.one(finding)}" for finding in held[code])
        if per_code[code] > PER_CODE:
            yield "  …"
    if hidden:
        yield ""
        yield f"{hidden:,} more findings: {options.program()} runs {chosen.run.id} --all"


@click.command(cls=shape.Command)
@click.argument("learner")
@click.argument("learning_object", metavar="[LOV]", required=False)
@options.as_json
@options.database
def show(learner: str, learning_object: str | None, as_json: bool, db: str) -> None:
    """Show what is stored of LEARNER, of all learning objects or of LOV, and how it came to be so.

    LEARNER is a log-in name, an e-mail, a reference number or a GUID; LOV is a code or a GUID.
    """
    from milepost.reading import row_history

    found = row_history.show(db, learner, learning_object)
    if as_json:
        terminal.document({"rows": [_row_facts(row) for row in found]})
    elif not found:
        terminal.say([f"Nothing is stored of {terminal.visible(learner)}, and nothing was."])
    else:
        terminal.say(line for place, row in enumerate(found) for line in _row(row, is_first=place == 0))


def _row_facts(row: RowHistory) -> dict[str, Any]:
    facts: dict[str, Any] = _plain(dataclasses.asdict(row))
    history = facts.pop("events")
    return facts | {"history": history}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever the facts hold
    """`value` with whole numbers without decimals, as in an export."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _row(row: RowHistory, *, is_first: bool) -> Iterator[Text | str]:
    from rich.text import Text

    if not is_first:
        yield ""
    which = f"{row.lovCode} ({row.lovGuid})" if row.lovCode else row.lovGuid or "a learning object that is gone"
    where = f"session {row.sessionGuid} of {row.trainingPathCode}"
    yield Text(terminal.visible(f"{row.candidateLogin}, {which}, {where}"), "bold")
    yield "  not stored any more" if row.stored is None else f"  {_values(row.stored)}"
    for event in row.events:
        yield from _event(event, row.stored)


def _event(event: Event, stored: Values | None) -> Iterator[str]:
    at = "" if event.at is None else terminal.moment(event.at)
    line = f"line {event.line} of {terminal.visible(event.file)}"
    by = line if event.undoes is None else f"undo of run {event.undoes}"
    undone = "" if event.undone_by is None else f"; undone by run {event.undone_by}"
    yield f"  {at} {event.change} by run {event.run}, {by} ({terminal.visible(event.actor)}){undone}"
    if event.change == "updated":
        yield from (f"    {name}: {_text(old)} → {_text(new)}" for name, (old, new) in event.changed.items())
    elif event.after is not None and event.after != stored:
        yield f"    {_values(event.after)}"


def _values(values: Values) -> str:
    return ", ".join(f"{name} {_text(value)}" for name, value in values.items() if value is not None)


def _text(value: Value) -> str:
    """A value as in an export; `nothing` for None."""
    if value is None:
        return "nothing"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return str(value)


@click.command(cls=shape.Command)
@click.argument("run", type=click.IntRange(min=1))
@click.argument("file", type=shape.PATH, required=False)
@options.option("--report", metavar="FILE.html", help="Write a page that an auditor can keep.")
@options.as_json
@options.database
def verify(run: int, file: str | None, report: str | None, as_json: bool, db: str) -> int:
    """Read again what RUN wrote: does it still stand? With its FILE, what has become of each line."""
    from milepost import use_cases
    from milepost.reading import audit
    from milepost.reading.runs import read_run

    streams.keep_apart("--report", report, {"the file that was imported": file, "the store": db})
    found = use_cases.verify_run(db, run, file)
    if report is not None:
        record = read_run(db, run)
        audit.write_audit(Path(report), record.run, record.findings, found)
    if as_json:
        changed_since = {str(number): rows for number, rows in found.changed_since.items()}
        facts = dataclasses.asdict(found) | {"changed_since": changed_since, "is_sound": found.is_sound}
        terminal.document(facts)
    else:
        terminal.say([*audit.verdict(found), *_examples(found)])
    return 0 if found.is_sound else UNSOUND


def _examples(found: Verification) -> Iterator[str]:
    for row in found.examples:
        words = (row.candidateLogin, row.trainingPathCode, row.sessionTitle, row.lovCode)
        yield f"  line {row.line}: {terminal.visible(', '.join(word for word in words if word))} has other values"
