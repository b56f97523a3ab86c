"""What came of one run of a whole configuration, file by file and step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from milepost.model import documents
from milepost.model.exceptions import MilepostError
from milepost.model.reports import Report

WELL, SOME_REJECTED, TROUBLE = 0, 1, 3
"""The exit statuses of a night that was carried out."""


class FileState(StrEnum):
    """What became of a file."""

    IMPORTED = "imported"
    REPEATED = "repeated"
    """Its bytes were imported before; it was not imported again."""
    RESUMED = "resumed"
    """It was imported by an earlier night, which did not come to its end."""
    SETTLED = "settled"
    """An earlier night did everything with it. It is still there, because no step moves or deletes it, or has come
    again, because a server still has it."""
    WAITING = "waiting"
    """It is still being written, or waits for its done marker."""
    HELD = "held"
    """A limit holds its import."""
    FAILED = "failed"
    """It cannot be imported."""
    LEFT = "left"
    """A file before it failed, and the configuration stops there."""


COUNTED = frozenset({FileState.IMPORTED, FileState.RESUMED})
"""Whose rows a night tells of."""
KEPT = frozenset({FileState.WAITING, FileState.HELD, FileState.FAILED, FileState.LEFT})
"""What is not imported, and so is never moved or deleted."""
STUCK = frozenset({FileState.HELD, FileState.FAILED, FileState.LEFT})
_AS_TOLD = {FileState.HELD: "held", FileState.FAILED: "not imported", FileState.LEFT: "left for the next time"}


class StepState(StrEnum):
    """What became of a step."""

    DONE = "done"
    PLANNED = "planned"
    """It would be done; this was a check."""
    FAILED = "failed"
    """It is tried again the next time."""


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What became of one step, for one file or for all."""

    step: str
    line: int
    state: StepState
    said: str
    """A sentence."""
    file: str | None = None
    seconds: float = 0.0


def attempted(work: Callable[[], str], done: StepState) -> tuple[str, StepState]:
    """Does the work of a step: what it says, or on one line why it has failed; and its state, `done` if it has not."""
    try:
        return work(), done
    except MilepostError as error:
        return " ".join(str(error).split()), StepState.FAILED
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        return f"{where}{error.strerror or error}. Check the rights, and the room on the disk.", StepState.FAILED


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file."""

    file: str
    """The path inside the data folder."""
    state: FileState
    said: str = ""
    """Why, if it is not imported."""
    code: str | None = None
    """The code of the error, if it failed."""
    report: Report | None = None
    run: int | None = None
    """The run that imported it."""


@dataclass(frozen=True, slots=True)
class NightFinding:
    """An expectation that is broken."""

    part: str
    code: str
    line: int
    message: str


@dataclass(slots=True)
class ImportOutcome:
    """What came of one import of the configuration."""

    key: str
    action: str
    files: list[FileOutcome] = field(default_factory=list)
    steps: list[StepOutcome] = field(default_factory=list)
    findings: list[NightFinding] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(slots=True)
class ExportOutcome:
    """What came of one export of the configuration."""

    key: str
    rows: int = 0
    """Of all its files."""
    steps: list[StepOutcome] = field(default_factory=list)
    """Its files, by their providers, are the first ones."""
    seconds: float = 0.0


@dataclass(slots=True)
class NightReport:
    """What came of one run of a whole configuration."""

    name: str
    dry_run: bool
    started_at: datetime
    before: list[StepOutcome] = field(default_factory=list)
    imports: list[ImportOutcome] = field(default_factory=list)
    exports: list[ExportOutcome] = field(default_factory=list)
    after: list[StepOutcome] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    failure: str | None = None
    """Why it ended before its end."""

    @property
    def steps(self) -> list[StepOutcome]:
        """All steps, in their order."""
        own = [step for one in self.imports for step in one.steps]
        own += [step for one in self.exports for step in one.steps]
        return [*self.before, *own, *self.after]

    @property
    def files(self) -> list[FileOutcome]:
        """All files, in their order."""
        return [file for one in self.imports for file in one.files]

    @property
    def findings(self) -> list[NightFinding]:
        """All broken expectations."""
        return [finding for one in self.imports for finding in one.findings]

    @property
    def rejected(self) -> int:
        """The rejected rows of all files."""
        return sum(file.report.rejected for file in self.files if file.report is not None)

    @property
    def trouble(self) -> list[str]:
        """What needs a person, a sentence each."""
        found = [f"{file.file} is {_AS_TOLD[file.state]}: {file.said}" for file in self.files if file.state in STUCK]
        failed = [step for step in self.steps if step.state is StepState.FAILED]
        found += [f"<{one.step}> failed{f' for {one.file}' if one.file else ''}: {one.said}" for one in failed]
        found += [finding.message for finding in self.findings]
        return found if self.failure is None else [*found, f"The run ended early: {self.failure}"]

    @property
    def status(self) -> int:
        """The exit status: 3 if something needs a person, 1 if rows were rejected, else 0."""
        return TROUBLE if self.trouble else SOME_REJECTED if self.rejected else WELL


def of_night(report: NightReport) -> documents.Document:
    """A run of a whole configuration as a document; without its notes."""
    return {
        "configuration": report.name,
        "dry_run": report.dry_run,
        "started_at": report.started_at,
        "status": report.status,
        "trouble": report.trouble,
        "before": [_of_step(step) for step in report.before],
        "imports": [_of_import(one) for one in report.imports],
        "exports": [_of_export(one) for one in report.exports],
        "after": [_of_step(step) for step in report.after],
        "seconds": round(report.seconds, 3),
    }


def _of_import(outcome: ImportOutcome) -> documents.Document:
    return {
        "import": outcome.key,
        "action": outcome.action,
        "files": [_of_file(file) for file in outcome.files],
        "steps": [_of_step(step) for step in outcome.steps],
        "findings": [{"code": one.code, "line": one.line, "message": one.message} for one in outcome.findings],
        "seconds": round(outcome.seconds, 3),
    }


def _of_export(outcome: ExportOutcome) -> documents.Document:
    steps = [_of_step(step) for step in outcome.steps]
    return {"export": outcome.key, "rows": outcome.rows, "steps": steps, "seconds": round(outcome.seconds, 3)}


def _of_file(file: FileOutcome) -> documents.Document:
    facts: dict[str, Any] = {"file": file.file, "state": str(file.state), "run": file.run, "message": file.said or None}
    facts["code"] = file.code
    facts["report"] = None if file.report is None else documents.of_report(file.report)
    return facts


def _of_step(step: StepOutcome) -> documents.Document:
    facts = {"step": step.step, "line": step.line, "state": str(step.state), "file": step.file, "message": step.said}
    return {**facts, "seconds": round(step.seconds, 3)}
