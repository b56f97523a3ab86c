"""The column of each cell of a record, from the names in its header or in the mapping of a configuration."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from milepost.formats.header_names import MOST_COLUMNS, SKIPPED, Meaning, Names, known, likely
from milepost.formats.read.batches import without_surplus
from milepost.formats.registry import Expected, Source
from milepost.model.batch import Record
from milepost.model.columns import IGNORED, Kind
from milepost.model.exceptions import FileError, UsageError
from milepost.model.job import Layout, Reading
from milepost.model.likeness import WHITE_SPACE, bare, joined, key
from milepost.model.wording import Note, argument, listed, quoted, setting, spelt

REJECTS_COLUMNS = ("_line", "_codes", "_messages")
"""The columns that a rejects file adds; a first record that ends in them is always a header."""
_ADDED = listed(REJECTS_COLUMNS)

MOST_ABOVE = 30
"""The most records below the first one in which a header is looked for, to name its line."""

MOST_PROBLEMS = 20
"""The most problems of a header that are told."""


@dataclass(frozen=True, slots=True)
class _Named:
    place: int
    name: str
    meaning: Meaning
    joined: tuple[int, ...] = ()


def is_rejects_header(cells: tuple[str, ...]) -> bool:
    return tuple(cell.strip(WHITE_SPACE) for cell in cells[-3:]) == REJECTS_COLUMNS


def interpret(
    source: Source,
    expected: Expected,
    *,
    fields: tuple[str, ...] | None,
    mandatory: frozenset[str],
    defaults: Collection[str] = (),
) -> tuple[Layout, list[str]]:
    """The columns of an open file, by its header or its configuration, and notes about them, a sentence each.

    `defaults` are the columns that have a default.
    Raises FileError with all problems of the header, UsageError for options that do not fit it or each other.
    """
    reading, columns, file = expected.reading, expected.columns, source.name
    first, header, added = _read_first(source, expected)
    notes: list[str] = []
    if added:
        notes.append(Note(f"{file} is a rejects file: its columns {_ADDED} are left out.", "rejects-file"))
    names = Names(expected.vocabulary)
    if columns is not None:
        named = _read_mapping(columns, reading, names)
        if first is not None and header is not None:
            _check_mapped(f"{file}, line {first.line}", len(header), len(columns))
    elif first is None or header is None:
        raise _headless(source, reading)
    else:
        if not known(header, expected):
            refuse_if_below(file, first, source.ahead(MOST_ABOVE), expected)
        named = _read_header(f"{file}, line {first.line}", header, reading, names)
    notes.extend(Note(sentence, "columns") for sentence in _passed_over(named))
    places = {one.meaning.column: one.place for one in named if one.meaning.column is not None}
    possible = expected.vocabulary.columns
    used = {one: places[one] for one in possible if one in places and (fields is None or one.name in fields)}
    several = {one.meaning.column: one.joined for one in named if one.meaning.column in used and one.joined}
    if unused := [one.name for one in named if one.meaning.column is not None and one.meaning.column not in used]:
        notes.append(Note(f"{_columns(unused)} not used: not among the fields.", "columns"))
    defaulted = tuple(one for one in possible if one not in used and one.name in defaults)
    lacking = tuple(one.name for one in possible if one not in used and one not in defaulted)
    if missing := sorted(mandatory.intersection(lacking)):
        it = "a mandatory column" if len(missing) == 1 else "mandatory columns"
        raise UsageError(
            f"{file} lacks {it}: {', '.join(missing)}. Add it to the file, "
            "or drop <mandatory>yes</mandatory> from the configuration."
        )
    skips = skipping(reading, header or columns or (), named)
    return Layout(header or columns or (), used, lacking, defaulted, skips, several, header is not None, added), notes


@dataclass(frozen=True, slots=True)
class Understood:
    """A column of a file, as far as its name is understood."""

    name: str
    column: str | None
    """What it is read as, IGNORED if it is not read; None if nobody knows."""
    is_given: bool
    """Whether the configuration says so, and not its name."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The header of a file whose names need not be known."""

    line: int | None
    """The line on which it stands; None if there is none."""
    columns: tuple[Understood, ...]
    width: int
    """The cells of a record, with those that a rejects file has added."""


