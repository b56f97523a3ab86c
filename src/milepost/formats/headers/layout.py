"""The column of each cell of a record, from the header or from the mapping of a configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from milepost.formats.headers.column_names import Meaning, Names, Sort, same_name
from milepost.formats.source import Expected, First
from milepost.model.exceptions import FileError, UsageError
from milepost.model.job import Layout, Reading
from milepost.model.text import WHITE_SPACE, bare
from milepost.model.wording import argument, quoted

REJECTS_COLUMNS = ("_line", "_codes", "_messages")
"""The columns that a rejects file adds; a first record that ends in them is always a header."""

MOST_COLUMNS = 4096
"""A file with more columns is refused."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A header cell or a mapped name, and its meaning."""

    place: int
    name: str
    meaning: Meaning


def is_rejects_header(cells: tuple[str, ...]) -> bool:
    """Whether a first record is that of a rejects file."""
    return tuple(cell.strip(WHITE_SPACE) for cell in cells[-3:]) == REJECTS_COLUMNS


def interpret(
    first: First | None,
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
    _check_width(file, first, header)
    notes = []
    if added:
        notes.append(f"{file} is a rejects file: its columns _line, _codes and _messages are left out.")
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
    notes.extend(_passed_over(named))
    places = {one.meaning.column: one.place for one in named if one.meaning.column is not None}
    known = expected.vocabulary.columns
    used = {
        column: places[column] for column in known if column in places and (fields is None or column.name in fields)
    }
    if unused := [one.name for one in named if one.meaning.column is not None and one.meaning.column not in used]:
        notes.append(f"{_columns(unused)} not used: not among the fields.")
    lacking = tuple(column.name for column in known if column not in used)
    _check_mandatory(file, mandatory - {column.name for column in used})
    return Layout(header or columns or (), used, lacking), notes, has_header, added


def _check_width(file: str, first: First | None, header: tuple[str, ...] | None) -> None:
    width = 0 if first is None else len(first.cells)
    if width > MOST_COLUMNS:
        raise FileError(f"{file} has {width:,} columns; at most {MOST_COLUMNS:,} are read. Is the delimiter wrong?")
    if header == ():
        raise FileError(f"{file} has no columns but _line, _codes and _messages. Is it the right file?")


def _read_header(where: str, header: tuple[str, ...], reading: Reading, names: Names) -> list[_Named]:
    problems: list[str] = []
    mapped = _find_headers("header_map", reading.header_map, header, problems)
    ignored = _find_headers("header_ignore", reading.header_ignore, header, problems)
    problems.extend(
        f'"{name}" is given to {argument("header_map")} and to {argument("header_ignore")}; drop one of them'
        for name in sorted(mapped.keys() & ignored.keys())
    )
    skipped = Meaning(Sort.SKIPPED)
    given: dict[str, Meaning] = {}
    for name, option in mapped.items():
        target = reading.header_map[option]
        given[name] = names.meaning(target)
        if given[name].sort not in (Sort.COLUMN, Sort.SKIPPED):
            it = argument("header_map", f"{option}={target}")
            problems.append(f'{it}: "{target}" is no column{_suggestion(names, target)}')
            given[name] = skipped
    given |= dict.fromkeys(ignored, skipped)
    found = []
    for place, name in enumerate(header):
        meaning = given.get(name) or names.meaning(name)
        if meaning.sort is Sort.UNKNOWN:
            problems.append(_unknown(names, place, name))
        found.append(_Named(place, name, meaning))
    problems.extend(_twice(found))
    if problems:
        count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise FileError("\n".join([f"{where}: the header has {count}:", *(f"  {problem}" for problem in problems)]))
    return found


def _find_headers(option: str, given: Iterable[str], header: tuple[str, ...], problems: list[str]) -> dict[str, str]:
    """The header names that an option gives, and the name as the option spells it."""
    found: dict[str, str] = {}
    for name in sorted(given):
        if (written := same_name(name, header)) is None:
            problems.append(f"{argument(option, name)} names no column of the file; it has {quoted(header)}")
        else:
            found[written] = name
    return found


def _unknown(names: Names, place: int, name: str) -> str:
    if not bare(name):
        return f"column {place + 1} has no name; give it one, or skip it with {argument('header_ignore', name)}"
    target = names.nearest(name) or "column"
    remedy = f"{argument('header_map', f'{name}={target}')} or {argument('header_ignore', name)}"
    return f'"{name}" is no column{_suggestion(names, name)}; use {remedy}'


def _suggestion(names: Names, name: str) -> str:
    nearest = names.nearest(name)
    return "" if nearest is None else f', the nearest is "{nearest}"'


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
        f'columnsMapping: "{one.name}" is no column{_suggestion(names, one.name)}'
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
    others = []
    for one in named:
        if one.meaning.sort is Sort.PASSED_OVER:
            counterpart = one.meaning.counterpart
            if counterpart is None:
                others.append(one.name)
            elif counterpart in present:
                yield f'Column "{one.name}" is passed over: {counterpart.name} is read instead.'
            else:
                yield (
                    f'Column "{one.name}" is passed over; its counterpart is {counterpart.name}. '
                    f"To read it as that: {argument('header_map', f'{one.name}={counterpart.name}')}."
                )
    if others:
        yield f"{_columns(others)} passed over: Milepost does not use {'it' if len(others) == 1 else 'them'}."


def _columns(names: list[str]) -> str:
    return f"Column {quoted(names)} is" if len(names) == 1 else f"Columns {quoted(names)} are"


def _check_mandatory(file: str, missing: frozenset[str]) -> None:
    if missing:
        names = "a mandatory column" if len(missing) == 1 else "mandatory columns"
        raise UsageError(
            f"{file} lacks {names}: {', '.join(sorted(missing))}. Add it to the file, "
            "or drop <mandatory>yes</mandatory> from the configuration."
        )
