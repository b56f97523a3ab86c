"""What renames, merges and their undos did to rows of reference data: each row as JSON, before and after.

Edits are frames with the columns EDITS. They are planned as data, written to the tables, and entered in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from milepost.model.tracked import packed, unpacked
from milepost.stores.port import Among, Tables, Where
from milepost.stores.tables import TABLES

FORMER = "former_identifier"
ENTITIES = ("learner", "learning_object_version", "session", "registration", "training_content", FORMER)
"""The tables that are edited; those that others refer to come first."""

COUNTED = ENTITIES[:-1]
"""The tables whose rows count as changed: former identifiers follow from the others."""

EDITS: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "entity": pl.String(),
        "row_id": pl.Int64(),
        "change": pl.String(),
        "before": pl.String(),
        "after": pl.String(),
        "into_id": pl.Int64(),
    }
)
"""`row_id` is the id of the row, of a content both ids of its key (`tracked.packed`). `into_id` is the row into which a
deleted one is merged; of a former identifier, the row that it belonged to."""

_CHANGE = "reference_change"
_CREATED, _UPDATED, _DELETED = "created", "updated", "deleted"
_MEANWHILE = "\x01{}"
"""A log-in name that nobody has, while two rows exchange theirs."""


def no_edits() -> pl.DataFrame:
    """No edits."""
    return pl.DataFrame(schema=dict(EDITS))


def row_id(table: str) -> pl.Expr:
    """The `row_id` of rows of a table."""
    key = TABLES[table].key
    return pl.col("id") if key == ("id",) else packed(*(pl.col(name) for name in key)).alias("id")


def edits(table: str, change: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Edits of one kind: `rows` has every column of the table, `before` each of them where rows change.

    `created` and `deleted` rows stand there as they become, or are. A column `into_id` may be there too.
    """
    schema = TABLES[table].schema
    after = pl.struct(pl.col(name).cast(kind) for name, kind in schema.items()).struct.json_encode()
    before = pl.struct(
        pl.col(f"stored.{name}" if change == _UPDATED else name).cast(kind).alias(name) for name, kind in schema.items()
    ).struct.json_encode()
    nothing = pl.lit(None, pl.String)
    into = pl.col("into_id") if "into_id" in rows.columns else pl.lit(None, pl.Int64)
    return rows.select(
        entity=pl.lit(table),
        row_id=row_id(table),
        change=pl.lit(change),
        before=nothing if change == _CREATED else before,
        after=nothing if change == _DELETED else after,
        into_id=into,
    ).cast(pl.Schema(EDITS))


def decoded(table: str, texts: pl.Series) -> pl.DataFrame:
    """The rows that JSON texts describe, with every column of the table; a null text gives a row of nulls."""
    schema = TABLES[table].schema
    fields = pl.Struct(dict(schema))
    return texts.cast(pl.String).str.json_decode(fields).struct.unnest() if len(texts) else pl.DataFrame(schema=schema)


def of_table(some: pl.DataFrame, table: str, *changes: str) -> pl.DataFrame:
    """The edits of one table, and of some kinds of change if they are named."""
    found = some.filter(pl.col("entity") == table)
    return found.filter(pl.col("change").is_in(changes)) if changes else found


def write_rows(tables: Tables, some: pl.DataFrame, run: int) -> None:
    """Enters edits as those of `run`, and creates and updates rows. `delete_rows` does the rest."""
    tables.insert(_CHANGE, some.select(pl.lit(run).alias("run_id"), *EDITS))
    for table in ENTITIES:
        tables.insert(table, decoded(table, of_table(some, table, _CREATED)["after"]))
    for table in ENTITIES:
        own = of_table(some, table, _UPDATED)
        if own.is_empty():
            continue
        rows = decoded(table, own["after"])
        if table == "learner":
            _free_logins(tables, rows, decoded(table, own["before"]))
        tables.overwrite(table, rows)


def _free_logins(tables: Tables, rows: pl.DataFrame, before: pl.DataFrame) -> None:
    """Takes log-in names from rows that others of the same edits get: each is unique at any moment."""
    is_wanted = rows["login_key"].is_in(before["login_key"].implode()) & (rows["login_key"] != before["login_key"])
    if is_wanted.any():
        meanwhile = pl.format(_MEANWHILE, "id")
        tables.overwrite("learner", before.with_columns(login=meanwhile, login_key=meanwhile))


def delete_rows(tables: Tables, some: pl.DataFrame) -> None:
    """Deletes the rows that edits delete, once nothing refers to them."""
    for table in reversed(ENTITIES):
        own = of_table(some, table, _DELETED)
        key = TABLES[table].key
        ids = own.select(pl.col("row_id").alias("id")) if key == ("id",) else own.select(_key_of(key))
        tables.delete(table, ids)


def _key_of(key: tuple[str, ...]) -> list[pl.Expr]:
    return [one.alias(name) for one, name in zip(unpacked(pl.col("row_id")), key, strict=True)]


