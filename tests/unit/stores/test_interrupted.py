"""A statement that Ctrl-C ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from databases.connections import connected
from milepost.stores.opening import open_store
from milepost.stores.port import Access


class _Interrupting:
    """A value that is interrupted while it is handed over."""

    def __conform__(self, _protocol: object) -> str:
        raise KeyboardInterrupt


def test_a_store_can_be_written_right_after_an_interruption(tmp_path: Path) -> None:
    insert = "INSERT INTO training (guid, guid_key, path_code) VALUES (?, ?, ?)"
    with open_store(str(tmp_path / "milepost.db"), Access.WRITE) as opened:
        with pytest.raises(KeyboardInterrupt), connected(opened.write()) as connection:
            connection.exec_driver_sql(insert, [("a", "a", "a"), ("b", "b", _Interrupting())])
        with connected(opened.write()) as connection:
            connection.exec_driver_sql(insert, ("c", "c", "c"))
        with connected(opened.read()) as connection:
            rows = connection.exec_driver_sql("SELECT path_code FROM training").scalars().all()
    assert rows == ["c"]
