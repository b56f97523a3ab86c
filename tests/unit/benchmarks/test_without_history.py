"""The run that history is measured against leaves all parts of it out, and nothing else."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from benchmarks import generator, history_runs, processes
from benchmarks.generator import Change
from benchmarks.history_runs import WITHOUT
from benchmarks.milepost_runs import ALL_CHANGED, NEW, Bench
from benchmarks.results import Results
from benchmarks.stores import SQLITE, SqliteStores, Stores
from benchmarks.without_history import left_out
from databases.connections import connected
from functional.workbench import run_here
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.sql.metadata import tracking, tracking_change

ROWS = 400
ACCEPTED = ROWS - generator.rejected(ROWS)
SOME_REJECTED = 1


@dataclass(frozen=True)
class Stored:
    values: list[tuple[object, ...]]
    checksums: set[object]
    kept: int


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("files")
    generator.write_file(folder / "new.csv", ROWS)
    generator.write_file(folder / "changed.csv", ROWS, Change.ALL)
    return folder / "new.csv", folder / "changed.csv"


def _stored(url: str) -> Stored:
    with open_store(url, Access.READ) as store, connected(store.read()) as connection:
        columns = [column for column in tracking.columns if column.name != "checksum"]
        values = [tuple(row) for row in connection.execute(select(*columns).order_by(*tracking.primary_key))]
        checksums = set(connection.scalars(select(tracking.c.checksum)))
        kept = connection.scalar(select(func.count()).select_from(tracking_change)) or 0
    return Stored(values, checksums, kept)


def _changed_rows(report: dict[str, Any]) -> int:
    return sum(int(kind["rows"]) for kind in report["changes"].values())


def _import(url: str, file: Path) -> dict[str, Any]:
    outcome = run_here("import", file, "--db", url, "--json")
    assert outcome.status == SOME_REJECTED
    return outcome.document


def _import_without(url: str, file: Path) -> dict[str, Any]:
    with left_out():
        return _import(url, file)


def test_it_leaves_out_all_parts_and_stores_the_same_values(tmp_path: Path, files: tuple[Path, Path]) -> None:
    stores = SqliteStores(tmp_path / "stores")
    with_url, without_url = stores.copy(ROWS), stores.copy(ROWS)
    for file in files:
        report, without = _import(with_url, file), _import_without(without_url, file)
        history = {"changes", "digest", "seconds", "started_at"}
        assert {name: value for name, value in report.items() if name not in history} == {
            name: value for name, value in without.items() if name not in history
        }
        assert _changed_rows(without) == 0
        assert without["digest"].endswith("0" * 32)
        assert report["digest"].startswith(without["digest"][:32])
    assert report["updated"] == ACCEPTED
    assert _changed_rows(report) >= ACCEPTED
    stored, stored_without = _stored(with_url), _stored(without_url)
    assert stored_without.values == stored.values
    assert stored_without.checksums == {None}
    assert stored_without.kept == 0
    assert None not in stored.checksums
    assert stored.kept == ACCEPTED


def test_it_is_a_program(tmp_path: Path, files: tuple[Path, Path]) -> None:
    url = SqliteStores(tmp_path / "stores").copy(ROWS)
    words = (history_runs.WITHOUT_HISTORY, "import", files[0], "--db", url, "--json")
    processes.run(sys.executable, "-m", *words, status=SOME_REJECTED)
    stored = _stored(url)
    assert len(stored.values) == ACCEPTED
    assert stored.checksums == {None}


def test_history_is_back_after_it(tmp_path: Path, files: tuple[Path, Path]) -> None:
    url = SqliteStores(tmp_path / "stores").copy(ROWS)
    for file in files:
        _import_without(url, file)
    report = _import(url, files[0])
    assert _changed_rows(report) >= ACCEPTED
    stored = _stored(url)
    assert None not in stored.checksums
    assert stored.kept == ACCEPTED


def test_with_and_without_take_turns(tmp_path: Path) -> None:
    stores: Stores = SqliteStores(tmp_path / "stores")
    bench = Bench(tmp_path, Results(), lambda _text: None)
    history_runs.with_and_without(bench, stores, ROWS, without_first=True)
    jobs = [(key.database, key.job, key.rows, len(samples)) for key, samples in bench.results.samples.items()]
    pair = [(SQLITE, NEW, ROWS, 1), (SQLITE, ALL_CHANGED, ROWS, 1)]
    pair_without = [(SQLITE, NEW + WITHOUT, ROWS, 1), (SQLITE, ALL_CHANGED + WITHOUT, ROWS, 1)]
    assert jobs == pair_without + pair
