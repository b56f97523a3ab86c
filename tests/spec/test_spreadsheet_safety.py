"""Texts that a spreadsheet would take for a formula have an apostrophe more in a file: nothing is lost by it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]

import milepost
from databases.stores import Stores
from milepost import Reading
from spec.load_bench import Bench
from spec.tables import SCHOOL, Tables

WRITTEN = {
    "=x": "'=x",
    "'=y": "''=y",
    "''=z": "'''=z",
    "-5": "-5",
    "'-5": "''-5",
    "+1,5": "+1,5",
    "-x": "'-x",
    "@x": "'@x",
    "'x": "'x",
    "x=1": "x=1",
}
"""Log-in names, and how files have them that are written."""

REFERENCE = SCHOOL.replace("    line-2\n", "".join(f"    {text}\n" for text in WRITTEN.values())).replace(
    "    line-2 | spring\n", "".join(f"    {text} | spring\n" for text in WRITTEN.values())
)
HEADER = "candidateLogin;sessionGuid;lovCode;progression;=Remark\n"


@pytest.fixture
def formulas(holding: Callable[[str], Tables]) -> Tables:
    """A store whose learners have such names."""
    return holding(REFERENCE)


def imports(
    tables: Tables, content: str | Path, *, rejects: io.BytesIO | None = None, raw: bool = False
) -> milepost.Report:
    """Imports a file, by its content or its path."""
    file = content
    if isinstance(content, str):
        file = tables.folder / "file.csv"
        file.write_text(content, "utf-8")
    job = milepost.configure(None, delimiter="semicolon", header_ignore=["=Remark"], raw=raw)
    return milepost.import_file(file, tables.database, job, rejects=rejects)


def rows(content: io.BytesIO, delimiter: str = ";") -> list[list[str]]:
    """The records of a file that was written."""
    return list(csv.reader(io.StringIO(content.getvalue().decode(), newline=""), delimiter=delimiter))


def text(records: list[list[str]]) -> str:
    """A file."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=";", lineterminator="\n").writerows(records)
    return written.getvalue()


def test_one_apostrophe_is_taken_off(formulas: Tables) -> None:
    formulas.imports(
        """
        candidateLogin | sessionGuid | lovCode | becomes
        =x             | spring      | '=intro | rejected
          ! learning-object-not-found
        '=x            | 'spring     | intro   | rejected
          ! registration-not-found
        '=x            | spring      | intro   | created
        ''=y           | spring      | intro   | created
        '''=z          | spring      | intro   | created
        -5             | spring      | intro   | created
        ''-5           | spring      | intro   | created
        +1,5           | spring      | intro   | created
        -x             | spring      | intro   | created
        '@x            | spring      | intro   | created
        'x             | spring      | intro   | created
        x=1            | spring      | intro   | created
        """
    )
    assert sorted(row["candidateLogin"] for row in formulas.stored()) == sorted(WRITTEN.values())


def test_the_text_itself_is_judged(formulas: Tables) -> None:
    report = formulas.imports(
        """
        candidateLogin | score | progression | becomes
        '@x            | '-5   | 50          | rejected
          ! out-of-range score
        '@x            | '+5   | 50          | created
        'x             | 5     | '=1         | rejected
          ! invalid-number progression
        """
    )
    assert [found["value"] for found in formulas.findings(report)] == ["-5", "=1"]


def test_raw_takes_nothing_off(formulas: Tables) -> None:
    formulas.imports(
        """
        candidateLogin | becomes
        ''=z           | created
        '=y            | created
        '=x            | rejected
          ! registration-not-found
        =x             | created
        """,
        rawText="yes",
    )


def test_what_is_exported_changes_nothing(formulas: Tables) -> None:
    content = HEADER + "".join(f"{written};spring;intro;50;\n" for written in WRITTEN.values())
    assert imports(formulas, content).created == len(WRITTEN)
    exported = io.BytesIO()
    milepost.export_tracking(formulas.database, exported)
    assert sorted(row[0] for row in rows(exported, ",")[1:]) == sorted(WRITTEN.values())
    path = formulas.folder / "exported.csv"
    path.write_bytes(exported.getvalue())
    assert milepost.import_file(path, formulas.database).unchanged == len(WRITTEN)


def test_rejected_rows_come_back_as_the_same(formulas: Tables) -> None:
    content = HEADER + "".join(
        f"{written};spring;intro;x;'=1+1\n{written};spring;intro;50;;=a\n" for written in WRITTEN.values()
    )
    rejects, again = io.BytesIO(), io.BytesIO()
    first = imports(formulas, content, rejects=rejects)
    header, *rejected = rows(rejects)
    assert header == ["candidateLogin", "sessionGuid", "lovCode", "progression", "'=Remark", *header[-3:]]
    assert [row[0] for row in rejected] == [written for written in WRITTEN.values() for _ in range(2)]
    assert [row[4:-3] for row in rejected] == [["'=1+1"], ["", "'=a"]] * len(WRITTEN)

    unmended = imports(formulas, text([header, *rejected]), rejects=again)
    assert (unmended.mends, unmended.rejected) == (first.run, len(rejected))
    assert [row[:-3] for row in rows(again)] == [row[:-3] for row in rows(rejects)]

    mended = imports(formulas, text([header, *([*row[:3], "50", row[4], *row[-3:]] for row in rejected)]))
    assert (mended.mends, mended.rejected, mended.created) == (first.run, 0, len(WRITTEN))
    assert sorted(row["candidateLogin"] for row in formulas.stored()) == sorted(WRITTEN.values())


