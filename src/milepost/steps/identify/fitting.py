"""Combinations of identifiers, and the known rows that fit them: one resolver for imports and loads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from milepost.model.columns import LEARNER_COLUMNS, TRAINING_COLUMNS
from milepost.model.identifiers import LEARNER, OBJECT, SESSION, TRAINING, Entity, References

_OTHERS: dict[Entity, dict[str, str]] = {
    LEARNER: {"learner_id": "id"},
    TRAINING: {"trainingId": "id", "trainingPathCode": "path_code"},
    SESSION: {"sessionId": "id", "sessionTitle": "title", "trainingId": "training_id", "session_guid": "guid"},
    OBJECT: {"learning_object_version_id": "id", "publisher": "publisher", "runtime": "runtime"},
}
"""Names under which an import always reads columns of the tables, beside the identifiers that the file has."""
_ANCHORS: dict[Entity, Sequence[Sequence[str]]] = {
    LEARNER: [(name,) for name in LEARNER_COLUMNS],
    SESSION: [("sessionGuid",), ("sessionId",), *(("sessionTitle", name) for name in TRAINING_COLUMNS)],
    OBJECT: [("lovGuid",), ("lovCode",)],
}


def number(rows: pl.DataFrame, names: Sequence[str], key: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The distinct combinations of the columns `names`, numbered from 0 as `key`; and `rows` with that number.

    Combinations are in the order of their first rows.
    """
    given = [name for name in names if not is_absent(rows[name])]
    every = rows.lazy().select(names).unique(subset=given or None, keep="first", maintain_order=True)
    distinct = every.select(pl.int_range(pl.len(), dtype=pl.Int64).alias(key), pl.all()).collect()
    if not given:
        return distinct, rows.with_columns(pl.lit(0, pl.Int64).alias(key))
    keyed = distinct[[*given, key]]
    return distinct, rows.join(keyed, on=given, how="left", nulls_equal=True, maintain_order="left")


def keys_of(combinations: pl.DataFrame, identifiers: Iterable[str]) -> Mapping[str, pl.Series]:
    """The values of each identifier that any combination has."""
    return {name: combinations[name].drop_nulls() for name in identifiers if not is_absent(combinations[name])}


def is_absent(values: pl.Series) -> bool:
    """Whether no row has a value."""
    return values.null_count() == len(values)


def fitting(combinations: pl.DataFrame, known: pl.DataFrame, anchors: Iterable[Sequence[str]]) -> pl.DataFrame:
    """The rows of `known` that have every identifier of a combination, each with the number of the combination.

    Both have a column for each identifier of the file, under the same name. A combination is looked up by the first of
    `anchors`, which are sets of identifiers, that it has in full.
    """
    identifiers = [name for name in combinations.columns if name in known.columns]
    rest = combinations.rename({name: f"{name}.given" for name in identifiers})
    given = [name for name in identifiers if not is_absent(combinations[name])]
    agreed = [pl.col(f"{name}.given").is_null() | (pl.col(f"{name}.given") == pl.col(name)) for name in given]
    result = [name for name in combinations.columns if name not in identifiers] + known.columns
    found = []
    for anchor in anchors:
        keys = [f"{name}.given" for name in anchor]
        if rest.is_empty() or not set(anchor) <= set(identifiers) or any(is_absent(rest[key]) for key in keys):
            continue
        here, rest = rest, rest.clear()
        if any(here[key].null_count() for key in keys):
            is_whole = pl.all_horizontal(pl.col(key).is_not_null() for key in keys)
            here, rest = here.filter(is_whole), here.filter(~is_whole)
        pairs = here.lazy().join(known.lazy(), left_on=keys, right_on=list(anchor), how="inner", coalesce=False)
        found.append(pairs.filter(*agreed).select(result).collect())
    if not found:
        return rest.clear().join(known.clear(), how="cross").select(result)
    return pl.concat(found)


@dataclass(frozen=True, slots=True)
class Fitting:
    """What is found of an entity by combinations of identifiers."""

    rows: pl.DataFrame
    """The rows that have any of the identifiers, and maybe other rows."""
    fits: pl.DataFrame
    """Those that fit a combination, each with the number of the combination."""


class Known:
    """The look-ups of one import, under the names of a file's columns; folded where letter case does not matter."""

    def __init__(self, references: References, used: Collection[str]) -> None:
        """Reads nothing yet. `used` has the columns of the file: of the identifiers, only those are read."""
        self.references = references
        self._used = used

    def rows(self, entity: Entity, **keys: pl.Series) -> pl.DataFrame:
        """See `References.rows`; sessions have the columns of their trainings."""
        names = {one.column: one.key for one in entity.identifiers if one.column in self._used} | _OTHERS[entity]
        own = {names[name]: values for name, values in keys.items()}
        found = self.references.rows(entity.table, tuple(names.values()), **own)
        found = found.select(pl.col(one).alias(name) for name, one in names.items())
        if entity is not SESSION:
            return found
        trainings = self.rows(TRAINING, trainingId=found["trainingId"])
        return found.join(trainings, on="trainingId", how="left", maintain_order="left")

    def registrations(self, learners: pl.DataFrame) -> pl.DataFrame:
        """The registrations of learners (as `fitting` returns them): ids of all three, with the `learner_key`."""
        columns = ("id", "learner_id", "session_id")
        found = self.references.rows("registration", columns, learner_id=learners["learner_id"])
        found = found.rename({"id": "registration_id"})
        return learners.select("learner_key", "learner_id").join(found, on="learner_id")

    def fitting(self, entity: Entity, combinations: pl.DataFrame) -> Fitting:
        """The rows of `entity` that fit combinations of identifiers, with the other columns of the combinations."""
        rows = self.rows(entity, **keys_of(combinations, columns_of(entity, combinations)))
        return Fitting(rows, fitting(combinations, rows, _ANCHORS[entity]))


def columns_of(entity: Entity, combinations: pl.DataFrame) -> list[str]:
    """The columns of `combinations` that are identifiers of `entity`."""
    return [one.column for one in entity.identifiers if one.column in combinations.columns]
