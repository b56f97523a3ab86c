"""Load: lines of reference data into the store, each with what became of it. (Specification, section 9.)

The batches wait in temporary tables; then a few statements over all of them decide and write. Pass the batches to
`Loading.keep`, then call `Loading.finish`, then read `Loading.findings`, all inside one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import polars as pl
from sqlalchemy import and_, func, select
from sqlalchemy.engine import Connection

from milepost import reference as catalogue
from milepost.model.batch import FINDINGS, Interpreted, no_findings
from milepost.model.exceptions import UsageError
from milepost.model.findings import Finding
from milepost.model.job import Layout
from milepost.steps.load import claims, keeping, likeness, linking, planning, staging, storing
from milepost.stores.sql import dialect, frames

_FINDINGS_AT_A_TIME = 10_000
"""More than one line can have."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the lines. `rows` is the sum of the counts that follow it."""

    rows: int
    created: int
    updated: int
    unchanged: int
    superseded: int
    rejected: int
    codes: Mapping[str, int]
    """How many rows have each code, the most frequent first."""
    examples: Mapping[str, Finding]
    """The first finding of each code."""


class Loading:
    """One file of reference data on its way into the store."""

    def __init__(self, connection: Connection, kind: catalogue.Kind, layout: Layout) -> None:
        """Makes the temporary tables; raises UsageError when the file lacks a column that the kind needs."""
        used = frozenset(column.name for column in layout.positions)
        _require_columns(kind, used)
        self._connection = connection
        self._stage = staging.staging(kind, used)
        self._rows = 0
        staging.create(connection, self._stage)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drops the temporary tables; after an error they go with the transaction."""
        if error is None:
            staging.drop(self._connection, self._stage)

    def keep(self, interpreted: Interpreted, ragged: pl.DataFrame | None = None) -> None:
        """Stages a batch: its typed values, and the findings (schema `FINDINGS`) on its ragged records."""
        ragged = no_findings() if ragged is None else ragged
        values = interpreted.values
        self._rows += values.height + ragged["line"].n_unique()
        found = pl.concat([interpreted.findings, ragged, keeping.findings(self._stage, values)])
        staging.insert_rows(self._connection, self._stage.lines, keeping.rows(self._stage, values))
        staging.add_findings(self._connection, self._stage, found)

    def finish(self) -> Outcome:
        """Decides what becomes of every line, and writes it; raises StoreError when ids run out."""
        connection, stage = self._connection, self._stage
        dialect.of(connection).prepare_queries(connection, [stage.lines])
        linking.link(connection, stage)
        dialect.of(connection).prepare_queries(connection, [stage.links])
        linking.find_lost_references(connection, stage)
        linking.find_held_references(connection, stage)
        claims.find_changed(connection, stage)
        claims.find_taken(connection, stage)
        claims.find_contested(connection, stage)
        likeness.suggest(connection, stage)
        planning.plan(connection, stage)
        storing.require_ids(connection, stage)
        storing.store(connection, stage)
        return self._outcome()

    def findings(self, first: int | None = None, last: int | None = None) -> Iterator[pl.DataFrame]:
        """The findings (schema `FINDINGS`) on the lines from `first` to `last`, in their order.

        In one part or more, each of a bounded size; between them the connection is free for other statements.
        """
        found = self._stage.findings.c
        query = select(*(found[name] for name in FINDINGS)).order_by(found["line"], found["rank"], found["place"])
        if last is not None:
            query = query.where(found["line"] <= last)
        while True:
            part = query if first is None else query.where(found["line"] >= first)
            page = frames.select(self._connection, part.limit(_FINDINGS_AT_A_TIME), FINDINGS)
            if page.height < _FINDINGS_AT_A_TIME:
                yield page
                return
            # The rest of its last line may stand on the next page.
            first = page["line"][-1]
            yield page.filter(pl.col("line") < first)

    def _outcome(self) -> Outcome:
        plan, found = self._stage.plan.c, self._stage.findings.c
        counted = select(plan["outcome"], func.count()).group_by(plan["outcome"])
        counts: dict[str, int] = dict(self._connection.execute(counted).all())
        codes, examples = self._codes()
        rejected = select(func.count(found["line"].distinct())).where(found["error"] == 1)
        return Outcome(
            rows=self._rows,
            created=counts.get(planning.CREATED, 0),
            updated=counts.get(planning.UPDATED, 0),
            unchanged=counts.get(planning.UNCHANGED, 0),
            superseded=counts.get(planning.SUPERSEDED, 0),
            rejected=self._connection.execute(rejected).scalar_one(),
            codes=codes,
            examples=examples,
        )

    def _codes(self) -> tuple[dict[str, int], dict[str, Finding]]:
        found = self._stage.findings.c
        count = func.count(found["line"].distinct())
        by_code = (
            select(found["code"], count.label("count"), func.min(found["line"]).label("line"))
            .group_by(found["code"])
            .subquery()
        )
        same = and_(found["code"] == by_code.c["code"], found["line"] == by_code.c["line"])
        query = (
            select(by_code.c["count"], *(found[name] for name in FINDINGS))
            .select_from(by_code.join(self._stage.findings, same))
            .order_by(by_code.c["count"].desc(), found["rank"], found["place"])
        )
        codes: dict[str, int] = {}
        examples: dict[str, Finding] = {}
        for number, *fields in self._connection.execute(query):
            finding = Finding(*fields)
            codes.setdefault(finding.code, number)
            examples.setdefault(finding.code, finding)
        return codes, examples


def _require_columns(kind: catalogue.Kind, used: frozenset[str]) -> None:
    missing = [name for name in kind.required if name not in used]
    for reference in kind.references:
        names = [identifier.column.name for identifier in kind.identifiers(reference)]
        if not used.intersection(names) and not set(names) & set(missing):
            missing.append(" or ".join(names))
    if missing:
        raise UsageError(
            f"The file lacks {', '.join(missing)}, which {kind.name} need. Add the column, or say which "
            f'column holds it with --map "Header={missing[0].split()[0]}".'
        )


__all__ = ["Loading", "Outcome"]
