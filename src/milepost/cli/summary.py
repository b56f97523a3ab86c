"""The summary of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from rich.text import Text

from milepost.cli.terminal import told, visible
from milepost.model.findings import CODES, Finding, Level
from milepost.model.history import Run
from milepost.model.phases import OUTCOMES
from milepost.model.reports import ChangeKind, Changes, Report
from milepost.model.wording import spelt

_STYLES = {"created": "green", "updated": "green", "superseded": "yellow", "rejected": "bold red"}
_LONGEST = 60


def lines(report: Report, done: str, steps: Sequence[tuple[str, str]]) -> Iterator[Text]:
    """The summary of `report`; `done` is the verb (`imported`), and `steps` are as for `next_steps`."""
    yield headline(report, done, with_counts=not report.findings)
    if report.findings:
        yield Text()
        yield from _counts(report)
        yield from _findings("Rejected, and why", Level.ERROR, report)
        yield from _findings("Warnings", Level.WARNING, report)
    yield from _changes(report.changes)
    if report.held:
        title = "An import would be held" if report.dry_run else "Held: nothing was written"
        yield from _section(title, "bold red")
        yield from (Text(f"  {reason}") for reason in report.held)
    if report.notes:
        yield from _section("Notes")
        yield from (Text(f"  {visible(told(note))}") for note in report.notes)
    if report.digest is not None and report.run is None:
        yield Text()
        yield Text.assemble(("Digest of this plan  ", "bold"), report.digest)
    yield from next_steps(steps)


def next_steps(steps: Sequence[tuple[str, str]]) -> Iterator[Text]:
    """What to do next: descriptions with their commands."""
    if steps:
        yield from _section("What to do next")
    for what, how in steps:
        yield Text(f"  {visible(what)}")
        yield Text(f"    {visible(how)}", "cyan", no_wrap=True)


def _section(title: str, style: str = "bold") -> Iterator[Text]:
    yield Text()
    yield Text(title, style)


def headline(report: Report, done: str, *, with_counts: bool = True) -> Text:
    """What was done, as `tracking.csv: imported as run 7 in 0.3 seconds.`, and how many rows have each outcome."""
    where = "" if report.run is None else f" as run {report.run}"
    return Text.assemble(
        (f"{visible(report.file)}: {done}{where} in {duration(report.seconds)}.", "bold"),
        f" {rows(report.rows)}: {outcomes(report)}." if with_counts else "",
    )


def outcomes(report: Report | Run) -> str:
    """How many rows have each outcome: `3 created, 1 rejected`."""
    return ", ".join(f"{getattr(report, name):,} {name}" for name in _mentioned(report))


def _mentioned(report: Report | Run) -> list[str]:
    return [name for name in OUTCOMES if getattr(report, name) or name == "rejected"]


def _counts(report: Report) -> Iterator[Text]:
    width = len(f"{report.rows:,}")
    yield Text(f"  {rows(report.rows)}")
    for name in _mentioned(report):
        number = getattr(report, name)
        yield Text(f"  {number:>{width},} {name}", _STYLES.get(name, "") if number else "")


_KINDS = {
    ChangeKind.CHANGE: ("changed", ""),
    ChangeKind.RESET: ("reset, their values lost", "yellow"),
    ChangeKind.REGRESSION: ("set back", "yellow"),
    ChangeKind.DELETION: ("deleted", "red"),
}


def _changes(changes: Changes) -> Iterator[Text]:
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
        yield Text.assemble(f"  {number:>{width},} {'row' if number == 1 else 'rows'} ", (words, style), detail)


def _findings(title: str, level: Level, report: Report) -> Iterator[Text]:
    codes = {code: number for code, number in report.findings.items() if CODES[code].level is level}
    if not codes:
        return
    style = "red" if level is Level.ERROR else "yellow"
    yield from _section(title)
    for code, number in codes.items():
        yield Text.assemble("  ", (code, style), f"  {rows(number)}")
        example = report.examples.get(code)
        if example is not None:
            yield Text(f"    {visible(example.message)}")
            yield Text(
                f"    {'such as ' if number > 1 else ''}{one(example, report.headers, with_message=False)}", "dim"
            )


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
