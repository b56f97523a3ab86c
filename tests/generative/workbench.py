"""Puts generated cases before the package: stores in a database, files as bytes, jobs as the package's own."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import polars as pl

import milepost
from databases.stores import Stores
from databases.transactions import reading, writing
from generative import oracle, oracle_values
from generative.oracle_store import Record, Store, Target, Tracking
from generative.oracle_values import Settings
from generative.strategies import Case
from milepost.model.columns import IGNORED, Status
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.job import (
    CompletionDefault,
    Job,
    MergeRule,
    Mode,
    Parameters,
    ProgressionUnit,
    Reading,
    RowRule,
    TimeFormat,
)
from milepost.model.reports import Report
from milepost.model.tracked import SCHEMA
from milepost.stores.port import Tables
from milepost.stores.tables import TABLES

FINDING = tuple[str, str | None]


@dataclass(frozen=True)
class Bench:
    """A folder to work in, and where stores come from."""

    folder: Path
    stores: Stores
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def path(self, ending: str) -> Path:
        """The path of a new file."""
        return self.folder / f"{next(self.numbers)}{ending}"

    def store(self, content: Store) -> str:
        """A new store that holds `content`."""
        url = self.stores.empty()
        with writing(url) as tables:
            fill(tables, content)
        return url

    def file(self, content: bytes) -> Path:
        """A new file."""
        path = self.path(".csv")
        path.write_bytes(content)
        return path

    def clear(self) -> None:
        """Remove what the examples so far have left."""
        for path in self.folder.iterdir():
            path.unlink()
        self.stores.take_back()


def fill(tables: Tables, content: Store) -> None:
    """Write a store's rows into its tables."""
    key = oracle_values.key
    rows: dict[str, list[dict[str, object]]] = {
        "learner": [
            {
                "id": one.id,
                "login": one.login,
                "login_key": key(one.login),
                "reference_number": one.reference_number,
                "email": one.email,
                "email_key": None if one.email is None else key(one.email),
                "guid": f"learner {one.id}",
                "guid_key": f"learner {one.id}",
            }
            for one in content.learners
        ],
        "learning_object_version": [
            {
                "id": one.id,
                "guid": one.guid,
                "guid_key": key(one.guid),
                "code": one.code,
                "publisher": one.publisher,
                "runtime": one.runtime,
            }
            for one in content.versions
        ],
        "training": [
            {"id": one.id, "guid": one.guid, "guid_key": key(one.guid), "path_code": one.path_code}
            for one in content.trainings
        ],
        "training_content": [
            {"training_id": one.id, "learning_object_version_id": version, "mandatory": True, "points": 1.0}
            for one in content.trainings
            for version in one.contents
        ],
        "session": [
            {
                "id": one.id,
                "guid": one.guid,
                "guid_key": key(one.guid),
                "title": one.title,
                "training_id": one.training,
            }
            for one in content.sessions
        ],
        "registration": [
            {
                "id": one.id,
                "guid": f"registration {one.id}",
                "guid_key": f"registration {one.id}",
                "learner_id": one.learner,
                "session_id": one.session,
            }
            for one in content.registrations
        ],
        "import_run": [
            {
                "id": 1,
                "kind": "tracking",
                "state": "done",
                "file": "before.csv",
                "actor": "a",
                "process": "1",
                "started_at": 0,
            }
        ],
        "tracking": [
            {
                "registration_id": target[0],
                "learning_object_version_id": target[1],
                "first_access_at": one.first_access,
                "last_access_at": one.last_access,
                "first_completed_at": one.first_completion,
                "progression": one.progression,
                "status": one.status,
                "time_spent": one.time_spent,
                "score": one.score,
                "score_max": one.score_max,
                "run_id": one.run,
                "line": one.line,
            }
            for target, one in content.tracking.items()
        ],
    }
    for table, values in rows.items():
        if values:
            schema = TABLES[table].schema
            tables.insert(table, pl.DataFrame(values, schema={name: schema[name] for name in values[0]}))


def tracking(store: str) -> dict[Target, Tracking]:
    """The tracking rows of a store."""
    with reading(store) as tables:
        rows = tables.rows("tracking", SCHEMA | {"run_id": pl.Int64(), "line": pl.Int64()})
    return {(row[0], row[1]): Tracking(*row[2:]) for row in rows.rows()}


def values(store: str) -> dict[Target, tuple[object, ...]]:
    """The tracking rows of a store without the run and line that wrote them."""
    return {target: comparable(row) for target, row in tracking(store).items()}


