"""Which delimiter a file uses, found by what its first line then says."""

from __future__ import annotations

from milepost.formats.delimited import DELIMITERS, DelimitedSource
from milepost.formats.layout import MOST_COLUMNS, is_rejects_header
from milepost.formats.names import Names, Sort
from milepost.formats.records import RecordError
from milepost.model.columns import Vocabulary
from milepost.model.exceptions import FileError, UsageError
from milepost.model.job import Reading
from milepost.model.text import bare

_OPTION = "Say it with --delimiter comma, pipe, semicolon or tabulation."


def settle(source: DelimitedSource, reading: Reading, columns: tuple[str, ...] | None, vocabulary: Vocabulary) -> str:
    """Set the source's delimiter; gives a note where it was found out, else an empty string.

    `columns` are the mapped names, None where the header names the columns. Raises UsageError for a delimiter
    that is none, FileError where the first line fits none or several.
    """
    if reading.delimiter is not None:
        if reading.delimiter not in DELIMITERS:
            raise UsageError(f'"{reading.delimiter}" is no delimiter. {_OPTION}')
        source.delimiter = reading.delimiter
        return ""
    firsts = {delimiter: _first_cells(source, delimiter, past_empty=columns is None) for delimiter in DELIMITERS}
    scores = {
        delimiter: _known(cells, reading, vocabulary) if columns is None else _fits(cells, columns)
        for delimiter, cells in firsts.items()
    }
    best = max(scores.values())
    likely = [delimiter for delimiter, score in scores.items() if score == best]
    if not any(firsts.values()) or (best and len(likely) == len(DELIMITERS)):
        # No record at all, or one name and nothing beside it: there is nothing to separate.
        source.delimiter = ","
        return ""
    if len(likely) > 1:
        found = "none of them" if not best else " and ".join(DELIMITERS[delimiter] for delimiter in likely)
        raise FileError(
            f"{source.name}: the delimiter cannot be told from the first line: of commas, pipes, semicolons and tabs, "
            f"{found} give{'s' if not best else ''} column names that are known. {_OPTION}"
        )
    source.delimiter = likely[0]
    by = "names" if columns is None else "number of cells"
    return f"The cells are separated by {DELIMITERS[source.delimiter]}, going by the {by} in the first line."


def _first_cells(source: DelimitedSource, delimiter: str, *, past_empty: bool) -> tuple[str, ...]:
    source.delimiter = delimiter
    try:
        first = source.first(past_empty=past_empty)
    except RecordError:
        # A quote that is open under this delimiter may be none under another.
        return ()
    return () if first is None else first.cells


def _known(cells: tuple[str, ...], reading: Reading, vocabulary: Vocabulary) -> int:
    # A file with more is refused anyway.
    cells = cells[:MOST_COLUMNS]
    names = Names(vocabulary)
    given = {bare(name) for name in (*reading.header_map, *reading.header_ignore)}
    known = {bare(cell) for cell in cells if names.meaning(cell).sort in (Sort.COLUMN, Sort.PASSED_OVER)}
    return len(known | (given & {bare(cell) for cell in cells}))


def _fits(cells: tuple[str, ...], columns: tuple[str, ...]) -> int:
    width = len(cells) - 3 if is_rejects_header(cells) else len(cells)
    return int(width == len(columns))
