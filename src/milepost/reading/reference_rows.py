"""The reference data of a store, page by page or by name, in the columns of the files that load it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from milepost.model.columns import LARGEST_INTEGER, Kind
from milepost.model.exceptions import UsageError
from milepost.model.wording import in_quotes
from milepost.reference import KINDS, ReferenceKind
from milepost.steps.identify import named
from milepost.steps.identify.named import Named
from milepost.stores.lookups import StoredReferences
from milepost.stores.opening import read_store
from milepost.stores.port import Among, Between, Condition, Tables

LOOKED_UP: Mapping[str, Named] = MappingProxyType(
    {
        "learners": named.LEARNER,
        "learning-objects": named.OBJECT,
        "trainings": named.TRAINING,
        "sessions": named.SESSION,
    }
)
"""The kinds that are looked up, each with how its rows are named."""


@dataclass(frozen=True, slots=True)
class ReferencePart:
    """Some rows of a kind, in the order of their ids, and where the next ones begin."""

    rows: pl.DataFrame
    after: int | None
    """The argument `after` for the next page; None if there is none."""


def reference_rows(
    database: str, kind: str, *, name: str | None = None, after: int = 0, limit: int = 100
) -> ReferencePart:
    """At most `limit` rows of a kind of LOOKED_UP, with ids above `after`: all, or those that `name` names.

    The columns are those of a file that `load` reads; instants are in UTC. Raises StoreError when there is no store,
    UsageError when there is no such kind, or when nothing has that name.
    """
    if kind not in LOOKED_UP:
        raise UsageError(f"{in_quotes(kind)} cannot be looked up. What can be: {', '.join(LOOKED_UP)}.")
    described = KINDS[kind]
    with read_store(database) as tables:
        references = StoredReferences(tables)
        where: dict[str, Condition] = {"id": Between(after + 1, LARGEST_INTEGER)}
        if name is not None:
            ids = pl.Series(named.every(references, LOOKED_UP[kind], [name]), dtype=pl.Int64)
            where = {"id": Among(ids.filter(ids > after))}
        schema = {one: dtype for one, dtype in described.schema.items() if not one.endswith("_key")}
        found = tables.rows(described.entity.table, schema, where, ("id",), limit + 1)
        rows = _as_in_files(tables, described, found.head(limit))
    return ReferencePart(rows, int(found["id"][limit - 1]) if found.height > limit else None)


def _as_in_files(tables: Tables, kind: ReferenceKind, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of a table with the columns of its file; what they refer to goes by the first column that names it."""
    references = StoredReferences(tables)
    columns = []
    for one in kind.fields:
        column = rows[one.name].alias(one.column.name)
        is_instant = one.column.kind is Kind.DATETIME
        columns.append(pl.from_epoch(column, time_unit="s").dt.replace_time_zone("UTC") if is_instant else column)
    for reference in kind.references:
        label = reference.identifiers[0].name
        known = references.rows(reference.entity.table, ("id", label), id=rows[reference.name])
        names = rows[reference.name].replace_strict(known["id"], known[label], default=None, return_dtype=pl.String)
        columns.append(names.alias(reference.columns[0]))
    return pl.DataFrame(columns)
