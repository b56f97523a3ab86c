"""The column of each cell of a record, from the names in its header or in the mapping of a configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from milepost.formats.registry import Expected
from milepost.model import likeness
from milepost.model.batch import Record
from milepost.model.columns import IGNORED, Column, Vocabulary
from milepost.model.exceptions import FileError, UsageError
from milepost.model.job import Layout, Reading
from milepost.model.text import WHITE_SPACE, bare
from milepost.model.wording import Note, argument, listed, quoted

REJECTS_COLUMNS = ("_line", "_codes", "_messages")
"""The columns that a rejects file adds; a first record that ends in them is always a header."""
_ADDED = listed(REJECTS_COLUMNS)

MOST_COLUMNS = 4096
"""A file with more columns is refused."""


class Sort(Enum):
    COLUMN = auto()
    PASSED_OVER = auto()
    """A known name that is not read."""
    SKIPPED = auto()
    """A name that asks to be skipped."""
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Meaning:
    sort: Sort
    column: Column | None = None
    """The column of a COLUMN."""
    counterpart: Column | None = None
    """The column that a name that is passed over could be mapped to, if any."""


_SKIPPED = Meaning(Sort.SKIPPED)
_UNKNOWN = Meaning(Sort.UNKNOWN)


class Names:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._meanings = {bare(IGNORED): _SKIPPED}
        for name, target in vocabulary.passed_over.items():
            counterpart = None if target is None else vocabulary.column(target)
            self._meanings[bare(name)] = Meaning(Sort.PASSED_OVER, counterpart=counterpart)
        for name, target in vocabulary.aliases.items():
            self._meanings[bare(name)] = Meaning(Sort.COLUMN, vocabulary.column(target))
        for column in vocabulary.columns:
            self._meanings[bare(column.name)] = Meaning(Sort.COLUMN, column)

    def meaning(self, name: str) -> Meaning:
        """The meaning of `name`; a name that begins with `_` is skipped."""
        if name.strip(WHITE_SPACE).startswith("_"):
            return _SKIPPED
        return self._meanings.get(bare(name), _UNKNOWN)

    def nearest(self, name: str) -> str | None:
        """The column whose name is nearest to `name`; None if none is near, or two are equally near."""
        meanings = self._meanings.items()
        columns = {one: column.name for one, meaning in meanings if (column := meaning.column or meaning.counterpart)}
        return likeness.nearest_column(bare(name), columns)

    def suggestion(self, name: str) -> str:
        """The end of a message about the unknown `name`: the nearest column, or nothing."""
        nearest = self.nearest(name)
        return "" if nearest is None else f', the nearest is "{nearest}"'


@dataclass(frozen=True, slots=True)
class _Named:
    place: int
    name: str
    meaning: Meaning


def is_rejects_header(cells: tuple[str, ...]) -> bool:
    return tuple(cell.strip(WHITE_SPACE) for cell in cells[-3:]) == REJECTS_COLUMNS


def interpret(
    first: Record | None,
    expected: Expected,
    *,
    file: str,
    padded: bool,
    fields: tuple[str, ...] | None,
    mandatory: frozenset[str],
) -> tuple[Layout, list[str], bool, int]:
    """The layout of a file whose first record is `first`, and notes.

    Also, whether the first record is a header, and how many cells at the end of every record a rejects file added.
    `padded` means that records have no width of their own, so a header may be shorter than the mapping.
    Raises FileError with all problems of the header, UsageError for options that do not fit it or each other.
    """
    reading, columns = expected.reading, expected.columns
    if columns is None and not reading.skip_first_line:
        raise UsageError(
            "A file without a header needs columnsMapping or fields to name its columns. Give one of them, "
            "or say skipFirstLine=yes if the first line does name them."
        )
    added = len(REJECTS_COLUMNS) if first is not None and is_rejects_header(first.cells) else 0
    has_header = reading.skip_first_line or bool(added)
    header = None if first is None or not has_header else first.cells[: len(first.cells) - added]
    if first is not None and len(first.cells) > MOST_COLUMNS:
        many = f"{len(first.cells):,} columns; at most {MOST_COLUMNS:,} are read"
        raise FileError(f"{file} has {many}. Is the delimiter wrong?")
    if header == ():
        raise FileError(f"{file} has no columns but {_ADDED}. Is it the right file?")
    notes: list[str] = []
    if added:
        notes.append(Note(f"{file} is a rejects file: its columns {_ADDED} are left out.", "rejects-file"))
    names = Names(expected.vocabulary)
    if columns is None:
        if first is None or header is None:
            raise FileError(f"{file} has no header: it holds nothing but white space. Was it written completely?")
        named = _read_header(f"{file}, line {first.line}", header, reading, names)
    else:
        named = _read_mapping(columns, reading, names)
        if first is not None and header is not None:
            header += ("",) * (len(columns) - len(header) if padded else 0)
            _check_mapped(f"{file}, line {first.line}", len(header), len(columns))
    notes.extend(Note(sentence, "columns") for sentence in _passed_over(named))
    places = {one.meaning.column: one.place for one in named if one.meaning.column is not None}
    known = expected.vocabulary.columns
    used = {
        column: places[column] for column in known if column in places and (fields is None or column.name in fields)
    }
    if unused := [one.name for one in named if one.meaning.column is not None and one.meaning.column not in used]:
        notes.append(Note(f"{_columns(unused)} not used: not among the fields.", "columns"))
    lacking = tuple(column.name for column in known if column not in used)
    if missing := sorted(mandatory - {column.name for column in used}):
        it = "a mandatory column" if len(missing) == 1 else "mandatory columns"
        raise UsageError(
            f"{file} lacks {it}: {', '.join(missing)}. Add it to the file, "
            "or drop <mandatory>yes</mandatory> from the configuration."
        )
    return Layout(header or columns or (), used, lacking), notes, has_header, added


def _read_header(where: str, header: tuple[str, ...], reading: Reading, names: Names) -> list[_Named]:
    problems: list[str] = []
    mapped = _find_headers("header_map", reading.header_map, header, problems)
    ignored = _find_headers("header_ignore", reading.header_ignore, header, problems)
    problems.extend(
        f'"{name}" is given to {argument("header_map")} and to {argument("header_ignore")}; drop one of them'
        for name in sorted(mapped.keys() & ignored.keys())
    )
    given: dict[str, Meaning] = {}
    for name, option in mapped.items():
        target = reading.header_map[option]
        given[name] = names.meaning(target)
        if given[name].sort not in (Sort.COLUMN, Sort.SKIPPED):
            it = argument("header_map", f"{option}={target}")
            problems.append(f'{it}: "{target}" is no column{names.suggestion(target)}')
            given[name] = _SKIPPED
    given |= dict.fromkeys(ignored, _SKIPPED)
    found = [_Named(place, name, given.get(name) or names.meaning(name)) for place, name in enumerate(header)]
    problems.extend(_unknown(names, one.place, one.name) for one in found if one.meaning.sort is Sort.UNKNOWN)
    problems.extend(_twice(found))
    if problems:
        count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
        told = "\n".join([f"{where}: the header has {count}:", *(f"  {problem}" for problem in problems)])
        raise FileError(told, code="wrong-header")
    return found


def _find_headers(option: str, given: Iterable[str], header: tuple[str, ...], problems: list[str]) -> dict[str, str]:
    """The header names that an option gives, and the name as the option spells it."""
    found: dict[str, str] = {}
    for name in sorted(given):
        written = name if name in header else next((cell for cell in header if bare(cell) == bare(name)), None)
        if written is None:
            problems.append(f"{argument(option, name)} names no column of the file; it has {quoted(header)}")
        else:
            found[written] = name
    return found


def _unknown(names: Names, place: int, name: str) -> str:
    if not bare(name):
        return f"column {place + 1} has no name; give it one, or skip it with {argument('header_ignore', name)}"
    target = names.nearest(name) or "column"
    remedy = f"{argument('header_map', f'{name}={target}')} or {argument('header_ignore', name)}"
    return f'"{name}" is no column{names.suggestion(name)}; use {remedy}'


def _twice(named: list[_Named]) -> Iterable[str]:
    places: dict[str, list[_Named]] = {}
    for one in named:
        if one.meaning.column is not None:
            places.setdefault(one.meaning.column.name, []).append(one)
    for column, same in places.items():
        if len(same) > 1:
            where = " and ".join(f'"{one.name}" (column {one.place + 1})' for one in same)
            skip = argument("header_ignore")
            yield f"{where} both mean {column}; rename or remove one of them, or skip it with {skip}"


def _read_mapping(columns: tuple[str, ...], reading: Reading, names: Names) -> list[_Named]:
    if reading.header_map or reading.header_ignore:
        raise UsageError(
            f"{argument('header_map')} and {argument('header_ignore')} say what the names in a header mean, but here "
            "the configuration names the columns. Change columnsMapping or fields, or drop the two."
        )
    if not columns:
        raise UsageError("columnsMapping names no columns. Name the columns of the file in their order.")
    if len(columns) > MOST_COLUMNS:
        raise UsageError(f"columnsMapping names {len(columns):,} columns; at most {MOST_COLUMNS:,} are read.")
    named = [_Named(place, name, names.meaning(name)) for place, name in enumerate(columns)]
    problems = [
        f'columnsMapping: "{one.name}" is no column{names.suggestion(one.name)}'
        for one in named
        if one.meaning.sort is Sort.UNKNOWN
    ]
    problems.extend(f"columnsMapping: {problem}" for problem in _twice(named))
    if problems:
        raise UsageError("\n".join(problems))
    return named


def _check_mapped(where: str, cells: int, columns: int) -> None:
    if cells != columns:
        raise FileError(
            f"{where}: the first line has {cells} cell{'' if cells == 1 else 's'}, columnsMapping names {columns}. "
            "Name every column, with ignoredColumn for those to skip, and check the delimiter."
        )


def _passed_over(named: list[_Named]) -> Iterable[str]:
    present = {one.meaning.column for one in named}
    for one in named:
        counterpart = one.meaning.counterpart
        if counterpart is None:
            continue
        if counterpart in present:
            yield f'Column "{one.name}" is passed over: {counterpart.name} is read instead.'
        else:
            yield (
                f'Column "{one.name}" is passed over; its counterpart is {counterpart.name}. '
                f"To read it as that: {argument('header_map', f'{one.name}={counterpart.name}')}."
            )
    if others := [one.name for one in named if one.meaning == Meaning(Sort.PASSED_OVER)]:
        yield f"{_columns(others)} passed over: Milepost does not use {'it' if len(others) == 1 else 'them'}."


def _columns(names: list[str]) -> str:
    return f"Column {quoted(names)} is" if len(names) == 1 else f"Columns {quoted(names)} are"
