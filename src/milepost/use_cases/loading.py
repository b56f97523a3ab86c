"""The load of reference data on one page: decode, interpret, load."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from milepost.engines.local.sorting import Sorter
from milepost.formats.read import decode
from milepost.formats.write.rejects import RejectsWriter
from milepost.model import phases
from milepost.model.ahead import ahead
from milepost.model.batch import FINDINGS, Batch, Interpreted
from milepost.model.exceptions import UsageError
from milepost.model.identifiers import LEARNER
from milepost.model.job import Parameters, Reading
from milepost.model.people import Renamed
from milepost.model.phases import Progress
from milepost.model.reports import Digest, Report
from milepost.model.wording import argument
from milepost.reference import KINDS, ReferenceKind
from milepost.steps import interpret, load, summarize
from milepost.steps.line_frames import placed, rejected_lines
from milepost.stores import formers, record
from milepost.stores.lookups import StoredReferences
from milepost.stores.port import Among, Patience, Tables
from milepost.stores.reference_journal import delete_rows, edits, write_rows
from milepost.stores.tables import TABLES
from milepost.use_cases import pairing, template
from milepost.use_cases.renaming import told


@template.planned_again
def load_file(
    kind: str | ReferenceKind,
    file: decode.File,
    database: str,
    reading: Reading | None = None,
    parameters: Parameters | None = None,
    *,
    fields: Sequence[str] | None = None,
    key: str | None = None,
    dry_run: bool = False,
    expect: str | None = None,
    rejects: str | Path | BinaryIO | None = None,
    now: datetime | None = None,
    batch_rows: int = template.BATCH_ROWS,
    progress: Progress | None = None,
    name: str | None = None,
    wait: float = template.PATIENCE,
    waiting: Callable[[str], None] | None = None,
    actor: str | None = None,
    stored: Callable[[pl.Series], None] | None = None,
) -> Report:
    """Creates or updates reference data of one of `KINDS` from `file`.

    `reading` is by default CSV with commas in UTF-8. `fields` are the columns to use, by default all of the file's.
    `key` is the column that finds a stored learner: candidateGuid, candidateRefNumber, or, by default, candidateLogin.
    By another than the log-in name, a load renames: the line's log-in name becomes the learner's. Such a load has a
    digest, which `expect` requires, and can be undone and verified. `stored` is called with the ids of the stored rows
    that accepted lines are about. The other arguments, the report and the errors are
    those of `import_file`.
    """
    known = kind if isinstance(kind, ReferenceKind) else KINDS.get(kind)
    if known is None:
        raise UsageError(f'"{kind}" is no kind of reference data. The kinds are: {", ".join(KINDS)}.')
    renames = key is not None and known.keyed_by(key) != known
    known = known if key is None else known.keyed_by(key)
    if expect is not None and not renames:
        chosen = argument("expect")
        raise UsageError(f"{chosen} is for loads that rename learners. Give a key, or leave it out.")
    reading, parameters = reading or Reading(delimiter=","), parameters or Parameters()

    with ExitStack() as stack:
        on_bytes = template.ReadBytes(progress)
        decoded = stack.enter_context(
            decode.open_file(
                file,
                reading,
                known.vocabulary,
                fields=None if fields is None else tuple(fields),
                defaults=parameters.defaults,
                batch_rows=batch_rows,
                on_bytes=on_bytes,
            )
        )
        writer = template.open_rejects(stack, rejects, file, decoded, parameters)
        say = template.silent(progress)
        at = template.instant(now)
        renaming = _Edits(f"load by {key}", at) if renames else None
        work = _Load(decoded, known, parameters, at, name or decoded.name, writer, say, renaming, expect, stored)

        if dry_run:
            return template.check(database, lambda tables: work.carry_out(tables, None))

        def begin(tables: Tables) -> int:
            return record.begin(tables, known.name, work.name, work.now, actor)

        return template.run(database, work.carry_out, begin, record.finish, Patience(wait, waiting), say)


@dataclass(slots=True)
class _Load:
    """One load, from the first batch to the report."""

    decoded: decode.Decoded
    kind: ReferenceKind
    parameters: Parameters
    now: datetime
    name: str
    rejects: RejectsWriter | None
    say: Progress
    edits: _Edits | None = None
    """What the load does to learners, where it renames them."""
    expect: str | None = None
    stored: Callable[[pl.Series], None] | None = None
    _tally: summarize.Tally = field(default_factory=lambda: summarize.Tally(()))
    _clock: float = field(default_factory=time.monotonic)

    def carry_out(self, tables: Tables, number: int | None) -> Report:
        """Does all the work in one transaction; without a number, as a check."""
        table = self.kind.entity.table
        loading = load.Loading(self.kind, self.decoded.layout, StoredReferences(tables), self.stored)
        with closing(Sorter("line")) as waiting:
            with ahead(self._interpreted()) as batches:
                for batch, interpreted in batches:
                    findings, accepted = loading.take(interpreted)
                    waiting.add(accepted)
                    self._take(batch, findings, tables, number)
            self.say(phases.STORING, 0, None)
            settled = loading.settle(tables.highest_id(table) if self.kind.has_id else 0)
            self._tally.add_rows(**settled.outcomes)
            for findings in settled.findings():
                self._record(findings, tables, number)
            done = 0
            for rows in waiting.rows() if number is not None or self.edits is not None else ():
                done += rows.height
                self.say(phases.STORING, done, self._tally.accepted)
                created, updated = settled.written(rows)
                if self.edits is not None:
                    self.edits.take(tables, created, updated, number)
                    continue
                updated = updated.drop("line")
                if table == LEARNER.table:
                    formers.keep(tables, updated, self.now)
                tables.insert(table, created)
                tables.overwrite(table, updated)
        if self.edits is not None and number is not None:
            pairing.require_expected(self.expect, self.edits.digest(self.decoded.sha256), "the file")
        if self.rejects is not None:
            self.rejects.commit()
        return self._report(number)

    def _interpreted(self) -> Iterator[tuple[Batch, Interpreted]]:
        for batch in self.decoded.batches():
            yield batch, interpret.interpret(batch, self.decoded.layout, self.parameters)

    def _take(self, batch: Batch, findings: pl.DataFrame, tables: Tables, number: int | None) -> None:
        ragged = interpret.ragged(batch, self.decoded.layout)
        every = self._record(pl.concat([ragged, findings]), tables, number)
        self._tally.add_rows(rows=batch.rows, rejected=len(rejected_lines(every)))
        if self.rejects is not None:
            self.rejects.write(batch, every.select(list(FINDINGS)))

    def _record(self, findings: pl.DataFrame, tables: Tables, number: int | None) -> pl.DataFrame:
        in_order = placed(findings, tuple(column.name for column in self.kind.vocabulary.columns))
        self._tally.add_findings(in_order)
        if number is not None:
            record.record_findings(tables, number, in_order)
        return in_order

    def _report(self, number: int | None) -> Report:
        self._tally.add_rows(rows=self.decoded.skipped, skipped=self.decoded.skipped)
        return Report(
            run=number,
            file=self.name,
            sha256=self.decoded.sha256,
            dry_run=number is None,
            **self._tally.counted(),
            headers=self.decoded.headers,
            seconds=round(time.monotonic() - self._clock, 3),
            started_at=self.now,
            notes=self.decoded.notes,
            **({} if self.edits is None else self.edits.told(self.decoded.sha256)),
        )


@dataclass(slots=True)
class _Edits:
    """What a load by a key of choice does to learners, as edits that can be undone."""

    options: str
    now: datetime
    _plan: Any = field(default_factory=hashlib.sha256)
    _rows: int = 0
    _renamed: tuple[Renamed, ...] = ()

    def take(self, tables: Tables, created: pl.DataFrame, updated: pl.DataFrame, number: int | None) -> None:
        """Enters learners that are created, and such as become `updated` (with `line`); writes them as run `number`."""
        schema = TABLES[LEARNER.table].schema
        stored = tables.rows(LEARNER.table, schema, {"id": Among(updated["id"].sort())})
        changed = updated.join(stored.rename({name: f"stored.{name}" for name in schema if name != "id"}), on="id")
        changed = changed.with_columns(pl.col("id").alias("stored.id")).sort("line")
        update = edits(LEARNER.table, "updated", changed)
        # GUIDs of new learners are made, and are others each time.
        new = created.select(pl.exclude("id", "guid", "guid_key"))
        self._plan.update(update.write_csv().encode() + new.write_csv().encode())
        self._rows += created.height + changed.height
        self._renamed = (*self._renamed, *told(changed))[: template.EXAMPLES]
        if number is None:
            return
        every = [edits(LEARNER.table, "created", created), update]
        every += formers.end(tables, LEARNER.table, formers.ended_by(tables, updated.drop("line")), self.now)
        every.append(formers.resume(tables, updated.drop("line")))
        write_rows(tables, pl.concat(every), number)
        delete_rows(tables, pl.concat(every))

    def digest(self, sha256: str) -> str:
        """The digest of the plan."""
        return str(Digest.of(sha256, self.options, self._plan.hexdigest()))

    def told(self, sha256: str) -> dict[str, Any]:
        """What the report says of it."""
        return {"digest": self.digest(sha256), "references": self._rows, "renamed": self._renamed}
