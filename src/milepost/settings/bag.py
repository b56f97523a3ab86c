"""The settings of one source, or of all, the columns that they name, and the mistakes in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from milepost.model.columns import IGNORED, TRACKING
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.exceptions import Mistake
from milepost.model.export import Provider
from milepost.model.export_columns import BY_NAME, NO_COUNTERPART, parted, spelled
from milepost.model.job import Limit
from milepost.model.likeness import by_folded, folded, key, suggestion
from milepost.model.wording import Note, in_quotes, listed
from milepost.settings import table
from milepost.settings.setting import JobKind, Setting
from milepost.settings.value_kinds import Shape

_LISTS = (Shape.COLUMNS, Shape.COLUMN_SET, Shape.LABELLED)
_PAIRS = {
    Shape.HEADERS: "it takes headers, each with the column that it means",
    Shape.VALUES: "it takes texts, each with the text that it is read as",
}
"""What the shapes that hold pairs take."""
_NO_LINES: Mapping[str, int] = MappingProxyType({})


@dataclass(slots=True)
class Remarks:
    """Mistakes and notes in the order of their discovery."""

    mistakes: list[Mistake] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lacking: list[Mistake] = field(default_factory=list)
    """What has no counterpart: passed over with a note, or a mistake if nothing may be passed over."""

    def mistake(self, line: int | None, message: str, setting: str | None = None) -> None:
        """Adds a mistake on `line`; None for a setting of the caller."""
        self.mistakes.append(Mistake(line, message, setting))

    def about(self, name: str, line: int | None, message: str) -> None:
        """Adds a mistake about the setting `name`."""
        label = f"setting {name}" if line is None else f"<{name.rpartition('.')[2]}>"
        self.mistake(line, f"{label}: {message}", name)

    def note(self, sentence: str) -> None:
        """Adds a note, once."""
        if sentence not in self.notes:
            self.notes.append(Note(sentence, "configuration"))

    def add(self, other: Remarks) -> None:
        """Adds the remarks of `other`."""
        self.mistakes += other.mistakes
        self.lacking += other.lacking
        for sentence in other.notes:
            self.note(sentence)

    def lack(self, line: int | None, element: str, setting: str | None = None) -> None:
        """Adds that something has no counterpart in Milepost."""
        message = f"{element} has no counterpart in Milepost; take it out, or let it be passed over"
        self.lacking.append(Mistake(line, message, setting))

    def refuse_lacking(self) -> None:
        """Makes what has no counterpart a mistake."""
        self.mistakes += self.lacking

    def in_line_order(self) -> tuple[Mistake, ...]:
        """The mistakes without duplicates, by line; those of the caller's settings come last."""
        return tuple(sorted(dict.fromkeys(self.mistakes), key=lambda each: (each.line is None, each.line or 0)))


_ALIASES = {folded(alias): name for alias, name in TRACKING.aliases.items()}
_PASSED_OVER = by_folded(TRACKING.passed_over)


class ImportNames:
    """The possible columns of a file to import."""

    example = f"{IGNORED} for a column to skip"
    """What to write instead of an empty name."""
    _columns = by_folded(column.name for column in TRACKING.columns)

    def resolve(self, name: str) -> str | None:
        """The column that `name` means, IGNORED for a skipped one; None for an unknown name."""
        key = folded(name)
        if key.startswith("_") or key == folded(IGNORED) or key in _PASSED_OVER:
            return IGNORED
        return self._columns.get(key) or _ALIASES.get(key)

    def unknown(self, name: str) -> str:
        """The message about an unknown name."""
        known = (*self._columns.values(), *TRACKING.aliases, IGNORED)
        return f"{in_quotes(name)} is not a column{suggestion(name, known)}"

    def note(self, name: str) -> str | None:
        """The note about a known column that is not imported; None for other names."""
        known = _PASSED_OVER.get(folded(name))
        if known is None:
            return None
        counterpart = TRACKING.passed_over[known]
        instead = f"; its counterpart is {counterpart}" if counterpart else ""
        return f"The column {known} is known, but not imported{instead}."


_COUNTERPARTS = {folded(name): other for name, other in TRACKING.passed_over.items() if other}
_COUNTERPARTS |= {folded(other): name for name, other in TRACKING.passed_over.items() if other}


