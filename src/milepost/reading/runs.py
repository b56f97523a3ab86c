"""Recorded runs: their outcome, their findings and their changes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from milepost.model.batch import RECORDED
from milepost.model.columns import KEY, STORED, VALUES
from milepost.model.exceptions import UsageError
from milepost.model.findings import Finding
from milepost.model.history import Run, RunRecord, State
from milepost.model.tracked import SCHEMA, before
from milepost.steps import compare
from milepost.stores import record, run_lines
from milepost.stores.journal import ENTRIES
from milepost.stores.lookups import StoredReferences
from milepost.stores.opening import read_store
from milepost.stores.port import Tables


def runs(database: str) -> tuple[Run, ...]:
    """All runs of the store at `database`, the newest first. Raises StoreError when there is no store."""
    with read_store(database) as tables:
        return tuple(record.listing(tables))


def time_zone(database: str, run: Run | None = None) -> str:
    """The time zone of the configuration of `run`, else of the newest run that has one; `UTC` if none has."""
    newest = () if run is not None and run.configuration is not None else runs(database)
    written = next((one.configuration for one in (run, *newest) if one is not None and one.configuration), "")
    found = re.search("<timeZone>([^<]+)</timeZone>", written)
    return "UTC" if found is None else found[1]


def read_run(database: str, run: int) -> RunRecord:
    """The run with that number, how many lines have each finding, and which rejected lines were mended since.

    Raises StoreError when there is no store, UsageError when there is no such run.
    """
    with read_store(database) as tables:
        return RunRecord(
            record.one(tables, run),
            findings=record.rows_per_code(tables, run),
            mended=run_lines.mended(tables, run),
        )


def undone_by(database: str, run: int) -> int | None:
    """The newest run that undid a run; None if none has. Raises StoreError when there is no store."""
    with read_store(database) as tables:
        undos = record.listing(tables, {"undoes": run, "state": State.DONE.value})
        return next((undo.id for undo in undos), None)


def read_findings(database: str, run: int) -> pl.DataFrame:
    """Every finding of the run with that number, in the order of lines and of the findings on a line.

    Columns: `line`; `place`, which orders the findings of a line; `level`, `error` or `warning`; `code`; `column` and
    `value`, null where the finding is about the whole row; `message`; `hint`, null where there is none.
    Raises StoreError when there is no store, UsageError when there is no such run.
    """
    with read_store(database) as tables:
        record.one(tables, run)
        parts = tables.stream("import_finding", RECORDED, {"run_id": run}, ("line", "place"))
        return pl.concat([pl.DataFrame(schema=dict(RECORDED)), *parts])


def each_finding(database: str, run: int) -> Iterator[Finding]:
    """The same findings one by one, for any number of them; the store stays open until the last one is read."""
    with read_store(database) as tables:
        yield from record.findings(tables, run)


def read_changes(database: str, run: int) -> pl.DataFrame:
    """Every stored value that the run with that number changed or deleted, by line and then by column.

    Columns as in a list of changes: `line` (of an undo, that of the run that it undid); `candidateLogin`,
    `trainingPathCode`, `sessionTitle` and `lovCode`, which say whose and of what the row is; `field`, a column of an
    import file; `before` and `after` as an export writes them, instants in UTC; `kind`, a `ChangeKind`. A value that
    became its default is a `change` or a `regression`: the store does not keep which cells were empty.

    Raises StoreError when there is no store, UsageError when there is no such run, or when its changes are forgotten.
    """
    with read_store(database) as tables:
        chosen = record.one(tables, run)
        require_kept(chosen)
        entries = tables.rows("tracking_change", ENTRIES, {"run_id": run}, ("line", *KEY))
        return changed(tables, chosen, entries.filter(pl.col("change") != "created"), StoredReferences(tables))


def require_kept(run: Run) -> None:
    """Raises UsageError if what `run` changed is forgotten."""
    if run.pruned_at is not None:
        raise UsageError(
            f"What run {run.id} ({run.file}) changed is forgotten: `milepost prune` removed it, "
            f"on {run.pruned_at:%Y-%m-%d}.",
            code="run-unsuitable",
        )


def changed(tables: Tables, run: Run, entries: pl.DataFrame, references: StoredReferences) -> pl.DataFrame:
    """The changes, as `read_changes` lists them, that the journal has in `entries` of `run`."""
    compared = compare.compare(_planned(entries, _after(tables, entries, run)))
    return compare.listed(compared, references.in_words(compared))


def _after(tables: Tables, keys: pl.DataFrame, run: Run) -> pl.DataFrame:
    """The rows with those keys as `run` left them; columns SCHEMA."""
    if run.undoes is not None:
        # What an undo puts back is what the run that it undoes had kept.
        return tables.find("tracking_change", keys, SCHEMA, {"run_id": run.undoes})
    standing = tables.find("tracking", keys, SCHEMA, {"run_id": run.id})
    kept = tables.find("tracking_change", keys, SCHEMA, {"previous_run_id": run.id})
    return pl.concat([standing, kept]).unique(KEY)


def _planned(entries: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    former = entries.select(*KEY, "line", pl.col(VALUES).name.map(before), outcome="change", given=2 ** len(STORED) - 1)
    return former.join(after, on=KEY, how="left", maintain_order="left")
