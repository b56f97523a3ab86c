"""Nouns as JSON documents: the same ones on the command line and over HTTP."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from milepost.model.phases import COUNTS, UNDONE

if TYPE_CHECKING:  # the command line starts without them
    from milepost.model.findings import Finding
    from milepost.model.history import RowHistory, Run, RunRecord
    from milepost.model.people import MergedRow, PeopleReport
    from milepost.model.reports import Report, UndoReport, Verification

FORMAT_VERSION = 2
"""The version of every JSON document. Removing a key or changing its meaning raises it."""

Document: TypeAlias = dict[str, Any]

_FINDING = ("line", "level", "code", "column", "value", "message", "hint")


def text(content: object) -> str:
    """JSON on one line, instants as `2024-03-01T08:30:00Z`; bytes that are not UTF-8 become question marks."""
    return json.dumps(content, ensure_ascii=False, default=_instant).encode("utf-8", "replace").decode()


def of_report(report: Report) -> Document:
    """A report of an import, a check or a load; without its notes."""
    facts = {name: getattr(report, name) for name in ("run", "file", "sha256", "dry_run", *COUNTS)}
    facts |= {"findings": dict(report.findings), "seconds": round(report.seconds, 3)}
    if report.digest is None:
        return facts
    if not report.changes.rows:
        renamed = [dataclasses.asdict(one) for one in report.renamed]
        return facts | {"references": report.references, "renamed": renamed, "digest": report.digest}
    fields = report.changes.fields
    changes = {kind: {"rows": rows, "fields": dict(fields.get(kind, {}))} for kind, rows in report.changes.rows.items()}
    return facts | {"changes": changes, "held": list(report.held), "digest": report.digest}


def of_undo(report: UndoReport) -> Document:
    """A report of an undo; without the rows that it keeps."""
    facts = dataclasses.asdict(report)
    counts = dict.fromkeys(COUNTS, 0) | {name: facts[name] for name in ("rows", *UNDONE)} | {"rejected": report.kept}
    more = {"references": report.references, "kept_references": list(facts["kept_references"])}
    more = more if report.references or report.kept_references else {}
    return (
        {name: facts[name] for name in ("run", "undoes", "file", "dry_run")}
        | counts
        | more
        | {"seconds": report.seconds}
    )


def of_people(report: PeopleReport) -> Document:
    """A report of a rename or a merge; without the rows of tracking that are merged, and its notes."""
    facts = dataclasses.asdict(report)
    names = ("run", "kind", "entity", "file", "dry_run", "pairs", "rows", *UNDONE, "unchanged", "references")
    renamed = {} if report.kind != "rename" else {"renamed": list(facts["renamed"])}
    return {name: facts[name] for name in (*names, "digest", "seconds")} | renamed


def of_merged_row(row: MergedRow) -> Document:
    """A row of tracking that a merge touches: before and after."""
    facts: Document = _plain(dataclasses.asdict(row))
    return facts | {"before": [{"of": whose, "values": values} for whose, values in facts["before"]]}


def of_run(run: Run) -> Document:
    """A run."""
    facts = dataclasses.asdict(run)
    return {"run": facts.pop("id"), **facts}


def of_record(found: RunRecord) -> Document:
    """A run with what came of it; without its findings line by line."""
    mended_by = {str(number): lines for number, lines in found.mended.items()}
    return of_run(found.run) | {
        "mended": sum(mended_by.values()),
        "mended_by": mended_by,
        "findings": dict(found.findings),
    }


def of_finding(finding: Finding) -> Document:
    """A finding."""
    return {name: getattr(finding, name) for name in _FINDING}


def of_history(row: RowHistory) -> Document:
    """A row of tracking with its history."""
    facts: Document = _plain(dataclasses.asdict(row))
    history = facts.pop("events")
    return facts | {"history": history}


def of_verification(found: Verification) -> Document:
    """A verification."""
    changed_since = {str(number): rows for number, rows in found.changed_since.items()}
    return dataclasses.asdict(found) | {"changed_since": changed_since, "is_sound": found.is_sound}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever the facts hold
    """`value` with whole numbers without decimals, as in an export."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} has no form in JSON")