@dataclass(frozen=True)
class ExportNames:
    """The possible columns of an export of `provider`, with the methods of `ImportNames`."""

    provider: Provider
    example = "for example candidateLogin=Login,score"

    def resolve(self, name: str) -> str | None:
        """The column that `name` means, with its own text in brackets if it has one; None for an unknown name."""
        plain, text = parted(name)
        known = by_folded(BY_NAME[self.provider])
        found = known.get(folded(plain)) or known.get(folded(_ALIASES.get(folded(plain), "")))
        if found is None or (text and not self.takes_text(found)):
            return None
        return spelled(found, text)

    def takes_text(self, column: str) -> bool:
        """Whether a column has a text of its own."""
        return BY_NAME[self.provider][parted(column)[0]].takes_text

    def lacks(self, column: str) -> bool:
        """Whether a store holds nothing of a column."""
        return BY_NAME[self.provider][parted(column)[0]].source == NO_COUNTERPART

    def unknown(self, name: str) -> str:
        plain, text = parted(name)
        known = tuple(BY_NAME[self.provider])
        if text and self.resolve(plain):
            return f"the column {plain} takes no text of its own"
        message = f"{in_quotes(name)} is not a column of <{self.provider}>"
        others = [one for one, columns in BY_NAME.items() if folded(name) in by_folded(columns)]
        if others:
            message += f", but of {listed((f'<{one}>' for one in others), 'and')}"
        counterpart = _COUNTERPARTS.get(folded(name))
        if counterpart in known:
            return f"{message}; did you mean {counterpart}?"
        return message if others else message + suggestion(name, known)

    def note(self, _name: str) -> None: ...


Names = ImportNames | ExportNames