def rows_by_id(tables: Tables, table: str, ids: pl.Series) -> pl.DataFrame:
    """The stored rows with those `row_id`, with every column of the table and `row_id`."""
    key, schema = TABLES[table].key, TABLES[table].schema
    if key == ("id",):
        found = tables.rows(table, schema, {"id": Among(ids.unique().sort())})
    else:
        first = unpacked(pl.col("row_id"))[0]
        firsts = ids.to_frame("row_id").select(first.alias("first"))["first"].unique().sort()
        found = tables.rows(table, schema, {key[0]: Among(firsts)})
    return found.with_columns(row_id(table).alias("row_id")).filter(pl.col("row_id").is_in(ids.implode()))


def entries(tables: Tables, run: int) -> pl.DataFrame:
    """The edits of a run, in the order of tables and ids."""
    return tables.rows(_CHANGE, EDITS, {"run_id": run}, ("entity", "row_id"))


def count(tables: Tables, run: int) -> int:
    """How many rows a run changed, without former identifiers, by the journal."""
    return tables.count(_CHANGE, {"run_id": run, "entity": Among(pl.Series(COUNTED))})


def counted(some: pl.DataFrame) -> int:
    """The same of edits."""
    return some.filter(pl.col("entity").is_in(COUNTED)).height


def later_runs(tables: Tables, run: int, ids: pl.Series) -> pl.DataFrame:
    """The last run after `run` that changed each row: `entity`, `row_id`, `by`."""
    schema = {"run_id": pl.Int64(), "entity": pl.String(), "row_id": pl.Int64()}
    found = tables.rows(_CHANGE, schema, {"row_id": Among(ids.unique().sort())}).filter(pl.col("run_id") > run)
    return found.group_by("entity", "row_id").agg(by=pl.col("run_id").max())


def changed_since(tables: Tables, run: int) -> int:
    """How many rows that `run` changed are no longer as it left them, in the columns that it changed."""
    found, changed = entries(tables, run), 0
    for table in COUNTED:
        own, names = of_table(found, table), list(TABLES[table].schema)
        if own.is_empty():
            continue
        stored = rows_by_id(tables, table, own["row_id"]).with_columns(is_there=True)
        sides = [decoded(table, own[side]).select(pl.all().name.prefix(f"{side}.")) for side in ("before", "after")]
        rows = pl.concat([own.select("row_id", "change"), *sides], how="horizontal")
        rows = rows.join(stored, on="row_id", how="left")
        is_left = pl.all_horizontal(
            pl.col(f"before.{name}").eq_missing(pl.col(f"after.{name}"))
            | pl.col(name).eq_missing(pl.col(f"after.{name}"))
            for name in names
        )
        is_there = pl.col("is_there").is_not_null()
        stands = pl.when(pl.col("change") == _DELETED).then(~is_there).otherwise(is_there & is_left)
        changed += rows.height - int(rows.select(stands.sum()).item())
    return changed


def last_known(tables: Tables, table: str, ids: pl.Series) -> pl.DataFrame:
    """Rows that renames, merges and their undos deleted, as they were last; every column of the table."""
    where: Where = {"entity": table, "change": _DELETED, "row_id": Among(ids.drop_nulls().unique().sort())}
    found = tables.rows(_CHANGE, {"run_id": pl.Int64(), "row_id": pl.Int64(), "before": pl.String()}, where)
    return decoded(table, found.sort("run_id").unique("row_id", keep="last")["before"])


def merged_into(tables: Tables, table: str, ids: pl.Series) -> pl.DataFrame:
    """The rows that no longer exist since they were merged, at last into one of `ids`: `id`, `into_id`, `before`.

    `into_id` is that of `ids`; `before` is the last that is known of the row.
    """
    schema = {"run_id": pl.Int64(), "id": pl.Int64(), "into_id": pl.Int64(), "before": pl.String()}
    known = {"run_id": schema["run_id"], "row_id": pl.Int64(), "into_id": pl.Int64(), "before": pl.String()}
    found, last = pl.DataFrame(schema=schema).drop("run_id"), pl.DataFrame({"into_id": ids, "at_last": ids})
    while not last.is_empty():
        where: Where = {"entity": table, "change": _DELETED, "into_id": Among(last["into_id"].unique().sort())}
        merged = tables.rows(_CHANGE, known, where).rename({"row_id": "id"})
        there = rows_by_id(tables, table, merged["id"])["row_id"]
        merged = merged.filter(~pl.col("id").is_in(there.implode()) & ~pl.col("id").is_in(found["id"].implode()))
        merged = merged.sort("run_id").unique("id", keep="last").join(last, on="into_id")
        found = pl.concat([found, merged.select("id", pl.col("at_last").alias("into_id"), "before")])
        last = merged.select(pl.col("id").alias("into_id"), "at_last")
    return found
