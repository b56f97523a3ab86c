"""Load: lines of reference data to rows of a kind's table, each with its outcome. (Specification, section 9.)

Batches come in the order of the file. After its batch, everything about a line is known, except whether a later line
supersedes it. So the caller keeps the rows to write until all lines are settled.
"""

from __future__ import annotations

import polars as pl

from milepost.model.batch import Interpreted, no_findings
from milepost.model.identifiers import References
from milepost.model.job import Layout
from milepost.model.text import fold_all, sentence, utc_text
from milepost.reference import ReferenceKind
from milepost.steps.line_frames import found_on, is_filled, rejected_lines
from milepost.steps.load import claims, rows
from milepost.steps.load.references import Linker
from milepost.steps.load.rows import WAITING, Settled


class Loading:
    """One load: its batches, and the outcome of its lines."""

    def __init__(self, kind: ReferenceKind, layout: Layout, references: References) -> None:
        """Reads nothing yet; raises UsageError if the file lacks a column that the kind needs."""
        self._kind = kind
        self._used = kind.within({column.name for column in layout.positions})
        self._references = references
        self._linker = Linker(kind, self._used, references)
        self._claims = claims.Index()
        self._accepted: list[pl.DataFrame] = []

    def take(self, interpreted: Interpreted) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Looks up and checks the lines of the next batch.

        Returns all findings on them but `superseded` (schema `model.batch.FINDINGS`); and the rows that accepted lines
        create or change, ascending by `line`: see `Settled.written`.
        """
        used, values = self._used, interpreted.values
        linked, not_found = self._linker.link(_named(used, values))
        found = [
            interpreted.findings,
            _findings(used, values),
            not_found,
            claims.find_taken(used, linked, self._references),
        ]
        accepted = _without_errors(linked, pl.concat(found))
        accepted = accepted.with_columns(claims.fingerprints(accepted.select(used.key)).alias("row"))
        contested = claims.refuse(used, self._claims, accepted)
        planned = rows.planned(self._kind, used, _without_errors(accepted, contested))
        self._accepted.append(planned.select(*WAITING, *(one.name for one in used.identities if one.name == "id")))
        return pl.concat([*found, contested]), planned.filter(pl.col("outcome") != rows.UNCHANGED).drop("row")

    def settle(self, highest_id: int) -> Settled:
        """Decides which lines win, after all batches; `highest_id` is the highest that the table has ever had.

        Raises StoreError if ids run out.
        """
        accepted, self._accepted = self._accepted, []
        self._claims = claims.Index()
        return Settled(self._kind, accepted, highest_id)


def _named(used: ReferenceKind, values: pl.DataFrame) -> pl.DataFrame:
    """`values` (as in `Interpreted.values`) with the columns of the table, defaults filled in."""
    columns = []
    for field in used.fields:
        given = values[field.column.name]
        if field.default is not None:
            given = given.fill_null(field.default)
        columns.append(given.alias(field.name))
        if field.is_folded:
            columns.append(fold_all(given).alias(field.key))
    return values.with_columns(columns)


def _findings(used: ReferenceKind, values: pl.DataFrame) -> pl.DataFrame:
    """The findings on empty cells, and on dates that contradict each other; schema `model.batch.FINDINGS`."""
    required = [one.column.name for one in used.fields if one.required]
    found = [no_findings()]
    for reference in used.references:
        if reference.missing is None:
            required += reference.columns
        else:
            found.append(found_on(values.filter(~is_filled(*reference.columns)), reference.missing))
    found += [found_on(values.filter(~is_filled(name)), "mandatory-field-empty", column=name) for name in required]
    if used.in_order is not None and set(used.in_order) <= set(values.columns):
        first, second = used.in_order
        hint = sentence(f"{second} is before {first}, {{}}", utc_text(first))
        wrong = values.filter(pl.col(second) < pl.col(first))
        found.append(found_on(wrong, "dates-out-of-order", hint, second, utc_text(second)))
    return pl.concat(found)


def _without_errors(lines: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    return lines.filter(~pl.col("line").is_in(rejected_lines(findings).implode()))
