"""What is printed of runs and of rows: summaries, lists, records and histories."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

import click

from milepost.cli.options import again, program
from milepost.cli.terminal import Line, moment, styled, told, visible, width_of
from milepost.model.findings import CODES, Finding, Level
from milepost.model.history import Event, RowHistory, Run, RunRecord, Value, Values
from milepost.model.phases import COUNTS, OUTCOMES, UNDONE
from milepost.model.reports import (
    ChangeKind,
    Changes,
    KeptRow,
    PruneReport,
    Report,
    UndoReport,
    VacuumReport,
    Verification,
)
from milepost.model.wording import listed, spelt

_STYLES = {"created": "green", "updated": "green", "superseded": "yellow", "rejected": "bold red"}
_LONGEST = 60
PER_CODE = 20
"""The most findings of a code that are shown without --all."""
_NOT_AGAIN = ("as_json", "wait", "actor", "dry_run")
"""Options of an undo that the commands after it leave out."""
_MOST_NUMBERS = 20
"""The most runs that are listed by number."""
_LEAST = 8
"""Characters of the name of a file that a table of runs has room for."""


def lines(report: Report, done: str, steps: Sequence[tuple[str, str]]) -> Iterator[Line]:
    """The summary of `report`; `done` is the verb (`imported`), and `steps` are as for `next_steps`."""
    yield headline(report, done, with_counts=not report.findings)
    if report.findings:
        yield styled()
        yield from _counts(report)
        yield from _findings("Rejected, and why", Level.ERROR, report)
        yield from _findings("Warnings", Level.WARNING, report)
    yield from _changes(report.changes)
    if report.renamed:
        from milepost.cli import people_summary

        yield from _section("To be renamed" if report.run is None else "Renamed")
        yield from map(styled, people_summary.renamed(report.renamed))
        if report.references > len(report.renamed):
            yield styled(f"  {report.references:,} learners are new or change; `milepost undo` puts all of them back.")
    if report.held:
        title = "An import would be held" if report.dry_run else "Held: nothing was written"
        yield from _section(title, "bold red")
        yield from (styled(f"  {reason}") for reason in report.held)
    if report.notes:
        yield from _section("Notes")
        yield from (styled(f"  {visible(told(note))}") for note in report.notes)
    if report.digest is not None and report.run is None:
        yield styled()
        yield styled(("Digest of this plan  ", "bold"), report.digest)
    yield from next_steps(steps)


def next_steps(steps: Sequence[tuple[str, str]]) -> Iterator[Line]:
    """What to do next: descriptions with their commands."""
    if steps:
        yield from _section("What to do next")
    for what, how in steps:
        yield styled(f"  {visible(what)}")
        yield styled((f"    {visible(how)}", "cyan"), no_wrap=True)


def _section(title: str, style: str = "bold") -> Iterator[Line]:
    yield styled()
    yield styled((title, style))


def headline(report: Report, done: str, *, with_counts: bool = True) -> Line:
    """What was done, as `tracking.csv: imported as run 7 in 0.3 seconds.`, and how many rows have each outcome."""
    where = "" if report.run is None else f" as run {report.run}"
    return styled(
        (f"{visible(report.file)}: {done}{where} in {duration(report.seconds)}.", "bold"),
        f" {rows(report.rows)}: {outcomes(report)}." if with_counts else "",
    )


def outcomes(report: Report | Run) -> str:
    """How many rows have each outcome: `3 created, 1 rejected`."""
    return ", ".join(f"{getattr(report, name):,} {name}" for name in _mentioned(report))


def _mentioned(report: Report | Run) -> list[str]:
    return [name for name in OUTCOMES if getattr(report, name) or name == "rejected"]


def _counts(report: Report) -> Iterator[Line]:
    width = len(f"{report.rows:,}")
    yield styled(f"  {rows(report.rows)}")
    for name in _mentioned(report):
        number = getattr(report, name)
        yield styled((f"  {number:>{width},} {name}", _STYLES.get(name, "") if number else ""))


_KINDS = {
    ChangeKind.CHANGE: ("changed", ""),
    ChangeKind.RESET: ("reset, their values lost", "yellow"),
    ChangeKind.REGRESSION: ("set back", "yellow"),
    ChangeKind.DELETION: ("deleted", "red"),
}


def _changes(changes: Changes) -> Iterator[Line]:
    kinds = [kind for kind in _KINDS if changes.rows.get(kind)]
    if not kinds:
        return
    yield from _section("Stored values")
    width = max(len(f"{changes.rows[kind]:,}") for kind in kinds)
    for kind in kinds:
        words, style = _KINDS[kind]
        fields = ", ".join(f"{name} {number:,}" for name, number in changes.fields.get(kind, {}).items())
        number = changes.rows[kind]
        detail = f": {fields}" if kind is not ChangeKind.DELETION else ""
        yield styled(f"  {number:>{width},} {'row' if number == 1 else 'rows'} ", (words, style), detail)


def _findings(title: str, level: Level, report: Report) -> Iterator[Line]:
    codes = {code: number for code, number in report.findings.items() if CODES[code].level is level}
    if not codes:
        return
    style = "red" if level is Level.ERROR else "yellow"
    yield from _section(title)
    for code, number in codes.items():
        yield styled("  ", (code, style), f"  {rows(number)}")
        example = report.examples.get(code)
        if example is not None:
            yield styled(f"    {visible(example.message)}")
            such_as = "such as " if number > 1 else ""
            yield styled((f"    {such_as}{one(example, report.headers, with_message=False)}", "dim"))


def one(finding: Finding, headers: Mapping[str, str] = MappingProxyType({}), *, with_message: bool = True) -> str:
    """A finding on one line: the place, the value, the message, the hint.

    `headers` are what the file calls columns that it names otherwise.
    """
    shown = None if finding.value is None else visible(spelt(finding.value))
    if shown is not None:
        shown = f'"{shown}"' if len(shown) <= _LONGEST else f'"{shown[: _LONGEST - 1]}…"'
    header = headers.get(finding.column or "")
    named = f'(header "{visible(spelt(header))}")' if header else None
    where = " ".join(part for part in (finding.column, named, shown) if part)
    head = f"line {finding.line}" + (f", {where}" if where else "")
    said = [visible(part) for part in (finding.message if with_message else None, finding.hint) if part]
    return f"{head}: {' '.join(said)}" if said else head


def rows(number: int) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {'row' if number == 1 else 'rows'}"


def duration(seconds: float) -> str:
    """`0.4 seconds`, `2 minutes 5 seconds`."""
    if seconds < 60:
        return f"{seconds:.1f} seconds"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} {'minute' if minutes == 1 else 'minutes'} {rest} {'second' if rest == 1 else 'seconds'}"


def run_table(
    shown: Sequence[Run], number: int, wide: bool, zone: ZoneInfo, *, is_filtered: bool
) -> Iterator[Line | str]:
    """The runs as a table; where it has no room, each on lines of its own."""
    if not shown:
        yield "No run is like that." if is_filtered else "There are no runs yet."
        return
    counts = COUNTS if wide else ("rows", "rejected")
    cells: list[tuple[str, ...]] = [
        ("run", f"started ({zone})", "what", "state", *counts, *(("seconds", "by") if wide else ()), "file")
    ]
    for run in shown:
        numbers = ["" if getattr(run, name) is None else f"{getattr(run, name):,}" for name in counts]
        more = ["" if run.seconds is None else f"{run.seconds:.1f}", visible(run.actor)] if wide else []
        started = f"{run.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        cells.append((str(run.id), started, run.kind, run.state, *numbers, *more, visible(run.file)))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    width = None if wide else width_of(sys.stdout)
    room = None if width is None else width - sum(widths[:-1]) - 2 * (len(widths) - 1)
    if room is not None and room < min(widths[-1], _LEAST):
        yield from (line for run in shown for line in _run_lines(run, zone))
    else:
        right = {"run", "seconds", *COUNTS}
        sides = [">" if name in right else "<" for name in cells[0]]
        for place, row in enumerate(cells):
            padded = (f"{cell:{side}{room}}" for cell, side, room in zip(row, sides, widths, strict=True))
            text = "  ".join(padded).rstrip()
            fitting = text if width is None or len(text) <= width else f"{text[: width - 1]}…"
            yield styled((fitting, "bold" if place == 0 else ""), no_wrap=True)
    if len(shown) < number:
        yield f"{number - len(shown)} older runs: add --all."


def _run_lines(run: Run, zone: ZoneInfo) -> Iterator[Line | str]:
    yield styled((f"{run.id}  {run.kind}, {run.state}", "bold"))
    yield f"    {moment(run.started_at, zone)}"
    if run.rows is not None:
        yield f"    {rows(run.rows)}, {run.rejected:,} rejected"
    yield f"    {visible(run.file)}"


def description(chosen: RunRecord, zone: ZoneInfo) -> Iterator[Line | str]:
    """What the record says of a run, but its findings."""
    run, mended = chosen.run, chosen.mended
    # The file of an undo is its whole description: `undo of run 7`.
    what = visible(run.file if run.undoes is not None else f"{run.kind} from {run.file}")
    yield styled((f"Run {run.id}: {what}, {run.state}.", "bold"))
    took = "" if run.seconds is None else f", took {duration(run.seconds)}"
    yield f"  started {moment(run.started_at, zone)} by {visible(run.actor)}{took}"
    if run.sha256 is not None:
        yield f"  SHA-256 {run.sha256}"
    if run.digest is not None:
        yield f"  digest {run.digest}"
    if run.error is not None:
        yield from (f"  {visible(line)}" for line in run.error.split("\n"))
    if run.rows is not None:
        verb = " would have been" if run.state == "held" else ""
        yield f"  {rows(run.rows)}{verb}: {outcomes(run)}"
    if run.reference_rows:
        yield f"  {run.reference_rows:,} rows of reference data changed"
    if run.mends is not None:
        yield f"  mends run {run.mends}"
    if mended:
        by = ", ".join(f"{number:,} by run {later}" for later, number in mended.items())
        yield f"  of the rejected rows, {sum(mended.values()):,} mended since: {by}"


def every_finding(found: Iterable[Finding]) -> Iterator[str]:
    """All findings, a line each."""
    yield ""
    for finding in found:
        yield f"{finding.level} {finding.code} {one(finding)}"


def first_findings(found: Iterable[Finding], chosen: RunRecord) -> Iterator[Line | str]:
    """The findings by code; at most PER_CODE of each are held in memory."""
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
        yield styled((f"{CODES[code].level} {code}, {rows(per_code[code])}", "bold"))
        yield from (f"  {one(finding)}" for finding in held[code])
        if per_code[code] > PER_CODE:
            yield "  …"
    if hidden:
        yield ""
        yield f"{hidden:,} more findings: {program()} runs {chosen.run.id} --all"


def histories(found: Iterable[RowHistory], zone: ZoneInfo) -> Iterator[Line | str]:
    """Rows as they are stored, each with what runs did to it."""
    for place, row in enumerate(found):
        if place:
            yield ""
        which = f"{row.lovCode} ({row.lovGuid})" if row.lovCode else row.lovGuid or "a learning object that is gone"
        where = f"session {row.sessionGuid} of {row.trainingPathCode}"
        yield styled((visible(f"{row.candidateLogin}, {which}, {where}"), "bold"))
        yield "  not stored any more" if row.stored is None else f"  {_values(row.stored, zone)}"
        for event in row.events:
            yield from _event(event, row.stored, zone)


def _event(event: Event, stored: Values | None, zone: ZoneInfo) -> Iterator[str]:
    at = "" if event.at is None else moment(event.at, zone)
    line = f"line {event.line} of {visible(event.file)}"
    by = line if event.undoes is None else f"undo of run {event.undoes}"
    undone = "" if event.undone_by is None else f"; undone by run {event.undone_by}"
    yield f"  {at} {event.change} by run {event.run}, {by} ({visible(event.actor)}){undone}"
    if event.change == "updated":
        changed = event.changed.items()
        yield from (f"    {name}: {_text(old, zone)} → {_text(new, zone)}" for name, (old, new) in changed)
    elif event.after is not None and event.after != stored:
        yield f"    {_values(event.after, zone)}"


def _values(values: Values, zone: ZoneInfo) -> str:
    return ", ".join(f"{name} {_text(value, zone)}" for name, value in values.items() if value is not None)


def _text(value: Value, zone: ZoneInfo) -> str:
    """A value as in an export; `nothing` for None."""
    if value is None:
        return "nothing"
    if isinstance(value, datetime):
        return moment(value, zone)
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return str(value)


def differing(found: Verification) -> Iterator[str]:
    """Rows that have other values than their run wrote, a line each."""
    for row in found.examples:
        words = (row.candidateLogin, row.trainingPathCode, row.sessionTitle, row.lovCode)
        yield f"  line {row.line}: {visible(', '.join(word for word in words if word))} has other values"


def undone(context: click.Context, report: UndoReport) -> Iterator[Line | str]:
    """What an undo did, or would do."""
    done = "would be undone" if report.run is None else f"undone as run {report.run}"
    counts = [(name, getattr(report, name)) for name in UNDONE if getattr(report, name)] + [("kept", report.kept)]
    said = ", ".join(f"{number:,} {_UNDONE[name]}" for name, number in counts)
    what = f"Run {report.undoes} ({visible(report.file)}): {done} in {duration(report.seconds)}."
    yield styled((what, "bold"), f" {rows(report.rows)}: {said}." if report.rows or not report.references else "")
    if report.references or report.kept_references:
        from milepost.cli import people_summary  # it uses this module

        yield from people_summary.kept_references(report)
    if report.kept:
        yield ""
        yield styled(("Kept as they are, and why", "bold"))
        yield from (f"  {_kept(row)}" for row in report.examples)
        if len(report.examples) < report.kept:
            more = again(context, ["undo", str(report.undoes)], without=_NOT_AGAIN, extra=["--check", "--json"])
            left = report.kept - len(report.examples)
            yield f"  … and {left:,} more" + (f": {more}" if report.run is None else "")
    if report.rows == report.kept and not report.references:
        return
    if report.run is None:
        how = again(context, ["undo", str(report.undoes)], without=["dry_run", "as_json"])
        yield from next_steps([("Undo it:", how)])
    else:
        how = again(context, ["undo", str(report.run)], without=_NOT_AGAIN)
        yield from next_steps([("Have its changes back:", how)])


_UNDONE = {
    "created": "there again",
    "updated": "with their former values",
    "deleted": "gone again",
    "kept": "kept as they are",
}


def _kept(row: KeptRow) -> str:
    names = (row.candidateLogin, row.sessionGuid, row.lovCode or row.lovGuid)
    where = ", ".join("?" if name is None else visible(name) for name in names)
    if row.reason == "gone":
        return f"{where}: its registration or its learning object is gone"
    return f"{where}: {row.reason} by {'another program' if row.run is None else f'run {row.run}'}"


def pruned(report: PruneReport, zone: ZoneInfo) -> Iterator[str]:
    """What a prune did, or would do."""
    when = f"before {moment(report.before, zone)}"
    if not report.runs:
        yield f"There is nothing to forget: no run that finished {when} has changes that are still kept."
        return
    what = f"{report.changes:,} {'change' if report.changes == 1 else 'changes'} of {_numbers(report.runs)}"
    yield f"{what}, which finished {when}, {'would be' if report.dry_run else 'are'} forgotten."
    if report.lost:
        yield f"No longer to be undone: {_numbers(report.lost)}."
    else:
        yield "None of them could be undone before."


def vacuumed(report: VacuumReport) -> Iterator[str]:
    """What a vacuum did, or would do."""
    files = f"{report.files:,} {'file' if report.files == 1 else 'files'}"
    yield f"{files} that nothing has named for a week {'would be' if report.dry_run else 'were'} removed."


def _numbers(numbers: Sequence[int]) -> str:
    """`run 7`, `runs 7, 8 and 11`, `runs 1, 2, … (40 in all)`."""
    if len(numbers) > _MOST_NUMBERS:
        return f"runs {', '.join(map(str, numbers[:_MOST_NUMBERS]))}, … ({len(numbers):,} in all)"
    return f"{'run' if len(numbers) == 1 else 'runs'} {listed(map(str, numbers))}"
