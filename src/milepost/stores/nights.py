"""The record of whole configurations: their runs, and the files that their imports have taken.

A file is entered before its import, in a transaction of its own, with the newest run at that time. If the process dies,
a younger run of the same bytes that is done is the import of the file. So no file is imported twice.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from milepost.model import documents
from milepost.model.history import State
from milepost.stores.port import Among, Presence, Tables, Where
from milepost.stores.tables import TABLES

_NIGHT = "night"
_FILE = "night_file"
_RUN = "import_run"


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file that an import has taken."""

    id: int
    name: str
    """The name of the configuration."""
    part: str
    """The key of the import."""
    file: str
    """The path inside the data folder."""
    sha256: str
    bytes: int
    changed_ns: int
    last_run: int
    run: int | None
    """The run that imported it; None if that is not known to be done."""
    taken_at: datetime
    done: frozenset[str]
    """The keys of the steps after the import that are done."""
    is_settled: bool
    """Whether all of them are."""

    @property
    def is_repeated(self) -> bool:
        """Whether its bytes had been imported before it came."""
        return self.run is not None and self.run <= self.last_run


@dataclass(frozen=True, slots=True)
class NightRecord:
    """One run of a whole configuration."""

    id: int
    name: str
    started_at: datetime
    finished_at: datetime | None
    status: int | None
    """The exit status; None if it was interrupted, or is at work."""
    report: Mapping[str, object]


def begin(tables: Tables, name: str, started_at: datetime) -> int:
    """Enters a run of a whole configuration, and returns its number."""
    return tables.add(_NIGHT, {"name": name, "started_at": int(started_at.timestamp())})


def finish(tables: Tables, number: int, status: int, report: Mapping[str, object]) -> None:
    """Completes it with its exit status and its report."""
    values = {"finished_at": _now(), "status": status, "report": documents.text(report)}
    tables.change(_NIGHT, values, {"id": number})


def some(tables: Tables, numbers: Collection[int]) -> dict[int, NightRecord]:
    """Those of the runs with these numbers that exist."""
    wanted = pl.Series(list(numbers), dtype=pl.Int64())
    return {} if wanted.is_empty() else {one.id: one for one in _records(tables, {"id": Among(wanted)})}


def failed_since(tables: Tables, name: str) -> frozenset[int]:
    """When the runs of the configuration called `name` began, in seconds since 1970, that did not succeed.

    Those before the newest one, back to one that succeeded.
    """
    columns = {column: TABLES[_NIGHT].schema[column] for column in ("id", "started_at", "status")}
    before = tables.rows(_NIGHT, columns, {"name": name}).sort("id", descending=True).slice(1)
    last = before.filter(pl.col("status").is_in([0, 1]))["id"].max()
    failed = before if last is None else before.filter(pl.col("id") > last)
    return frozenset(failed["started_at"].to_list())


def outline(tables: Tables) -> pl.DataFrame:
    """All runs with `id`, `name` and `status`, without their reports."""
    return tables.rows(_NIGHT, {name: TABLES[_NIGHT].schema[name] for name in ("id", "name", "status")})


def _records(tables: Tables, where: Where) -> list[NightRecord]:
    rows = tables.rows(_NIGHT, TABLES[_NIGHT].schema, where).sort("id", descending=True)
    return [
        NightRecord(
            row["id"],
            row["name"],
            datetime.fromtimestamp(row["started_at"], UTC),
            None if row["finished_at"] is None else datetime.fromtimestamp(row["finished_at"], UTC),
            row["status"],
            json.loads(row["report"] or "{}"),
        )
        for row in rows.iter_rows(named=True)
    ]


def take(tables: Tables, file: Mapping[str, object], run: int | None = None) -> int:
    """Enters a file, with the fields `name`, `part`, `file`, `sha256`, `bytes` and `changed_ns`; returns its id.

    `run` is the one that has imported its bytes already.
    """
    newest = tables.highest_id(_RUN)
    return tables.add(_FILE, {**file, "last_run": newest, "run": run, "taken_at": _now(), "done": "[]"})


def one_file(tables: Tables, taken: int) -> TakenFile:
    """The file with the id `taken`."""
    return _taken(tables.rows(_FILE, TABLES[_FILE].schema, {"id": taken}).row(0, named=True))


def imported(tables: Tables, taken: int, run: int) -> None:
    """Says which run has imported the file with the id `taken`."""
    tables.change(_FILE, {"run": run}, {"id": taken})


def forget(tables: Tables, taken: int) -> None:
    """Removes a file whose import was not done."""
    tables.remove(_FILE, {"id": taken})


def mark(tables: Tables, taken: int, done: Collection[str], *, is_settled: bool) -> None:
    """Says which steps are done for a file, and whether these are all."""
    tables.change(
        _FILE, {"done": json.dumps(sorted(done)), "settled_at": _now() if is_settled else None}, {"id": taken}
    )


def files(tables: Tables, name: str | None = None, part: str | None = None) -> list[TakenFile]:
    """The files that the configuration called `name`, or its import `part`, has taken; the oldest first."""
    where: Where = {key: value for key, value in (("name", name), ("part", part)) if value is not None}
    rows = tables.rows(_FILE, TABLES[_FILE].schema, where, ("id",))
    return [_taken(row) for row in rows.iter_rows(named=True)]


def recover(tables: Tables, file: TakenFile, kind: str) -> int | None:
    """The run of `kind` that has imported a file whose import was interrupted; None if there is none."""
    where: Where = {"sha256": file.sha256, "kind": kind, "state": State.DONE.value}
    runs = tables.rows(_RUN, {"id": pl.Int64()}, where)["id"].to_list()
    return min((run for run in runs if run > file.last_run), default=None)


def undone(tables: Tables) -> frozenset[int]:
    """The runs that were undone, and whose undo was not."""
    schema = {"id": pl.Int64(), "undoes": pl.Int64()}
    rows = tables.rows(_RUN, schema, {"undoes": Presence.PRESENT, "state": State.DONE.value}, ("id",))
    found: set[int] = set()
    for number, undoes in sorted(rows.iter_rows(), reverse=True):
        if number not in found:
            found.add(undoes)
    return frozenset(found)


def counts(tables: Tables, run: int) -> dict[str, int]:
    """How many rows a run had, and how many it rejected."""
    rows = tables.rows(_RUN, {"rows": pl.Int64(), "rejected": pl.Int64()}, {"id": run})
    return {name: value or 0 for name, value in rows.row(0, named=True).items()} if rows.height else {}


def _taken(row: Mapping[str, object]) -> TakenFile:
    facts = dict(row)
    facts["taken_at"] = datetime.fromtimestamp(int(str(facts["taken_at"])), UTC)
    facts["done"] = frozenset(json.loads(str(facts["done"])))
    facts["is_settled"] = facts.pop("settled_at") is not None
    return TakenFile(**facts)  # type: ignore[arg-type]


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
