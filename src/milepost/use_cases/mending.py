"""Mending the rejects file of a draft: some of its rows as cells, and a new draft with mended ones."""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from milepost.model.exceptions import FileError
from milepost.use_cases import drafts
from milepost.use_cases.drafts import Draft

LARGEST = 20_000_000
"""Bytes of a rejects file that can be mended so; a larger one is mended as a file."""

_ADDED = 3
"""The columns at the end of a rejects file: the line, the codes, the messages."""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One row of a rejects file."""

    line: int
    """The line of the source."""
    cells: tuple[str, ...]
    """Those of the source: as many as it had, if they were not as many as the header has."""
    added: tuple[str, ...]
    """The cells that the rejects file adds."""

    def mended(self, changed: Mapping[tuple[int, int], str]) -> tuple[str, ...]:
        """All cells, with other texts for those that `changed` names by line and place."""
        return (*(changed.get((self.line, at), cell) for at, cell in enumerate(self.cells)), *self.added)


@dataclass(frozen=True, slots=True)
class RejectsTable:
    """A rejects file. Its rows may have different numbers of cells, so they are no frame; it is bounded by LARGEST."""

    names: tuple[str, ...]
    """The first record."""
    rows: tuple[RejectedRow, ...]

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns of the source."""
        return self.names[:-_ADDED]


def read_rejects(path: Path, delimiter: str, encoding: str) -> RejectsTable:
    """The rejects file at `path`. Raises FileError if there is none, or it is too large."""
    if not path.is_file():
        raise FileError("There are no rejected rows. Check the file first.", code="file-missing")
    if path.stat().st_size > LARGEST:
        raise FileError("There are too many rejected rows to mend them here. Download them, and mend the file.")
    text = path.read_bytes().decode(encoding, "replace").removeprefix("\ufeff")
    names, *rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    found = (RejectedRow(int(row[-_ADDED]), tuple(row[:-_ADDED]), tuple(row[-_ADDED:])) for row in rows)
    return RejectsTable(tuple(names), tuple(found))


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
    target = StringIO(newline="")
    writer = csv.writer(target, delimiter=delimiter, lineterminator="\n")
    writer.writerow(rejects.names)
    writer.writerows(row.mended(changed) for row in rejects.rows)
    written = target.getvalue()
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
