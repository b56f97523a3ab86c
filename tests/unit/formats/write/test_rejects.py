"""Rejected rows stand in the rejects file as they stood, and the file imports again."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import stat
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.formats.read import decode
from milepost.formats.write.rejects import RejectsWriter
from milepost.model.batch import FINDINGS
from milepost.model.columns import TRACKING
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.exceptions import FileError, UsageError
from milepost.model.job import Parameters, Reading, TimeFormat
from unit.formats.reading import read, write

pytestmark = pytest.mark.usefixtures("read_by_server")

Remark = tuple[int, str, str | None, str | None, str, str | None]


def remark(line: int, code: str = "invalid-number", column: str | None = None, hint: str | None = None) -> Remark:
    """A finding whose message names its code."""
    return line, code, column, None, f"{code}!", hint


def frame(remarks: list[Remark]) -> pl.DataFrame:
    """Findings as the steps hand them on."""
    return pl.DataFrame(remarks, schema=dict(FINDINGS), orient="row")


def rejects(
    source: Path | pl.DataFrame,
    remarks: list[Remark],
    reading: Reading | None = None,
    parameters: Parameters | None = None,
    batch_rows: int = 50_000,
) -> bytes:
    """The rejects file of an import with the given findings."""
    target = io.BytesIO()
    with (
        decode.open_file(source, reading or Reading(), TRACKING, batch_rows=batch_rows) as opened,
        RejectsWriter(target, opened, parameters or Parameters(), source=None) as writer,
    ):
        for batch in opened.batches():
            lines = [*batch.cells["line"], *batch.ragged["line"]]
            writer.write(batch, frame([one for one in remarks if one[0] in lines]))
        writer.commit()
    return target.getvalue()


def test_rejected_rows_stand_in_order_with_all_their_findings(tmp_path: Path) -> None:
    path = write(tmp_path, "candidateLogin;lovCode;_x\na;b;c\nd;e\ng;h;i;j\n k ;l;m\nn;o;p\n")
    content = rejects(
        path,
        [
            remark(5, "superseded"),
            remark(5, "invalid-number", "lovCode", "Mend it."),
            remark(5, "invalid-number", "candidateLogin"),
            remark(5, "mandatory-field-empty", "lovCode"),
            remark(4, "wrong-column-count"),
            remark(3, "wrong-column-count"),
            remark(6, "superseded"),
        ],
    )
    assert content.decode() == (
        "candidateLogin;lovCode;_x;_line;_codes;_messages\n"
        "d;e;;3;wrong-column-count;wrong-column-count!\n"
        "g;h;i;j;4;wrong-column-count;wrong-column-count!\n"
        " k ;l;m;5;mandatory-field-empty invalid-number invalid-number superseded;"
        "mandatory-field-empty! invalid-number! invalid-number! Mend it. superseded!\n"
    )


def test_without_rejects_there_is_the_header_alone(tmp_path: Path) -> None:
    path = write(tmp_path, "a;b\n")
    reading = Reading(delimiter=";", columns=("candidateLogin", "ignoredColumn"), skip_first_line=False)
    assert rejects(path, [remark(1, "superseded")], reading) == (
        b"candidateLogin;ignoredColumn;_line;_codes;_messages\n"
    )


CELL = st.text(st.sampled_from(["a", "é", '"', ",", "\n", "\r", " ", "\0", "\u2028"]), max_size=5)


@settings(max_examples=100, deadline=None)
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8), batch_rows=st.sampled_from([1, 2, 100]))
def test_the_file_reads_back_as_it_stood(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], batch_rows: int
) -> None:
    folder = tmp_path_factory.mktemp("again", numbered=True)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([("candidateLogin", "lovCode"), *rows])
    path = write(folder, text.getvalue())
    before = read(path)
    again = write(
        folder, rejects(path, [remark(line) for line, _ in before.records], batch_rows=batch_rows), "again.csv"
    )
    after = read(again)
    assert [cells for _, cells in after.records] == [cells for _, cells in before.records]
    assert (after.header, after.positions) == (before.header, before.positions)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-be", "cp1252", "iso2022_jp"])
def test_the_encoding_and_the_mark_are_those_of_the_source(tmp_path: Path, encoding: str) -> None:
    word = "あ" if encoding == "iso2022_jp" else "é"
    path = write(tmp_path, f"candidateLogin;lovCode\n{word};b\n".encode(encoding))
    content = rejects(path, [remark(2, hint="“€”")], Reading(encoding=encoding))
    hint = "?" if encoding == "iso2022_jp" else "“€”"
    assert hint in content.decode(encoding)
    assert content == content.decode(encoding).encode(encoding)
    again = read(write(tmp_path, content, "again.csv"), Reading(encoding=encoding))
    assert again.records == [(2, (word, "b"))]


def test_what_the_encoding_lacks_becomes_a_question_mark(tmp_path: Path) -> None:
    path = write(tmp_path, "candidateLogin;lovCode\né;b\n".encode("latin-1"))
    content = rejects(path, [remark(2, hint="→")], Reading(encoding="latin-1"))
    assert content.decode("latin-1").endswith("é;b;2;invalid-number;invalid-number! ?\n")


TYPED = pl.DataFrame(
    {
        "candidateLogin": [1.5],
        "firstAccessDate": [dt.date(2024, 2, 3)],
        "lastAccessDate": [dt.datetime(2024, 2, 3, 4, 5, 6)],  # noqa: DTZ001 - a table's local time
        "timeSpent": [dt.timedelta(seconds=85.5)],
        "score": [7.25],
    }
)


@pytest.mark.parametrize(
    ("date_format", "time_format", "cells"),
    [
        ("DD/MM/YYYY hh:ii:ss", TimeFormat.RAW_SECONDS, "1.5|03/02/2024|03/02/2024 04:05:06|85,5|7,25"),
        ("YYYYMMDDThhiiss", TimeFormat.RAW_MINUTES, "1.5|20240203|20240203T040506|PT85,5S|7,25"),
        # A format without room for the value: it stands whole and cannot be misread.
        ("DD/MM/YYYY", TimeFormat.PADDED, "1.5|03/02/2024|2024-02-03 04:05:06|PT85,5S|7,25"),
        ("serial|DD MMM YY hh:ii:ss AM", TimeFormat.PADDED, "1.5|03 Feb 24|03 Feb 24 04:05:06 AM|PT85,5S|7,25"),
        ("DD/MM/YYYY|hh:ii:ss DD/MM/YYYY", TimeFormat.PADDED, "1.5|03/02/2024|04:05:06 03/02/2024|PT85,5S|7,25"),
        ("serial", TimeFormat.PADDED, "1.5|2024-02-03 18:30:00|2024-02-03 04:05:06|PT85,5S|7,25"),
        ("hh:ii:ss DD.MM.YYYY", TimeFormat.ISO_8601, "1.5|18:30:00 03.02.2024|04:05:06 03.02.2024|PT85,5S|7,25"),
    ],
)
def test_typed_cells_are_written_as_the_job_reads_them(date_format: str, time_format: TimeFormat, cells: str) -> None:
    parameters = Parameters(
        date_time_format=DateTimeFormat.parse(date_format),
        default_time=dt.time(18, 30),
        time_global_format=time_format,
        decimal=",",
    )
    content = rejects(TYPED, [remark(2)], Reading(delimiter="|"), parameters).decode()
    assert content.splitlines()[1] == f"{cells}|2|invalid-number|invalid-number!"


def test_a_number_is_written_so_that_either_decimal_sign_reads_it_alike() -> None:
    table = pl.DataFrame({"score": [1.234, 12.5, 0.123, 1234.567, -100.125, 1234.0], "lovCode": "x"})
    content = rejects(table, [remark(line) for line in range(2, 8)], parameters=Parameters(decimal="either")).decode()
    written = [line.partition(",")[0] for line in content.splitlines()[1:]]
    assert written == ["1.2340", "12.5", "0.123", "1234.567", "-100.1250", "1234"]


def test_an_instant_is_written_in_local_time_unless_that_is_another_one() -> None:
    zone = ZoneInfo("Europe/Paris")
    twice = [dt.datetime(2024, 10, 27, 2, 30, tzinfo=zone, fold=fold) for fold in (0, 1)]
    times = [dt.datetime(2024, 7, 1, 12, tzinfo=zone), *twice, dt.datetime(1, 1, 1, tzinfo=dt.UTC), None]
    table = pl.DataFrame({"lastAccessDate": times, "lovCode": "x"})
    parameters = Parameters(date_time_format=DateTimeFormat.parse("DD/MM/YYYY HH:II"), time_zone="Europe/Paris")
    content = rejects(table, [remark(line) for line in range(2, 7)], parameters=parameters).decode()
    assert [line.partition(",")[0] for line in content.splitlines()[1:]] == [
        "01/07/2024 12:00",
        "27/10/2024 02:30",
        "2024-10-27 01:30:00Z",
        "0001-01-01 00:00:00Z",
        "",
    ]


def test_the_rejects_of_a_table_can_be_read_with_the_same_options(tmp_path: Path) -> None:
    reading = Reading(delimiter="|", encoding="cp1252")
    content = rejects(pl.DataFrame({"candidateLogin": ["→"], "lovCode": ["b"]}), [remark(2)], reading)
    assert read(write(tmp_path, content), reading).records == [(2, ("→", "b"))]


class Writing:
    """A source, and a writer to a target that may be refused."""

    def __init__(self, folder: Path) -> None:
        self.source = write(folder, "candidateLogin,lovCode\na,b\n", "source.csv")
        with decode.open_file(self.source, Reading(), TRACKING) as opened:
            self.decoded = opened

    def to(self, target: Path) -> RejectsWriter:
        return RejectsWriter(target, self.decoded, Parameters(), source=self.source)


HEADER = b"candidateLogin,lovCode,_line,_codes,_messages\n"


def test_the_target_appears_at_the_commit_alone(tmp_path: Path) -> None:
    target = write(tmp_path, "old", "out.csv")
    target.chmod(0o640)
    with Writing(tmp_path).to(target) as writer:
        assert target.read_bytes() == b"old"
        writer.commit()
        assert target.read_bytes() == HEADER
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "source.csv"]


def test_without_a_commit_nothing_is_left_behind(tmp_path: Path) -> None:
    target = write(tmp_path, "old", "out.csv")
    with pytest.raises(ZeroDivisionError), Writing(tmp_path).to(target):
        raise ZeroDivisionError
    assert target.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "source.csv"]


def test_the_imported_file_is_never_overwritten(tmp_path: Path) -> None:
    writing = Writing(tmp_path)
    other_name = tmp_path / "link.csv"
    other_name.symlink_to(writing.source)
    for target in (writing.source, other_name):
        with pytest.raises(FileError, match="is the file that is imported"):
            writing.to(target)
    assert writing.source.read_text() == "candidateLogin,lovCode\na,b\n"


def test_targets_that_cannot_be_opened(tmp_path: Path) -> None:
    writing = Writing(tmp_path)
    with pytest.raises(FileError, match="cannot be written: No such file or directory"):
        writing.to(tmp_path / "nowhere" / "out.csv")
    with pytest.raises(FileError, match="cannot be written: Is a directory"):
        writing.to(tmp_path)
    with pytest.raises(UsageError, match=r"end it in \.csv"):
        writing.to(tmp_path / "out.xlsm")


def test_a_pipe_is_written_as_the_work_goes_on(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading_end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with Writing(tmp_path).to(pipe) as writer:
        writer.commit()
    assert os.read(reading_end, 1000) == HEADER
    os.close(reading_end)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_no_code_runs_for_each_cell_of_a_ragged_record(tmp_path: Path) -> None:
    """Beyond the two functions that set a record aside: a file may have half a million of them."""
    records = 5_000
    path = write(tmp_path, "candidateLogin,lovCode,score\n" + "a,=b,'=c,d,e\n" * records)
    remarks = [remark(line, "wrong-column-count") for line in range(2, records + 2)]
    found = frame(remarks)
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    target = io.BytesIO()
    sys.setprofile(count)
    try:
        with (
            decode.open_file(path, Reading(), TRACKING) as opened,
            RejectsWriter(target, opened, Parameters(), source=None) as writer,
        ):
            for batch in opened.batches():
                writer.write(batch, found)
            writer.commit()
    finally:
        sys.setprofile(None)
    assert target.getvalue().count(b"\na,'=b,'=c,d,e,") == records
    assert calls < 4 * records
