"""What a merge does to reference data, as edits of its rows; and which rows of tracking get another key.

A learner or a session that is merged takes its registrations along. Where both have one for the same session or
learner, one registration stays, and the tracking of the other moves to it.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from milepost.model.columns import KEY
from milepost.model.identifiers import LEARNER, OBJECT, SESSION, Entity
from milepost.model.people import TimeRule
from milepost.model.tracked import KEY_SCHEMA, TARGET
from milepost.stores import formers
from milepost.stores.port import Among, Tables
from milepost.stores.reference_journal import decoded, edits, no_edits, of_table, rows_by_id
from milepost.stores.tables import TABLES

_ENTITIES: dict[str, Entity] = {"learner": LEARNER, "session": SESSION, "lov": OBJECT}
_REGISTRATION, _CONTENT = "registration", "training_content"
_TIMES = ("time_spent_cbt", "time_spent_digital")
_FILLED = ("reference_number", "email", "email_key", "name", "first_name", "time_zone")
"""What a learner takes over from one that is merged into it, where it has none."""

MOVES = KEY_SCHEMA | dict.fromkeys(TARGET, pl.Int64()) | {"line": pl.Int64()}


def obstacles(tables: Tables, entity: str, into: pl.DataFrame) -> list[tuple[int, str]]:
    """The lines of `into` (`line`, `id`, `into_id`) that cannot be done, each with the reason."""
    if entity != "session":
        return []
    schema = {"id": pl.Int64(), "training_id": pl.Int64(), "guid": pl.String()}
    ids = pl.concat([into["id"], into["into_id"]]).unique().sort()
    sessions = tables.rows("session", schema, {"id": Among(ids)})
    both = into.join(sessions, on="id").join(sessions, left_on="into_id", right_on="id", suffix=".into")
    other = both.filter(pl.col("training_id") != pl.col("training_id.into"))
    said = 'the sessions "{}" and "{}" are of two trainings'
    return [(line, said.format(*guids)) for line, *guids in other.select("line", "guid", "guid.into").rows()]


def plan(
    tables: Tables, entity: str, into: pl.DataFrame, rule: TimeRule, now: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The edits of reference data, and the rows of tracking that are touched.

    `into` has what is merged (`id`) into what at last (`into_id`), and the `line`. Columns of the rows: those of
    MOVES. Rows that have the key already that others get are among them.
    """
    table = _ENTITIES[entity].table
    rows = rows_by_id(tables, table, pl.concat([into["id"], into["into_id"]]))
    gone = rows.join(into, on="id").sort("line")
    some = [edits(table, "deleted", gone)]
    if entity == "learner":
        some.append(_filled(rows, gone))
    stays = _after(rows, some[1:], table)
    some += formers.end(tables, table, _ended(_ENTITIES[entity], gone, stays), now)
    some.append(formers.move(tables, table, into))
    if entity == "lov":
        some.append(_contents(tables, into))
        moved = _of_objects(tables, into)
    else:
        found = _registrations(tables, f"{entity}_id", into, rule)
        some.append(found)
        moved = _of_registrations(tables, found, into, f"{entity}_id")
    return pl.concat(some), _with_targets(tables, moved)


def _filled(rows: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    given = gone.group_by("into_id", maintain_order=True).agg(pl.col(_FILLED).drop_nulls().first())
    own = rows.join(given, left_on="id", right_on="into_id", suffix=".given")
    schema = TABLES["learner"].schema
    own = own.with_columns(pl.col(*schema).name.prefix("stored."))
    own = own.with_columns(pl.coalesce(name, f"{name}.given").alias(name) for name in _FILLED)
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"stored.{name}")) for name in _FILLED)
    return edits("learner", "updated", own.filter(differs))


def _after(rows: pl.DataFrame, some: list[pl.DataFrame], table: str) -> pl.DataFrame:
    changed = pl.concat([no_edits(), *some])
    after = decoded(table, of_table(changed, table, "updated")["after"])
    schema = TABLES[table].schema
    return pl.concat([rows.select(*schema).join(after, on="id", how="anti"), after.select(*schema)])


