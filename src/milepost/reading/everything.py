"""All that is stored of one person, and where it came from, in one document that the person can read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import polars as pl

from milepost.formats.write.output import Output
from milepost.model import documents
from milepost.model.columns import KEY
from milepost.model.exceptions import UsageError
from milepost.model.tracked import DAYS
from milepost.reading.row_history import show
from milepost.steps.identify import named
from milepost.stores import erasure, formers
from milepost.stores.lookups import StoredReferences
from milepost.stores.opening import read_store
from milepost.stores.port import Among, Tables
from milepost.stores.quoting import is_quoting
from milepost.stores.tables import TABLES

ENDINGS = (".json", ".html")
_INSTANTS = ("registered_at", "ended_at", "starts_at", "ends_at")
_STYLE = "body{font:11pt/1.5 sans-serif;max-width:60rem;margin:2rem auto}table{border-collapse:collapse;width:100%}"
_STYLE += "th,td{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #ddd}"


def everything(database: str, learner: str) -> dict[str, Any]:
    """All that the store at `database` has of a learner, by any identifier; as a JSON document, instants in UTC.

    Raises StoreError when there is no store, UsageError when no learner has that name, or several have.
    """
    with read_store(database) as tables:
        whose = named.one(StoredReferences(tables), named.LEARNER, learner)
        found = erasure.people(tables, pl.Series([whose], dtype=pl.Int64))
        person = tables.rows("learner", TABLES["learner"].schema, {"id": whose}).drop(
            "login_key", "email_key", "guid_key"
        )
        runs, findings = _findings(tables, found)
        document: dict[str, Any] = {
            "learner": person.to_dicts()[0],
            "former_identifiers": _plain(
                formers.of_rows(tables, "learner", found.ids).drop("id", "entity", "value_key")
            ),
            "registrations": _registrations(tables, found.registrations),
            "days": _days(tables, found.registrations),
            "findings": findings,
            "renames_and_merges": _edits(tables, found.ids),
        }
        runs |= {one["run"] for one in document["renames_and_merges"]}
    rows = [documents.of_history(row) for row in show(database, learner)]
    runs |= {event["run"] for row in rows for event in row["history"]}
    with read_store(database) as tables:
        document |= {"tracking": rows, "runs": _runs(tables, runs)}
    return document


def write_everything(database: str, learner: str, target: str | Path) -> None:
    """Writes that document to a file that ends in `.json` or `.html`. Raises FileError when it cannot be written."""
    ending = Path(target).suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(f"{target} ends in neither {' nor '.join(ENDINGS)}. Name a file that does.")
    document = everything(database, learner)
    text = json.dumps(document, ensure_ascii=False, indent=1, default=_text) if ending == ".json" else _page(document)
    with Output(target, raises_broken_pipe=True) as output, output.errors():
        output.stream.write((text + "\n").encode())
        output.commit()


def _registrations(tables: Tables, ids: pl.Series) -> list[dict[str, Any]]:
    own = tables.rows("registration", TABLES["registration"].schema, {"id": Among(ids)}).drop("guid_key", "learner_id")
    schema = {"id": pl.Int64(), "guid": pl.String(), "title": pl.String(), "training_id": pl.Int64()}
    sessions = tables.rows("session", schema, {"id": Among(own["session_id"].unique().sort())})
    trainings = tables.rows(
        "training", {"id": pl.Int64(), "path_code": pl.String()}, {"id": Among(sessions["training_id"].unique().sort())}
    )
    sessions = sessions.join(trainings, left_on="training_id", right_on="id", how="left")
    sessions = sessions.select(session_id="id", session="guid", session_title="title", training="path_code")
    return _plain(own.join(sessions, on="session_id", how="left").drop("id", "session_id"))


def _days(tables: Tables, ids: pl.Series) -> list[dict[str, Any]]:
    """The days of the log before the newest one, which is in the row."""
    rows = tables.rows("tracking_log_day", DAYS, {KEY[0]: Among(ids)}, ("day", *KEY))
    words = StoredReferences(tables).in_words(rows)
    rows = pl.concat([words, rows.select("day", "time_spent", "progression")], how="horizontal")
    return [
        row | {"day": (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=row["day"])).date().isoformat()}
        for row in rows.to_dicts()
    ]


def _findings(tables: Tables, found: erasure.People) -> tuple[set[int], list[dict[str, Any]]]:
    """The findings that quote the person, and their runs."""
    names = ("run_id", "line", "code", "column", "value", "message", "hint")
    schema = {name: TABLES["import_finding"].schema[name] for name in names}
    hits = [pl.DataFrame(schema=schema)]
    hits += (
        part.filter(is_quoting(part["value"], found.quoted) | is_quoting(part["hint"], found.quoted))
        for part in tables.stream("import_finding", schema)
    )
    rows = pl.concat(hits).rename({"run_id": "run"}).sort("run", "line")
    return set(rows["run"]), rows.to_dicts()


def _edits(tables: Tables, ids: pl.Series) -> list[dict[str, Any]]:
    schema = {"run_id": pl.Int64()} | dict.fromkeys(("change", "before", "after"), pl.String())
    rows = tables.rows("reference_change", schema, {"entity": "learner", "row_id": Among(ids)}, ("run_id",))
    return [
        {"run": run, "change": change, "before": before and json.loads(before), "after": after and json.loads(after)}
        for run, change, before, after in rows.rows()
    ]


def _runs(tables: Tables, numbers: set[int]) -> list[dict[str, Any]]:
    """Where it came from: the files, when they were imported, and by whom."""
    schema = TABLES["import_run"].schema
    wanted = {name: schema[name] for name in ("id", "kind", "file", "actor", "started_at")}
    rows = tables.rows("import_run", wanted, {"id": Among(pl.Series(sorted(numbers), dtype=pl.Int64))}, ("id",))
    return [row | {"started_at": _instant(row["started_at"])} for row in rows.rename({"id": "run"}).to_dicts()]


def _plain(rows: pl.DataFrame) -> list[dict[str, Any]]:
    found = rows.to_dicts()
    return [{name: _instant(one) if name in _INSTANTS else one for name, one in row.items()} for row in found]


def _instant(seconds: int | None) -> str | None:
    return None if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _text(value: object) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)


def _page(document: Mapping[str, Any]) -> str:
    title = f"All that is stored of {document['learner']['login']}"
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    parts = "".join(
        f"<h2>{escape(name.replace('_', ' ').capitalize())}</h2>{_html(part)}" for name, part in document.items()
    )
    return f"{head}<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{parts}</body></html>"


def _html(value: Any) -> str:  # noqa: ANN401 - whatever the document holds
    """A value as HTML: a table for what has names, one below the other for what has several."""
    if isinstance(value, Mapping):
        rows = ((name, one) for name, one in value.items() if one not in (None, [], {}))
        return (
            "<table>"
            + "".join(f"<tr><th>{escape(str(name))}</th><td>{_html(one)}</td></tr>" for name, one in rows)
            + "</table>"
        )
    if isinstance(value, list):
        return "".join(_html(one) for one in value) or "<p>Nothing.</p>"
    return escape(_text(value))
