"""The settings of an import as fields of a form, and back: by the table, so a new setting appears by itself."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from milepost.model.columns import IGNORED
from milepost.model.job import Job
from milepost.settings import table
from milepost.settings.jobs import Settings
from milepost.settings.setting import Home, JobKind, Part, Setting, value_of
from milepost.settings.value_kinds import Shape

_GROUPS: Mapping[str, str] = MappingProxyType(
    {
        table.NAMED_STATUSES: "Words of the status",
        table.DEFAULT: "Texts of empty cells",
        table.VALUES: "Texts that are read as other ones",
        table.MERGE: "Merging with what is stored",
    }
)
"""The groups of settings inside others, by the outer or the inner name."""
_PAIRS = {Shape.VALUES: "from,to", Shape.HEADERS: "header,column"}
"""What a line has where there are pairs: as in CSV."""
_SAID = {
    Shape.WORD: "a word of the file, or several with | between them",
    Shape.COLUMNS: "names of columns in their order, with commas between them",
    Shape.COLUMN_SET: "names of columns, with commas between them",
}
"""What settings that are elements in XML are in a form."""
_FOR_PAGES = re.compile(r"[;,] [^;,]*, ?\[[^\]]*\]\([^)]*\) says|; see \[[^\]]*\]\([^)]*\)|^an element `?\w+`?: ")
"""What a description has for readers of the documentation, or of XML."""
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)|`")


@dataclass(frozen=True, slots=True)
class FormField:
    """One setting as a field of a form."""

    name: str
    """The name of the setting."""
    value: str
    """What it is set to; empty: its default."""
    described: str
    default: str
    """What it is when the field is empty, if that can be said in a word."""
    words: tuple[str, ...]
    """What it may be, if there is a choice."""
    is_long: bool
    """Whether it has several lines."""
    group: str


def fields_of(job: Job) -> tuple[FormField, ...]:
    """The settings of an import as fields, in the order of the table."""
    every = [(setting, home) for setting, home in table.TABLE.of(JobKind.IMPORT) if home.place]
    # Of several settings with one place, the last one is that which is written.
    last = {(home.place, home.key): setting for setting, home in every}
    return tuple(_field(job, setting, home) for setting, home in every if last[home.place, home.key] is setting)


def given_by(texts: Mapping[str, str]) -> Settings:
    """The settings that the texts of such fields amount to, for `settings.job`; a text without a setting is left out.

    Raises ValueError for a line that is no pair.
    """
    given: dict[str, Any] = {}
    for setting, home in table.TABLE.of(JobKind.IMPORT):
        text = texts.get(setting.name, "")
        if not home.place or not text.strip():
            continue
        if setting.kind.shape in _PAIRS:
            given[setting.name] = _read_pairs(setting, text)
        else:
            given[setting.name] = text.splitlines() if setting.kind.repeats else text
    return given


def _field(job: Job, setting: Setting, home: Home) -> FormField:
    default = value_of(Job(), home)
    told = _SAID.get(setting.kind.shape) or setting.described or setting.kind.described
    described = _LINK.sub(r"\1", _FOR_PAGES.sub("", told))
    is_pairs = setting.kind.shape in _PAIRS
    if is_pairs:
        described = f"a line for each, as in CSV: {_PAIRS[setting.kind.shape]}"
    elif setting.kind.repeats:
        described = f"{described}; a line for each"
    shown = "" if is_pairs or default in (None, (), frozenset()) else setting.kind.write(default)
    return FormField(
        setting.name,
        _text(job, setting, home),
        described,
        shown,
        setting.kind.words,
        is_pairs or setting.kind.repeats,
        _group(setting, home),
    )


def _group(setting: Setting, home: Home) -> str:
    outer, _, inner = setting.name.rpartition(".")
    if outer or setting.name == table.MERGE:
        return _GROUPS.get(inner) or _GROUPS[outer]
    return "How the file is read" if home.part is Part.PROVIDER else "How values are read, and what is done with them"


def _text(job: Job, setting: Setting, home: Home) -> str:
    value = value_of(job, home)
    if setting.kind.shape is Shape.HEADERS:
        ignored = ((header, IGNORED) for header in sorted(job.reading.header_ignore))
        return _written_pairs([*job.reading.header_map.items(), *ignored])
    if value is None or value == value_of(Job(), home):
        return ""
    if setting.kind.shape is Shape.VALUES:
        return _written_pairs(value.items())
    return "\n".join(map(setting.kind.write, value)) if setting.kind.repeats else setting.kind.write(value)


def _written_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\n").writerows(pairs)
    return target.getvalue()


def _read_pairs(setting: Setting, text: str) -> Mapping[str, str]:
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if any(cell.strip() for cell in row)]
    for row in rows:
        if len(row) != 2:
            raise ValueError(f'{setting.name}: "{",".join(row)}" is no pair; write {_PAIRS[setting.kind.shape]}')
    return dict(rows)