def test_raw_rejects_are_as_they_stood(formulas: Tables) -> None:
    records = [*(f"{login};spring;intro;x;=1" for login in WRITTEN), "=x;-x", "=x;spring;intro;50;;+a"]
    rejects = io.BytesIO()
    first = imports(formulas, HEADER + "\n".join(records), rejects=rejects, raw=True)
    header, *rejected = rows(rejects)
    assert ";".join(header[:-3]) + "\n" == HEADER
    assert [";".join(row[:-3]).removesuffix(";;;") for row in rejected] == records
    mended = [[*row[:3], "50", *row[4:]] for row in rejected[:-2]]
    again = imports(formulas, text([header, *mended]), raw=True)
    assert (again.mends, again.created) == (first.run, len(WRITTEN))


def test_rejects_of_a_spreadsheet_come_back_as_the_same(formulas: Tables) -> None:
    path = formulas.folder / "file.xlsx"
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEADER.strip().split(";"), *([login, "spring", "intro"] for login in WRITTEN)]):
            for place, cell in enumerate([*row[:3], "progression" if number == 0 else "x"]):
                sheet.write_string(number, place, cell)
    rejects = io.BytesIO()
    job = milepost.configure(None, delimiter="semicolon")
    first = milepost.import_file(path, formulas.database, job, rejects=rejects)
    header, *rejected = rows(rejects)
    assert [row[0] for row in rejected] == list(WRITTEN.values())
    again = formulas.folder / "again.csv"
    again.write_text(text([header, *([*row[:3], "50", *row[4:]] for row in rejected)]))
    mended = milepost.import_file(again, formulas.database)
    assert (mended.mends, mended.created) == (first.run, len(WRITTEN))


@pytest.mark.parametrize("raw", [True, False])
def test_such_a_file_can_be_verified(formulas: Tables, *, raw: bool) -> None:
    names = [name if raw else written for name, written in WRITTEN.items()]
    report = imports(formulas, HEADER + "".join(f"{name};spring;intro;50;=1\n{name}\n" for name in names), raw=raw)
    assert (report.created, report.rejected) == (len(WRITTEN), len(WRITTEN))
    assert report.run is not None
    verified = milepost.verify_run(formulas.database, report.run, formulas.folder / "file.csv")
    assert verified.is_sound
    assert verified.file is not None
    assert (verified.file.rows, verified.file.written, verified.file.found) == (report.rows, 10, 10)


def test_another_configuration_is_another_plan(formulas: Tables) -> None:
    path = formulas.folder / "plan.csv"
    path.write_text("candidateLogin,sessionGuid,lovCode\n'=x,spring,intro\n")
    checked = milepost.import_file(path, formulas.database, milepost.configure(None), dry_run=True)
    with pytest.raises(milepost.ExpectationError, match="the configuration"):
        milepost.import_file(path, formulas.database, milepost.configure(None, raw=True), expect=checked.digest)


@pytest.mark.parametrize(("raw", "written"), [(False, "'=x"), (True, "=x")])
def test_changes_are_listed_likewise(formulas: Tables, written: str, *, raw: bool) -> None:
    job = milepost.configure(None, raw=raw)
    path = formulas.folder / "changes.csv"
    listed = io.BytesIO()
    for progression in (60, 50):
        path.write_text(f"candidateLogin,sessionGuid,lovCode,progression\n=x,spring,intro,{progression}\n")
        milepost.import_file(path, formulas.database, job, changes=listed if progression == 50 else None)
    assert rows(listed, ",")[1][1] == written


@pytest.mark.parametrize(
    ("raw", "names"), [(False, "=SUM(1) | '=x | -1 | -1 | 'Anna"), (True, "'=SUM(1) | ''=x | -1 | '-1 | 'Anna")]
)
def test_reference_data_is_read_by_the_same_rule(stores: Stores, tmp_path: Path, names: str, *, raw: bool) -> None:
    bench = Bench(tmp_path, stores.empty())
    path = tmp_path / "learners.csv"
    path.write_text("candidateLogin,candidateName\na,'=SUM(1)\nb,''=x\nc,-1\nd,'-1\ne,'Anna\n'=f,a,b\n")
    rejects = io.BytesIO()
    report = milepost.load_file("learners", path, bench.database, Reading(delimiter=",", raw=raw), rejects=rejects)
    assert (report.created, report.rejected) == (5, 1)
    assert " | ".join(bench.stored("learner", "name")) == names
    assert rows(rejects, ",")[1][:3] == ["'=f", "a", "b"]
