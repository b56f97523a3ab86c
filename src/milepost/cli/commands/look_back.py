"""`runs`: the runs of a store, or one of them with its findings."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from milepost.cli import options, terminal
from milepost.model.phases import COUNTS, OUTCOMES

if TYPE_CHECKING:
    from rich.text import Text

    from milepost.model.findings import Finding
    from milepost.model.history import Run, RunRecord

PER_CODE = 20
"""The most findings of a code that are shown without --all."""
NEWEST = 20
"""The most runs that are shown without --all."""


@click.command()
@click.argument("run", type=click.IntRange(min=1), required=False)
@click.option("--all", "everything", is_flag=True, help=f"All runs, not the newest {NEWEST}; all findings, by line.")
@options.as_json
@options.database
def runs(run: int | None, everything: bool, as_json: bool, db: str) -> None:
    """List the runs, newest first, or show one RUN with its findings."""
    from milepost.reading import runs as recorded

    if run is None:
        listing = recorded.runs(db)
        if as_json:
            terminal.document({"runs": [_facts(each) for each in listing]})
        else:
            terminal.say(_table(listing, everything))
        return
    chosen = recorded.read_run(db, run)
    found = recorded.each_finding(db, run)
    if as_json:
        # There may be millions of findings.
        terminal.document(_document(chosen), "lines", map(_line, found))
    else:
        terminal.say(_description(chosen))
        terminal.say(_every(found) if everything else _first_of_each(found, chosen))


def _facts(run: Run) -> dict[str, Any]:
    facts = dataclasses.asdict(run)
    return {"run": facts.pop("id"), **facts}


def _document(chosen: RunRecord) -> dict[str, Any]:
    mended_by = {str(number): lines for number, lines in chosen.mended.items()}
    counts = {"mended": sum(mended_by.values()), "mended_by": mended_by, "findings": chosen.findings}
    return _facts(chosen.run) | counts


def _line(finding: Finding) -> str:
    facts = {"line": finding.line, "level": finding.level.value}
    return terminal.json_text(
        facts | {name: getattr(finding, name) for name in ("code", "column", "value", "message", "hint")}
    )


def _table(listing: Sequence[Run], everything: bool) -> Iterator[Text | str]:
    if not listing:
        yield "There are no runs yet."
        return
    shown = listing if everything else listing[:NEWEST]
    header = ("run", "started (UTC)", "what", "state", *COUNTS, "file")
    cells = [header, *(_cells(run) for run in shown)]
    yield from _aligned(cells, right={0, *range(4, 4 + len(COUNTS))})
    if len(shown) < len(listing):
        yield f"{len(listing) - len(shown)} older runs: add --all."


def _cells(run: Run) -> tuple[str, ...]:
    counts = ("" if getattr(run, name) is None else f"{getattr(run, name):,}" for name in COUNTS)
    started = run.started_at.strftime("%Y-%m-%d %H:%M:%S")
    return (str(run.id), started, run.kind, run.state, *counts, terminal.visible(run.file))


def _aligned(cells: list[tuple[str, ...]], right: set[int]) -> Iterator[Text]:
    from rich.text import Text

    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    for number, row in enumerate(cells):
        padded = (
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield Text("  ".join(padded).rstrip(), "bold" if number == 0 else "")


def _description(chosen: RunRecord) -> Iterator[Text | str]:
    from rich.text import Text

    from milepost.cli import summary

    run, mended = chosen.run, chosen.mended
    # The file of an undo is its whole description: `undo of run 7`.
    what = terminal.visible(run.file if run.undoes is not None else f"{run.kind} from {run.file}")
    yield Text(f"Run {run.id}: {what}, {run.state}.", "bold")
    took = "" if run.seconds is None else f", took {summary.duration(run.seconds)}"
    yield f"  started {run.started_at:%Y-%m-%d %H:%M:%S} UTC by {terminal.visible(run.actor)}{took}"
    if run.sha256 is not None:
        yield f"  SHA-256 {run.sha256}"
    if run.digest is not None:
        yield f"  digest {run.digest}"
    if run.error is not None:
        yield from (f"  {terminal.visible(line)}" for line in run.error.split("\n"))
    if run.rows is not None:
        told = ((name, getattr(run, name)) for name in OUTCOMES)
        verb = " would have been" if run.state == "held" else ""
        yield f"  {summary.rows(run.rows)}{verb}: " + ", ".join(
            f"{summary.counted(number)} {name}" for name, number in told if number or name == "rejected"
        )
    if run.mends is not None:
        yield f"  mends run {run.mends}"
    if mended:
        by = ", ".join(f"{summary.counted(number)} by run {later}" for later, number in mended.items())
        yield f"  of the rejected rows, {summary.counted(sum(mended.values()))} mended since: {by}"


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
