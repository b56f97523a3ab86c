"""The table of file formats. Reading, exports, lists of changes, settings and help all use it.

Readers and writers are dotted names (`module:name`), so that this module imports none of them and loads fast.
`formats.registry` imports them and defines their types.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Self


class Keeps(Enum):
    """What an exported file preserves of dates and durations."""

    SHOWN = auto()
    """What their configured formats show."""
    LOCAL_TIMES = auto()
    """Dates completely, as local times; durations as their format shows them."""
    INSTANTS = auto()
    """Both completely."""


@dataclass(frozen=True, slots=True)
class Entry:
    endings: tuple[str, ...]
    """The endings of its file names in lower case, the usual one first."""
    begins: bytes | None = None
    """A regular expression for the first bytes of its files; None: they do not identify the format."""
    reader: str | None = None
    """A `formats.registry.Reader`; None: the format cannot be read."""
    refused: bool = False
    """Whether input files with its endings are refused. Input with other endings without a reader is delimited text."""
    writer: str | None = None
    """A `formats.registry.Writer`; None: the format cannot be written."""
    keeps: Keeps = Keeps.SHOWN
    settings: tuple[str, ...] = ()
    """The settings of exports that apply to this format, among those that do not apply to all."""
    names: tuple[str, ...] = ()
    """Other names that an export configuration may use for it."""
    lists_changes: bool = False
    """Whether lists of changes can be written in it."""


_DELIMITED = "milepost.formats.read.delimited_reader:open_delimited"
_SPREADSHEET = "milepost.formats.read.spreadsheet_reader:open_spreadsheet"
_PAGE = (
    rb"(?i:(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|body|table|meta|style|title|div|center)\b)|\xff\xfe(?:\s\x00)*<\x00|\xfe\xff(?:\x00\s)*\x00<"
)
_TO_DELIMITED = "milepost.formats.write.delimited_writer:Delimited"


class FileFormat(StrEnum):
    """The formats of exported files; the value is also their usual ending."""

    entry: Entry

    def __new__(cls, value: str, *entry: Entry) -> Self:
        """A member is declared as its value and its entry."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.entry = entry[0]
        return member

    CSV = (
        "csv",
        Entry(
            (".csv",),
            reader=_DELIMITED,
            writer=_TO_DELIMITED,
            settings=("delimiter", "encoding", "showHeaders"),
            lists_changes=True,
        ),
    )
    TSV = (
        "tsv",
        Entry((".tsv", ".tab"), reader=_DELIMITED, writer=_TO_DELIMITED, settings=("encoding", "showHeaders")),
    )
    XLSX = (
        "xlsx",
        Entry(
            (".xlsx",),
            begins=rb"PK\x03\x04(?!.{26}mimetype)",
            reader=_SPREADSHEET,
            writer="milepost.formats.write.spreadsheet_writer:Spreadsheet",
            keeps=Keeps.LOCAL_TIMES,
            settings=("showHeaders",),
            names=("XLS",),
            lists_changes=True,
        ),
    )
    XML = "xml", Entry((".xml",), writer="milepost.formats.write.xml_writer:Xml")
    JSON_LINES = (
        "jsonl",
        Entry(
            (".jsonl", ".ndjson"),
            writer="milepost.formats.write.json_lines_writer:JsonLines",
            names=("JSON Lines", "JSONLines", "ndjson"),
            lists_changes=True,
        ),
    )
    PARQUET = (
        "parquet",
        Entry(
            (".parquet",),
            begins=rb"PAR1",
            reader="milepost.formats.read.parquet_reader:open_parquet",
            writer="milepost.formats.write.parquet_writer:Parquet",
            keeps=Keeps.INSTANTS,
        ),
    )


READ_ONLY = (
    Entry((".xlsm",), reader=_SPREADSHEET),
    Entry((".xls",), begins=rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", reader=_SPREADSHEET),
    Entry((".ods",), begins=rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis", reader=_SPREADSHEET),
    Entry((".html", ".htm"), begins=_PAGE, reader="milepost.formats.read.web_page_reader:open_web_page"),
    # Its error cells cannot be distinguished from empty ones.
    Entry((".xlsb",), refused=True),
    Entry((".numbers",), refused=True),
)
"""The formats that exports cannot have."""


def entries() -> tuple[Entry, ...]:
    return (*(one.entry for one in FileFormat), *READ_ONLY)


OF_CHANGES = {one.entry.endings[0]: one for one in sorted(FileFormat) if one.entry.lists_changes}
"""The formats of lists of changes, by ending."""

SPREADSHEETS = tuple(ending for one in entries() if one.reader == _SPREADSHEET for ending in one.endings)
"""The endings of the spreadsheets that are read."""
