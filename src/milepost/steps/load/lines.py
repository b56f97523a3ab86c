"""The lines of one batch under the names of the kind's table, and the findings on their cells alone."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from milepost.model.batch import no_findings
from milepost.model.exceptions import UsageError
from milepost.model.text import fold_all, sentence, utc_text
from milepost.model.wording import argument
from milepost.reference import Field, Reference, ReferenceColumn, ReferenceKind, Role
from milepost.steps.finding_frames import found_on
from milepost.steps.given import is_filled


@dataclass(frozen=True, slots=True)
class Used:
    """A kind, and those of its columns that a file has."""

    kind: ReferenceKind
    names: frozenset[str]

    @property
    def fields(self) -> tuple[Field, ...]:
        """The stored columns."""
        return tuple(field for field in self.kind.fields if field.column.name in self.names)

    @property
    def identities(self) -> tuple[Field, ...]:
        """The ids and GUIDs beside the key."""
        return tuple(field for field in self.fields if field.role is Role.IDENTITY)

    def columns_of(self, reference: Reference) -> tuple[ReferenceColumn, ...]:
        """The columns that name the row of `reference`."""
        return tuple(one for one in self.kind.columns_of(reference) if one.column.name in self.names)


def require_columns(used: Used) -> None:
    """Raises UsageError when the file lacks a column that the kind needs."""
    kind = used.kind
    missing = [name for name in kind.required if name not in used.names]
    for reference in kind.references:
        names = [one.column.name for one in kind.columns_of(reference)]
        if not used.columns_of(reference) and not set(names) & set(missing):
            missing.append(" or ".join(names))
    if missing:
        raise UsageError(
            f"The file lacks {', '.join(missing)}, which {kind.name} need. Add the column, or say which "
            f"column holds it with {argument('header_map', f'Header={missing[0].split()[0]}')}."
        )


def named(used: Used, values: pl.DataFrame) -> pl.DataFrame:
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


def findings(used: Used, values: pl.DataFrame) -> pl.DataFrame:
    """The findings on empty cells, and on dates that contradict each other; schema `model.batch.FINDINGS`."""
    lacking = ((name, values.filter(~is_filled(name))) for name in used.kind.required)
    found = [no_findings(), *(found_on(rows, "mandatory-field-empty", column=name) for name, rows in lacking)]
    for reference in used.kind.references:
        if reference.missing is not None:
            names = (one.column.name for one in used.columns_of(reference))
            found.append(found_on(values.filter(~is_filled(*names)), reference.missing))
    if used.kind.in_order is not None and used.names.issuperset(used.kind.in_order):
        first, second = used.kind.in_order
        hint = sentence(f"{second} is before {first}, {{}}", utc_text(first))
        wrong = values.filter(pl.col(second) < pl.col(first))
        found.append(found_on(wrong, "dates-out-of-order", hint, second, utc_text(second)))
    return pl.concat(found)
