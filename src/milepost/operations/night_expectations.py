"""What was expected of the files of one import, and is not so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from milepost.model.reports import Report
from milepost.operations.night_import import ImportWork
from milepost.operations.night_plan import Expectations
from milepost.operations.night_report import COUNTED, FileState, NightFinding
from milepost.stores import nights
from milepost.stores.opening import read_store

CODES = {
    "no-file": "No file has come by the hour that the configuration names.",
    "few-rows": "A file has fewer rows than it must have.",
    "shrunk": "A file has so many rows less than the one before.",
    "many-rejected": "More rows of a file were rejected than may be.",
}
"""The codes of broken expectations, and what they mean."""


def broken(work: ImportWork, now: datetime) -> list[NightFinding]:
    """The expectations of an import whose files are done that are broken at the instant `now`."""
    expected = work.what.expectations
    if expected is None:
        return []
    key = work.what.key
    said = [*_missing(work, expected, now), *_counts(work, expected)]
    return [NightFinding(key, code, expected.line, f"Import {key}: {sentence}") for code, sentence in said]


def _missing(work: ImportWork, expected: Expectations, now: datetime) -> Iterator[tuple[str, str]]:
    if expected.file_by is None:
        return
    zone = ZoneInfo(expected.time_zone)
    local = now.astimezone(zone)
    if local.weekday() not in expected.days or local.time() < expected.file_by:
        return
    came = any(file.state in (FileState.IMPORTED, FileState.REPEATED, FileState.HELD) for file in work.outcome.files)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if not came and not any(one.taken_at >= midnight for one in work.known):
        by = f"{expected.file_by:%H:%M} {expected.time_zone}"
        yield "no-file", f"no file {work.what.source.pattern} has come today, though one was expected by {by}."


def _counts(work: ImportWork, expected: Expectations) -> Iterator[tuple[str, str]]:
    before = _rows_before(work) if expected.max_shrunk is not None else None
    for file in work.outcome.files:
        report = file.report
        if file.state not in COUNTED or report is None:
            continue
        yield from _of_report(file.file, report, expected)
        if before is not None and expected.max_shrunk is not None:
            missing = before - report.rows
            if missing > 0 and not expected.max_shrunk.allows(missing, before):
                limit = f"at most {expected.max_shrunk} may be missing"
                yield "shrunk", f"{file.file} has {report.rows:,} rows, {missing:,} less than the one before; {limit}."
        before = report.rows


def _of_report(name: str, report: Report, expected: Expectations) -> Iterator[tuple[str, str]]:
    if expected.min_rows is not None and report.rows < expected.min_rows:
        yield "few-rows", f"{name} has {report.rows:,} rows; at least {expected.min_rows:,} were expected."
    if expected.max_rejected is not None and not expected.max_rejected.allows(report.rejected, report.rows):
        limit = f"at most {expected.max_rejected} were expected"
        yield "many-rejected", f"{report.rejected:,} of {report.rows:,} rows of {name} were rejected; {limit}."


def _rows_before(work: ImportWork) -> int | None:
    """How many rows the last file had that an earlier night imported."""
    mine = {file.run for file in work.outcome.files if file.state in COUNTED}
    earlier = [one.run for one in work.known if one.run is not None and one.run not in mine]
    if not earlier:
        return None
    with read_store(work.how.place.database) as tables:
        return nights.counts(tables, max(earlier)).get("rows")