@dataclass(frozen=True, slots=True)
class Given:
    """The value of a setting, and its line."""

    value: Any = None
    line: int | None = None
    """None: given by the caller."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """The lines of its parts, if they have their own."""


@dataclass(slots=True)
class Bag:
    """The settings of one source, or of all; mistakes go to `remarks`."""

    job: JobKind
    remarks: Remarks
    names: Names | None = None
    """The possible columns; None if they are not known: lists of columns are not read then."""
    given: dict[str, Given] = field(default_factory=dict)
    """By the setting's name."""
    broken: set[str] = field(default_factory=set)
    """The names of settings with a mistake of their own: rules that depend on them are not judged."""

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - of every kind
        """The value of a setting; `default` if it is not given."""
        return self.given[name].value if name in self.given else default

    def line(self, name: str) -> int | None:
        """The line of a setting; None if the caller gave it, or if it is not given."""
        return self.given[name].line if name in self.given else None

    def is_callers(self, name: str) -> bool:
        """Whether the caller gave this setting."""
        return name in self.given and self.given[name].line is None

    def knows(self, *names: str) -> bool:
        """Whether none of these settings has a mistake of its own, so that they can be judged together."""
        return self.broken.isdisjoint(names)

    def last(self, *names: str) -> str:
        """The one of these settings that was given last: by the caller, or on the last line."""
        return max(names, key=lambda name: (self.line(name) is None, self.line(name) or 0))

    def mistake(self, name: str, message: str) -> None:
        """Adds a mistake about a setting in combination with others."""
        self.remarks.about(name, self.line(name), message)

    def put_text(self, setting: Setting, text: str, line: int | None) -> None:
        """Reads `text` as the value of `setting`; an empty text is no value."""
        if text not in setting.kind.literals:
            text = text.strip()
        if not text:
            return
        if setting.kind.shape in _PAIRS:
            self.refuse(setting.name, line, _PAIRS[setting.kind.shape])
            return
        try:
            value = self._listed(setting, text, line) if setting.kind.shape in _LISTS else setting.kind.read(text)
        except ValueError as error:
            self.refuse(setting.name, line, str(error))
        else:
            if value is not None or setting.kind.shape not in _LISTS:
                self.put(setting, value, line)

    def put(self, setting: Setting, value: Any, line: int | None, lines: Mapping[str, int] = _NO_LINES) -> None:  # noqa: ANN401 - of every kind
        """Adds a value of `setting`; a second one whose text differs in more than letter case is a mistake."""
        before = self.given.get(setting.name)
        if setting.kind.repeats:
            others = () if before is None else before.value
            self.given[setting.name] = Given(tuple(dict.fromkeys((*others, value))), before.line if before else line)
        elif before is None:
            self.given[setting.name] = Given(value, line, lines)
        elif setting.kind.write(before.value).casefold() != setting.kind.write(value).casefold():
            where = "" if before.line is None else f" on line {before.line}"
            keep = "keep one" if setting.name == table.FILE_NAME else "keep one of the two"
            self.refuse(setting.name, line, f"it has another value already{where}; {keep}")

    def put_header(self, header: str, column: str, line: int | None) -> None:
        """Adds the meaning of a header of the file; a second meaning of one header is a mistake."""
        header, meaning = header.strip(), self.column(column)
        if self.names is None:
            return
        if meaning is None:
            self.refuse(table.HEADER_MAPPING, line, self.names.unknown(column))
            return
        headers = self.given.setdefault(table.HEADER_MAPPING, Given({}, line)).value
        if headers.setdefault(header, meaning) != meaning:
            self.refuse(table.HEADER_MAPPING, line, f"the header {in_quotes(header)} has two meanings; keep one")

    def put_values(self, setting: Setting, pairs: Iterable[tuple[str, str, int | None]], line: int | None) -> None:
        """Adds texts of cells, each with the text that it is read as and its line; two readings are a mistake."""
        values: dict[str, str] = {}
        seen: set[str] = set()
        for text, meant, where in pairs:
            if not key(text):
                self.refuse(setting.name, where, f"it maps an empty text; use {table.DEFAULT} for empty cells")
            elif key(text) in seen:
                self.refuse(setting.name, where, f"it maps {in_quotes(text.strip())} twice; keep one of the two")
            else:
                seen.add(key(text))
                values[text.strip()] = meant.strip()
        if values:
            self.put(setting, values, line)

    def refuse(self, name: str, line: int | None, message: str) -> None:
        """Adds a mistake about the setting `name` alone."""
        self.broken.add(name)
        self.remarks.about(name, line, message)

    def column(self, name: str) -> str | None:
        """The column that `name` means, with a note if it is passed over; None for an unknown name."""
        if self.names is None:
            return None
        if (sentence := self.names.note(name)) is not None:
            self.remarks.note(sentence)
        return self.names.resolve(name)

    def repeats(self, column: str) -> bool:
        """Whether a column may stand several times."""
        return isinstance(self.names, ExportNames) and self.names.takes_text(column)

    def _listed(self, setting: Setting, text: str, line: int | None) -> Any:  # noqa: ANN401 - by the shape
        """The value of comma separated names of columns; None if one of them is wrong."""
        if self.names is None:
            return None
        found: list[tuple[str, str | None]] = []
        wrong: list[str] = []
        plain = ((part, "") for part in text.split(","))
        for name, label in _labelled(text) if setting.kind.shape is Shape.LABELLED else plain:
            if not name.strip():
                raise ValueError(f"{in_quotes(text)} has an empty name; write {self.names.example}")
            column = self.column(name.strip())
            if column is None:
                wrong.append(self.names.unknown(name.strip()))
            elif column in dict(found) and column != IGNORED and not self.repeats(column):
                wrong.append(f"the column {column} stands twice")
            else:
                found.append((column, label.strip() or None))
        if setting.kind.shape is Shape.COLUMN_SET and IGNORED in dict(found):
            wrong.append(f"{in_quotes(text)} names a column that is not imported; it cannot be mandatory")
        for message in wrong:
            self.refuse(setting.name, line, message)
        return None if wrong else shaped(setting, found)


_LABELLED = re.compile(r"([^,=(]*(?:\(.*?\)(?=\s*(?:[,=]|\Z)))?\s*)(?:=([^,]*))?(,|\Z)", re.DOTALL)
"""A column, its own text in brackets if it has one, its label, and what ends it."""


def _labelled(text: str) -> Iterable[tuple[str, str]]:
    """The columns of a text, comma separated, each with its label; raises ValueError for an open bracket."""
    place, ending = 0, ","
    while ending:
        part = _LABELLED.match(text, place)
        if part is None:
            raise ValueError(f"{in_quotes(text)} has a bracket that is not closed; write constantValue(EN)=Language")
        name, label, ending = part.groups(default="")
        place = part.end()
        yield name, label


