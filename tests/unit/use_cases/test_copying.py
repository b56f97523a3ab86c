"""A store goes from one kind to another, and back, with all that can be undone in it."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

import pytest

import milepost
from databases.stores import LakeStores, MemoryStores, PostgreSQLStores, SQLiteStores, Stores
from databases.transactions import reading, writing
from milepost.model.exceptions import StoreError
from milepost.stores.tables import TABLES
from milepost.use_cases import copying
from spec import tables
from spec.tables import Tables


@pytest.fixture
def school(sqlite_stores: SQLiteStores, tmp_path: Path) -> Tables:
    """A store with an import, one that changed its rows and days, and ids that were used once."""
    filled = sqlite_stores.holding(tables.SCHOOL, partial(tables.fill, tables.SCHOOL, tmp_path))
    school = Tables(filled, tmp_path)
    for access, time in (("2024-02-01 10:00:00", 50), ("2024-02-03 10:00:00", 80)):
        school.reports(f"lastAccessDate | timeSpent | progression | score\n{access} | {time} | 40.1 | 7\nx | 1 | 1 | 1")
    school.reports("trackingStatus\npassed\nnotAttempted")
    with writing(filled) as opened:
        opened.insert("learner", opened.rows("learner", {"name": TABLES["learner"].schema["name"]}, most=0))
        opened.pass_over_ids("learner", 900)
    return school


def exported(url: str) -> bytes:
    """The tracking as an export shows it."""
    out = io.BytesIO()
    milepost.export_tracking(url, out)
    return out.getvalue()


def test_all_of_it_goes_to_each_kind_and_back(
    school: Tables,
    lake_stores: LakeStores,
    memory_stores: MemoryStores,
    postgresql_stores: PostgreSQLStores,
    sqlite_stores: SQLiteStores,
) -> None:
    kinds: list[Stores] = [lake_stores, postgresql_stores, memory_stores, sqlite_stores]
    urls = [school.database]
    for stores in kinds:
        urls.append(stores.place())
        report = milepost.copy_store(urls[-2], urls[-1])
        assert report.rows["tracking"] == 1
        assert report.rows["import_run"] == 9
    with reading(school.database) as old, reading(urls[-1]) as new:
        for name, table in TABLES.items():
            rows = (one.rows(name, table.schema, order=table.key) for one in (old, new))
            assert next(rows).equals(next(rows)), name
            assert not table.has_ids or old.highest_id(name) == new.highest_id(name)
        assert new.highest_id("learner") == 900
    for url in urls:
        milepost.undo_run(url, 9)
        milepost.undo_run(url, 8)
    assert {exported(url) for url in urls} == {exported(urls[0])}
    for stores in kinds:
        stores.take_back()


def test_only_an_empty_store_is_copied_to(school: Tables) -> None:
    with pytest.raises(StoreError, match="is not empty: its table learner has rows"):
        milepost.copy_store(school.database, school.database)


def test_a_missing_store_makes_none(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no store at"):
        milepost.copy_store(str(tmp_path / "none.db"), str(tmp_path / "new.db"))
    assert not (tmp_path / "new.db").exists()


def test_a_copy_that_differs_is_told(
    school: Tables, memory_stores: MemoryStores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_checksum", lambda *_: (1, 2, 3))
    with pytest.raises(StoreError, match="The copy differs from its source in the table learner"):
        milepost.copy_store(school.database, memory_stores.place())
