"""What `export tracking` writes."""

from __future__ import annotations

import io
import os
import stat
import threading
from pathlib import Path

import pytest

from milepost.model.exceptions import FileError, StoreError
from milepost.reading import exporting
from milepost.reading.exporting import export_tracking

_HEADER = (
    "candidateLogin,candidateRefNumber,candidateEmail,lovCode,lovGuid,sessionGuid,sessionId,sessionTitle,"
    "trainingPathCode,trainingId,firstAccessDate,lastAccessDate,firstCompletionDate,progression,trackingStatus,"
    "timeSpent,score,scoreMax\n"
)
_ROWS = (
    'adam,,"a@x, b","two\nlines",B-LOV,s,5,"2024, spring",PATH,9,,,,0.0000001,failed,1,10000000000000000,2147483647\n'
    'Zoë,"R ""1""",,one,a-lov,s,5,"2024, spring",PATH,9,,,9998-12-31 23:59:59,100,passed,0,,\n'
    'Zoë,"R ""1""",,"two\nlines",B-LOV,s,5,"2024, spring",PATH,9,'
    "1900-01-01 00:00:00,2024-02-01 00:00:00,,33.5,incomplete,60,0.1,20\n"
)


@pytest.mark.parametrize("rows_at_a_time", [1, 2, 20_000])
def test_rows_stand_in_order_in_the_columns_of_an_import(
    database: str, rows_at_a_time: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_ROWS_AT_A_TIME", rows_at_a_time)
    written = io.BytesIO()
    assert export_tracking(database, written) == 3
    assert written.getvalue().decode() == _HEADER + _ROWS


def test_a_file_is_replaced_whole_and_keeps_its_rights(database: str, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("before")
    out.chmod(0o640)
    export_tracking(database, out)
    assert out.read_text(encoding="utf-8") == _HEADER + _ROWS
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_a_new_file_gets_the_rights_that_new_files_get(database: str, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        export_tracking(database, tmp_path / "out.csv")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o640


def test_a_symbolic_link_stays_one(database: str, tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    export_tracking(database, tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text(encoding="utf-8") == _HEADER + _ROWS


def test_a_pipe_is_written_directly(database: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    export_tracking(database, pipe)
    reader.join(10)
    assert read == [_HEADER + _ROWS]


def test_an_export_that_fails_leaves_the_file_as_it_was(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("before")

    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("milepost.formats.write.output.os.fsync", no_room)
    with pytest.raises(FileError, match=r"out\.csv cannot be written: No space left on device\. Name another file\."):
        export_tracking(database, out)
    assert out.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir() if "out" in path.name) == ["out.csv"]


def test_a_folder_that_is_not_there_is_told(database: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"out\.csv cannot be written: No such file or directory"):
        export_tracking(database, tmp_path / "nowhere" / "out.csv")


def test_a_folder_as_target_is_told(database: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be written: Is a directory"):
        export_tracking(database, tmp_path)


def test_a_missing_store_is_told_and_no_file_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no store at"):
        export_tracking(str(tmp_path / "none.db"), tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []
