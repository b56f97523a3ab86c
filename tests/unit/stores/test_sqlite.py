"""What is SQLite's own."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from milepost.model.exceptions import StoreError
from milepost.stores import opening as store
from milepost.stores.port import Access


def test_an_sqlite_without_strict_tables_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.36.0")
    with (
        pytest.raises(StoreError, match=r"needs SQLite 3\.37 or newer, and this Python comes with 3\.36\.0"),
        store.open_store(str(tmp_path / "milepost.db"), Access.WRITE),
    ):
        pass
    assert list(tmp_path.iterdir()) == []