def comparable(row: Tracking) -> tuple[object, ...]:
    """A tracking row without the run and line that wrote it."""
    return (
        row.first_access,
        row.last_access,
        row.first_completion,
        row.progression,
        row.status,
        row.time_spent,
        row.score,
        row.score_max,
    )


def findings(store: str, run: int | None) -> dict[int, list[FINDING]]:
    """By line, the findings of a run in their order."""
    assert run is not None
    found: dict[int, list[FINDING]] = {}
    for row in milepost.read_findings(store, run).iter_rows(named=True):
        found.setdefault(row["line"], []).append((row["code"], row["column"]))
    return found


def job(case: Case) -> Job:
    """The case's job as the package takes it."""
    names = tuple(name if name in oracle.COLUMNS else IGNORED for name in case.file_columns)
    return Job(
        reading=Reading(
            delimiter=case.delimiter,
            skip_first_line=case.header is not None,
            columns=names if case.mapped else None,
            header_map={
                "+".join(case.file_columns[place] for place in places): column
                for column, places in case.settings.joined.items()
            },
            skip_rows=tuple((case.file_columns[place], texts) for place, texts in case.settings.skips.items()),
            pad_short_rows=case.settings.pads,
            raw=case.settings.raw,
        ),
        parameters=parameters(case.settings),
        fields=case.fields,
        mandatory=case.settings.mandatory,
        completion_default=CompletionDefault(case.settings.completion_default),
        mode=Mode.PATCH if case.settings.patch else Mode.REPLACE,
        merge={column: MergeRule(rule) for column, rule in case.settings.merge.items()},
        row_rule=RowRule.NEWER if case.settings.newer else RowRule.ALWAYS,
    )


def parameters(settings: Settings) -> Parameters:
    """The settings as the package takes them."""
    return Parameters(
        date_time_format=DateTimeFormat.parse(settings.date_time_format),
        time_zone=settings.time_zone,
        default_time=settings.default_time,
        time_global_format=TimeFormat(settings.time_global_format),
        default_score_max=settings.default_score_max,
        decimal=settings.decimal,
        thousands=settings.thousands,
        progression_unit=ProgressionUnit(settings.progression_unit),
        null_markers=settings.null_markers,
        values=settings.values,
        defaults=settings.defaults,
        status_words={Status(status): word for status, word in settings.words.items()},
    )


def render(case: Case) -> tuple[bytes, tuple[Record, ...]]:
    """The bytes of the case's file, and its records with the line where each begins."""
    text = "" if case.header is None else written(case, case.header)
    texts, line = [text], 1 + line_ends(text)
    records = []
    for cells in case.records:
        records.append(Record(line, cells))
        texts.append(written(case, cells))
        line += line_ends(texts[-1])
    return "".join(texts).encode(), tuple(records)


def line_ends(text: str) -> int:
    """How many lines end in a text."""
    return len(re.findall("\r\n|\r|\n", text))


def written(case: Case, cells: Sequence[str]) -> str:
    """One record as CSV."""
    special = (case.delimiter, '"', "\r", "\n")
    quoted = [
        f'"{cell.replace(chr(34), chr(34) * 2)}"' if case.quote_all or any(sign in cell for sign in special) else cell
        for cell in cells
    ]
    return case.delimiter.join(quoted) + case.line_end


def expected(case: Case, records: Sequence[Record], *, run: int) -> oracle.Result:
    """What the oracle says of the case."""
    now = int(case.now.timestamp() // 1)
    return oracle.import_rows(case.store, case.settings, case.used_columns, records, now, run)


def run(
    case: Case,
    file: Path,
    store: str,
    *,
    batch_rows: int = 50_000,
    dry_run: bool = False,
    rejects: Path | None = None,
    later: timedelta = timedelta(),
) -> Report:
    """What the package says of the case; its rows are always the sum of what became of them."""
    report = milepost.import_file(
        file,
        store,
        job(case),
        dry_run=dry_run,
        rejects=rejects,
        now=case.now + later,
        batch_rows=batch_rows,
    )
    rows, *outcomes = counts(report).values()
    assert rows == sum(outcomes)
    return report


def counts(report: Report) -> dict[str, int]:
    """The rows of a report and what became of them."""
    names = ("rows", "created", "updated", "unchanged", "deleted", "superseded", "skipped", "rejected")
    return {name: getattr(report, name) for name in names}
