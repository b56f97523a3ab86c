"""Which delimiter a file uses, found by what its first record then says."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from milepost.formats.headers.column_names import Names, Sort
from milepost.formats.headers.layout import MOST_COLUMNS, is_rejects_header
from milepost.formats.source import Expected
from milepost.model.exceptions import FileError, UsageError
from milepost.model.text import bare
from milepost.model.wording import setting

DELIMITERS: Mapping[str, str] = {",": "commas", "|": "pipes", ";": "semicolons", "\t": "tabs"}
"""The delimiters that files may use, to what people call them."""

_OPTION = f"Say it with {setting('delimiter')} comma, pipe, semicolon or tabulation."


def find(file: str, first_cells: Callable[[str], tuple[str, ...]], expected: Expected) -> tuple[str, str]:
    """The delimiter, and a note where it was found out, else an empty string.

    `first_cells` gives the cells of the first record under a delimiter. Raises UsageError for a delimiter that is none,
    FileError where the first record fits none or several.
    """
    given = expected.reading.delimiter
    if given is not None:
        if given not in DELIMITERS:
            raise UsageError(f'"{given}" is no delimiter. {_OPTION}')
        return given, ""
    firsts = {delimiter: first_cells(delimiter) for delimiter in DELIMITERS}
    scores = {delimiter: _score(cells, expected) for delimiter, cells in firsts.items()}
    best = max(scores.values())
    likely = [delimiter for delimiter, score in scores.items() if score == best]
    if not any(firsts.values()) or (best and len(likely) == len(DELIMITERS)):
        # No record at all, or one name and nothing beside it: there is nothing to separate.
        return ",", ""
    if len(likely) > 1:
        found = "none of them" if not best else " and ".join(DELIMITERS[delimiter] for delimiter in likely)
        raise FileError(
            f"{file}: the delimiter cannot be told from the first line: of commas, pipes, semicolons and tabs, "
            f"{found} give{'s' if not best else ''} column names that are known. {_OPTION}"
        )
    by = "names" if expected.columns is None else "number of cells"
    return likely[0], f"The cells are separated by {DELIMITERS[likely[0]]}, going by the {by} in the first line."


def _score(cells: tuple[str, ...], expected: Expected) -> int:
    """How many names are known, or whether there are as many cells as mapped names."""
    if expected.columns is not None:
        width = len(cells) - 3 if is_rejects_header(cells) else len(cells)
        return int(width == len(expected.columns))
    # A file with more is refused anyway.
    cells = cells[:MOST_COLUMNS]
    names, reading = Names(expected.vocabulary), expected.reading
    given = {bare(name) for name in (*reading.header_map, *reading.header_ignore)}
    known = {bare(cell) for cell in cells if names.meaning(cell).sort in (Sort.COLUMN, Sort.PASSED_OVER)}
    return len(known | (given & {bare(cell) for cell in cells}))