def understood(source: Source, expected: Expected) -> Heading:
    """The header of an open file, as far as it is understood. Raises FileError if there are no columns, or too many."""
    reading, names = expected.reading, Names(expected.vocabulary)
    first, header, added = _read_first(source, expected)
    line = None if first is None or header is None else first.line
    if expected.columns is not None:
        named = [_Named(place, name, names.meaning(name)) for place, name in enumerate(expected.columns)]
        shown = (*(header or ()), *expected.columns[len(header or ()) :])
        found = (Understood(shown[one.place], _read_as(one.meaning), is_given=True) for one in named)
        return Heading(line, tuple(found), len(expected.columns) + added)
    if first is None or header is None or not any(map(bare, header)):
        raise _headless(source, reading)
    meant = [_read_as(one.meaning) for one in _meant(header, reading, names, [])]
    by_name = [_read_as(names.meaning(name)) for name in header]
    is_given = [a != b for a, b in zip(meant, by_name, strict=True)]
    return Heading(line, tuple(map(Understood, header, meant, is_given)), len(header) + added)


def _read_as(meaning: Meaning) -> str | None:
    if meaning.sort == "unknown":
        return None
    return IGNORED if meaning.column is None else meaning.column.name


def _read_first(source: Source, expected: Expected) -> tuple[Record | None, tuple[str, ...] | None, int]:
    """The first record; its cells if it is a header; how many cells a rejects file has added to each record."""
    reading = expected.reading
    if expected.columns is None and not reading.skip_first_line:
        raise UsageError(
            "A file without a header needs columnsMapping or fields to name its columns. Give one of them, "
            "or say skipFirstLine=yes if the first line does name them."
        )
    first = first_record(source, reading)
    added = len(REJECTS_COLUMNS) if first is not None and is_rejects_header(first.cells) else 0
    has_header = reading.skip_first_line or bool(added)
    return first, _cells(source, first if has_header else None, added, expected), added


def _headless(source: Source, reading: Reading) -> FileError:
    where = "it holds" if reading.header_row == 1 else f"from line {reading.header_row} on, it holds"
    return FileError(f"{source.name} has no header: {where} nothing but white space. Was it written completely?")


def skipping(reading: Reading, header: tuple[str, ...], named: Sequence[_Named] = ()) -> dict[int, frozenset[str]]:
    """The places of the cells by which rows are skipped, each with the folded texts."""
    skips: dict[int, frozenset[str]] = {}
    for name, texts in reading.skip_rows:
        in_header = [place for place, cell in enumerate(header) if bare(cell) == bare(name)]
        columns = [one.place for one in named if one.meaning.column and bare(one.meaning.column.name) == bare(name)]
        exact = [place for place in in_header if header[place] == name]
        places = exact or in_header or columns
        if not places:
            it = setting("skipRows", f"{name}={joined(texts)}")
            raise FileError(f"{it} names no column of the file; it has {quoted(header)}.", code="wrong-header")
        for place in places:
            skips[place] = skips.get(place, frozenset()) | frozenset(map(key, texts))
    return skips


def first_record(source: Source, reading: Reading) -> Record | None:
    """The record that is the header. In a rejects file it is the first one, whatever `header_row` says."""
    first = source.first()
    if reading.header_row == 1 or (first is not None and is_rejects_header(first.cells)):
        return first
    source.skip_to(reading.header_row)
    return source.first()