def shaped(setting: Setting, columns: Iterable[tuple[str, str | None]]) -> Any:  # noqa: ANN401 - by the shape
    """The value of a setting that has columns, from columns and their labels."""
    if setting.kind.shape is Shape.LABELLED:
        return tuple(columns)
    names = [column for column, _ in columns]
    return frozenset(names) if setting.kind.shape is Shape.COLUMN_SET else tuple(names)


def from_caller(job: JobKind, pairs: Iterable[tuple[str, Any]], names: Names | None, remarks: Remarks) -> Bag:
    """The settings that the caller gives by name; names are case-insensitive.

    A value is a text, a number, a boolean, a date or a time; or several of them; or a dictionary whose entries are
    settings of their own: `{"trackingStatus": {"completed": "c"}}`, `{"merge": {"progression": "highest"}}`.
    """
    bag = Bag(job, remarks, names)
    lists: list[tuple[Setting, list[str]]] = []
    for name, value in _flat(pairs, bag):
        setting = table.TABLE.find(job, name)
        if setting is None or not setting.home(job).place:
            known = [one.name for one, home in table.TABLE.of(job) if home.place]
            remarks.mistake(None, f"{in_quotes(name)} is not a setting{suggestion(name, known)}")
        elif isinstance(value, Mapping) and setting.kind.shape is Shape.VALUES:
            bag.put_values(setting, [(str(text), str(meant or ""), None) for text, meant in value.items()], None)
        elif isinstance(value, Mapping):
            for header, column in value.items():
                bag.put_header(str(header), str(column), None)
        else:
            several = value if isinstance(value, (list, tuple, set, frozenset)) else (value,)
            texts = [text for one in several if (text := _text(setting, one, bag)) is not None]
            if setting.kind.shape in _LISTS:
                lists.append((setting, [text for text in texts if text.strip()]))
            else:
                for text in texts:
                    bag.put_text(setting, text, None)
    for setting, texts in lists:
        bag.put_text(setting, ",".join(texts), None)
    return bag


def _flat(pairs: Iterable[tuple[str, Any]], bag: Bag) -> Iterable[tuple[str, Any]]:
    """The settings, with each entry of a dictionary as a setting of its own, except for headers."""
    for given, value in pairs:
        name = str(given)
        setting = table.TABLE.find(bag.job, name)
        if isinstance(value, (list, tuple)) and any(isinstance(one, Mapping) for one in value):
            yield from _flat(((name, one) for one in value), bag)
        elif not isinstance(value, Mapping) or (setting and setting.kind.shape in _PAIRS):
            yield name, value
        elif folded(name) in (table.MERGE, table.DEFAULT, table.VALUES):
            yield from _of_columns(folded(name), value, bag)
        else:
            yield from ((f"{name}.{inner}", one) for inner, one in value.items())


def _of_columns(what: str, given: Mapping[str, Any], bag: Bag) -> Iterable[tuple[str, Any]]:
    """The settings called `what` inside columns, by the names of columns; of merge rules, also that of the `row`."""
    known = [setting.group for setting, _ in table.TABLE.of(bag.job) if setting.name.endswith(f".{what}")]
    for name, value in given.items():
        column = None if bag.names is None else bag.names.resolve(str(name))
        if what == table.MERGE and folded(str(name)) == "row":
            yield table.MERGE, value
        elif column in known:
            yield f"{column}.{what}", value
        else:
            kind = "field that is stored" if what == table.MERGE else "column"
            near = suggestion(str(name), (*known, *(["row"] if what == table.MERGE else [])))
            bag.remarks.mistake(None, f"{what}: {in_quotes(str(name))} is no {kind}{near}", what)


def _text(setting: Setting, value: Any, bag: Bag) -> str | None:  # noqa: ANN401 - whatever the caller gives
    """A Python value as text; None for None, and, with a mistake, for a value of another type."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (str, int, float, date, time, Decimal, Limit, DateTimeFormat)):
        return str(value)
    what = f"a value of type {type(value).__name__} cannot be read"
    bag.refuse(setting.name, None, f"{what}; give text, a number, a date or a boolean")
    return None
