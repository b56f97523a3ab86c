"""The files of an export, and what an import reads in them."""

from __future__ import annotations

import codecs
import csv
import errno
import io
import json
import re
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]
from python_calamine import CalamineWorkbook

from milepost.formats.read import decode
from milepost.formats.spreadsheet_safety import restored_cells
from milepost.formats.write import spreadsheet_writer
from milepost.formats.write.export_writer import ExportWriter
from milepost.model.columns import LARGEST_INTEGER, TRACKING, Kind, Status
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.exceptions import FileError
from milepost.model.export import Appearance, ExportColumn
from milepost.model.file_formats import FileFormat
from milepost.model.job import Parameters, Reading, TimeFormat
from milepost.model.likeness import WHITE_SPACE
from milepost.steps.interpret import interpret

pytestmark = pytest.mark.usefixtures("read_by_server")

COLUMNS = (
    ExportColumn("sessionTitle", Kind.TEXT, "Title of the session"),
    ExportColumn("sessionId", Kind.INTEGER),
    ExportColumn("score", Kind.NUMBER),
    ExportColumn("lastAccessDate", Kind.DATETIME),
    ExportColumn("timeSpent", Kind.DURATION),
    ExportColumn("trackingStatus", Kind.STATUS),
    ExportColumn("day", Kind.DAY),
    ExportColumn("open", Kind.FLAG),
)
TYPES = {
    Kind.TEXT: pl.String(),
    Kind.INTEGER: pl.Int64(),
    Kind.NUMBER: pl.Float64(),
    Kind.DATETIME: pl.Int64(),
    Kind.DURATION: pl.Int64(),
    Kind.STATUS: pl.String(),
    Kind.FLAG: pl.Boolean(),
    Kind.DAY: pl.Date(),
}
ROWS: list[tuple[Any, ...]] = [
    ('A "b", <c>\r\n&;d', 7, 0.5, 1_720_000_000, 5100, "passed", date(2024, 7, 3), True),
    ("=1+1", -1, 100.0, -2_208_988_800, 0, "incomplete", date(1899, 12, 31), False),
    ("'=é", 2**60, 1e-7, 253_370_764_799, 59, "browsed", date(9998, 12, 31), None),
    (None,) * len(COLUMNS),
]
FORMATTED = Appearance(
    date_time_format=DateTimeFormat.parse("DD.MM.YYYY HH:II:SS"),
    time_zone="Europe/Paris",
    time_global_format=TimeFormat.ISO_8601,
    status_words={Status.PASSED: "bestanden"},
    decimal=",",
)


