"""What a store holds of the past: `runs`, `show` and `verify`."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack
from zoneinfo import ZoneInfo

import click

from milepost.cli import options, shape, streams, terminal
from milepost.cli.commands.undo import age_of
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
_LEAST = 8
"""Characters of the name of a file that a table of runs has room for."""
STATES = ("running", "done", "held", "failed", "interrupted")
"""The states of runs. A test compares them with the model, which is slow to import."""


class Filters(TypedDict):
    """Which runs are listed."""

    state: tuple[str, ...]
    kind: tuple[str, ...]
    file: str | None
    since: str | None
    until: str | None


_WHICH = "Which runs"
_filters = options.together(
    options.option(
        "--state", multiple=True, type=click.Choice(STATES), group=_WHICH, help="In this state. Repeatable."
    ),
    options.option(
        "--kind", multiple=True, metavar="KIND", group=_WHICH, help="As tracking, undo or learners. Repeatable."
    ),
    options.option(
        "--file", metavar="PATTERN", group=_WHICH, help="Of a file whose name has this in it, or fits * and ?."
    ),
    options.option("--since", metavar="WHEN", group=_WHICH, help="Begun on this day or later: 2024-01-31, or 7d ago."),
    options.option(
        "--until", metavar="WHEN", group=_WHICH, help="Begun on this day or earlier, or longer ago than 7d."
    ),
)


@click.command(cls=shape.Command)
@options.run(required=False)
@options.option(
    "--all",
    "everything",
    is_flag=True,
    group=_WHICH,
    help=f"All runs, not the newest {NEWEST}; all findings, by line.",
)
@_filters
@options.option("--wide", is_flag=True, group=shape.RESULTS, help="All counts, who, and how long it took.")
@options.time_zone
@options.as_json
@options.database
def runs(
    run: int | None,
    everything: bool,
    wide: bool,
    time_zone: ZoneInfo | None,
    as_json: bool,
    db: str,
    **filters: Unpack[Filters],
) -> None:
    """List the runs, newest first, or show one RUN (a number, or `last`) with its findings."""
    from milepost.reading import runs as recorded

    if run is None:
        zone = time_zone or ZoneInfo(recorded.time_zone(db))
        listing = [one for one in recorded.runs(db) if _is_wanted(one, filters, zone)]
        if as_json:
            terminal.document({"runs": [_run_facts(each) for each in listing]})
        else:
            shown = listing if everything else listing[:NEWEST]
            terminal.say(_run_table(shown, len(listing), wide, zone, is_filtered=any(filters.values())))
        return
    given = [f"--{name}" for name, value in filters.items() if value]
    if given:
        raise click.UsageError(f"{given[0]} is for the list of runs. Leave it out, or RUN.")
    run = options.run_number(db, run)
    chosen = recorded.read_run(db, run)
    found = recorded.each_finding(db, run)
    if as_json:
        mended_by = {str(number): lines for number, lines in chosen.mended.items()}
        counts = {"mended": sum(mended_by.values()), "mended_by": mended_by, "findings": chosen.findings}
        # There may be millions of findings.
        terminal.document(_run_facts(chosen.run) | counts, "lines", map(_finding_text, found))
    else:
        terminal.say(_description(chosen, time_zone or ZoneInfo(recorded.time_zone(db, chosen.run))))
        terminal.say(_every(found) if everything else _first_of_each(found, chosen))


def _is_wanted(run: Run, filters: Filters, zone: ZoneInfo) -> bool:
    pattern = (filters["file"] or "*").casefold()
    if not set("*?[") & set(pattern):
        pattern = f"*{pattern}*"
    since, until = filters["since"], filters["until"]
    return (
        (not filters["state"] or run.state in filters["state"])
        and (not filters["kind"] or run.kind in filters["kind"])
        and fnmatchcase(run.file.casefold(), pattern)
        and (since is None or run.started_at >= _bounds("--since", since, zone)[0])
        and (until is None or run.started_at < _bounds("--until", until, zone)[1])
    )


@cache
def _bounds(option: str, text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of what `text` names, and the first one after it."""
    from milepost.model.export import first_moment, moment_after
    from milepost.settings.value_kinds import MOMENT

    age = age_of(text)
    if age is not None:
        return (datetime.now(UTC) - age,) * 2
    try:
        found = MOMENT.read(text)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}, or an age such as 7d.") from error
    at = first_moment(found, zone)
    return at, at + timedelta(seconds=1) if isinstance(found, datetime) else moment_after(found, zone)


def _run_facts(run: Run) -> dict[str, Any]:
    facts = dataclasses.asdict(run)
    return {"run": facts.pop("id"), **facts}


def _finding_text(finding: Finding) -> str:
    names = ("line", "level", "code", "column", "value", "message", "hint")
    return terminal.json_text({name: getattr(finding, name) for name in names})


