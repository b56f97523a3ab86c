"""Files as attackers make them, small on disk."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

HEADER = ("candidateLogin", "lovCode", "sessionGuid", "score")
ROW = ("ada", "intro", "guid-2024", "80")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def cells(values: tuple[str, ...], row: int) -> str:
    """Cells of text in the columns A, B, …"""
    return "".join(
        f'<c r="{chr(65 + place)}{row}" t="inlineStr"><is><t>{value}</t></is></c>' for place, value in enumerate(values)
    )


GOOD = f'<row r="1">{cells(HEADER, 1)}</row><row r="2">{cells(ROW, 2)}</row>'
"""A header, and a row that is imported."""


def sheet(rows: str, before: str = "") -> bytes:
    """The part of a sheet."""
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>'.encode()


def xlsx(
    path: Path, *sheets: bytes, strings: bytes | None = None, types: str = "worksheet", **parts: bytes | None
) -> Path:
    """A workbook of these sheets; `parts` are others by name without folder and ending, as `styles`."""
    numbers = range(1, len(sheets) + 1)
    found: dict[str, bytes | None] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>'.encode(),
        "_rels/.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Target="xl/workbook.xml" '
            f'Type="{OFFICE}/officeDocument"/></Relationships>'
        ).encode(),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            + "".join(f'<sheet name="S{number}" sheetId="{number}" r:id="r{number}"/>' for number in numbers)
            + "</sheets></workbook>"
        ).encode(),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships">'
            + "".join(
                f'<Relationship Id="r{number}" Target="worksheets/sheet{number}.xml" Type="{OFFICE}/'
                f'{types if number == 1 else "worksheet"}"/>'
                for number in numbers
            )
            + f'<Relationship Id="rs" Target="sharedStrings.xml" Type="{OFFICE}/sharedStrings"/>'
            + f'<Relationship Id="rt" Target="styles.xml" Type="{OFFICE}/styles"/></Relationships>'
        ).encode(),
        "xl/sharedStrings.xml": strings,
    }
    found |= {f"xl/worksheets/sheet{number}.xml": one for number, one in zip(numbers, sheets, strict=True)}
    found |= {f"xl/{name}.xml": part for name, part in parts.items()}
    packed(path, {name: part for name, part in found.items() if part is not None})
    return path


def packed(path: Path | IO[bytes], parts: Mapping[str, bytes]) -> None:
    """A ZIP archive of these parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def bomb(path: Path, name: str, before: bytes, middle: bytes, after: bytes, megabytes: int = 300) -> Path:
    """The archive with a part that unpacks to so many megabytes of `middle`, again and again."""
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist() if one != name}
    packed(path, parts)
    block = middle * (1024 * 1024 // len(middle))
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as part,
    ):
        part.write(before)
        for _ in range(megabytes):
            part.write(block)
        part.write(after)
    return path


def ods(path: Path | IO[bytes], content: str) -> None:
    """An OpenDocument file of these rows."""
    names = {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }
    declared = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in names.items())
    packed(
        path,
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": b"<manifest/>",
            "content.xml": (
                f"<office:document-content {declared}><office:body><office:spreadsheet>"
                f'<table:table table:name="S1">{content}</table:table>'
                "</office:spreadsheet></office:body></office:document-content>"
            ).encode(),
        },
    )


def ods_row(*values: str, repeated: int = 1) -> str:
    """A row of texts in an OpenDocument file."""
    inner = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>' for value in values
    )
    return f'<table:table-row table:number-rows-repeated="{repeated}">{inner}</table:table-row>'


ODS_GOOD = ods_row(*HEADER) + ods_row(*ROW)


def xls(path: Path, *more: str) -> Path:
    """An XLS file of a header and a row, and sheets called like `more` with the same."""
    import xlwt

    book = xlwt.Workbook()
    for name in ("S1", *more):
        one = book.add_sheet(name)
        for number, values in enumerate((HEADER, ROW)):
            for place, value in enumerate(values):
                one.write(number, place, value)
    book.save(str(path))
    return path


def cyclic_xls(path: Path, chain: str) -> Path:
    """An XLS file in which a chain of sectors leads back to itself."""
    data = bytearray(xls(path).read_bytes())
    fat = 512 * (1 + struct.unpack_from("<I", data, 76)[0])
    directory = struct.unpack_from("<I", data, 48)[0]
    stream = next(
        struct.unpack_from("<I", data, 512 * (1 + directory) + 128 * entry + 116)[0]
        for entry in range(4)
        if data[512 * (1 + directory) + 128 * entry :].startswith("Workbook".encode("utf-16-le"))
    )
    if chain == "stream":
        struct.pack_into("<I", data, fat + 4 * (stream + 1), stream)
    elif chain == "directory":
        struct.pack_into("<I", data, fat + 4 * directory, directory)
    else:
        # A sector of the list of FAT sectors that names itself as the next one.
        itself = (len(data) - 512) // 512
        data += struct.pack("<128I", *([0xFFFFFFFF] * 127), itself)
        struct.pack_into("<II", data, 68, itself, 1)
    path.write_bytes(data)
    return path


def damaged_xls(path: Path, *, place: int, value: int, sheet: int = 0) -> Path:
    """An XLS file of two sheets, of which one has another byte at a place in its entry of the workbook."""
    data = bytearray(xls(path, "S2").read_bytes())
    entry = data.index(b"\x85\x00")
    if sheet:
        entry = data.index(b"\x85\x00", entry + 4)
    data[entry + place] = value
    path.write_bytes(data)
    return path


def lying_zip(path: Path) -> Path:
    """A workbook whose sheet unpacks to much more than its directory says."""
    xlsx(path, sheet(GOOD))
    bomb(path, "xl/worksheets/sheet1.xml", sheet(GOOD)[:-25], b" " * 64, b"</sheetData></worksheet>", 100)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    for place in range(len(data) - 4):
        if data[place : place + 4] == struct.pack("<I", size):
            struct.pack_into("<I", data, place, 100)
    path.write_bytes(data)
    return path