def _ended(entity: Entity, gone: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """The identifiers of what is merged that what it is merged into has not; columns of `formers.ENDED`."""
    parts = [pl.DataFrame(schema=dict(formers.ENDED))]
    for one in entity.identifiers:
        kept = stays.select(into_id="id", kept=one.key)
        both = gone.select("into_id", value=one.name, value_key=one.key).join(kept, on="into_id", maintain_order="left")
        lost = both.filter(pl.col("value_key").is_not_null() & pl.col("value_key").ne_missing(pl.col("kept")))
        named = lost.select(owner_id="into_id", identifier=pl.lit(one.name), value="value", value_key="value_key")
        parts.append(named.cast(pl.Schema(formers.ENDED)))
    return pl.concat(parts)


def _registrations(tables: Tables, column: str, into: pl.DataFrame, rule: TimeRule) -> pl.DataFrame:
    """Edits of registrations whose learner or session is merged: they move, or one of them takes the other in."""
    schema = TABLES[_REGISTRATION].schema
    ids = pl.concat([into["id"], into["into_id"]]).unique().sort()
    rows = tables.rows(_REGISTRATION, schema, {column: Among(ids)})
    rows = rows.join(into.select(pl.col("id").alias(column), new="into_id"), on=column, how="left")
    rows = rows.with_columns(pl.col(*schema).name.prefix("stored."))
    rows = rows.with_columns(pl.coalesce("new", column).alias(column)).sort(pl.col("new").is_not_null(), "id")
    group = ["learner_id", "session_id"]
    spent = [pl.col(name).sum() if rule is TimeRule.ADD else pl.col(name).max() for name in _TIMES]
    rows = rows.with_columns(
        pl.col("id").first().over(group).alias("stays"),
        pl.col("registered_at").min().over(group),
        *(one.clip(upper_bound=2_147_483_647).over(group) for one in spent),
    )
    stays = rows.filter(pl.col("id") == pl.col("stays"))
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"stored.{name}")) for name in schema)
    gone = rows.filter(pl.col("id") != pl.col("stays")).with_columns(into_id="stays")
    gone = gone.with_columns(pl.col(f"stored.{name}").alias(name) for name in schema)
    return pl.concat([edits(_REGISTRATION, "updated", stays.filter(differs)), edits(_REGISTRATION, "deleted", gone)])


def _of_registrations(tables: Tables, some: pl.DataFrame, into: pl.DataFrame, column: str) -> pl.DataFrame:
    gone = of_table(some, _REGISTRATION, "deleted").select(
        pl.col("row_id").alias(KEY[0]), stays="into_id", before="before"
    )
    was = decoded(_REGISTRATION, gone["before"]).select(pl.col(column).alias("was"))
    lines = into.select("line", was="id")
    gone = pl.concat([gone.drop("before"), was], how="horizontal").join(lines, on="was", how="left")
    gone = gone.with_columns(pl.col("line").fill_null(into["line"].min() or 1))
    parts = tables.stream("tracking", KEY_SCHEMA, {KEY[0]: Among(gone[KEY[0]].sort())})
    moved = pl.concat([pl.DataFrame(schema=KEY_SCHEMA), *parts]).join(gone, on=KEY[0])
    return moved.select(*KEY, pl.col("stays").alias(TARGET[0]), pl.col(KEY[1]).alias(TARGET[1]), "line")


def _of_objects(tables: Tables, into: pl.DataFrame) -> pl.DataFrame:
    parts = tables.stream("tracking", KEY_SCHEMA, {KEY[1]: Among(into["id"].sort())})
    moved = pl.concat([pl.DataFrame(schema=KEY_SCHEMA), *parts]).join(into, left_on=KEY[1], right_on="id")
    return moved.select(*KEY, pl.col(KEY[0]).alias(TARGET[0]), pl.col("into_id").alias(TARGET[1]), "line")


