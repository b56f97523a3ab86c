"""Loading reference data: what holds for every kind, whatever stands in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
import pytest
import sqlalchemy
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from databases.connections import connected
from databases.stores import Stores
from milepost import reference as catalogue
from milepost.model.batch import Batch, no_findings
from milepost.model.job import Layout, Parameters
from milepost.steps import interpret, load
from milepost.steps.load import keeping
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.sql import tables

DIALECT = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]

FILES = {
    "learners": ["candidateLogin candidateGuid", "ada g-1", "bob g-1", "ada g-1", "cy -", "ada g-1"],
    "learning-objects": ["lovGuid lovCode", "l-1 one", "l-2 one", "l-1 two"],
    "trainings": ["trainingPathCode trainingId trainingGuid", "A 5 t-1", "B 5 t-2", "C - -"],
    "contents": ["trainingPathCode lovGuid lovCode mandatory", "A l-1 - N", "A - two -", "C l-2 two Y", "X l-3 - Y"],
    "sessions": ["sessionGuid sessionTitle trainingPathCode sessionId", "s-1 One A 9", "s-2 Two C -", "s-1 One C -"],
    "registrations": ["candidateLogin sessionGuid timeSpentCBT", "ada s-1 60", "cy s-1 -", "ada s-2 1:00", "xx s-2 1"],
}
"""One file for each kind, in the order in which they build on one another; `-` is an empty cell."""


def _layout(kind: str) -> Layout:
    header = FILES[kind][0].split()
    columns = catalogue.KINDS[kind].vocabulary.columns
    return Layout(tuple(header), {column: header.index(column.name) for column in columns if column.name in header})


def _batches(kind: str, rows: int) -> Iterator[Batch]:
    cells = [["" if cell == "-" else cell for cell in line.split()] for line in FILES[kind][1:]]
    frame = pl.DataFrame(cells, schema=[str(place) for place in range(len(cells[0]))], orient="row")
    frame = frame.with_row_index("line", 2).with_columns(pl.col("line").cast(pl.Int64))
    for start in range(0, frame.height, rows):
        yield Batch(frame.slice(start, rows))


@contextmanager
def _loading(url: str, kind: str, access: Access = Access.WRITE) -> Iterator[load.Loading]:
    with (
        open_store(url, access) as store,
        connected(store.write() if access is Access.WRITE else store.read()) as connection,
        _kept(connection, kind) as loading,
    ):
        yield loading


@contextmanager
def _kept(connection: Connection, kind: str) -> Iterator[load.Loading]:
    layout = _layout(kind)
    with load.Loading(connection, catalogue.KINDS[kind], layout) as loading:
        for batch in _batches(kind, 2):
            loading.keep(interpret.interpret(batch, layout, Parameters()))
        yield loading


def _load_all(url: str) -> None:
    for kind in FILES:
        with _loading(url, kind) as loading:
            loading.finish()


@pytest.mark.parametrize("kind", FILES)
def test_every_row_has_one_outcome(stores: Stores, kind: str) -> None:
    url = stores.empty()
    for before in list(FILES)[: list(FILES).index(kind)]:
        with _loading(url, before) as loading:
            loading.finish()
    with _loading(url, kind) as loading:
        outcome = loading.finish()
    assert outcome.rows == len(FILES[kind]) - 1
    assert outcome.created > 0
    counts = (outcome.created, outcome.updated, outcome.unchanged, outcome.superseded, outcome.rejected)
    assert outcome.rows == sum(counts)


def test_the_outcome_counts_rows_by_code_and_shows_the_first_finding_of_each(stores: Stores) -> None:
    with _loading(stores.empty(), "learners") as loading:
        outcome = loading.finish()
    assert list(outcome.codes.items()) == [("superseded", 2), ("already-taken", 1)]
    assert {code: finding.line for code, finding in outcome.examples.items()} == {"superseded": 2, "already-taken": 3}


def test_findings_of_some_lines_can_be_asked_for(stores: Stores) -> None:
    with _loading(stores.empty(), "learners") as loading:
        loading.finish()
        assert pl.concat(loading.findings(3, 4))["line"].to_list() == [3, 4]
        assert pl.concat(loading.findings(5, 6)).equals(no_findings())


def test_two_loads_in_one_transaction_do_not_mix(stores: Stores) -> None:
    with open_store(stores.empty(), Access.WRITE) as store, connected(store.write()) as connection:
        for kind in ("trainings", "learners", "trainings"):
            with _kept(connection, kind) as loading:
                assert loading.finish().rows == len(FILES[kind]) - 1
        assert sqlalchemy.inspect(connection).get_temp_table_names() == []


def test_every_statement_can_be_said_to_postgresql_too(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    execute = sqlalchemy.Connection.execute

    def translate(connection: Connection, statement: Any, *rest: Any, **options: Any) -> Any:  # noqa: ANN401
        said.append(str(statement.compile(dialect=DIALECT)))
        return execute(connection, statement, *rest, **options)

    monkeypatch.setattr(sqlalchemy.Connection, "execute", translate)
    _load_all(stores.empty())
    assert any(statement.startswith("INSERT INTO registration ") for statement in said)
    assert any(statement.startswith("UPDATE session ") for statement in said)


def test_new_guids_are_random_uuids() -> None:
    guids = keeping.new_guids(5_000)
    assert guids.n_unique() == 5_000
    pattern = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    assert all(pattern.fullmatch(guid) for guid in guids)
    assert set(guids.str.slice(19, 1)) == set("89ab")
    assert keeping.new_guids(1).len() == 1
    assert keeping.new_guids(0).is_empty()


def test_what_is_made_is_what_is_stored(stores: Stores) -> None:
    url = stores.empty()
    _load_all(url)
    with open_store(url, Access.READ) as store, connected(store.read()) as connection:
        learner = tables.learner.c
        logins = connection.execute(sqlalchemy.select(learner.login, learner.guid == learner.guid_key)).all()
        registration = tables.registration.c
        times = connection.execute(sqlalchemy.select(registration.learner_id, registration.time_spent_cbt)).all()
    assert sorted(map(tuple, logins)) == [("ada", True), ("cy", True)]
    assert sorted(map(tuple, times)) == [(1, 0), (2, 60), (2, 3600)]
