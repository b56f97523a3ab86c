"""The summary of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from milepost.cli import remedies
from milepost.cli.terminal import visible
from milepost.model.findings import CODES, Finding, Level
from milepost.model.phases import OUTCOMES
from milepost.model.reports import ChangeKind, Changes, Report

_STYLES = {"created": "green", "updated": "green", "superseded": "yellow", "rejected": "bold red"}
_LONGEST = 60


def lines(report: Report, done: str, steps: Sequence[tuple[str, str]]) -> Iterator[Text]:
    """The summary of `report`; `done` is the verb (`imported`), and `steps` are as for `next_steps`."""
    yield _headline(report, done)
    if report.findings:
        yield Text()
        yield from _counts(report)
        yield from _findings("Rejected, and why", Level.ERROR, report)
        yield from _findings("Warnings", Level.WARNING, report)
    yield from _changes(report.changes)
    if report.held:
        yield Text()
        title = "An import would be held" if report.dry_run else "Held: nothing was written"
        yield Text(title, "bold red")
        yield from (Text(f"  {reason}") for reason in report.held)
    if report.notes:
        yield Text()
        yield Text("Notes", "bold")
        yield from (Text(f"  {visible(remedies.told(note))}") for note in report.notes)
    if report.digest is not None and report.run is None:
        yield Text()
        yield Text.assemble(("Digest of this plan  ", "bold"), report.digest)
    yield from next_steps(steps)


def next_steps(steps: Sequence[tuple[str, str]]) -> Iterator[Text]:
    """What to do next: descriptions with their commands."""
    if steps:
        yield Text()
        yield Text("What to do next", "bold")
    for what, how in steps:
        yield Text(f"  {visible(what)}")
        yield Text(f"    {visible(how)}", "cyan")


def _headline(report: Report, done: str) -> Text:
    where = "" if report.run is None else f" as run {report.run}"
    outcome = ", ".join(f"{counted(getattr(report, name))} {name}" for name in _told(report))
    return Text.assemble(
        (f"{visible(report.file)}: {done}{where} in {duration(report.seconds)}.", "bold"),
        f" {rows(report.rows)}: {outcome}." if not report.findings else "",
    )


def _told(report: Report) -> list[str]:
    """The outcomes that the summary mentions."""
    return [name for name in OUTCOMES if getattr(report, name) or name == "rejected"]


def _counts(report: Report) -> Iterator[Text]:
    width = len(counted(report.rows))
    yield Text(f"  {counted(report.rows):>{width}} {'row' if report.rows == 1 else 'rows'}")
    for name in _told(report):
        number = getattr(report, name)
        yield Text(f"  {counted(number):>{width}} {name}", _STYLES.get(name, "") if number else "")


_KINDS = {
    ChangeKind.CHANGE: ("changed", ""),
    ChangeKind.RESET: ("reset, their values lost", "yellow"),
    ChangeKind.REGRESSION: ("set back", "yellow"),
    ChangeKind.DELETION: ("deleted", "red"),
}


def _changes(changes: Changes) -> Iterator[Text]:
    """The changes of stored values, a line for each kind of change."""
    kinds = [kind for kind in _KINDS if changes.rows.get(kind)]
    if not kinds:
        return
    yield Text()
    yield Text("Stored values", "bold")
    width = max(len(counted(changes.rows[kind])) for kind in kinds)
    for kind in kinds:
        words, style = _KINDS[kind]
        fields = ", ".join(f"{name} {counted(number)}" for name, number in changes.fields.get(kind, {}).items())
        number = changes.rows[kind]
        unit = "row" if number == 1 else "rows"
        detail = f": {fields}" if kind is not ChangeKind.DELETION else ""
        yield Text.assemble(f"  {counted(number):>{width}} {unit} ", (words, style), detail)


def _findings(title: str, level: Level, report: Report) -> Iterator[Text]:
    codes = {code: number for code, number in report.findings.items() if CODES[code].level is level}
    if not codes:
        return
    style = "red" if level is Level.ERROR else "yellow"
    yield Text()
    yield Text(title, "bold")
    for code, number in codes.items():
        yield Text.assemble("  ", (code, style), f"  {rows(number)}")
        example = report.examples.get(code)
        if example is not None:
            yield Text(f"    {visible(example.message)}")
            yield Text(f"    {'such as ' if number > 1 else ''}{one(example, with_message=False)}", "dim")


def one(finding: Finding, *, with_message: bool = True) -> str:
    """A finding on one line: the place, the value, the message, the hint."""
    value = None if finding.value is None else f'"{_shortened(visible(finding.value))}"'
    where = " ".join(part for part in (finding.column, value) if part)
    head = f"line {finding.line}" + (f", {where}" if where else "")
    said = [visible(part) for part in (finding.message if with_message else None, finding.hint) if part]
    return f"{head}: {' '.join(said)}" if said else head


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def rows(number: int) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{counted(number)} {'row' if number == 1 else 'rows'}"


def counted(number: int) -> str:
    """A whole number with thousands separators."""
    return f"{number:,}"


def duration(seconds: float) -> str:
    """`0.4 seconds`, `2 minutes 5 seconds`."""
    if seconds < 60:
        return f"{seconds:.1f} seconds"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} {'minute' if minutes == 1 else 'minutes'} {rest} {'second' if rest == 1 else 'seconds'}"
