"""Kept checks: the results of checks in folders, to be shown page by page later.

Each check has its own folder, named by its id: `report.json`, and the findings and changes as Parquet files, sorted by
lines. The folder appears whole or not at all. It may hold personal data, so only its owner may read it.
"""

from __future__ import annotations

import dataclasses
import json
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from milepost.engines.local.sorting import Sorter
from milepost.model.batch import RECORDED
from milepost.model.exceptions import UsageError, writing
from milepost.model.findings import Finding
from milepost.model.reports import ChangeKind, Changes, Report
from milepost.model.wording import Note

CHECKS = "checks"
"""The folder of kept checks, in that of the web application."""

KEPT_FOR = timedelta(days=7)
"""The default time for which a check is kept."""

_ID = re.compile(r"[0-9a-f]{32}")
_PART_ROWS = 100_000
_SCHEMAS: dict[str, dict[str, pl.DataType]] = {
    "findings": dict(RECORDED),
    "changes": {"line": pl.Int64()},
}
_ORDERS = {"findings": ("line", "place"), "changes": ("line",)}
"""The columns by which rows are sorted in the files."""
_KEY = (1 << 31, 1)
"""What the columns of an order count in one number."""
_PLACE = "place in all parts"
_GROUP_ROWS = 10_000
"""Rows that are read from a file at a time."""
_UNFINISHED = ".unfinished"


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the rows of a list."""

    rows: pl.DataFrame
    total: int
    """The number of rows of the whole filtered list."""


@dataclass(frozen=True, slots=True)
class KeptCheck:
    """One kept check."""

    id: str
    report: Report
    until: datetime
    """When the check expires, in UTC."""
    _folder: Path

    def findings(
        self,
        *,
        where: Mapping[str, str | int] | None = None,
        order: Sequence[str] = ("line", "place"),
        descending: bool = False,
        offset: int = 0,
        limit: int = 100,
    ) -> Page:
        """A page of the findings: columns `line`, `place`, `level`, `code`, `column`, `value`, `message`, `hint`.

        `where` maps columns to the values that they must have, `order` names the columns to sort by, `offset` is the
        number of rows to skip, `limit` the largest number of rows. Raises UsageError for an unknown column.
        """
        return self._page("findings", where, order, offset, limit, descending)

    def changes(
        self,
        *,
        where: Mapping[str, str | int] | None = None,
        order: Sequence[str] = ("line",),
        descending: bool = False,
        offset: int = 0,
        limit: int = 100,
    ) -> Page:
        """A page of the changes of stored values, with the columns of a list of changes; otherwise as `findings`."""
        return self._page("changes", where, order, offset, limit, descending)

    def _page(
        self,
        what: str,
        where: Mapping[str, str | int] | None,
        order: Sequence[str],
        offset: int,
        limit: int,
        descending: bool,
    ) -> Page:
        parts = sorted(self._folder.glob(f"{what}-*.parquet"))
        if not parts:
            return Page(pl.DataFrame(schema=_SCHEMAS[what]), 0)
        rows, where = pl.scan_parquet(parts), where or {}
        known = rows.collect_schema().names()
        for name in (*where, *order):
            if name not in known:
                raise UsageError(f'There is no column "{name}". There are: {", ".join(known)}.')
        is_sorted = not descending and tuple(order) == _ORDERS[what]
        if is_sorted and not where:
            return Page(rows.slice(offset, limit).collect(), int(rows.select(pl.len()).collect().item()))
        # First which rows they are, by the columns that say so; the others may be too many to be held.
        wanted = (pl.col(name) == value for name, value in where.items())
        columns = dict.fromkeys(where if is_sorted else (*where, *order))
        found = rows.select(*columns).with_row_index(_PLACE).filter(*wanted)
        if not is_sorted:
            found = found.sort(order, descending=descending, maintain_order=True)
        places = found.select(_PLACE).collect()[_PLACE]
        return Page(_at(parts, places.slice(offset, limit)), len(places))


def _at(parts: list[Path], places: pl.Series) -> pl.DataFrame:
    """Those rows of all parts, in the order of their places."""
    wanted = places.alias(_PLACE).to_frame()
    found, first = [pl.scan_parquet(parts).clear().collect().with_row_index(_PLACE)], 0
    for part in parts:
        rows = pl.scan_parquet(part, row_index_name=_PLACE, row_index_offset=first)
        last = first + int(pl.scan_parquet(part).select(pl.len()).collect().item())
        here = wanted.filter(pl.col(_PLACE).is_between(first, last, closed="left"))
        for lowest, highest in here.select(pl.min(_PLACE).alias("low"), pl.max(_PLACE)).drop_nulls().iter_rows():
            found.append(rows.slice(lowest - first, highest - lowest + 1).collect())
        first = last
    return wanted.join(pl.concat(found), on=_PLACE, how="inner", maintain_order="left").drop(_PLACE)


class CheckWriter:
    """Writes the results of a check to a folder."""

    def __init__(self, folder: str | Path, keep_for: timedelta = KEPT_FOR) -> None:
        """`folder` is the folder of all kept checks; a missing one is created. Raises FileError if that fails."""
        self.id = secrets.token_hex(16)
        self._keep_for = keep_for
        self._target = Path(folder) / self.id
        self._folder = self._target.with_suffix(_UNFINISHED)
        # What exceeds memory is in temporary files.
        self._sorters = {name: Sorter(_PLACE) for name in _SCHEMAS}
        with _file_errors(folder):
            self._folder.mkdir(mode=0o700, parents=True)

    def close(self) -> None:
        """Removes what is not committed."""
        for sorter in self._sorters.values():
            sorter.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, what: str, rows: pl.DataFrame) -> None:
        """Adds `findings`, as `line_frames.placed` returns them, or `changes`, as `compare.listed` does."""
        if not rows.is_empty():
            key = pl.sum_horizontal(
                pl.col(name).cast(pl.Int64) * by for name, by in zip(_ORDERS[what], _KEY, strict=False)
            )
            # Of rows with the same key, the sorter has the last one first.
            self._sorters[what].add(rows.with_columns(key.alias(_PLACE)).reverse())

    def commit(self, report: Report) -> None:
        """Keeps all that was added, and the report. Raises FileError if the disk is full."""
        for what in _SCHEMAS:
            self._write(what)
        until = datetime.now(UTC).replace(microsecond=0) + self._keep_for
        notes = [(note, getattr(note, "code", "note")) for note in report.notes]
        document = {"until": until.isoformat(), "report": dataclasses.asdict(report) | {"notes": notes}}
        with _file_errors(self._target.parent):
            (self._folder / "report.json").write_text(json.dumps(document, default=datetime.isoformat), "utf-8")
            self._folder.rename(self._target)

    def _write(self, what: str) -> None:
        pending: list[pl.DataFrame] = []
        number = 0
        for rows in chain(self._sorters[what].rows(), (None,)):
            pending += [] if rows is None else [rows.drop(_PLACE)]
            if pending and (rows is None or sum(part.height for part in pending) >= _PART_ROWS):
                number += 1
                with _file_errors(self._target.parent):
                    pl.concat(pending).write_parquet(
                        self._folder / f"{what}-{number:05}.parquet", row_group_size=_GROUP_ROWS
                    )
                pending.clear()


def _file_errors(folder: str | Path) -> AbstractContextManager[None]:
    return writing(f"The check cannot be kept in {folder}")


def kept_checks(folder: str | Path) -> tuple[KeptCheck, ...]:
    """The checks kept in `folder`, the newest first, without expired ones."""
    found = [one for one in _every(Path(folder)) if one.until > datetime.now(UTC)]
    return tuple(sorted(found, key=lambda one: one.report.started_at, reverse=True))


def kept_check(folder: str | Path, check: str) -> KeptCheck:
    """The check with the id `check`; raises UsageError if it does not exist or has expired."""
    found = _read(Path(folder) / check) if _ID.fullmatch(check) else None
    if found is None or found.until <= datetime.now(UTC):
        raise UsageError(f'No check "{check}" is kept. It may have expired. Check again.')
    return found


def sweep_checks(folder: str | Path, *, now: datetime | None = None) -> int:
    """Removes expired checks, and unfinished ones older than a day; returns their number."""
    at = now or datetime.now(UTC)
    expired = [one._folder for one in _every(Path(folder)) if one.until <= at]
    unfinished = Path(folder).glob(f"*{_UNFINISHED}")
    expired += [path for path in unfinished if path.stat().st_mtime < (at - timedelta(days=1)).timestamp()]
    for path in expired:
        shutil.rmtree(path, ignore_errors=True)
    return len(expired)


def _every(folder: Path) -> Iterator[KeptCheck]:
    paths = folder.iterdir() if folder.is_dir() else ()
    return filter(None, (_read(path) for path in paths if _ID.fullmatch(path.name)))


def _read(folder: Path) -> KeptCheck | None:
    try:
        document: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    except FileNotFoundError:
        return None
    fields = document["report"]
    report = Report(
        **fields
        | {
            "started_at": datetime.fromisoformat(fields["started_at"]),
            "examples": {code: Finding(**one) for code, one in fields["examples"].items()},
            "changes": Changes(
                {ChangeKind(kind): number for kind, number in fields["changes"]["rows"].items()},
                {ChangeKind(kind): counts for kind, counts in fields["changes"]["fields"].items()},
            ),
            "notes": tuple(Note(*one) for one in fields["notes"]),
            "held": tuple(fields["held"]),
        }
    )
    return KeptCheck(folder.name, report, datetime.fromisoformat(document["until"]), folder)
