"""What holds for every import, whatever the store, the job and the file."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

import milepost
from generative import oracle, oracle_values, spelling, strategies, workbench
from generative.effort import examples
from generative.oracle_store import Record
from generative.strategies import Case
from generative.workbench import Bench
from milepost.model.reports import Report


def without_repeated_targets(case: Case, *, accepted_only: bool = False) -> Case:
    """The case with the first record alone of those for one tracking row."""
    records = tuple(Record(line, cells) for line, cells in enumerate(case.records))
    result = workbench.expected(case, records, run=2)
    seen = set()
    kept = []
    for record in records:
        target = result.targets.get(record.line)
        rejected = any(code in oracle.ERRORS for code, _ in result.findings.get(record.line, []))
        if target in seen or (accepted_only and (rejected or target is None)):
            continue
        if target:
            seen.add(target)
        kept.append(record.cells)
    return replace(case, records=tuple(kept))


def told(report: Report) -> dict[str, object]:
    """What a report says of the file, whichever run it was."""
    examples_told = dict(report.examples)
    return {
        **workbench.counts(report),
        "findings": dict(report.findings),
        "examples": examples_told,
        "notes": report.notes,
        "sha256": report.sha256,
    }


@examples(7)
@given(case=strategies.cases(), later=st.sampled_from([timedelta(), timedelta(days=30), timedelta(days=9_000)]))
def test_importing_again_changes_nothing(bench: Bench, case: Case, later: timedelta) -> None:
    bench.clear()
    if case.settings.patch:
        # Under patch a row is judged with what is stored, so another row for the same target may turn it around.
        case = without_repeated_targets(case)
    content, _ = workbench.render(case)
    assume(content)
    file, store = bench.file(content), bench.store(case.store)
    first = workbench.run(case, file, store)
    before = workbench.tracking(store)
    second = workbench.run(case, file, store, later=later)
    assert workbench.tracking(store) == before
    assert (second.created, second.updated, second.deleted) == (0, 0, 0)
    # Under patch, a row that the first import deleted fills no cells any more, so the line that did it may be rejected.
    if not (case.settings.patch and first.deleted):
        assert (second.superseded, second.rejected) == (first.superseded, first.rejected)


@examples(7)
@given(case=strategies.cases(), batch_rows=st.sampled_from([1, 2, 3, 5]))
def test_the_size_of_batches_makes_no_difference(bench: Bench, case: Case, batch_rows: int) -> None:
    bench.clear()
    content, _ = workbench.render(case)
    file, whole, cut = bench.file(content), bench.store(case.store), bench.store(case.store)
    rejects = bench.path(".csv"), bench.path(".csv")
    in_one = workbench.run(case, file, whole, rejects=rejects[0])
    in_many = workbench.run(case, file, cut, rejects=rejects[1], batch_rows=batch_rows)
    assert in_one.run is not None
    assert in_many.run is not None
    found = [milepost.read_findings(whole, in_one.run), milepost.read_findings(cut, in_many.run)]
    assert found[0].rows() == found[1].rows()
    assert told(in_one) == told(in_many)
    assert workbench.tracking(whole) == workbench.tracking(cut)
    assert rejects[0].read_bytes() == rejects[1].read_bytes()


@examples(7)
@given(case=strategies.cases())
def test_a_check_says_what_the_import_says_and_writes_nothing(bench: Bench, case: Case) -> None:
    bench.clear()
    content, _ = workbench.render(case)
    file, store = bench.file(content), bench.store(case.store)
    rejects = bench.path(".csv"), bench.path(".csv")
    before, names = bench.stores.trace(store), sorted(bench.folder.iterdir())
    check = workbench.run(case, file, store, dry_run=True, rejects=rejects[0])
    assert bench.stores.trace(store) == before
    assert sorted(bench.folder.iterdir()) == sorted([*names, rejects[0]])
    assert (check.run, check.dry_run) == (None, True)
    done = workbench.run(case, file, store, rejects=rejects[1])
    assert told(check) == told(done)
    # A check is no run that a rejected row could name.
    assert rejects[0].read_bytes() == rejects[1].read_bytes().replace(f" [run {done.run}]".encode(), b"")


@examples(7)
@given(case=strategies.cases())
def test_importing_what_was_exported_changes_nothing(bench: Bench, case: Case) -> None:
    bench.clear()
    store, exported = bench.store(case.store), bench.path(".csv")
    before = workbench.tracking(store)
    milepost.export_tracking(store, exported)
    report = milepost.import_file(exported, store, now=case.now)
    locked = {
        version.id
        for version in case.store.versions
        if oracle_values.key(version.publisher or "") == "crossknowledge"
        or oracle_values.key(version.runtime or "") == "easyquizz"
    }
    assert workbench.tracking(store) == before
    assert report.rows == len(before)
    assert report.rejected == len([version for _, version in before if version in locked])
    assert report.unchanged == report.rows - report.rejected


@st.composite
def spoilt(draw: DrawFn) -> tuple[Case, Case]:
    """A case of which every row is accepted, and the same with some rows that are not."""
    clean = without_repeated_targets(draw(strategies.cases()), accepted_only=True)
    assume(clean.records)
    return clean, replace(clean, records=tuple(spoil(draw, clean, cells) for cells in clean.records))


def spoil(draw: DrawFn, case: Case, cells: tuple[str, ...]) -> tuple[str, ...]:
    """The record, or one in its place that is rejected."""
    how = draw(st.sampled_from(["not", "one cell", "one cell", "short", "long"]))
    if how == "short" and not case.settings.pads:
        return cells[: len(case.file_columns)][:-1]
    if how == "long":
        return (*cells, "more")
    if how in ("not", "short"):
        return cells
    cells = oracle_values.fitted(cells, len(case.file_columns), case.settings)
    used = [place for place, name in enumerate(case.used_columns) if name is not None]
    place = draw(st.sampled_from(used))
    text = draw(st.sampled_from(["nobody at all", "\0", 'no "such"\r\nthing', "=nobody", "''-nobody"]))
    return (*cells[:place], text, *cells[place + 1 :])


@examples(7)
@given(cases=spoilt())
def test_mended_rejects_make_up_for_what_was_rejected(bench: Bench, cases: tuple[Case, Case]) -> None:
    bench.clear()
    clean, dirty = cases
    content, _ = workbench.render(clean)
    wanted = bench.store(clean.store)
    assert workbench.run(clean, bench.file(content), wanted).rejected == 0

    content, records = workbench.render(dirty)
    store, rejects = bench.store(dirty.store), bench.path(".csv")
    report = workbench.run(dirty, bench.file(content), store, rejects=rejects)
    rejected = [
        (record, mended)
        for record, mended in zip(records, clean.records, strict=True)
        if record.cells != mended and any(oracle_values.clean(cell) for cell in record.cells)
    ]
    assert report.rejected == len(rejected)
    header, rows = read_rejects(dirty, rejects)
    assert header[-3:] == ["_line", "_codes", "_messages"]
    assert [row[-3] for row in rows] == [str(record.line) for record, _ in rejected]
    assert [row[:-3] for row in rows] == [as_it_stood(dirty, record) for record, _ in rejected]
    found = workbench.findings(store, report.run)
    assert [row[-2].split() for row in rows] == [[code for code, _ in found[record.line]] for record, _ in rejected]

    mended = [[*cells, *row[-3:]] for row, (_, cells) in zip(rows, rejected, strict=True)]
    again = bench.file("".join(workbench.written(dirty, cells) for cells in [header, *mended]).encode())
    mending = workbench.run(dirty, again, store)
    assert (mending.rejected, mending.mends) == (0, report.run if rejected else None)
    assert workbench.values(store) == workbench.values(wanted)


def read_rejects(case: Case, path: Path) -> tuple[list[str], list[list[str]]]:
    """The first line of a rejects file, and its other records."""
    text = path.read_bytes().decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=case.delimiter, strict=True)
    return header, rows


def as_it_stood(case: Case, record: Record) -> list[str]:
    """The cells of a rejected record, with empty ones to the width of the file, and none of them a formula."""
    whole = oracle_values.fitted(record.cells, len(case.file_columns), case.settings)
    cells = [*whole, *[""] * (len(case.file_columns) - len(whole))]
    job = case.settings
    return cells if job.raw else [spelling.unlike_a_formula(oracle_values.as_meant(cell, job)) for cell in cells]
