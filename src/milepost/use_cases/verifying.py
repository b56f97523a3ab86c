"""The verification on one page: the rows that a run wrote, and the lines of its file."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import polars as pl

from milepost import settings
from milepost.engines.local.sorting import Sorter
from milepost.formats.read import decode
from milepost.model.columns import TRACKING
from milepost.model.exceptions import FileError, UsageError
from milepost.model.run import Run, State
from milepost.model.verification import DifferingRow, Verification, VerifiedFile
from milepost.stores import record, undos, verified
from milepost.stores.checksum import differing
from milepost.stores.described import Described
from milepost.stores.distinct import PACKED
from milepost.stores.port import Tables
from milepost.stores.references import StoredReferences
from milepost.use_cases import template

EXAMPLES = 20
"""So many of the rows with other values stand in the report."""


def verify_run(database: str, run: int, file: str | Path | None = None, *, now: datetime | None = None) -> Verification:
    """Reads again what `run`, an import of tracking, wrote into the store at `database`, and writes nothing.

    With `file`, the file that it imported, each of its lines is accounted for too. Raises UsageError when the run
    cannot be verified, FileError when the file cannot be read.
    """

    def verify(tables: Tables) -> Verification:
        chosen = _require_import(record.one(tables, run))
        counted = _Counted(tables, run)
        with closing(Sorter(PACKED)) as sorter:
            changed = verified.changed_since(tables, run, sorter)
        written = (chosen.created or 0) + (chosen.updated or 0)
        accounted = counted.standing + counted.unknown + counted.differing + sum(changed.values())
        return Verification(
            run=run,
            written=written,
            standing=counted.standing,
            unknown=counted.unknown,
            differing=counted.differing,
            missing=max(0, written - accounted),
            surplus=max(0, accounted - written),
            changed_since=changed,
            examples=tuple(counted.examples),
            file=None if file is None else _verified_file(tables, chosen, Path(file)),
            verified_at=(now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0),
        )

    return template.check(database, verify)


def _require_import(run: Run) -> Run:
    called = f"Run {run.id} ({run.file})"
    if run.kind != undos.IMPORT:
        raise UsageError(f"{called} is no import of tracking, which alone can be verified. `milepost runs` lists them.")
    if run.state is State.RUNNING:
        raise UsageError(f"{called} is still at work. Verify it when it is done; `milepost runs {run.id}` tells.")
    if run.state is not State.DONE:
        raise UsageError(f"{called} is {run.state} and wrote nothing: there is nothing to verify.")
    return run


class _Counted:
    """The rows that no run has written since."""

    def __init__(self, tables: Tables, run: int) -> None:
        self.standing = 0
        self.unknown = 0
        self.differing = 0
        shown = []
        for rows in verified.rows(tables, run):
            is_unknown = rows["checksum"].is_null()
            differs = differing(rows)
            self.unknown += int(is_unknown.sum())
            self.differing += int(differs.sum())
            self.standing += rows.height - int(is_unknown.sum()) - int(differs.sum())
            shown.append(rows.filter(differs).head(EXAMPLES))
        # Not before: in PostgreSQL, nothing else can be asked for while rows stream in.
        first = pl.concat([pl.DataFrame(schema=verified.WRITTEN), *shown]).head(EXAMPLES)
        told = Described(StoredReferences(tables)).in_words(first).with_columns(first["line"])
        self.examples = [DifferingRow(**row) for row in told.iter_rows(named=True)]


def _verified_file(tables: Tables, run: Run, file: Path) -> VerifiedFile:
    sha256 = _sha256(file)
    if sha256 != run.sha256:
        return VerifiedFile(file.name, sha256, is_same=False)
    written, found = verified.written_lines(tables, run.id), verified.found_lines(tables, run.id)
    rows = of_written = of_found = rest = 0
    first: list[int] = []
    for lines in _lines(file, run):
        is_written, is_found = _among(lines, written), _among(lines, found)
        rows += len(lines)
        of_written += int(is_written.sum())
        of_found += int((is_found & ~is_written).sum())
        left = lines.filter(~is_written & ~is_found)
        rest += len(left)
        first.extend(left.sort().head(EXAMPLES - len(first)))
    unchanged = run.unchanged or 0
    return VerifiedFile(
        file.name,
        sha256,
        is_same=True,
        rows=rows,
        written=of_written,
        found=of_found,
        unchanged=min(rest, unchanged),
        unaccounted=max(0, rest - unchanged) + max(0, (run.rows or 0) - rows),
        unaccounted_among=tuple(first) if rest > unchanged else (),
        contradicted=max(0, unchanged - rest),
        foreign=len(written) + len(found.filter(~found.is_in(written.implode()))) - of_written - of_found,
    )


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise FileError(f"There is no file {file}. Check its name and folder.") from error
    except OSError as error:
        raise FileError(f"{file} cannot be read: {error.strerror or error}.") from error


def _among(lines: pl.Series, known: pl.Series) -> pl.Series:
    """Which of the lines of a batch are among the known ones, which are sorted and may be those of a whole file."""
    if lines.is_empty():
        return pl.Series(dtype=pl.Boolean)
    first, last = cast("int", lines.min()), cast("int", lines.max())
    start, end = known.search_sorted(first, side="left"), known.search_sorted(last, side="right")
    return lines.is_in(known[start:end].implode())


def _lines(file: Path, run: Run) -> Iterator[pl.Series]:
    """The numbers of the lines of a file, read as the run has read it, a bounded number at a time."""
    with tempfile.TemporaryDirectory(prefix="milepost-") as folder:
        path = Path(folder) / "configuration.xml"
        path.write_text(run.configuration or "", "utf-8")
        job = settings.job(path)
    with decode.open_file(
        file,
        job.reading,
        TRACKING,
        fields=job.fields,
        mandatory=job.mandatory,
        batch_rows=template.BATCH_ROWS,
        on_bytes=None,
    ) as decoded:
        for batch in decoded.batches():
            ragged = pl.Series("line", [record.line for record in batch.ragged or ()], dtype=pl.Int64)
            yield pl.concat([batch.cells["line"].cast(pl.Int64), ragged])
