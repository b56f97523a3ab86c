"""The erasure of people from the tables of a store: every row about them, and every text that quotes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from milepost.model.columns import KEY
from milepost.model.text import fold_all
from milepost.model.tracked import KEY_SCHEMA
from milepost.stores import formers, reference_journal
from milepost.stores.port import Among, Tables, Where
from milepost.stores.quoting import ERASED, Quoted, is_quoting, without
from milepost.stores.reference_journal import FORMER
from milepost.stores.tables import TABLES

_CHANGE = "reference_change"
_EXACT = {"login": "login_key", "email": "email_key", "guid": "guid_key"}
_LOOSE = ("reference_number", "name", "first_name")
_TEXTS_OF_RECORDS = {
    "import_run": ("file", "configuration", "error"),
    "night": ("name", "report"),
    "night_file": ("file", "part"),
}
_JSON, _NOTHING = "report", "{}"
_TEXTS_OF_FINDINGS = ("value", "message", "hint")
_AT_A_TIME = 100_000

COMPACTED = (
    "learner",
    "registration",
    "tracking",
    "tracking_change",
    "tracking_log_day",
    "tracking_log_change",
    "import_finding",
    *_TEXTS_OF_RECORDS,
    _CHANGE,
    FORMER,
)
"""The tables that may hold what was deleted, until their space is given back."""


@dataclass(frozen=True, slots=True)
class People:
    """Those who are to be erased."""

    ids: pl.Series
    """Learners, and those who were merged into them."""
    registrations: pl.Series
    """The same of their registrations."""
    quoted: Quoted
    """What they are and were known by."""


def people(tables: Tables, ids: pl.Series) -> People:
    """What the store knows of learners."""
    merged = reference_journal.merged_into(tables, "learner", ids)
    ids = pl.concat([ids, merged["id"]]).unique().sort()
    own = tables.rows("registration", {"id": pl.Int64()}, {"learner_id": Among(ids)})["id"]
    own = pl.concat([own, reference_journal.merged_into(tables, "registration", own)["id"]]).unique().sort()
    schema = TABLES["learner"].schema
    rows = [tables.rows("learner", schema, {"id": Among(ids)})]
    where: Where = {"entity": "learner", "row_id": Among(ids)}
    entries = tables.rows(_CHANGE, {"before": pl.String(), "after": pl.String()}, where)
    rows += [reference_journal.decoded("learner", entries[side].drop_nulls()) for side in entries.columns]
    known = pl.concat(rows)
    former = formers.of_rows(tables, "learner", ids)
    is_exact = former["identifier"].is_in(list(_EXACT))
    exact = [*(known[key] for key in _EXACT.values()), former.filter(is_exact)["value_key"]]
    loose = [*(fold_all(known[name]) for name in _LOOSE), fold_all(former.filter(~is_exact)["value"])]
    return People(ids, own, Quoted(_names(exact), _names(loose)))


def _names(parts: list[pl.Series]) -> pl.Series:
    every = pl.concat([part.alias("name") for part in parts]).drop_nulls().str.strip_chars().unique()
    return every.filter(every != "")


def counts(tables: Tables, found: People) -> dict[str, int]:
    """How many rows there are about people, by table."""
    own: Where = {KEY[0]: Among(found.registrations)}
    return {
        "learners": tables.count("learner", {"id": Among(found.ids)}),
        "registrations": tables.count("registration", {"id": Among(found.registrations)}),
        "tracking": tables.count("tracking", own),
        "former rows": tables.count("tracking_change", own),
    }


def erase(tables: Tables, found: People, run: int) -> tuple[int, int]:
    """Deletes every row about people as `run`, and takes them out of findings and of the records of runs and nights.

    Returns how many findings, and how many records, quoted them.
    """
    tables.insert("erased_part", _parts(tables, found, run))
    own: Where = {KEY[0]: Among(found.registrations)}
    for table in ("tracking", "tracking_log_day", "tracking_change", "tracking_log_change"):
        tables.remove(table, own)
    ids = Among(found.ids)
    tables.remove("registration", {"id": Among(found.registrations)})
    tables.remove("learner", {"id": ids})
    tables.remove(FORMER, {"entity": "learner", "owner_id": ids})
    for entity, column, values in (
        ("registration", "row_id", Among(found.registrations)),
        ("learner", "row_id", ids),
        (FORMER, "into_id", ids),
    ):
        tables.remove(_CHANGE, {"entity": entity, column: values})
    return _clear_findings(tables, found.quoted), sum(
        clear_texts(tables, table, names, found.quoted) for table, names in _TEXTS_OF_RECORDS.items()
    )


def _parts(tables: Tables, found: People, run: int) -> pl.DataFrame:
    """How much of each run goes; columns of `erased_part`."""
    own: Where = {KEY[0]: Among(found.registrations)}
    tracking = tables.rows("tracking", KEY_SCHEMA | {"run_id": pl.Int64()}, own)
    wanted = KEY_SCHEMA | dict.fromkeys(("run_id", "previous_run_id"), pl.Int64())
    changes = tables.rows("tracking_change", wanted, own)
    before = changes.select(*KEY, run_id="previous_run_id").drop_nulls()
    written = pl.concat([tracking, before]).unique().group_by("run_id").agg(written=pl.len().cast(pl.Int64))
    entries = changes.group_by("run_id").agg(entries=pl.len().cast(pl.Int64))
    edits = [pl.DataFrame(schema={"run_id": pl.Int64()})]
    for entity, values in (("learner", found.ids), ("registration", found.registrations)):
        edits.append(tables.rows(_CHANGE, {"run_id": pl.Int64()}, {"entity": entity, "row_id": Among(values)}))
    edited = pl.concat(edits).group_by("run_id").agg(reference_rows=pl.len().cast(pl.Int64))
    both = written.join(entries, on="run_id", how="full", coalesce=True)
    both = both.join(edited, on="run_id", how="full", coalesce=True)
    numbers = ("written", "entries", "reference_rows")
    return both.select(
        "run_id", pl.lit(run, pl.Int64).alias("erased_by"), *(pl.col(name).fill_null(0) for name in numbers)
    )


def _clear_findings(tables: Tables, quoted: Quoted) -> int:
    schema = TABLES["import_finding"].schema
    hits = [pl.DataFrame(schema=dict(schema))]
    for part in tables.stream("import_finding", schema, at_a_time=_AT_A_TIME):
        marked = part.with_columns(is_quoting(part[name], quoted).alias(f"{name}!") for name in _TEXTS_OF_FINDINGS)
        own = pl.col("column").str.starts_with("candidate") & pl.Series(fold_all(part["value"])).is_in(
            quoted.every.implode()
        )
        marked = marked.with_columns((pl.col("value!") | own.fill_null(value=False)).alias("value!"))
        is_hit = pl.any_horizontal(f"{name}!" for name in _TEXTS_OF_FINDINGS)
        cleared = (pl.when(f"{name}!").then(pl.lit(ERASED)).otherwise(name).alias(name) for name in _TEXTS_OF_FINDINGS)
        hits.append(marked.filter(is_hit).with_columns(*cleared).select(*schema))
    found = pl.concat(hits)
    tables.overwrite("import_finding", found)
    return found.height


def clear_texts(tables: Tables, table: str, names: Sequence[str], quoted: Quoted) -> int:
    """Takes people out of the texts `names` of the rows of a table; returns how many rows quoted them."""
    schema = TABLES[table].schema
    rows = tables.rows(table, schema)
    is_hit = [is_quoting(rows[name], quoted) for name in names]
    rows = rows.with_columns(hit.alias(f"{name}!") for name, hit in zip(names, is_hit, strict=True))
    hits = rows.filter(pl.any_horizontal(f"{name}!" for name in names))
    for name in names if not hits.is_empty() else ():
        cleared = [text and without(text, quoted) for text in hits[name]]
        if name == _JSON:
            cleared = [_NOTHING if text == ERASED else text for text in cleared]
        hits = hits.with_columns(pl.Series(name, cleared, dtype=pl.String))
    tables.overwrite(table, hits.select(*schema))
    return hits.height
