"""What a program that uses the library may rely on: nouns that travel between processes, and names that are shown."""

from __future__ import annotations

import multiprocessing
import pickle
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import milepost
from milepost.model.exceptions import ERRORS as CODES
from milepost.model.exceptions import Mistake
from milepost.model.findings import CODES as FINDINGS
from milepost.model.wording import NOTES

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def rich_job() -> milepost.Job:
    """A job with something in every mapping that it has."""
    return milepost.configure(
        None,
        settings={"trackingStatus.completed": "done", "dateTimeFormat": "DD/MM/YYYY", "decimal": "comma"},
        merge={"score": "highest", "row": "newer"},
        limits={"rejected": "5%"},
        header_map={"Student": "candidateLogin"},
        header_ignore={"Banked"},
        mode="patch",
    )


def report() -> milepost.Report:
    """A report with something in every mapping that it has."""
    finding = milepost.Finding(2, "superseded", None, None, "A later line", "line 3 wins")
    kinds = dict.fromkeys(milepost.ChangeKind, 1)
    return milepost.Report(
        run=1,
        file="a.csv",
        sha256="0",
        dry_run=False,
        rows=1,
        created=1,
        updated=0,
        unchanged=0,
        deleted=0,
        superseded=0,
        rejected=0,
        findings={"superseded": 1},
        seconds=0.1,
        started_at=NOW,
        examples={"superseded": finding},
        changes=milepost.Changes(kinds, {milepost.ChangeKind.RESET: {"score": 1}}),
    )


NOUNS = [
    milepost.Job(),
    rich_job(),
    milepost.Reading(),
    milepost.Parameters(),
    report(),
    milepost.ExportJob(milepost.Provider.TRACKING),
    milepost.Filters(),
    milepost.Period(),
    milepost.Appearance(),
    milepost.Limit(5, is_percentage=True),
    milepost.UndoReport(1, 2, "a.csv", False, 0, 0, 0, 0, 0, (), 0.1, NOW),
    milepost.PruneReport(True, NOW, (1,), 0, ()),
    milepost.VerifiedFile("a.csv", "0", is_same=True),
    milepost.DateTimeFormat.parse("DD/MM/YYYY"),
]


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: type(noun).__name__)
def test_a_noun_survives_pickling(noun: object) -> None:
    assert pickle.loads(pickle.dumps(noun)) == noun  # noqa: S301 - our own


ERRORS = [
    milepost.MilepostError("a sentence"),
    milepost.UsageError("a sentence"),
    milepost.FileError("a sentence"),
    milepost.StoreError("a sentence"),
    milepost.ExpectationError("a sentence"),
    milepost.ConfigurationError("a.xml", (Mistake(3, "a mistake"),)),
    milepost.StoreError("a sentence", code="store-busy"),
]
for _error in ERRORS:
    _error.run = 7


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_exception_survives_pickling(error: milepost.MilepostError) -> None:
    read = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (type(read), str(read), vars(read)) == (type(error), str(error), vars(error))
    assert (read.code, read.run, read.retry) == (error.code, 7, error.code == "store-busy")
    assert read.code in CODES


def test_every_code_that_is_raised_or_noted_is_documented() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(milepost.__file__).parent.rglob("*.py"))
    raised = set(re.findall(r'\bcode(?:: str)? = "([\w-]+)"', source)) | set(re.findall(r'\bcode="([\w-]+)"', source))
    assert raised - {"note", *FINDINGS} <= set(CODES)
    assert [code for code in CODES if source.count(f'"{code}"') < 2] == []
    noted = set(re.findall(r'Note\([^()]*(?:\([^()]*\)[^()]*)*, "([\w-]+)"\)', source))
    assert noted
    assert noted <= set(NOTES)


def import_elsewhere(file: Path, database: str, job: milepost.Job) -> milepost.Report:
    """What a worker process does."""
    return milepost.import_file(file, database, job, now=NOW)


def test_an_import_may_be_done_by_a_process_that_was_spawned(tmp_path: Path) -> None:
    file, database = tmp_path / "tracking.csv", str(tmp_path / "milepost.db")
    file.write_text("Student,lovCode,sessionGuid\na,b,c\n", "utf-8")
    job = milepost.configure(None, delimiter="comma", header_map={"Student": "candidateLogin"})
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply(import_elsewhere, (file, database, job))
        with pytest.raises(milepost.FileError, match="There is no file"):
            pool.apply(import_elsewhere, (tmp_path / "missing.csv", database, job))
    assert (found.rows, dict(found.findings)) == (1, {"registration-not-found": 1})


def test_the_public_names_are_shown() -> None:
    assert set(milepost.__all__) <= set(dir(milepost))
    assert all(not name.startswith("_") or name == "__version__" for name in dir(milepost))


def test_ages_and_instants_are_those_of_the_standard_library() -> None:
    with pytest.raises(milepost.UsageError, match="negative"):
        milepost.prune_runs("nowhere.db", timedelta(days=-1))


def test_a_panic_of_a_library_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def panic(*_: object) -> None:
        raise pl.exceptions.PanicException("index out of bounds")

    monkeypatch.setattr("milepost.reading.runs.read_store", panic)
    with pytest.raises(milepost.MilepostError, match=r"This is a bug in Milepost: index out of bounds\.") as told:
        milepost.runs("nowhere.db")
    assert told.value.code == "bug"


def test_public_functions_are_pickled_by_their_names() -> None:
    assert pickle.loads(pickle.dumps(milepost.undo)) is milepost.undo  # noqa: S301 - our own
    assert milepost.configure.__doc__
