"""Mending the rejects file of a draft: some of its rows as cells, and a new draft with mended ones."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import polars as pl

from milepost.model.exceptions import FileError
from milepost.use_cases import drafts
from milepost.use_cases.drafts import Draft

LARGEST = 20_000_000
"""Bytes of a rejects file that can be mended so; a larger one is mended as a file."""

_ADDED = 3
"""The columns at the end of a rejects file: the line, the codes, the messages."""


@dataclass(frozen=True, slots=True)
class RejectsTable:
    """A rejects file as text cells."""

    cells: pl.DataFrame
    """The header and all rows; the columns are `0`, `1`, … and end with those that a rejects file adds."""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns of the source."""
        return self.cells.row(0)[:-_ADDED]

    @property
    def rows(self) -> pl.DataFrame:
        """The rejected rows, with the column `line`."""
        return self.cells.slice(1).with_columns(pl.col(self._line).cast(pl.Int64).alias("line"))

    @property
    def _line(self) -> str:
        return str(self.cells.width - _ADDED)

    def mended(self, changed: Mapping[tuple[int, int], str]) -> pl.DataFrame:
        """The rows with other texts in some cells, which are named by line and place."""
        cells = self.cells
        for place in sorted({place for _, place in changed}):
            texts = {str(line): text for (line, at), text in changed.items() if at == place}
            given = pl.col(self._line).replace_strict(texts, default=None, return_dtype=pl.String)
            cells = cells.with_columns(pl.coalesce(given, pl.col(str(place))).alias(str(place)))
        return cells


def read_rejects(path: Path, delimiter: str, encoding: str) -> RejectsTable:
    """The rejects file at `path`. Raises FileError if there is none, or it is too large."""
    if not path.is_file():
        raise FileError("There are no rejected rows. Check the file first.", code="file-missing")
    if path.stat().st_size > LARGEST:
        raise FileError("There are too many rejected rows to mend them here. Download them, and mend the file.")
    text = path.read_bytes().decode(encoding, "replace").removeprefix("\ufeff").encode()
    found = pl.read_csv(BytesIO(text), has_header=False, separator=delimiter, infer_schema=False).fill_null("")
    return RejectsTable(found.rename({name: str(place) for place, name in enumerate(found.columns)}))


def mend(
    office: str,
    data: Path,
    draft: Draft,
    rejects: RejectsTable,
    changed: Mapping[tuple[int, int], str],
    delimiter: str,
    encoding: str,
    actor: str,
) -> Draft:
    """A new draft of the mended rows, to be imported as `draft` is. Raises FileError if a character has no encoding."""
    mended = drafts.create(office, data, f"mended {Path(draft.file).stem}.csv", actor)
    written = rejects.mended(changed).write_csv(include_header=False, separator=delimiter)
    try:
        content = written.encode(encoding)
    except UnicodeEncodeError as error:
        drafts.discard(office, data, mended.id)
        sign = written[error.start : error.end]
        raise FileError(f"The file's encoding, {encoding}, has no {sign!r}. Write something else.") from error
    mended.path(data).write_bytes(content)
    configuration = draft.configuration(data)
    if configuration is not None:
        shutil.copy(configuration, mended.place(data) / configuration.name)
    drafts.received(office, mended.id, len(content), hashlib.sha256(content).hexdigest())
    drafts.choose(office, mended.id, draft.settings)
    return drafts.one(office, mended.id)