def _run_table(
    shown: Sequence[Run], number: int, wide: bool, zone: ZoneInfo, *, is_filtered: bool
) -> Iterator[Text | str]:
    """The runs as a table; where it has no room, each on lines of its own."""
    from rich.text import Text

    if not shown:
        yield "No run is like that." if is_filtered else "There are no runs yet."
        return
    counts = COUNTS if wide else ("rows", "rejected")
    cells: list[tuple[str, ...]] = [
        ("run", f"started ({zone})", "what", "state", *counts, *(("seconds", "by") if wide else ()), "file")
    ]
    for run in shown:
        numbers = ["" if getattr(run, name) is None else f"{getattr(run, name):,}" for name in counts]
        more = ["" if run.seconds is None else f"{run.seconds:.1f}", terminal.visible(run.actor)] if wide else []
        started = f"{run.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        cells.append((str(run.id), started, run.kind, run.state, *numbers, *more, terminal.visible(run.file)))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    width = None if wide else terminal.width_of(sys.stdout)
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
            yield Text(fitting, "bold" if place == 0 else "", no_wrap=True)
    if len(shown) < number:
        yield f"{number - len(shown)} older runs: add --all."


def _run_lines(run: Run, zone: ZoneInfo) -> Iterator[Text | str]:
    from rich.text import Text

    from milepost.cli import summary

    yield Text(f"{run.id}  {run.kind}, {run.state}", "bold")
    yield f"    {terminal.moment(run.started_at, zone)}"
    if run.rows is not None:
        yield f"    {summary.rows(run.rows)}, {run.rejected:,} rejected"
    yield f"    {terminal.visible(run.file)}"


def _description(chosen: RunRecord, zone: ZoneInfo) -> Iterator[Text | str]:
    from rich.text import Text

    from milepost.cli import summary

    run, mended = chosen.run, chosen.mended
    # The file of an undo is its whole description: `undo of run 7`.
    what = terminal.visible(run.file if run.undoes is not None else f"{run.kind} from {run.file}")
    yield Text(f"Run {run.id}: {what}, {run.state}.", "bold")
    took = "" if run.seconds is None else f", took {summary.duration(run.seconds)}"
    yield f"  started {terminal.moment(run.started_at, zone)} by {terminal.visible(run.actor)}{took}"
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
@options.time_zone
@options.as_json
@options.database
def show(learner: str, learning_object: str | None, time_zone: ZoneInfo | None, as_json: bool, db: str) -> None:
    """Show what is stored of LEARNER, of all learning objects or of LOV, and how it came to be so.

    LEARNER is a log-in name, an e-mail, a reference number or a GUID; LOV is a code or a GUID.
    """
    from milepost.reading import row_history
    from milepost.reading import runs as recorded

    found = row_history.show(db, learner, learning_object)
    if as_json:
        terminal.document({"rows": [_row_facts(row) for row in found]})
    elif not found:
        terminal.say([f"Nothing is stored of {terminal.visible(learner)}, and nothing was."])
    else:
        zone = time_zone or ZoneInfo(recorded.time_zone(db))
        terminal.say(line for place, row in enumerate(found) for line in _row(row, zone, is_first=place == 0))


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


def _row(row: RowHistory, zone: ZoneInfo, *, is_first: bool) -> Iterator[Text | str]:
    from rich.text import Text

    if not is_first:
        yield ""
    which = f"{row.lovCode} ({row.lovGuid})" if row.lovCode else row.lovGuid or "a learning object that is gone"
    where = f"session {row.sessionGuid} of {row.trainingPathCode}"
    yield Text(terminal.visible(f"{row.candidateLogin}, {which}, {where}"), "bold")
    yield "  not stored any more" if row.stored is None else f"  {_values(row.stored, zone)}"
    for event in row.events:
        yield from _event(event, row.stored, zone)


def _event(event: Event, stored: Values | None, zone: ZoneInfo) -> Iterator[str]:
    at = "" if event.at is None else terminal.moment(event.at, zone)
    line = f"line {event.line} of {terminal.visible(event.file)}"
    by = line if event.undoes is None else f"undo of run {event.undoes}"
    undone = "" if event.undone_by is None else f"; undone by run {event.undone_by}"
    yield f"  {at} {event.change} by run {event.run}, {by} ({terminal.visible(event.actor)}){undone}"
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
        return terminal.moment(value, zone)
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return str(value)


@click.command(cls=shape.Command)
@options.run()
@click.argument("file", type=shape.PATH, required=False)
@options.option(
    "--report", metavar="FILE.html", type=shape.PATH, group=shape.RESULTS, help="Write a page that an auditor can keep."
)
@options.as_json
@options.database
def verify(run: int, file: str | None, report: str | None, as_json: bool, db: str) -> int:
    """Read again what RUN wrote: does it still stand? With its FILE, what has become of each line."""
    from milepost import use_cases
    from milepost.reading import audit
    from milepost.reading.runs import read_run

    run = options.run_number(db, run)
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
