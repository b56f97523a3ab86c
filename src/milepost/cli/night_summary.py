"""The lines that tell what came of a whole configuration."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.model.phases import OUTCOMES
from milepost.operations.night_report import FileOutcome, FileState, ImportOutcome, NightReport, StepOutcome, StepState

_MOST_FINDINGS = 5


def lines(report: NightReport) -> Iterator[str]:
    """The summary of one run of a whole configuration."""
    done = "checked; nothing was touched" if report.dry_run else "carried out"
    yield f"{report.name}: {done}, in {report.seconds:.1f} seconds."
    for step in report.before:
        yield from _step(step, "  ")
    for one in report.imports:
        yield from _import(one)
    for export in report.exports:
        yield f"Export {export.key}: {export.rows:,} row{'' if export.rows == 1 else 's'}."
        for step in export.steps:
            yield from _step(step, "  ")
    for step in report.after:
        yield from _step(step, "  ")
    if report.trouble:
        yield "Needs a look:"
        yield from (f"  {sentence}" for sentence in report.trouble)


def _import(outcome: ImportOutcome) -> Iterator[str]:
    yield f"Import {outcome.key} ({outcome.action}):" + ("" if outcome.files else " no files.")
    for file in outcome.files:
        yield from _file(file)
    for step in outcome.steps:
        yield from _step(step, "  ")


def _file(file: FileOutcome) -> Iterator[str]:
    report = file.report
    state = "would be imported" if report is not None and report.dry_run and not report.held else str(file.state)
    run = f", run {file.run}" if file.state is FileState.IMPORTED and file.run is not None else ""
    why = f": {file.said}" if file.said else ""
    yield f"  {file.file}: {state}{run}{why}"
    if report is not None:
        counts = [f"{getattr(report, name):,} {name}" for name in OUTCOMES if getattr(report, name)]
        yield f"    {report.rows:,} row{'' if report.rows == 1 else 's'}: {', '.join(counts) or 'nothing to do'}"
        found = [f"{code} {rows:,}" for code, rows in list(report.findings.items())[:_MOST_FINDINGS]]
        if found:
            yield f"    findings: {', '.join(found)}"


def _step(step: StepOutcome, indent: str) -> Iterator[str]:
    failed = " failed" if step.state is StepState.FAILED else ""
    file = f" {step.file}" if step.file else ""
    yield f"{indent}<{step.step}>{file}{failed}: {step.said}"
