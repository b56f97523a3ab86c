"""Combinations of identifiers, and the known rows that fit them: one resolver for imports and loads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl


def number(rows: pl.DataFrame, names: Sequence[str], key: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The distinct combinations of the columns `names`, numbered from 0 as `key`; and `rows` with that number.

    Combinations are in the order of their first rows.
    """
    given = [name for name in names if rows[name].null_count() < rows.height]
    distinct = rows.select(names).unique(subset=given or None, keep="first", maintain_order=True)
    distinct = distinct.with_row_index(key).cast({key: pl.Int64})
    if not given:
        return distinct, rows.with_columns(pl.lit(0, pl.Int64).alias(key))
    keyed = distinct.select(*given, key)
    return distinct, rows.join(keyed, on=given, how="left", nulls_equal=True, maintain_order="left")


def keys_of(combinations: pl.DataFrame, identifiers: Iterable[str]) -> Mapping[str, pl.Series]:
    """The values of each identifier that any combination has."""
    given = {name: combinations[name].drop_nulls() for name in identifiers}
    return {name: one for name, one in given.items() if not one.is_empty()}


def fitting(combinations: pl.DataFrame, known: pl.DataFrame, anchors: Iterable[Sequence[str]]) -> pl.DataFrame:
    """The rows of `known` that have every identifier of a combination, each with the number of the combination.

    Both have a column for each identifier of the file, under the same name. A combination is looked up by the first of
    `anchors`, which are sets of identifiers, that it has in full.
    """
    identifiers = [name for name in combinations.columns if name in known.columns]
    rest = combinations.rename({name: f"{name}.given" for name in identifiers})
    agreed = [pl.col(f"{name}.given").is_null() | (pl.col(f"{name}.given") == pl.col(name)) for name in identifiers]
    result = [name for name in combinations.columns if name not in identifiers] + known.columns
    found = [rest.clear().join(known.clear(), how="cross").select(result)]
    for anchor in anchors:
        if not set(anchor) <= set(identifiers):
            continue  # the file has no such column
        is_whole = pl.all_horizontal(pl.col(f"{name}.given").is_not_null() for name in anchor)
        here, rest = rest.filter(is_whole), rest.filter(~is_whole)
        if not here.is_empty():
            keys = [f"{name}.given" for name in anchor]
            pairs = here.join(known, left_on=keys, right_on=list(anchor), how="inner", coalesce=False)
            found.append(pairs.filter(*agreed).select(result))
    return pl.concat(found)
