"""Former identifiers in the place of which the current ones stand, before anything is looked up."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from milepost.model.batch import no_findings
from milepost.model.identifiers import LEARNER, OBJECT, SESSION, Entity, Identifier, References
from milepost.model.text import fold_all, sentence
from milepost.steps.line_frames import found_on

_TABLE = "former_identifier"
_COLUMNS = ("entity", "owner_id", "identifier", "value_key")


class Formers:
    """Finds what rows were called before, batch by batch."""

    def __init__(self, references: References, used: Collection[str]) -> None:
        """Reads nothing yet. `used` has the columns of the file."""
        self._references = references
        self._known = [
            (entity, one)
            for entity in (LEARNER, SESSION, OBJECT)
            for one in entity.identifiers
            if one.column in used and one.name != "id"
        ]

    def replaced(self, values: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """`values` with current identifiers, and a finding (schema FINDINGS) for each former one.

        What a row has now always counts; what two rows had never does.
        """
        found = [no_findings()]
        for entity, one in self._known:
            current = self._current(entity, one, values[one.column])
            if current.is_empty():
                continue
            key = fold_all(values[one.column]) if one.is_folded else values[one.column]
            rows = values.with_columns(key.alias("former.key"))
            rows = rows.join(current, on="former.key", how="left", maintain_order="left")
            hits = rows.filter(pl.col("former.now").is_not_null())
            hint = sentence(f'the {entity.noun} has the {one.noun} "{{}}" now', "former.now")
            found.append(found_on(hits, "former-identifier", hint, one.column, pl.col(one.column)))
            now = pl.coalesce("former.now", one.column).alias(one.column)
            values = rows.with_columns(now).drop("former.key", "former.now")
        return values, pl.concat(found)

    def _current(self, entity: Entity, one: Identifier, given: pl.Series) -> pl.DataFrame:
        """The current identifier (`former.now`) of the one row that was called so (`former.key`)."""
        keys = (fold_all(given) if one.is_folded else given).drop_nulls().unique()
        rows = self._references.rows(_TABLE, _COLUMNS, value_key=keys)
        rows = rows.filter((pl.col("entity") == entity.table) & (pl.col("identifier") == one.name))
        rows = rows.filter(pl.col("value_key").is_in(keys.implode())).select("owner_id", "value_key").unique()
        rows = rows.filter(~pl.col("value_key").is_duplicated())
        held = self._references.rows(entity.table, ("id", one.key), **{one.key: rows["value_key"]})
        rows = rows.filter(~pl.col("value_key").is_in(held[one.key].drop_nulls().implode()))
        owners = self._references.rows(entity.table, tuple(dict.fromkeys(("id", one.name))), id=rows["owner_id"])
        owners = owners.select(owner_id="id", now=one.name).drop_nulls()
        named = rows.join(owners, on="owner_id").select("value_key", "now")
        return named.rename({"value_key": "former.key", "now": "former.now"})
