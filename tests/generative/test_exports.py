"""Whatever a store holds, and in whatever lossless form it is exported, to import that changes nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

import milepost
from generative import oracle_values, strategies, workbench
from generative.effort import examples
from generative.strategies import Case
from generative.workbench import Bench
from milepost.formats.write.appearance import losses
from milepost.model.columns import Status
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.export import Appearance, ExportJob, Provider
from milepost.model.export_columns import COLUMNS
from milepost.model.file_formats import FileFormat
from milepost.model.job import Job, Parameters, Reading, TimeFormat

LOSSLESS = st.builds(
    Appearance,
    file_format=st.sampled_from([FileFormat.CSV, FileFormat.TSV, FileFormat.XLSX, FileFormat.PARQUET]),
    date_time_format=st.sampled_from(["YYYY-MM-DD HH:II:SS", "DD/MM/YYYYTHH.II.SS", "HHIISS;DD,MM,YYYY"]).map(
        DateTimeFormat.parse
    ),
    time_zone=st.sampled_from(["UTC", "Etc/GMT+3", "Etc/GMT-14"]),
    time_global_format=st.sampled_from([TimeFormat.RAW_SECONDS, TimeFormat.RAW_MINUTES, TimeFormat.ISO_8601]),
    status_words=st.sampled_from([{}, {Status.PASSED: "=1+1", Status.INCOMPLETE: "en cours, peut-être"}]),
    decimal=st.sampled_from(".,"),
    delimiter=st.sampled_from(",;|\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    raw=st.booleans(),
)
"""The combinations that docs/exports.md calls lossless."""


def reader(appearance: Appearance) -> Job:
    """The import with the same settings."""
    is_text = appearance.file_format in (FileFormat.CSV, FileFormat.TSV)
    delimiter = "\t" if appearance.file_format is FileFormat.TSV else appearance.delimiter
    return Job(
        reading=Reading(
            delimiter=delimiter if is_text else None,
            encoding=appearance.encoding if is_text else "utf-8",
            raw=appearance.raw,
        ),
        parameters=Parameters(
            date_time_format=appearance.date_time_format,
            time_zone=appearance.time_zone,
            # Parquet has seconds, whatever the time format.
            time_global_format=TimeFormat.RAW_SECONDS
            if appearance.file_format is FileFormat.PARQUET
            else appearance.time_global_format,
            decimal=appearance.decimal,
            status_words=appearance.status_words,
        ),
    )


@examples(12)
@given(case=strategies.cases(), appearance=LOSSLESS)
def test_importing_a_lossless_export_changes_nothing(bench: Bench, case: Case, appearance: Appearance) -> None:
    bench.clear()
    assert losses(COLUMNS[Provider.TRACKING], appearance) == ()
    store, exported = bench.store(case.store), bench.path(f".{appearance.file_format}")
    before = workbench.tracking(store)
    assert milepost.export(store, exported, ExportJob(Provider.TRACKING, appearance=appearance)) == len(before)
    report = milepost.import_file(exported, store, reader(appearance), now=case.now)
    locked = {
        version.id
        for version in case.store.versions
        if oracle_values.key(version.publisher or "") == "crossknowledge"
        or oracle_values.key(version.runtime or "") == "easyquizz"
    }
    assert workbench.tracking(store) == before
    assert (report.rows, report.rejected) == (len(before), len([one for _, one in before if one in locked]))
    assert report.unchanged == report.rows - report.rejected


@examples(10)
@given(case=strategies.cases(), appearance=LOSSLESS)
def test_without_a_header_the_columns_are_told(bench: Bench, case: Case, appearance: Appearance) -> None:
    bench.clear()
    assume(appearance.file_format is not FileFormat.PARQUET)
    appearance = replace(appearance, header=False)
    store, exported = bench.store(case.store), bench.path(f".{appearance.file_format}")
    before = workbench.tracking(store)
    assume(before)  # a file without a byte is refused
    milepost.export(store, exported, ExportJob(Provider.TRACKING, appearance=appearance))
    names = tuple(column.name for column in COLUMNS[Provider.TRACKING])
    job = reader(appearance)
    job = replace(job, reading=replace(job.reading, skip_first_line=False, columns=names))
    report = milepost.import_file(exported, store, job, now=case.now)
    assert workbench.tracking(store) == before
    assert report.rows == len(before)
    assert report.unchanged + report.rejected == report.rows
