"""Former identifiers: what rows were known by before they were renamed or merged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import polars as pl

from milepost.model.identifiers import LEARNER
from milepost.stores.port import Among, Tables, Where
from milepost.stores.reference_journal import FORMER, decoded, edits, no_edits
from milepost.stores.tables import TABLES

ENDED: Mapping[str, pl.DataType] = MappingProxyType(
    {"owner_id": pl.Int64(), "identifier": pl.String(), "value": pl.String(), "value_key": pl.String()}
)
"""Identifiers that end: whose, which column of the table, the text, and the text as it is compared."""


def end(tables: Tables, entity: str, ended: pl.DataFrame, now: datetime) -> list[pl.DataFrame]:
    """Edits that keep identifiers (columns ENDED) as former ones of rows of the table `entity`."""
    wanted = ended.unique(maintain_order=True)
    there = of_rows(tables, entity, wanted["owner_id"])
    wanted = wanted.join(there, on=["owner_id", "identifier", "value_key"], how="anti", maintain_order="left")
    first = tables.highest_id(FORMER) + 1
    rows = wanted.with_columns(
        id=pl.int_range(first, first + wanted.height, dtype=pl.Int64),
        entity=pl.lit(entity),
        ended_at=pl.lit(int(now.timestamp()), pl.Int64),
        into_id="owner_id",
    )
    return [edits(FORMER, "created", rows)]


def keep(tables: Tables, learners: pl.DataFrame, now: datetime) -> None:
    """Keeps what learners are called until a load overwrites them with `learners` (every column that is loaded)."""
    ended = ended_by(tables, learners)
    if not ended.is_empty():
        for some in end(tables, "learner", ended, now):
            tables.insert(FORMER, decoded(FORMER, some["after"]))
    # What they are called again is no former identifier.
    again = resume(tables, learners) if not learners.is_empty() else no_edits()
    tables.delete(FORMER, again.select(id="row_id"))


def ended_by(tables: Tables, learners: pl.DataFrame) -> pl.DataFrame:
    """The identifiers (columns ENDED) that learners lose when they become `learners`."""
    identifiers = [one for one in LEARNER.identifiers if one.key in learners.columns]
    schema = TABLES["learner"].schema
    wanted = {
        name: schema[name] for name in dict.fromkeys(("id", *(n for one in identifiers for n in (one.name, one.key))))
    }
    stored = tables.rows("learner", wanted, {"id": Among(learners["id"].sort())})
    both = learners.join(stored, on="id", suffix=".was")
    parts = [pl.DataFrame(schema=dict(ENDED))]
    for one in identifiers:
        was = pl.col(f"{one.key}.was")
        gone = both.filter(was.is_not_null() & was.ne_missing(pl.col(one.key)))
        parts.append(gone.select(owner_id="id", identifier=pl.lit(one.name), value=f"{one.name}.was", value_key=was))
    return pl.concat(parts)


def resume(tables: Tables, learners: pl.DataFrame) -> pl.DataFrame:
    """Edits that forget former identifiers that learners have again; `learners` has the columns of the table."""
    there = of_rows(tables, "learner", learners["id"])
    again = [no_edits()]
    for one in LEARNER.identifiers:
        now = learners.select(owner_id="id", identifier=pl.lit(one.name), value_key=one.key)
        held = there.join(now, on=["owner_id", "identifier", "value_key"], how="semi")
        again.append(edits(FORMER, "deleted", held.with_columns(into_id="owner_id")))
    return pl.concat(again)


def move(tables: Tables, entity: str, into: pl.DataFrame) -> pl.DataFrame:
    """Edits that give the former identifiers of merged rows (`id`) to those that they are merged into (`into_id`)."""
    schema = TABLES[FORMER].schema
    there = of_rows(tables, entity, into["id"]).with_columns(pl.col(*schema).name.prefix("stored."))
    moved = there.join(into.select(owner_id="id", new="into_id"), on="owner_id").with_columns(owner_id="new")
    return edits(FORMER, "updated", moved.drop("new").with_columns(into_id="owner_id"))


def of_rows(tables: Tables, entity: str, ids: pl.Series) -> pl.DataFrame:
    """The former identifiers of rows, with every column of the table."""
    where: Where = {"entity": entity, "owner_id": Among(ids.unique().sort())}
    return tables.rows(FORMER, TABLES[FORMER].schema, where, ("id",))
