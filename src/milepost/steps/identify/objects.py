"""Learning object identifiers to the one version that is content of the registration's training."""

from __future__ import annotations

import polars as pl

from milepost.model import columns
from milepost.model.text import fold_all
from milepost.steps.identify import explain
from milepost.steps.identify.fitting import number
from milepost.steps.identify.known import Known
from milepost.steps.identify.names import Names


def find(known: Known, names: Names, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with the version's id, `publisher_key` and `runtime_key`, and the rows that have none: `line`, `hint`.

    Only rows whose registration is known are looked up.
    """
    wanted = rows.filter(pl.col("object_sought") & pl.col("registration_id").is_not_null())
    keys = [f"{name}.key" for name in columns.OBJECT_COLUMNS]
    combinations, wanted = number(wanted, [*keys, "training_id"], "object_key")
    combinations = combinations.rename({f"{name}.key": name for name in columns.OBJECT_COLUMNS})
    found = _found(known, combinations)
    wanted = wanted.join(found, on="object_key", how="left", maintain_order="left")
    is_one = (wanted["objects"] == 1).fill_null(value=False)
    result = ("learning_object_version_id", "publisher_key", "runtime_key")
    linked = rows.join(wanted.filter(is_one).select("line", *result), on="line", how="left", maintain_order="left")
    missing = wanted.filter(~is_one)
    if missing.is_empty():
        return linked, explain.nothing()
    return linked, explain.objects(known, names, missing, combinations)


def _found(known: Known, combinations: pl.DataFrame) -> pl.DataFrame:
    """Of each combination: how many versions that are content of its training fit, and what is told of one of them."""
    fitting = known.matching_objects(combinations.drop("training_id"))
    contents = known.contents.rows(training_id=combinations["training_id"])
    result = (
        fitting.join(combinations.select("object_key", "training_id"), on="object_key")
        .join(contents, on=["training_id", "learning_object_version_id"], how="semi")
        .group_by("object_key")
        .agg(pl.col("learning_object_version_id", "publisher", "runtime").first(), objects=pl.len())
    )
    return result.with_columns(fold_all(result[name]).alias(f"{name}_key") for name in ("publisher", "runtime"))