def _with_targets(tables: Tables, moved: pl.DataFrame) -> pl.DataFrame:
    targets = moved.group_by(TARGET).agg(pl.col("line").max()).rename(dict(zip(TARGET, KEY, strict=True)))
    there = tables.find("tracking", targets, KEY_SCHEMA).join(targets, on=KEY)
    own = there.select(*KEY, *(pl.col(name).alias(other) for name, other in zip(KEY, TARGET, strict=True)), "line")
    return pl.concat([moved.cast(pl.Schema(MOVES)), own.cast(pl.Schema(MOVES))])


def _contents(tables: Tables, into: pl.DataFrame) -> pl.DataFrame:
    """Edits of the contents of trainings: what had the old version has the new one, once."""
    schema, column = TABLES[_CONTENT].schema, KEY[1]
    ids = pl.concat([into["id"], into["into_id"]]).unique().sort()
    rows = tables.rows(_CONTENT, schema, {column: Among(ids)}, TABLES[_CONTENT].key)
    gone = rows.join(into.select(pl.col("id").alias(column), "into_id"), on=column)
    there = rows.join(gone, on=["training_id", column], how="anti")
    new = gone.with_columns(pl.col("into_id").alias(column)).unique(
        ["training_id", column], keep="first", maintain_order=True
    )
    new = new.join(there, on=["training_id", column], how="anti", maintain_order="left")
    return pl.concat([edits(_CONTENT, "deleted", gone), edits(_CONTENT, "created", new.drop("into_id"))])


def in_words(tables: Tables, keys: pl.DataFrame, some: pl.DataFrame) -> pl.DataFrame:
    """Whose and of what rows are once edits are made: the columns of `model.people.MergedRow`, row by row."""
    rows = _with_registration(tables, keys.select(KEY), some, "updated", "after")
    rows = _named(tables, rows, "learner", "learner_id", {"candidateLogin": "login"})
    rows = _named(tables, rows, "session", "session_id", {"sessionGuid": "guid", "training_id": "training_id"})
    rows = _named(tables, rows, "training", "training_id", {"trainingPathCode": "path_code"})
    rows = _named(tables, rows, "learning_object_version", KEY[1], {"lovCode": "code", "lovGuid": "guid"})
    return rows.with_columns(lovCode=pl.coalesce("lovCode", "lovGuid")).select(
        "candidateLogin", "sessionGuid", "trainingPathCode", "lovCode"
    )


def owners(tables: Tables, entity: str, keys: pl.DataFrame, some: pl.DataFrame) -> pl.Series:
    """What rows belonged to before edits were made: the log-in name, the session or the learning object, row by row."""
    rows = _with_registration(tables, keys.select(KEY), some, "updated", "before")
    if entity == "learner":
        return _named(tables, rows, "learner", "learner_id", {"whose": "login"})["whose"]
    if entity == "session":
        return _named(tables, rows, "session", "session_id", {"whose": "guid"})["whose"]
    found = _named(tables, rows, "learning_object_version", KEY[1], {"code": "code", "guid": "guid"})
    return found.select(whose=pl.coalesce("code", "guid"))["whose"]


def _with_registration(tables: Tables, rows: pl.DataFrame, some: pl.DataFrame, change: str, side: str) -> pl.DataFrame:
    wanted = ["id", "learner_id", "session_id"]
    stored = rows_by_id(tables, _REGISTRATION, rows[KEY[0]]).select(wanted)
    changed = decoded(_REGISTRATION, of_table(some, _REGISTRATION, change)[side]).select(wanted)
    every = pl.concat([changed, stored.join(changed, on="id", how="anti")])
    return rows.join(every, left_on=KEY[0], right_on="id", how="left", maintain_order="left")


def _named(tables: Tables, rows: pl.DataFrame, table: str, on: str, columns: dict[str, str]) -> pl.DataFrame:
    schema = TABLES[table].schema
    ids = rows[on].drop_nulls().unique().sort()
    wanted = {"id": schema["id"]} | {name: schema[name] for name in columns.values()}
    found = tables.rows(table, wanted, {"id": Among(ids)}).select(pl.col("id").alias(on), **columns)
    return rows.join(found, on=on, how="left", maintain_order="left")