def frame_of(columns: Sequence[ExportColumn], rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Rows in the types of their columns."""
    return pl.DataFrame(rows, schema={column.name: TYPES[column.kind] for column in columns}, orient="row")


def written(
    appearance: Appearance,
    rows: Sequence[Sequence[Any]] = ROWS,
    columns: Sequence[ExportColumn] = COLUMNS,
    rows_at_a_time: int = 3,
) -> bytes:
    """The bytes of an export."""
    stream = io.BytesIO()
    export(stream, appearance, rows, columns, rows_at_a_time)
    return stream.getvalue()


def export(
    target: Path | BinaryIO,
    appearance: Appearance,
    rows: Sequence[Sequence[Any]] = ROWS,
    columns: Sequence[ExportColumn] = COLUMNS,
    rows_at_a_time: int = 3,
) -> None:
    """Writes a whole export."""
    with ExportWriter(target, columns, appearance) as writer:
        for frame in frame_of(columns, rows).iter_slices(rows_at_a_time):
            writer.write(frame)
        writer.commit()


@pytest.mark.parametrize("rows_at_a_time", [1, 2, 100])
def test_csv(rows_at_a_time: int) -> None:
    assert written(Appearance(), rows_at_a_time=rows_at_a_time).decode() == (
        "Title of the session,sessionId,score,lastAccessDate,timeSpent,trackingStatus,day,open\n"
        '"A ""b"", <c>\r\n&;d",7,0.5,2024-07-03 09:46:40,5100,passed,2024-07-03,Y\n'
        "'=1+1,-1,100,1900-01-01 00:00:00,0,incomplete,1899-12-31,N\n"
        "''=é,1152921504606846976,0.0000001,9998-12-31 23:59:59,59,browsed,9998-12-31,\n"
        ",,,,,,,\n"
    )


def test_csv_in_other_formats_without_a_header() -> None:
    assert written(replace(FORMATTED, header=False, raw=True)).decode() == (
        '"A ""b"", <c>\r\n&;d",7,"0,5",03.07.2024 11:46:40,PT1H25M,bestanden,03.07.2024,Y\n'
        "=1+1,-1,100,01.01.1900 00:09:21,PT0S,incomplete,31.12.1899,N\n"
        '\'=é,1152921504606846976,"0,0000001",01.01.9999 00:59:59,PT59S,browsed,31.12.9998,\n'
        ",,,,,,,\n"
    )


def test_tsv_has_tabs_whatever_the_delimiter() -> None:
    appearance = Appearance(FileFormat.TSV, delimiter=";")
    assert written(appearance, [("a\tb", 1, *[None] * 6), ("c,d", 2, *[None] * 6)]).decode() == (
        "Title of the session\tsessionId\tscore\tlastAccessDate\ttimeSpent\ttrackingStatus\tday\topen\n"
        '"a\tb"\t1\t\t\t\t\t\t\nc,d\t2\t\t\t\t\t\t\n'
    )


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_delimiters(delimiter: str) -> None:
    content = written(Appearance(delimiter=delimiter)).decode()
    rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter))
    assert [len(row) for row in rows] == [len(COLUMNS)] * 5
    assert rows[1][0] == ROWS[0][0]


def test_xml() -> None:
    content = written(replace(FORMATTED, file_format=FileFormat.XML)).decode()
    assert content == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<export>\n'
        '<row><sessionTitle>A "b", &lt;c&gt;&#13;\n&amp;;d</sessionTitle><sessionId>7</sessionId><score>0,5</score>'
        "<lastAccessDate>03.07.2024 11:46:40</lastAccessDate><timeSpent>PT1H25M</timeSpent>"
        "<trackingStatus>bestanden</trackingStatus><day>03.07.2024</day><open>Y</open></row>\n"
        "<row><sessionTitle>=1+1</sessionTitle><sessionId>-1</sessionId><score>100</score>"
        "<lastAccessDate>01.01.1900 00:09:21</lastAccessDate><timeSpent>PT0S</timeSpent>"
        "<trackingStatus>incomplete</trackingStatus><day>31.12.1899</day><open>N</open></row>\n"
        "<row><sessionTitle>'=é</sessionTitle><sessionId>1152921504606846976</sessionId><score>0,0000001</score>"
        "<lastAccessDate>01.01.9999 00:59:59</lastAccessDate><timeSpent>PT59S</timeSpent>"
        "<trackingStatus>browsed</trackingStatus><day>31.12.9998</day></row>\n"
        "<row></row>\n"
        "</export>\n"
    )
    assert etree.fromstring(content.encode()).findtext("row/sessionTitle") == ROWS[0][0]


@pytest.mark.parametrize("file_format", [FileFormat.XML, FileFormat.JSON_LINES, FileFormat.PARQUET, FileFormat.XLSX])
def test_no_rows(file_format: FileFormat) -> None:
    content = written(Appearance(file_format), [])
    if file_format is FileFormat.XML:
        assert etree.fromstring(content).findall("row") == []
    elif file_format is FileFormat.JSON_LINES:
        assert content == b""
    elif file_format is FileFormat.PARQUET:
        assert pl.read_parquet(io.BytesIO(content)).shape == (0, len(COLUMNS))
    else:
        assert sheet_rows(content) == [[[column.heading for column in COLUMNS]]]


def test_json_lines() -> None:
    lines = written(replace(FORMATTED, file_format=FileFormat.JSON_LINES)).decode().splitlines()
    assert lines[0] == (
        '{"sessionTitle":"A \\"b\\", <c>\\r\\n&;d","sessionId":7,"score":0.5,"lastAccessDate":"03.07.2024 11:46:40",'
        '"timeSpent":"PT1H25M","trackingStatus":"bestanden","day":"03.07.2024","open":"Y"}'
    )
    assert '"score":100,' in lines[1]
    assert [json.loads(line)["score"] for line in lines] == [row[2] for row in ROWS]
    assert json.loads(lines[3]) == {column.name: None for column in COLUMNS}
    seconds = written(Appearance(FileFormat.JSON_LINES)).decode().splitlines()
    assert [json.loads(line)["timeSpent"] for line in seconds] == [5100, 0, 59, None]


def test_parquet() -> None:
    content = written(replace(FORMATTED, file_format=FileFormat.PARQUET))
    table = pyarrow.parquet.read_table(io.BytesIO(content))
    assert table.schema.types == [
        *(pa.string(), pa.int64(), pa.float64(), pa.timestamp("us", "Europe/Paris")),
        *(pa.int64(), pa.string(), pa.date32(), pa.bool_()),
    ]
    assert table.column_names == [column.name for column in COLUMNS]
    instants = table["lastAccessDate"].cast(pa.int64()).to_pylist()
    assert instants == [None if row[3] is None else row[3] * 1_000_000 for row in ROWS]
    others = [name for name in table.column_names if name != "lastAccessDate"]
    expected = frame_of(COLUMNS, ROWS).with_columns(pl.col("trackingStatus").replace("passed", "bestanden"))
    assert table.select(others).to_pylist() == expected.select(others).to_dicts()


def sheet_rows(content: bytes) -> list[list[list[Any]]]:
    """The cells of each sheet."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


def test_xlsx() -> None:
    [[header, *rows]] = sheet_rows(written(Appearance(FileFormat.XLSX)))
    assert header == [column.heading for column in COLUMNS]
    assert [str(cell) for cell in rows[0][1:]] == [
        *("7.0", "0.5", "2024-07-03 09:46:40", "5100.0", "passed", "2024-07-03", "Y")
    ]
    # Times before March 1900, and numbers of more than 15 digits, are not what they were in a spreadsheet.
    assert [str(cell) for cell in rows[1]] == [
        *("=1+1", "-1.0", "100.0", "1900-01-01 00:00:00", "0.0", "incomplete", "1899-12-31", "N")
    ]
    assert [type(cell).__name__ for cell in rows[1]] == ["str", "float", "float", "str", "float", "str", "str", "str"]
    assert rows[2][:3] == ["'=é", "1152921504606846976", 1e-7]


@pytest.mark.parametrize(
    ("time_format", "cells"),
    [
        (TimeFormat.RAW_SECONDS, [5100.0, 0.0, 59.0]),
        (TimeFormat.RAW_MINUTES, [85.0, 0.0, 0.98]),
        (TimeFormat.ISO_8601, ["PT1H25M", "PT0S", "PT59S"]),
        (TimeFormat.PADDED, ["001:25", "000:00", "000:00"]),
    ],
)
def test_durations_of_xlsx(time_format: TimeFormat, cells: list[object]) -> None:
    [[_, *rows]] = sheet_rows(written(Appearance(FileFormat.XLSX, time_global_format=time_format)))
    assert [row[4] for row in rows if row[4] != ""] == cells


@pytest.mark.parametrize(
    "date_format",
    [
        "YYYY-MM-DD HH:II:SS",
        "DD/MM/YYYY",
        "MMDDYYYYHHII",
        "HH.II.SS;DD_MM,YYYY",
        "SS:II:HH DD-MM-YYYY",
        "YYYYTHH-MM-DD",
        "YYYY DD MM HH",
    ],
)
def test_dates_of_xlsx_are_whole_however_they_are_shown(date_format: str) -> None:
    appearance = Appearance(FileFormat.XLSX, DateTimeFormat.parse(date_format), "Asia/Kolkata")
    [[_, *rows]] = sheet_rows(written(appearance))
    assert (str(rows[0][3]), str(rows[0][6])) == ("2024-07-03 15:16:40", "2024-07-03")


@pytest.mark.parametrize(("header", "heights"), [(True, [3, 3, 2]), (False, [3, 2])])
def test_a_full_sheet_is_followed_by_another(header: bool, heights: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet_writer, "ROWS_OF_A_SHEET", 3)
    rows = [(str(number), *[None] * 7) for number in range(5)]
    found = sheet_rows(written(Appearance(FileFormat.XLSX, header=header), rows, rows_at_a_time=2))
    assert [len(sheet) for sheet in found] == heights
    assert [row[0] for sheet in found for row in sheet if row[0] != COLUMNS[0].heading] == list("01234")


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("UTF-8-SIG", codecs.BOM_UTF8), ("utf-16", codecs.BOM), ("utf-16-le", b""), ("utf-32", None)],
)
def test_a_byte_order_mark_stands_once(encoding: str, mark: bytes | None) -> None:
    content = written(Appearance(encoding=encoding), rows_at_a_time=1)
    assert content.decode(encoding) == written(Appearance()).decode()
    if mark is not None:
        assert content.startswith(mark)
        assert content.count(codecs.BOM_UTF8) + content.count(codecs.BOM_UTF16_LE) == bool(mark)


