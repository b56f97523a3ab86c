"""Tables of web pages, whatever the endings of their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost.formats.read import web_page_reader
from milepost.model.exceptions import FileError, UsageError
from milepost.model.job import Reading
from unit.formats.reading import Record, read, write

TABLE = "<table><tr><th>candidateLogin<th>lovCode<th>score</tr><tr><td>anna</td><td>intro<td>5</table>"
ROWS = [(2, ("anna", "intro", "5"))]
OTHER = "<table><tr><td>Report</td><td>2024</td></tr></table>"


@pytest.mark.parametrize(
    "page",
    [
        TABLE,
        f"<!DOCTYPE html>\n<html><head><title>R</title></head><body>{TABLE}</body></html>",
        f'\n  <HTML xmlns:x="urn:x"><META charset=utf-8><BODY>{TABLE}',
        f'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x" "http://x"><html>{TABLE}</html>',
        f"<!-- made by x --><html>{OTHER}{TABLE}</html>",
        # A table for the layout, with the table inside.
        f"<html><table><tr><td>Menu</td><td>{TABLE}</td></tr></table></html>",
        f"<html><script>var x = '<table>';</script><style>td {{}}</style>{TABLE}</html>",
        TABLE.replace("<th>candidateLogin", "<th>\n candidate<b>Login</b><!-- x -->\n").replace(
            "intro", "in<i>tro</i>"
        ),
    ],
)
@pytest.mark.parametrize("ending", [".xls", ".html", ".csv"])
def test_the_first_table_with_a_known_header_is_read(tmp_path: Path, page: str, ending: str) -> None:
    found = read(write(tmp_path, page, f"file{ending}"), Reading(delimiter=";"))
    assert found.records == ROWS
    assert any(note.endswith("is a web page, and is read as one.") for note in found.notes)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "windows-1252"])
def test_encodings_of_pages(tmp_path: Path, encoding: str) -> None:
    table = TABLE.replace("anna", "Anné&eacute;")
    page = f"<html><meta http-equiv=x content='text/html; charset={encoding}'>{table}</html>"
    found = read(write(tmp_path, page.encode(encoding), "file.xls"))
    assert found.records == [(2, ("Annéé", "intro", "5"))]
    assert read(write(tmp_path, f"<html>{TABLE}é".encode("cp1252")), Reading(encoding="cp1252")).records == ROWS
    with pytest.raises(FileError, match="is a web page that is not valid utf-8"):
        read(write(tmp_path, f"<html>{TABLE}é".encode("cp1252"), "file.xls"))
    with pytest.raises(UsageError, match=r'The encoding "nonsense" of .* is unknown'):
        read(write(tmp_path, f"<html><meta charset=nonsense>{TABLE}", "file.xls"))


@pytest.mark.parametrize(
    ("rows", "records"),
    [
        ("<tr><td>a<td colspan=2>b", [(2, ("a", "b", ""))]),
        ("<tr><td rowspan=2>a<td>b<td>c<tr><td>d<td>e", [(2, ("a", "b", "c")), (3, ("", "d", "e"))]),
        (
            "<tr><td rowspan=999999999>a<td>b<tr><td>c<tr><td>d",
            [(2, ("a", "b", "")), (3, ("", "c", "")), (4, ("", "d", ""))],
        ),
        ("<tr><td>a&nbsp;b<br>c<td>  d \n e ", [(2, ("a\u00a0b c", "d e", ""))]),
        ("<tr></tr><tr><td>a<td>b<td>c<td>d", [(3, ("a", "b", "c", "d"))]),
        ("<tr><td>a<table><tr><td>no</table><td>b", [(2, ("a", "b", ""))]),
        ("<tr><td colspan=x>a<td colspan=-1>b<td colspan=0>c", [(2, ("a", "b", "c"))]),
    ],
)
def test_cells_of_pages(tmp_path: Path, rows: str, records: list[Record]) -> None:
    header = "<tr><th>candidateLogin<th>lovCode<th>score</tr>"
    assert read(write(tmp_path, f"<table>{header}{rows}</table>", "file.xls")).records == records


def test_a_table_is_named_by_its_number(tmp_path: Path) -> None:
    path = write(tmp_path, f"<html>{TABLE}{TABLE.replace('anna', 'bob')}</html>", "file.xls")
    assert read(path, Reading(sheet="2")).records == [(2, ("bob", "intro", "5"))]
    assert 'Of its 2 tables number 1 is read; setting "sheet" names another by its number.' in read(path).notes
    with pytest.raises(FileError, match=r'has no table "3"; it has 2\. Name one by its number with setting "sheet"'):
        read(path, Reading(sheet="3"))
    with pytest.raises(FileError, match="is a web page without a table"):
        read(write(tmp_path, "<html><form>Password</form></html>", "file.csv"))


def test_pages_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = "<tr><td colspan=999999999 rowspan=9999>a<td>b</tr>" * 2_000
    with pytest.raises(FileError, match="the table has more than 4,000,000 cells"):
        read(write(tmp_path, f"<table><tr><td>candidateLogin</tr>{wide}</table>", "file.xls"))
    deep = "<div>" * 100_000 + TABLE
    with pytest.raises(FileError, match="is a web page without a table"):
        read(write(tmp_path, f"<html>{deep}", "file.xls"))
    monkeypatch.setattr(web_page_reader, "LARGEST_PAGE", 1_000_000)
    with pytest.raises(FileError, match="is a web page and longer than 0 MB"):
        read(write(tmp_path, TABLE + " " * 1_000_000, "file.xls"))