def _cells(source: Source, first: Record | None, added: int, expected: Expected) -> tuple[str, ...] | None:
    """The cells of the header, without those that a rejects file added, and without surplus empty ones."""
    if first is None:
        return None
    cells, columns = first.cells[: len(first.cells) - added], expected.columns
    if not cells:
        raise FileError(f"{source.name} has no columns but {_ADDED}. Is it the right file?")
    if columns is not None:
        cells = without_surplus(cells, len(columns))
        return cells + ("",) * (len(columns) - len(cells) if source.padded else 0)
    if all(map(bare, expected.reading.header_ignore)):
        cells = cells[: max(place for place, cell in enumerate(cells, start=1) if place == 1 or bare(cell))]
    if len(cells) > MOST_COLUMNS:
        many = f"{len(cells):,} columns; at most {MOST_COLUMNS:,} are read"
        raise FileError(f"{source.name} has {many}. Is the delimiter wrong?")
    return cells


def refuse_if_below(file: str, first: Record, records: Iterable[Record], expected: Expected) -> None:
    """Raises FileError if one of the records below `first`, which has no name of a column, is the header."""
    found = [(record.line, list(likely(record.cells, expected).values())) for record in records]
    below, names = max(found, key=lambda one: len(one[1]), default=(0, []))
    if len(names) > 1 and len(names) > len(likely(first.cells, expected)):
        shown = quoted(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        raise FileError(
            f"{file}: line {first.line} has no name of a column, but line {below} has: {shown}. "
            f"If the header stands there, use {setting('headerRow', str(below))}.",
            code="wrong-header",
        )


def _read_header(where: str, header: tuple[str, ...], reading: Reading, names: Names) -> list[_Named]:
    problems: list[str] = []
    found = _meant(header, reading, names, problems)
    unknown = list(_unknown(names, found))
    problems.extend(problem for problem, _ in unknown)
    problems.extend(_twice(found))
    if problems:
        count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
        more = [f"and {len(problems) - MOST_PROBLEMS} more"] if len(problems) > MOST_PROBLEMS else []
        told = [f"{where}: the header has {count}:", *(f"  {one}" for one in problems[:MOST_PROBLEMS] + more)]
        told += _remedies(names, found, [option for _, option in unknown[:MOST_PROBLEMS] if option])
        raise FileError("\n".join(told), code="wrong-header")
    return found


def _meant(header: tuple[str, ...], reading: Reading, names: Names, problems: list[str]) -> list[_Named]:
    """What the cells of a header mean, by what the caller has given and by name; adds what is wrong to `problems`."""
    mapped = _find_headers("header_map", reading.header_map, header, problems)
    ignored = _find_headers("header_ignore", reading.header_ignore, header, problems)
    problems.extend(
        f"{quoted([name])} is given to {argument('header_map')} and to {argument('header_ignore')}; drop one of them"
        for name in sorted(mapped.keys() & ignored.keys())
    )
    given, several = dict[str, Meaning](), dict[str, tuple[int, ...]]()
    for name, option in mapped.items():
        target = reading.header_map[option]
        given[name] = names.meaning(target)
        if given[name].sort not in ("column", "skipped"):
            it = argument("header_map", f"{option}={target}")
            problems.append(f'{it}: "{target}" is no column{names.likely(target)[1]}')
            given[name] = SKIPPED
        if len(parts := _parts(option, header)) > 1:
            problems.extend(_misjoined(argument("header_map", f"{option}={target}"), parts, given[name], mapped))
            several[name] = tuple(map(header.index, parts))
            given |= dict.fromkeys(parts[1:], SKIPPED)
    given |= dict.fromkeys(ignored, SKIPPED)
    meanings = [given.get(name) or names.meaning(name) for name in header]
    return [_Named(at, name, meanings[at], several.get(name, ())) for at, name in enumerate(header)]


def _find_headers(option: str, given: Iterable[str], header: tuple[str, ...], problems: list[str]) -> dict[str, str]:
    """The header names that an option gives, and the name as the option spells it."""
    found: dict[str, str] = {}
    for name in sorted(given):
        parts = _parts(name, header) if option == "header_map" else []
        written = parts[0] if parts else _written(name, header)
        if written is None:
            problems.append(f"{argument(option, name)} names no column of the file; it has {quoted(header)}")
        elif written in found:
            problems.append(f"{quoted([written])} is given to {argument(option)} twice; keep one")
        else:
            found[written] = name
    return found


def _written(name: str, header: tuple[str, ...]) -> str | None:
    alike = (cell for cell in header if bare(cell) == bare(name) or spelt(cell) == name)
    return name if name in header else next(alike, None)


def _parts(name: str, header: tuple[str, ...]) -> list[str]:
    """The headers that `name` joins by `+`, the longest first; none if a part is no header."""
    pieces = name.split("+")
    for end in range(len(pieces), 0, -1):
        first, rest = _written("+".join(pieces[:end]), header), "+".join(pieces[end:])
        others = _parts(rest, header) if end < len(pieces) else []
        if first is not None and (others or end == len(pieces)):
            return [first, *others]
    return []


def _misjoined(option: str, parts: list[str], meaning: Meaning, mapped: Mapping[str, str]) -> Iterable[str]:
    if meaning.column is not None and meaning.column.kind is not Kind.DATETIME:
        yield f"{option}: only the cells of a date are joined, and {meaning.column.name} is none"
    if len(set(parts)) < len(parts) or not mapped.keys().isdisjoint(parts[1:]):
        yield f"{option}: a header has two meanings; keep one"


def _unknown(names: Names, named: list[_Named]) -> Iterable[tuple[str, str | None]]:
    """The problems of unknown headers, each with the option that takes what is suggested, if anything is."""
    taken = {one.meaning.column.name for one in named if one.meaning.column}
    for one in named:
        if one.meaning.sort == "unknown" and not bare(one.name):
            skip = argument("header_ignore", one.name)
            yield f"column {one.place + 1} has no name; give it one, or skip it with {skip}", None
        elif one.meaning.sort == "unknown":
            column, said = names.likely(one.name, taken)
            taken |= {column} if column else set()
            suggested = argument("header_map", f"{one.name}={column}") if column else None
            yield f"{quoted([one.name])} is no column{said}", suggested


def _remedies(names: Names, named: list[_Named], suggested: list[str]) -> Iterable[str]:
    """What to do about unknown headers."""
    if any(one.meaning.sort == "unknown" and bare(one.name) for one in named):
        skip = argument("header_ignore", "Header")
        yield f"Say what a header means with {argument('header_map', 'Header=column')}, or skip it with {skip}."
        if suggested:
            yield f"What is suggested: {' '.join(suggested)}"
        used = {one.meaning.column for one in named}
        yield f"Columns that a header may mean: {listed(one.name for one in names.columns if one not in used)}."


def _twice(named: list[_Named]) -> Iterable[str]:
    places: dict[str, list[_Named]] = {}
    for one in named:
        if one.meaning.column is not None:
            places.setdefault(one.meaning.column.name, []).append(one)
    for column, same in places.items():
        if len(same) > 1:
            where = " and ".join(f"{quoted([one.name])} (column {one.place + 1})" for one in same)
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
        f"columnsMapping: {quoted([one.name])} is no column{names.likely(one.name)[1]}"
        for one in named
        if one.meaning.sort == "unknown"
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
            yield f"Column {quoted([one.name])} is passed over: {counterpart.name} is read instead."
        else:
            yield (
                f"Column {quoted([one.name])} is passed over; its counterpart is {counterpart.name}. "
                f"To read it as that: {argument('header_map', f'{one.name}={counterpart.name}')}."
            )
    if others := [one.name for one in named if one.meaning == Meaning("passed over")]:
        yield f"{_columns(others)} passed over: Milepost does not use {'it' if len(others) == 1 else 'them'}."


def _columns(names: list[str]) -> str:
    return f"Column {quoted(names)} is" if len(names) == 1 else f"Columns {quoted(names)} are"