@pytest.mark.parametrize("encoding", ["cp1252", "iso-8859-15", "utf-7", "iso2022_jp_2", "cp037", "gb18030"])
def test_other_encodings(encoding: str) -> None:
    assert written(Appearance(encoding=encoding), rows_at_a_time=1).decode(encoding) == written(Appearance()).decode()


@pytest.mark.parametrize(
    ("encoding", "text", "said"),
    [
        ("cp1252", "a☃", '"☃" (U+2603) in row 1,003 of the data, which the encoding cp1252 lacks'),
        ("ascii", "\x85", "U+0085 in row 1,003 of the data, which the encoding ascii lacks"),
        ("latin-1", "😀é", '"😀" (U+1F600) in row 1,003 of the data, which the encoding latin-1 lacks'),
        # Its bytes are those of a backslash.
        ("shift_jis", "¥", '"¥" (U+00A5) in row 1,003 of the data, which the encoding shift_jis lacks'),
    ],
)
def test_what_an_encoding_lacks_is_told(encoding: str, text: str, said: str, tmp_path: Path) -> None:
    rows = [*[("x", *[None] * 7)] * 1002, (text, *[None] * 7)]
    with pytest.raises(FileError) as raised:
        export(tmp_path / "out.csv", Appearance(encoding=encoding), rows, rows_at_a_time=1000)
    assert str(raised.value) == f"sessionTitle has {said}. Choose another encoding, such as UTF-8."
    assert list(tmp_path.iterdir()) == []


