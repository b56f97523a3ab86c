"""What the rules of a table mean for frames: for stores that keep frames, and have no database to ask."""

from __future__ import annotations

import itertools
from functools import cache

import polars as pl

from milepost.stores.port import Among, Between, Condition, Presence, Schema, Where
from milepost.stores.table_description import Table


def meets(where: Where) -> pl.Expr:
    """Whether a row meets all conditions."""
    return pl.all_horizontal(pl.lit(value=True), *conditions(where))


def conditions(where: Where) -> list[pl.Expr]:
    """The conditions one by one, so that a reader of files can pass over what meets none."""
    return [_condition(pl.col(name), condition) for name, condition in where.items()]


def _condition(column: pl.Expr, condition: Condition) -> pl.Expr:
    match condition:
        case Between(first, last):
            return column.is_between(first, last)
        case Among(values):
            return column.is_in(values.implode())
        case Presence.PRESENT:
            return column.is_not_null()
        case value:
            return column == value


def completed(table: Table, rows: pl.DataFrame, highest: int) -> pl.DataFrame:
    """Rows to insert, with their types, the ids after `highest` unless they have some, and the defaults of columns."""
    if table.has_ids and "id" not in rows.columns:
        rows = rows.with_columns(id=pl.int_range(highest + 1, highest + 1 + rows.height, dtype=pl.Int64))
    absent = {one.name: one.default for one in table.fields if one.default is not None}
    absent = {name: default for name, default in absent.items() if name not in rows.columns}
    return typed(rows.with_columns(**absent) if absent else rows, table.schema)


def typed(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """`rows`, whose columns are among those of `schema`, with its types."""
    others = {name: schema[name] for name, kind in rows.schema.items() if kind != schema[name]}
    return rows.cast(others) if others else rows  # type: ignore[arg-type]


def broken_rule(table: Table, rows: pl.DataFrame) -> str | None:
    """What is wrong with rows, which have all columns of the table, as a part of a sentence; None if nothing is."""
    rules = _rules(table)
    return next(itertools.compress(rules, rows.select(rules.values()).row(0)), None)


@cache
def _rules(table: Table) -> dict[str, pl.Expr]:
    """Whether rows break one of the rules, by what is wrong then."""
    rules: dict[str, pl.Expr] = {}
    for one in table.fields:
        column = pl.col(one.name)
        if one.is_required:
            rules[f"{table.name}.{one.name} is null"] = column.has_nulls()
        if one.among:
            among = f"{table.name}.{one.name} has another value than {', '.join(one.among)}"
            rules[among] = ~column.is_in(one.among).all()
    for names in unique_columns(table):
        is_double = (pl.struct(names) if len(names) > 1 else pl.col(names)).is_duplicated().any()
        rules[repeated(table, names)] = is_double
    return {why: broken.alias(why) for why, broken in rules.items()}


def key_schema(table: Table) -> dict[str, pl.DataType]:
    """What a frame holds of the columns of the key."""
    return {name: table.schema[name] for name in table.key}


def unique_columns(table: Table) -> list[tuple[str, ...]]:
    """The columns that are unique together, the key first."""
    unique = [table.key, table.unique, *((one.name,) for one in table.fields if one.is_unique)]
    return [names for names in unique if names]


def repeated(table: Table, names: tuple[str, ...]) -> str:
    """What to say of two rows that have the same values in unique columns."""
    return f"a row of {table.name} has the same {', '.join(names)} as another"
