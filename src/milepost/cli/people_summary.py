"""What is printed of renames, merges and erasures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from milepost.cli.options import again
from milepost.cli.summary import duration, next_steps, rows
from milepost.cli.terminal import Line, styled, told, visible
from milepost.model.columns import VALUE_COLUMNS
from milepost.model.history import Value
from milepost.model.people import EraseReport, MergedRow, PeopleReport, Renamed
from milepost.model.reports import UndoReport

if TYPE_CHECKING:
    from milepost.use_cases.retention import RetentionReport

_NOUNS = {"learner": "learner", "session": "session", "lov": "learning object version"}
_NOT_AGAIN = ("as_json", "dry_run", "expect")


def lines(
    context: click.Context, report: PeopleReport, words: Sequence[str], listed: Iterable[str] | None
) -> Iterator[Line | str]:
    """What a rename or a merge did, or would do; `listed` are the lines about its rows, if all are shown."""
    verb = {"rename": "renamed", "merge": "merged"}[report.kind]
    noun = _NOUNS[report.entity]
    what = f"{report.pairs:,} {noun}{'' if report.pairs == 1 else 's'}"
    done = f"{'would be ' if report.run is None else ''}{verb}{'' if report.run is None else f' as run {report.run}'}"
    yield styled((f"{what} {done} in {duration(report.seconds)}.", "bold"))
    yield from renamed(report.renamed)
    if report.kind == "merge":
        counts = ", ".join(
            f"{getattr(report, name):,} {name}" for name in ("created", "updated", "unchanged", "deleted")
        )
        yield f"  {rows(report.rows)} of tracking: {counts}."
        yield f"  {report.references:,} rows of reference data change."
    if listed is not None:
        yield from (line.rstrip("\n") for line in listed)
    yield from (f"  {visible(told(note))}" for note in report.notes)
    if report.run is None:
        yield styled()
        yield styled(("Digest of this plan  ", "bold"), report.digest)
        how = again(context, [*words], without=_NOT_AGAIN, extra=["--expect", report.digest])
        yield from next_steps([("Do it:", how)])
    else:
        how = again(context, ["undo", str(report.run)], only=("db", "schema"))
        yield from next_steps([("Have it undone:", how)])


def merged_row(row: MergedRow) -> Iterator[str]:
    """One row of tracking before and after a merge, a line for each side."""
    where = ", ".join(text for text in (row.candidateLogin, row.lovCode, f"session {row.sessionGuid}") if text)
    yield ""
    yield f"  {visible(where)}"
    sides = [(f"of {whose}", values) for whose, values in row.before] + [("after", row.after)]
    named = [name for name in VALUE_COLUMNS if any(values.get(name) is not None for _, values in sides)]
    cells = [["", *named], *([visible(side), *(_text(values.get(name)) for name in named)] for side, values in sides)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield "    " + "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()


def renamed(changes: Iterable[Renamed]) -> Iterator[str]:
    """Identifiers that change."""
    for one in changes:
        change = f"{one.column} {one.before or 'nothing'} → {one.after}"
        yield f"  {visible(one.login)}: {visible(change)}"


def kept_references(report: UndoReport) -> Iterator[str]:
    """The rows of reference data that an undo put back, and those that it keeps."""
    if report.references:
        done = "would be" if report.run is None else "are"
        yield f"  {report.references:,} rows of reference data {done} as they were before."
    for one in report.kept_references:
        by = f" by run {one.run}" if one.run is not None else ""
        yield f"  kept: {one.entity} {visible(one.name)}: {_REASONS[one.reason]}{by}"


_REASONS = {
    "written": "changed since, or still in use",
    "deleted": "no longer there",
    "gone": "what it refers to no longer exists",
    "taken": "another row has its identifier by now",
}


def _text(value: Value) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def erased(report: EraseReport) -> Iterator[Line | str]:
    """What an erasure did, or would do, and what it cannot reach."""
    people = f"{report.people:,} {'person' if report.people == 1 else 'people'}"
    done = "would be erased" if report.run is None else f"erased as run {report.run}"
    yield styled((f"{people} {done} in {duration(report.seconds)}.", "bold"))
    for name, number in report.counts.items():
        yield f"  {number:,} {_ROWS[name]}"
    if report.run is not None:
        yield f"  {report.findings:,} findings and {report.records:,} records of runs quoted them"
        yield f"  {report.files:,} files of the data folder had them"
        yield f"  {report.freed:,} bytes are given back"
    yield styled()
    yield styled(("What this cannot reach", "bold"))
    yield from (f"  {sentence}" for sentence in report.remaining)


def rules_of(rules: Mapping[str, int], kinds: Mapping[str, str]) -> Iterator[str]:
    """How long data of each kind are kept."""
    for kind, about in kinds.items():
        kept = f"{rules[kind]:,} days" if kind in rules else "for ever"
        yield f"  {kind:<9} {kept:<12} {about}"


def pruned_by_rules(report: RetentionReport) -> Iterator[str]:
    """What a prune by the rules removed, or would remove."""
    for kind, number in report.removed.items():
        verb = "would be removed" if report.dry_run else "removed"
        yield f"  {number:>9,} {kind} older than {report.rules[kind]:,} days {verb}"
    if report.lost:
        runs = ", ".join(map(str, report.lost[:20])) + (", …" if len(report.lost) > 20 else "")
        yield f"No longer to be undone: runs {runs}."
    if not report.dry_run:
        yield f"{report.freed:,} bytes are given back."


_ROWS = {
    "learners": "learners, with those merged into them",
    "registrations": "registrations",
    "tracking": "rows of tracking",
    "former rows": "former rows in the history",
}
