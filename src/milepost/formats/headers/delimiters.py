"""Detection of the delimiter of a file, by what its first record means under each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from milepost.formats.headers.column_names import Names, Sort
from milepost.formats.headers.layout import MOST_COLUMNS, is_rejects_header
from milepost.formats.source import Expected
from milepost.model.exceptions import FileError, UsageError
from milepost.model.text import bare
from milepost.model.wording import listed, setting

DELIMITERS: Mapping[str, str] = {",": "commas", "|": "pipes", ";": "semicolons", "\t": "tabs"}
"""The delimiters that files may use, and their names in messages."""

_OPTION = f"Set {setting('delimiter')} to comma, pipe, semicolon or tabulation."


def find(file: str, first_cells: Callable[[str], tuple[str, ...]], expected: Expected) -> tuple[str, str]:
    """The delimiter, and a note if it was detected, else an empty string.

    `first_cells` returns the cells of the first record under a delimiter. Raises UsageError for a delimiter that is
    not one of DELIMITERS, FileError if the first record fits none or several.
    """
    given = expected.reading.delimiter
    if given is not None:
        if given not in DELIMITERS:
            raise UsageError(f'"{given}" is not a delimiter. {_OPTION}')
        return given, ""
    firsts = {delimiter: first_cells(delimiter) for delimiter in DELIMITERS}
    scores = {delimiter: _score(cells, expected) for delimiter, cells in firsts.items()}
    best = max(scores.values())
    likely = [delimiter for delimiter, score in scores.items() if score == best]
    if not any(firsts.values()) or (best and len(likely) == len(DELIMITERS)):
        # No record, or a single name: nothing to separate.
        return ",", ""
    if len(likely) > 1:
        found = listed([DELIMITERS[delimiter] for delimiter in likely]) if best else "no delimiter"
        raise FileError(
            f"{file}: the delimiter cannot be detected from the first line: {found} give{'' if best else 's'} "
            f"{'equally many ' if best else ''}column names that are known. {_OPTION}"
        )
    by = "names in the first line show" if expected.columns is None else "number of cells in the first line shows"
    return likely[0], f"The cells are separated by {DELIMITERS[likely[0]]}, as the {by}."


def _score(cells: tuple[str, ...], expected: Expected) -> int:
    """The number of known names; with mapped names, whether there are as many cells."""
    if expected.columns is not None:
        width = len(cells) - 3 if is_rejects_header(cells) else len(cells)
        return int(width == len(expected.columns))
    # A file with more columns is refused later.
    cells = cells[:MOST_COLUMNS]
    names, reading = Names(expected.vocabulary), expected.reading
    given = {bare(name) for name in (*reading.header_map, *reading.header_ignore)}
    known = {bare(cell) for cell in cells if names.meaning(cell).sort in (Sort.COLUMN, Sort.PASSED_OVER)}
    return len(known | (given & {bare(cell) for cell in cells}))
