"""The benchmarks' rows are what they are meant to be: an import of a few of them stores the finished rows."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from benchmarks import generator
from benchmarks.generator import Change, Counts
from benchmarks.stores import Held, SqliteStores
from databases.connections import connected
from functional.workbench import run_here
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.sql.metadata import tracking

ROWS = 2_000
REJECTED = generator.rejected(ROWS)
ACCEPTED = ROWS - REJECTED


@pytest.fixture
def stores(tmp_path: Path) -> SqliteStores:
    return SqliteStores(tmp_path / "stores")


def _counts(command: str, file: Path, url: str) -> Counts:
    report = run_here(command, file, "--db", url, "--json").document
    if report["rejected"]:
        assert report["findings"] == generator.findings(ROWS)
    return Counts(**{name: report[name] for name in Counts.__dataclass_fields__})


def _stored(url: str) -> list[tuple[object, ...]]:
    with open_store(url, Access.READ) as store, connected(store.read()) as connection:
        columns = [tracking.c[name] for name in generator.FINISHED]
        return [tuple(row) for row in connection.execute(select(*columns).order_by(*tracking.primary_key))]


def _finished() -> list[tuple[object, ...]]:
    return pl.concat(generator.finished(ROWS)).rows()


def test_an_import_stores_the_finished_rows(tmp_path: Path, stores: SqliteStores) -> None:
    file, other, url = tmp_path / "tracking.csv", tmp_path / "changed.csv", stores.copy(ROWS)
    generator.write_file(file, ROWS)
    generator.write_file(other, ROWS, Change.SOME)
    assert _counts("import", file, url) == Counts(ROWS, created=ACCEPTED, rejected=REJECTED)
    # The runs are not the same: a filled store has one already.
    place = [column.name for column in tracking.columns].index("run_id")
    assert [row[:place] + row[place + 1 :] for row in _stored(url)] == [
        row[:place] + row[place + 1 :] for row in _finished()
    ]
    assert _counts("import", file, url) == Counts(ROWS, unchanged=ACCEPTED, rejected=REJECTED)
    changed = generator.changed(ROWS)
    mixed = Counts(ROWS, updated=changed, unchanged=ACCEPTED - changed, rejected=REJECTED)
    assert _counts("check", other, url) == mixed
    assert _counts("import", other, url) == mixed


def test_a_filled_store_holds_the_finished_rows(tmp_path: Path, stores: SqliteStores) -> None:
    url = stores.copy(ROWS, Held.TRACKING)
    assert _stored(url) == _finished()
    for seed in (1, 2):
        counts = generator.write_small_file(tmp_path / "small.csv", ROWS, seed)
        assert counts == Counts(rows=1_000, created=500, updated=500)
        assert _counts("import", tmp_path / "small.csv", url) == counts


def test_rows_are_the_same_every_time_and_shuffled(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one.csv", "two.csv")]
    for file in files:
        generator.write_file(file, ROWS)
    lines, again = (file.read_text().splitlines() for file in files)
    assert lines == again
    assert lines[0].split(",") == list(generator.COLUMNS)
    assert len(lines) == ROWS + 1
    assert lines[1:] != sorted(lines[1:])
    assert (
        sum(line.count(",") != len(generator.COLUMNS) - 1 for line in lines)
        == generator.findings(ROWS)["wrong-column-count"]
    )


def test_a_sample_has_no_row_that_is_rejected(tmp_path: Path, stores: SqliteStores) -> None:
    generator.write_sample(tmp_path / "sample.csv", ROWS, 150)
    assert _counts("import", tmp_path / "sample.csv", stores.copy(ROWS)) == Counts(150, created=150)
