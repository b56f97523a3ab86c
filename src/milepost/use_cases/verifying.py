"""The verification on one page: the rows that a run wrote, and the lines of its file."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path

import polars as pl

from milepost import settings
from milepost.engines.local.sorting import Sorter
from milepost.model.batch import Batch
from milepost.model.clear_report import CLEAR
from milepost.model.exceptions import FileError, UsageError
from milepost.model.history import Run, State
from milepost.model.job import Job
from milepost.model.people import MERGE, RENAME
from milepost.model.reports import DifferingRow, Verification, VerifiedFile
from milepost.steps.line_frames import among
from milepost.stores import journal, record, reference_journal, run_lines, undos
from milepost.stores.checksum import WRITTEN, differing
from milepost.stores.journal import PACKED
from milepost.stores.lookups import StoredReferences
from milepost.stores.port import Tables
from milepost.use_cases import template


def verify_run(database: str, run: int, file: str | Path | None = None, *, now: datetime | None = None) -> Verification:
    """Compares the rows that `run`, an import of tracking, wrote to the store at `database` with their checksums.

    With `file`, the file that it imported, also accounts for each of its lines. Writes nothing. `now` is by default the
    clock's. Raises UsageError if the run cannot be verified, FileError if the file cannot be read.
    """

    def verify(tables: Tables) -> Verification:
        chosen = _require_written(record.one(tables, run))
        if file is not None and chosen.kind != undos.IMPORT:
            raise UsageError(f"Run {run} ({chosen.file}) read no file of tracking. Verify it without one.")
        counts, examples = _unchanged_since(tables, run)
        with closing(Sorter(PACKED)) as sorter:
            changed = journal.changed_since(tables, run, sorter)
        # What a load counts are rows of reference data.
        written = (chosen.created or 0) + (chosen.updated or 0) if chosen.kind in undos.CHANGING else 0
        erased = _erased(tables, run)
        accounted = sum(counts.values()) + sum(changed.values()) + erased
        return Verification(
            run=run,
            written=written,
            **counts,
            missing=max(0, written - accounted),
            surplus=max(0, accounted - written),
            changed_since=changed,
            examples=examples,
            file=None if file is None else _verified_file(tables, chosen, Path(file)),
            verified_at=template.instant(now),
            erased=erased,
            references=chosen.reference_rows or 0,
            references_changed=reference_journal.changed_since(tables, run) if chosen.reference_rows else 0,
        )

    return template.check(database, verify)


def _erased(tables: Tables, run: int) -> int:
    """How many of the rows that a run wrote were erased with the people that they were about."""
    return int(tables.rows("erased_part", {"written": pl.Int64()}, {"run_id": run})["written"].sum())


def _require_written(run: Run) -> Run:
    called = f"Run {run.id} ({run.file})"
    if run.kind not in (undos.IMPORT, RENAME, MERGE, CLEAR) and not (run.reference_rows and run.undoes is None):
        raise UsageError(
            f"{called} is no import of tracking, no rename, no merge and no clearing; only those can be verified. "
            "`milepost runs` lists them.",
            code="run-unsuitable",
        )
    if run.state is State.RUNNING:
        raise UsageError(
            f"{called} is still running. Verify it when it is done: see `milepost runs {run.id}`.",
            code="run-unfinished",
        )
    if run.state is not State.DONE:
        raise UsageError(
            f"{called} is {run.state} and wrote nothing: there is nothing to verify.", code="run-unsuitable"
        )
    return run


def _unchanged_since(tables: Tables, run: int) -> tuple[dict[str, int], tuple[DifferingRow, ...]]:
    """Counts of the rows that no later run has written, and the first rows that differ."""
    counts = dict.fromkeys(("standing", "unknown", "differing"), 0)
    shown = [pl.DataFrame(schema=WRITTEN)]
    for rows in tables.stream("tracking", WRITTEN, {"run_id": run}):
        differs, unknown = differing(rows), rows["checksum"].null_count()
        counts["unknown"] += unknown
        counts["differing"] += int(differs.sum())
        counts["standing"] += rows.height - unknown - int(differs.sum())
        shown.append(rows.filter(differs).head(template.EXAMPLES))
    # Only now, since a streaming query blocks the PostgreSQL connection.
    first = pl.concat(shown).head(template.EXAMPLES)
    words = StoredReferences(tables).in_words(first).with_columns(first["line"])
    return counts, tuple(DifferingRow(**row) for row in words.iter_rows(named=True))


def _verified_file(tables: Tables, run: Run, file: Path) -> VerifiedFile:
    sha256 = _sha256(file)
    if sha256 != run.sha256:
        return VerifiedFile(file.name, sha256, is_same=False)
    written, found = run_lines.written_lines(tables, run.id), run_lines.found_lines(tables, run.id)
    rows = of_written = of_found = rest = 0
    # Their lines are no longer known.
    erased = _erased(tables, run.id)
    first: list[int] = []
    with template.open_tracking(file, _job(run), template.BATCH_ROWS) as decoded:
        for lines in map(_lines, decoded.batches()):
            is_written, is_found = among(lines, written), among(lines, found)
            rows += len(lines)
            of_written += int(is_written.sum())
            of_found += int((is_found & ~is_written).sum())
            left = lines.filter(~is_written & ~is_found)
            rest += len(left)
            first.extend(left.sort().head(template.EXAMPLES - len(first)))
        rows += decoded.skipped
    unchanged = run.unchanged or 0
    return VerifiedFile(
        file.name,
        sha256,
        is_same=True,
        rows=rows,
        written=of_written,
        found=of_found,
        skipped=decoded.skipped,
        unchanged=min(rest, unchanged),
        unaccounted=max(0, rest - unchanged - erased) + max(0, (run.rows or 0) - rows),
        unaccounted_among=tuple(first) if rest > unchanged + erased else (),
        contradicted=max(0, unchanged - rest),
        foreign=len(written) + len(found.filter(~found.is_in(written.implode()))) - of_written - of_found,
    )


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise FileError(f"There is no file {file}. Check its name and folder.", code="file-missing") from error
    except OSError as error:
        raise FileError(f"{file} cannot be read: {error.strerror or error}.") from error


def _job(run: Run) -> Job:
    """The job of a run, by which its file is read as the run read it."""
    with tempfile.TemporaryDirectory(prefix="milepost-") as folder:
        path = Path(folder) / "configuration.xml"
        path.write_text(run.configuration or "", "utf-8")
        return settings.job(path)


def _lines(batch: Batch) -> pl.Series:
    return pl.concat([batch.cells["line"], batch.ragged["line"]])