def test_what_an_encoding_lacks_in_the_header_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r'^day has "š" \(U\+0161\) in the header, which the encoding latin-1 lacks'):
        ExportWriter(tmp_path / "out.csv", [ExportColumn("day", Kind.DAY, "daš")], Appearance(encoding="latin-1"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("file_format", "text", "sign"),
    [
        (FileFormat.XML, "a\x0b", "U+000B in row 3 of the data, which XML cannot hold"),
        (FileFormat.XML, "\uffff", "U+FFFF in row 3 of the data, which XML cannot hold"),
        (FileFormat.XLSX, "\ufffe", "U+FFFE in row 3 of the data, which XLSX cannot hold"),
    ],
)
def test_what_a_format_cannot_hold_is_told(file_format: FileFormat, text: str, sign: str) -> None:
    rows = [("x", *[None] * 7), ("y", *[None] * 7), (text, *[None] * 7)]
    with pytest.raises(FileError) as raised:
        written(Appearance(file_format), rows, rows_at_a_time=2)
    assert str(raised.value) == f"sessionTitle has {sign}. Change the value, or write another format."


def test_a_text_that_is_too_long_for_a_cell_is_told() -> None:
    assert sheet_rows(written(Appearance(FileFormat.XLSX), [("x" * 32_767, *[None] * 7)]))[0][1][0] == "x" * 32_767
    with pytest.raises(FileError, match=r"sessionTitle has 32,768 characters in row 2 of the data, and a cell of XLSX"):
        written(Appearance(FileFormat.XLSX), [("x", *[None] * 7), ("x" * 32_768, *[None] * 7)])


@pytest.mark.parametrize("file_format", FileFormat)
def test_a_file_that_is_given_up_leaves_nothing_behind(
    file_format: FileFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    target = tmp_path / "out"
    target.write_text("before")
    with ExportWriter(target, COLUMNS, Appearance(file_format)) as writer:
        writer.write(frame_of(COLUMNS, ROWS))
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("file_format", FileFormat)
def test_a_stream_that_is_given_up_is_not_completed(file_format: FileFormat) -> None:
    stream = io.BytesIO()
    with ExportWriter(stream, COLUMNS, Appearance(file_format)) as writer:
        writer.write(frame_of(COLUMNS, ROWS))
        before = stream.getvalue()
    assert stream.getvalue() == before
    assert not stream.closed


class _Full(io.RawIOBase):
    """A device without room."""

    def __init__(self, error: int) -> None:
        self._error = error

    def writable(self) -> bool:
        return True

    def write(self, _: object) -> int:
        raise OSError(self._error, "No room")


@pytest.mark.parametrize("file_format", FileFormat)
@pytest.mark.parametrize(("code", "expected"), [(errno.ENOSPC, FileError), (errno.EPIPE, BrokenPipeError)])
def test_what_cannot_be_written_is_told(file_format: FileFormat, code: int, expected: type[Exception]) -> None:
    stream: BinaryIO = _Full(code)  # type: ignore[assignment]
    with pytest.raises(expected, match="No room"):
        export(stream, Appearance(file_format))


def test_a_place_where_no_file_can_be_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"out\.csv cannot be written: No such file or directory\. Name another file\."):
        ExportWriter(tmp_path / "nowhere" / "out.csv", COLUMNS, Appearance())


IMPORTED = (
    *(ExportColumn(name, TRACKING.column(name).kind) for name in ("candidateLogin", "sessionTitle", "sessionId")),
    *(ExportColumn(name, TRACKING.column(name).kind) for name in ("lastAccessDate", "timeSpent", "score")),
    ExportColumn("trackingStatus", Kind.STATUS),
)

_HARD = st.sampled_from("'=+-@\"\\\n\r,;|\t 0189.aé<r>&_x")
_ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff\ufffe\uffff")


def _stored(text: str) -> str | None:
    return unicodedata.normalize("NFC", text).strip(WHITE_SPACE)[:200].strip(WHITE_SPACE) or None


def rows_of(words: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    """Rows as a store may hold them."""
    text = st.none() | words.map(_stored)
    # Outside the hours that are twice: of these the second does not come back.
    instant = st.integers(-2_203_891_200, 253_370_764_799).map(lambda one: one // 86_400 * 86_400 + one % 60 + 43_200)
    return st.lists(
        st.tuples(
            st.sampled_from(["x", "1", "'"]),
            text,
            st.none() | st.integers(-LARGEST_INTEGER - 1, LARGEST_INTEGER),
            st.none() | instant,
            st.integers(0, LARGEST_INTEGER),
            st.none() | st.floats(0, allow_infinity=False, allow_nan=False),
            st.sampled_from(list(Status)),
        ),
        max_size=4,
    )


TEXTS = st.text(_HARD, max_size=12) | st.text(_HARD | _ANY, max_size=12)
LOSSLESS = st.builds(
    Appearance,
    date_time_format=st.sampled_from(["YYYY-MM-DD HH:II:SS", "HHIISS;DD,MM,YYYY", "MM/DD/YYYYTHH:II:SS"]).map(
        DateTimeFormat.parse
    ),
    time_zone=st.sampled_from(["UTC", "Europe/Paris", "America/New_York"]),
    time_global_format=st.sampled_from([TimeFormat.RAW_SECONDS, TimeFormat.RAW_MINUTES, TimeFormat.ISO_8601]),
    decimal=st.sampled_from(".,"),
    delimiter=st.sampled_from(",;|\t"),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-8-sig", "gb18030"]),
    status_words=st.sampled_from([{}, {Status.PASSED: "failed", Status.FAILED: "nicht, bestanden"}]),
)


def read_back(content: bytes, appearance: Appearance) -> list[tuple[Any, ...]]:
    """The values that an import reads in a file."""
    parameters = Parameters(
        date_time_format=appearance.date_time_format,
        time_zone=appearance.time_zone,
        time_global_format=appearance.time_global_format,
        decimal=appearance.decimal,
        status_words=appearance.status_words,
    )
    delimiter = {FileFormat.CSV: appearance.delimiter, FileFormat.TSV: "\t"}.get(appearance.file_format)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file.{appearance.file_format}"
        path.write_bytes(content)
        reading = Reading(delimiter=delimiter, encoding=appearance.encoding, raw=appearance.raw)
        with decode.open_file(path, reading, TRACKING) as opened:
            frames = [interpret(batch, opened.layout, parameters) for batch in opened.batches()]
    assert all(frame.findings.is_empty() for frame in frames)
    names = [column.name for column in IMPORTED]
    return [row for frame in frames for row in frame.values.select(names).rows()]


@given(rows_of(TEXTS), LOSSLESS, st.sampled_from([FileFormat.CSV, FileFormat.TSV]), st.booleans())
def test_an_import_reads_in_csv_what_was_written(
    rows: list[tuple[Any, ...]], appearance: Appearance, file_format: FileFormat, raw: bool
) -> None:
    appearance = replace(appearance, file_format=file_format, raw=raw)
    assert read_back(written(appearance, rows, IMPORTED), appearance) == rows


# Each example starts a process that reads the spreadsheet.
@settings(max_examples=20)
@given(rows_of(TEXTS), LOSSLESS, st.booleans())
def test_an_import_reads_in_xlsx_what_was_written(
    rows: list[tuple[Any, ...]], appearance: Appearance, shows_days: bool
) -> None:
    appearance = replace(appearance, file_format=FileFormat.XLSX)
    if shows_days:
        appearance = replace(appearance, date_time_format=DateTimeFormat.parse("DD.MM.YYYY"))
    assert read_back(written(appearance, rows, IMPORTED), appearance) == rows


@given(st.lists(TEXTS))
def test_no_cell_is_a_formula_and_each_comes_back_without_its_apostrophes(texts: list[str]) -> None:
    columns = [ExportColumn("a", Kind.TEXT), ExportColumn("n", Kind.INTEGER)]
    content = written(Appearance(header=False), [(text, -1) for text in texts], columns)
    cells = [row[0] for row in csv.reader(io.StringIO(content.decode(), newline=""))]
    others = [cell for cell in cells if not re.fullmatch(r" *[+-]?[0-9]+([.,][0-9]+)?", cell)]
    parts = [part for cell in others for part in re.split(r"[,;|\t\r\n]", cell)]
    assert not [part for part in parts if part.lstrip(" \0\x01\xa0\ufeff")[:1] in tuple("=+-@")]
    assert list(restored_cells(cells)) == texts


@given(st.lists(TEXTS))
def test_texts_of_json_and_xml(texts: list[str]) -> None:
    columns = [ExportColumn("a", Kind.TEXT)]
    lines = written(Appearance(FileFormat.JSON_LINES), [(text,) for text in texts], columns).decode().split("\n")
    assert [json.loads(line)["a"] for line in lines if line] == texts
    possible = [text for text in texts if not re.search("[\0-\x08\x0b\x0c\x0e-\x1f]", text)]
    rows = etree.fromstring(written(Appearance(FileFormat.XML), [(text,) for text in possible], columns)).findall("row")
    assert [row.findtext("a") or "" for row in rows] == possible
