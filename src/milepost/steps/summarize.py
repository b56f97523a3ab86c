"""Summarize: counts of a plan and of its findings, and what else a reader should know."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Table, and_, case, distinct, func, select
from sqlalchemy.engine import Connection

from milepost.database.tables import tracking
from milepost.model.findings import RANK, Finding
from milepost.model.job import Mode

_OUTCOMES = ("created", "updated", "unchanged", "deleted")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many of the kept rows go which way."""

    created: int
    updated: int
    unchanged: int
    deleted: int
    superseded: int


def outcomes(connection: Connection, staged: Table, planned: Table) -> Outcomes:
    """Counts the rows of a plan; a staged row without a planned one of its line is superseded."""
    counts: dict[str, int] = dict(
        connection.execute(select(planned.c.outcome, func.count()).group_by(planned.c.outcome)).all()
    )
    kept = connection.scalar(select(func.count()).select_from(staged)) or 0
    created, updated, unchanged, deleted = (counts.get(name, 0) for name in _OUTCOMES)
    return Outcomes(created, updated, unchanged, deleted, superseded=kept - sum(counts.values()))


def findings(connection: Connection, staged_finding: Table) -> tuple[dict[str, int], dict[str, Finding]]:
    """How many lines have each code, the most frequent first, and the first finding of each code."""
    code, line = staged_finding.c.code, staged_finding.c.line
    counted = select(code, func.count(distinct(line)), func.min(line)).group_by(code)
    found = connection.execute(counted).all()
    ordered = sorted(found, key=lambda one: (-one[1], RANK[one[0]]))
    firsts = counted.with_only_columns(code, func.min(line).label("line")).subquery()
    parts = [staged_finding.c[name] for name in ("line", "code", "column", "value", "message", "hint")]
    query = (
        select(*parts)
        .join_from(firsts, staged_finding, and_(line == firsts.c.line, code == firsts.c.code))
        .order_by(staged_finding.c.place.desc())
    )
    examples = {row.code: Finding(*row) for row in connection.execute(query)}
    return {name: count for name, count, _ in ordered}, {name: examples[name] for name, _, _ in ordered}


def resets(connection: Connection, planned: Table, lacking: dict[str, str], mode: Mode) -> list[str]:
    """What the absence of columns does to stored values, in one sentence, or none.

    `lacking` has the names of the value columns that the file lacks, each with the stored column it fills. To be
    asked before the plan is stored.
    """
    if mode is Mode.PATCH or not lacking:
        return []
    counted = [
        func.sum(
            case((and_(tracking.c[name].is_not(None), tracking.c[name].is_distinct_from(planned.c[name])), 1), else_=0)
        )
        for name in lacking.values()
    ]
    same_target = and_(*(planned.c[column.name] == column for column in tracking.primary_key.columns))
    query = select(*counted).join_from(planned, tracking, same_target).where(planned.c.outcome == "updated")
    numbers = connection.execute(query).one()
    reset = [f"{number} of {name}" for name, number in zip(lacking, numbers, strict=True) if number]
    names = ", ".join(lacking)
    if not reset:
        return [f"The file lacks {names}; that resets no stored value."]
    return [f"The file lacks {names}; that resets {', '.join(reset)} stored. To keep what is stored: --mode patch."]
