"""Files as people have them: small ones, each of which stands for a kind, and neighbours of that kind."""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped]
import xlwt
from odf.number import Number, NumberStyle
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style
from odf.table import Table, TableCell, TableColumn, TableRow

import milepost
from functional.workbench import Outcome, run_here

pytestmark = pytest.mark.usefixtures("read_by_server")

CASES = Path(__file__).parents[1] / "data" / "cases"
KINDS = ("learners", "learning-objects", "trainings", "contents", "sessions", "registrations")
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the reference data of the cases."""
    store = tmp_path_factory.mktemp("store") / "reference.db"
    for kind in KINDS:
        milepost.load_file(kind, CASES / "reference" / f"{kind.replace('-', '_')}.csv", str(store))
    return store


@pytest.fixture
def imports(reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Imports a case, or a file with the text given, into a fresh store with those options."""
    monkeypatch.chdir(tmp_path)

    def run(file: str, *options: str) -> Outcome:
        shutil.copy(reference, "milepost.db")
        path = CASES / file
        if "\n" in file:
            path = tmp_path / "file.csv"
            path.write_text(file, "utf-8")
        return run_here("import", path, *options)

    return run


def stored(*columns: str) -> list[Any]:
    """The stored rows, as the cells of these columns."""
    rows = csv.DictReader(io.StringIO(run_here("export", "tracking").stdout))
    return [tuple(row[name] for name in columns) for row in rows]


def hints() -> list[str]:
    """The hints of the import, in the order of its findings."""
    return milepost.read_findings("milepost.db", len(KINDS) + 1)["hint"].to_list()


def test_numbers_with_separators_of_thousands(imports: Callable[..., Outcome]) -> None:
    """The hints name both readings; the settings make them numbers."""
    outcome = imports("08c_thousands_min.csv")
    assert (outcome.status, len(hints())) == (1, 3)
    for hint, number, other in zip(hints(), ("1234", "2000", "5400"), ("1.234", "2.000", "5.400"), strict=False):
        assert f"it is {number} with thousands comma, {other} with decimal comma" in hint
    assert imports("08c_thousands_min.csv", "--set", "thousands=comma").status == 0
    assert stored("score", "scoreMax", "timeSpent") == [("1234", "2000", "5400")]


def test_a_clock_time_with_a_fraction(imports: Callable[..., Outcome]) -> None:
    assert imports("01b_min.csv").status == 0
    assert stored("timeSpent") == [("751",)]
    start = "candidateLogin,lovCode,sessionGuid,timeSpent\nanna.berg,SAFE-01,s-2024,"
    for text, seconds in (("0:12:30.499999", 750), ('"0:12:30,5"', 751), ("100000:00:00.0", 360000000)):
        assert imports(f"{start}{text}\n").status == 0
        assert stored("timeSpent") == [(str(seconds),)]
    for text in ("12:30.5", "0:12:60.5", "0:12:30.", "0:12:30.5.1"):
        assert imports(f"{start}{text}\n", "--json").document["findings"] == {"invalid-duration": 1}


HEADER = "candidateLogin;lovCode;sessionGuid;score;scoreMax\nanna.berg;SAFE-01;s-2024;"


@pytest.mark.parametrize(
    ("cells", "settings"),
    [
        ("1.234,5;2.000", "decimal=comma thousands=point"),
        ("1 234,5;2\u202f000", "decimal=comma thousands=blank"),
        ("1'234.5;2\u2019000", "thousands=apostrophe"),
        ("1.234,5;2000", "decimal=either"),
        ("1 234,5;2 000", "decimal=either thousands=blank"),
    ],
)
def test_numbers_of_other_countries(imports: Callable[..., Outcome], cells: str, settings: str) -> None:
    options = [word for setting in settings.split() for word in ("--set", setting)]
    assert imports(HEADER + cells + "\n", *options).status == 0
    assert stored("score", "scoreMax") == [("1234.5", "2000")]
    document = run_here("config", "write", *options).stdout
    assert all("<{}>{}</".format(*setting.split("=")) in document for setting in settings.split())


def test_a_separator_cannot_be_both(imports: Callable[..., Outcome]) -> None:
    outcome = imports("08c_thousands_min.csv", "--set", "decimal=comma", "--set", "thousands=comma")
    assert outcome.status == 2
    assert "decimal and thousands are the same sign; the two must differ" in outcome.stderr


NULL_MARKERS = "nullMarkers=-|N/A|NULL|Never|0000-00-00 00:00:00"


def outcomes(outcome: Outcome) -> dict[str, int]:
    """What became of the rows, without what did not occur."""
    names = ("created", "updated", "unchanged", "deleted", "superseded", "skipped", "rejected")
    return {name: outcome.document[name] for name in names if outcome.document.get(name)}


WHO = "candidateLogin,lovCode,sessionGuid"
SHORT = f"{WHO},score\nanna.berg,SAFE-01,s-2024\nben.cole,SAFE-01,s-2024,5,,\ndan.old,SAFE-01,s-2024,5,,x\n"
FOR_ALL = ["--default", "lovCode=SAFE-01", "--default", "sessionGuid=s-2024"]


@pytest.mark.parametrize(
    ("file", "options", "became"),
    [
        ("14_sep_line.csv", [], {"created": 1}),
        ("15_preamble.csv", ["--set", "headerRow=5", "--skip", "candidateLogin=Total"], {"created": 1, "skipped": 1}),
        ("20_null_markers.csv", ["--set", NULL_MARKERS], {"created": 3, "rejected": 2}),
        ("26_no_session_column.csv", ["--default", "sessionGuid=s-2024"], {"created": 2}),
        ("23b_trailing_min.csv", [], {"created": 2, "rejected": 1}),
        ("23b_trailing_min.csv", ["--set", "padShortRows=yes"], {"created": 3}),
        (SHORT, [], {"created": 1, "rejected": 2}),
        (SHORT, ["--set", "padShortRows=yes"], {"created": 2, "rejected": 1}),
        (SHORT.replace(",", ";"), ["--set", "padShortRows=yes"], {"created": 2, "rejected": 1}),
        (SHORT, ["--set", "padShortRows=yes", "--skip", "candidateLogin=dan.old"], {"created": 2, "skipped": 1}),
        (f"{WHO}\nanna.berg\n", ["--set", "padShortRows=yes", *FOR_ALL], {"created": 1}),
        (f"{WHO}\nanna.berg,,\nben.cole,ETHICS,\n", FOR_ALL, {"created": 2}),
        (f"{WHO}\nanna.berg,,s-1900\n", FOR_ALL, {"rejected": 1}),
        ("candidateLogin\nanna.berg\nben.cole\n", FOR_ALL, {"created": 2}),
        ("score\n5\n", [*FOR_ALL, "--default", "candidateLogin=anna.berg"], {"created": 1}),
        ("candidateLogin\nanna.berg\n", [*FOR_ALL[:2], "--default", "sessionGuid=s-1900"], {"rejected": 1}),
    ],
)
def test_what_becomes_of_rows(
    imports: Callable[..., Outcome], file: str, options: list[str], became: dict[str, int]
) -> None:
    outcome = imports(file, "--json", *options)
    assert outcomes(outcome) == became
    assert outcome.status == (1 if "rejected" in became else 0)


@pytest.mark.parametrize(
    ("file", "options", "status", "said"),
    [
        ("26_no_session_column.csv", ["--default", "sessionGuid=s-2024", "--min-rows", "3"], 3, "(minRows)"),
        ("06c_completion_status_min.csv", [], 2, 'it may mean "trackingStatus"\nSay what a header means with --map'),
        ("06c_completion_status_min.csv", [], 2, 'suggested: --map "Completion Status=trackingStatus"\n'),
        ("14_sep_line.csv", [], 0, "The cells are separated by semicolons, as the first line says."),
        ("15_preamble.csv", [], 2, 'If the header stands there, use --set "headerRow=5".'),
        ("15_preamble.csv", [], 2, 'line 1 has no name of a column, but line 5 has: "candidateLogin", "lovCode", '),
        ("23b_trailing_min.csv", [], 1, "set padShortRows to yes"),
    ],
)
def test_what_is_said_of_files(
    imports: Callable[..., Outcome], file: str, options: list[str], status: int, said: str
) -> None:
    outcome = imports(file, *options)
    assert outcome.status == status
    assert said in outcome.stdout + outcome.stderr


def test_a_spreadsheet_with_percent_cells(imports: Callable[..., Outcome]) -> None:
    assert imports("05e_percent_min.xlsx").status == 0
    assert stored("progression", "trackingStatus") == [("100", "completed")]


FORMATTED: tuple[list[tuple[Any, str]], ...] = (
    [
        ("candidateRefNumber", ""),
        ("lovCode", ""),
        ("sessionGuid", ""),
        ("progression", ""),
        ("score", ""),
        ("scoreMax", ""),
    ],
    [(123, "00000"), ("SAFE-01", ""), ("s-2024", ""), (0.285, "0%"), (0.9, "0%"), (None, "")],
    [(124, "00000"), ("SAFE-01", ""), ("s-2024", ""), (0.07, "0%"), (0.333, "0%"), (7, "00000")],
    [(125, "00000"), ("SAFE-01", ""), ("s-2024", ""), (8.5, "0%"), (0.5, "0%"), (0.2, "0%")],
)
"""Rows of a spreadsheet: values with their formats."""


def xlsx(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Tracking")
        for row, cells in enumerate(FORMATTED):
            for place, (value, form) in enumerate(cells):
                sheet.write(row, place, value, book.add_format({"num_format": form}) if form else None)


def xls(path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Tracking")
    for row, cells in enumerate(FORMATTED):
        for place, (value, form) in enumerate(cells):
            sheet.write(row, place, value, xlwt.easyxf(num_format_str=form or "General"))
    book.save(str(path))


def ods(path: Path) -> None:
    """The column of reference numbers has the format of zeros, as LibreOffice writes it, and one cell has it too."""
    book = OpenDocumentSpreadsheet()
    zeros = NumberStyle(name="N5")
    zeros.addElement(Number(decimalplaces="0", minintegerdigits="5"))
    for element in (zeros, Style(name="ce1", family="table-cell", datastylename="N5")):
        book.automaticstyles.addElement(element)
    table = Table(name="Tracking")
    table.addElement(TableColumn(defaultcellstylename="ce1"))
    for cells in FORMATTED:
        row = TableRow()
        for place, (value, form) in enumerate(cells):
            attributes = {"valuetype": "percentage" if form == "0%" else "float", "value": str(value)}
            if isinstance(value, str) or value is None:
                attributes = {"valuetype": "string", "stringvalue": value} if value else {}
            elif form == "00000" and place:
                attributes["stylename"] = "ce1"
            row.addElement(TableCell(**attributes))
        table.addElement(row)
    book.spreadsheet.addElement(table)
    book.save(str(path))


@pytest.mark.parametrize("write", [xlsx, xls, ods])
def test_formats_of_cells(imports: Callable[..., Outcome], tmp_path: Path, write: Callable[[Path], None]) -> None:
    """Percentages are what they show, unrounded; numbers of zeros alone are padded in text columns."""
    path = tmp_path / f"book.{write.__name__}"
    write(path)
    outcome = imports(str(path), "--set", "decimal=comma", "--rejects", "rejects.csv")
    assert outcome.status == 1, outcome
    assert "look like fractions" not in outcome.stdout
    columns = ("candidateRefNumber", "progression", "score", "scoreMax")
    assert stored(*columns) == [("00123", "28.5", "90", "100"), ("00124", "7", "2.331", "7")]
    assert hints() == ['"0.2" is not a whole number', '"850%" is out of range: at most 100 is allowed']
    rejected = Path("rejects.csv").read_text("utf-8").splitlines()[1]
    assert rejected.startswith('00125,SAFE-01,s-2024,850%,50%,"0,2",4,')
    assert imports(str(Path("rejects.csv").absolute()), "--set", "decimal=comma").status == 1
    assert hints() == ['"0,2" is not a whole number', '"850%" is out of range: at most 100 is allowed']
    assert imports(str(path), "--rejects", "rejects.xlsx").status == 1
    assert imports(str(Path("rejects.xlsx").absolute()), "--set", "decimal=comma").status == 1
    assert hints() == ['"0.2" is not a whole number', '"850%" is out of range: at most 100 is allowed']


def test_fractions_are_noticed(imports: Callable[..., Outcome]) -> None:
    fractions = (
        "candidateLogin,lovCode,sessionGuid,progression\nanna.berg,SAFE-01,s-2024,0.285\nben.cole,SAFE-01,s-2024,1\n"
    )
    assert "look like fractions" in (outcome := imports(fractions)).stdout
    assert '--set "progressionUnit=fraction"' in outcome.stdout
    assert "look like fractions" not in imports(fractions, "--set", "progressionUnit=fraction").stdout
    assert stored("progression") == [("28.5",), ("100",)]


MAP = "from;to\nFire safety;SAFE-01\n 2 ;\n"


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (MAP, 0, "1 created"),
        (
            MAP.replace(";", ",") + "FIRE SAFETY,x\n",
            2,
            'map.csv, line 4: it maps "FIRE SAFETY" twice; keep one of the two.',
        ),
        ("from;other\n", 2, '"other" is no column'),
        ("to\nx\n", 2, "map.csv needs the columns from and to: a text, and what it is read as."),
        (MAP + "x\n", 2, "map.csv, line 4: the row must have 2 cells."),
        (MAP + ";x\n", 2, "it maps an empty text; use default for empty cells"),
    ],
)
def test_a_file_maps_the_texts_of_a_column(
    imports: Callable[..., Outcome], tmp_path: Path, content: str, status: int, said: str
) -> None:
    (tmp_path / "map.csv").write_text(content, "utf-8")
    rows = "candidateLogin;lovCode;sessionGuid;score\nanna.berg;fire safety;s-2024;2\n"
    outcome = imports(rows, "--values", "lovCode=map.csv", "--values", "score=map.csv", "--default", "score=7")
    assert outcome.status == status, outcome
    assert said in outcome.stdout + outcome.stderr
    if status == 0:
        assert stored("lovCode", "score") == [("SAFE-01", "7")]


def test_a_blank_that_is_none_is_spelt_out(imports: Callable[..., Outcome]) -> None:
    outcome = imports("07b_nbsp_min.csv")
    assert outcome.status == 1
    assert 'no session is titled "Spring\\u00a02024"; nearest: "Spring 2024"' in hints()[0]
    assert "Spring\\u00a02024" in outcome.stdout


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("candidateLogin", "anna.\u200bberg", "anna.\\u200bberg"),
        ("lovCode", "SAFE\u00ad-01", "SAFE\\u00ad-01"),
        ("score", "1\u20094", "1\\u20094"),
        ("timeSpent", "\ufeff60", "\\ufeff60"),
        ("lastAccessDate", "2024-01-02\u200e", "2024-01-02\\u200e"),
    ],
)
def test_hints_show_what_cannot_be_seen(imports: Callable[..., Outcome], column: str, text: str, said: str) -> None:
    cells = {"candidateLogin": "anna.berg", "lovCode": "SAFE-01", "sessionGuid": "s-2024", "score": "", "timeSpent": ""}
    cells |= {"lastAccessDate": "", column: text}
    assert imports(f"{','.join(cells)}\n{','.join(cells.values())}\n").status == 1
    assert said in hints()[0]


def test_headers_show_what_cannot_be_seen(imports: Callable[..., Outcome]) -> None:
    rows = "candidateLogin,lovCode,sessionGuid,Reached\u200bScore\nanna.berg,SAFE-01,s-2024,5\n"
    outcome = imports(rows)
    assert outcome.status == 2
    assert '"Reached\\u200bScore" is no column' in outcome.stderr
    assert imports(rows, "--map", "Reached\\u200bScore=score").status == 0


def test_examples_name_the_header_of_the_file(imports: Callable[..., Outcome]) -> None:
    """Only where it is another name than the column's."""
    rows = "Candidate Login,lovCode,sessionGuid,Points,score_max\nanna.berg,SAFE-01,s-2024,x,y\n"
    shown = imports(rows, "--map", "Points=score").stdout
    assert 'line 2, score (header "Points") "x": ' in shown
    assert 'line 2, scoreMax "y": ' in imports(rows.replace("x,y", "5,y"), "--map", "Points=score").stdout
    mapped = "columnsMapping=candidateLogin,lovCode,sessionGuid,score,scoreMax"
    assert 'score (header "Points") "x"' in imports(rows, "--set", mapped).stdout
    bare = rows.partition("\n")[2]
    assert 'line 1, score "x"' in imports(bare, "--set", mapped, "--set", "skipFirstLine=no").stdout


def test_a_cell_of_a_billion_days(imports: Callable[..., Outcome], tmp_path: Path) -> None:
    path = tmp_path / "long.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["candidateLogin", "lovCode", "sessionGuid", "timeSpent"])
        for row, (login, days) in enumerate([("anna.berg", 1e9), ("ben.cole", 1.5), ("dan.old", -1e12)], start=1):
            sheet.write_row(row, 0, [login, "SAFE-01", "s-2024"])
            sheet.write(row, 3, days, book.add_format({"num_format": "[h]:mm:ss"}))
    outcome = imports(str(path), "--json")
    assert (outcome.status, outcome.document["findings"]) == (1, {"invalid-duration": 2})
    assert "panicked" not in outcome.stderr
    assert stored("candidateLogin", "timeSpent") == [("ben.cole", "129600")]


def test_history_without_completion_dates(imports: Callable[..., Outcome]) -> None:
    case = "22_history_no_completion_date.csv"
    assert imports(case, "--json").document["findings"] == {"completion-date-assumed": 1}
    outcome = imports(case, "--set", "completionDateDefault=lastAccess", "--json")
    assert (outcome.status, outcome.document["created"], outcome.document["findings"]) == (0, 1, {})
    assert stored("firstCompletionDate") == [("2019-05-02 10:00:00",)]
    assert run_here("import", CASES / case, "--json").document["unchanged"] == 1
    assert imports(case, "--set", "completionDateDefault=none", "--json").document["findings"] == {}
    assert stored("firstCompletionDate") == [("",)]
    wrong = imports(case, "--set", "completionDateDefault=first")
    assert wrong.status == 2
    assert "write now, lastAccess or none" in wrong.stderr


def test_several_words_for_a_status(imports: Callable[..., Outcome]) -> None:
    words = (
        *("--set", "trackingStatus.completed=Completed|Completed (achieved pass grade)|Exempt"),
        *("--set", "trackingStatus.incomplete=In Progress|Registered"),
    )
    outcome = imports("19_statuses.csv", *words, "--skip", "trackingStatus=Withdrawn", "--json")
    assert (outcome.status, outcome.document["created"], outcome.document["skipped"]) == (0, 5, 1)
    assert sorted(stored("candidateLogin", "lovCode", "trackingStatus")) == [
        ("anna.berg", "SAFE-01", "completed"),
        ("ben.cole", "SAFE-01", "completed"),
        ("dan.old", "SAFE-01", "incomplete"),
        ("eva.lind", "ETHICS", "completed"),
        ("eva.lind", "SAFE-01", "incomplete"),
    ]
    assert imports("19_statuses.csv", *words, "--json").document["findings"] == {"invalid-status": 1}
    start = "candidateLogin,lovCode,sessionGuid,trackingStatus\nanna.berg,SAFE-01,s-2024,"
    escaped = ("--set", r"trackingStatus.passed=a\|b|ok")
    for word in ("a|b", "A|B", "OK"):
        assert imports(f"{start}{word}\n", *escaped).status == 0
        assert stored("trackingStatus") == [("passed",)]
    for word in ("a", "passed", r"a\|b"):
        assert imports(f"{start}{word}\n", *escaped).status == 1
    for setting in ("trackingStatus.passed=ok|Completed", "trackingStatus.failed=x|not attempted"):
        assert imports(f"{start}ok\n", "--set", setting).status == 2


def test_words_for_a_status_that_are_the_same(imports: Callable[..., Outcome]) -> None:
    words = ("trackingStatus.passed=ok|Done", "trackingStatus.failed=ko|d one")
    outcome = imports("19_statuses.csv", "--set", words[0], "--set", words[1])
    assert outcome.status == 2
    assert 'passed and failed both go by the word "d one"' in outcome.stderr


@pytest.mark.parametrize(("unit", "progression"), [("percent", "0.285"), ("fraction", "28.5")])
def test_numbers_of_a_table_have_no_format(reference: Path, tmp_path: Path, unit: str, progression: str) -> None:
    """Its texts are read by the settings."""
    shutil.copy(reference, tmp_path / "milepost.db")
    who = {"candidateLogin": ["anna.berg"], "lovCode": ["SAFE-01"], "sessionGuid": ["s-2024"]}
    table = pl.DataFrame({**who, "progression": [0.285], "score": ["1.234,5"], "scoreMax": [2000]})
    job = milepost.configure(None, settings={"progressionUnit": unit, "decimal": "comma", "thousands": "point"})
    report = milepost.import_file(table, str(tmp_path / "milepost.db"), job)
    assert (report.created, dict(report.findings)) == (1, {})
    exported = io.BytesIO()
    milepost.export_tracking(str(tmp_path / "milepost.db"), exported)
    (row,) = csv.DictReader(io.StringIO(exported.getvalue().decode()))
    assert (row["progression"], row["score"], row["scoreMax"]) == (progression, "1234.5", "2000")


IN_TWO_CELLS = """candidateLogin,lovCode,sessionGuid,Time,Date
anna.berg,SAFE-01,s-2024,08:30,02/01/2024
ben.cole,SAFE-01,s-2024,,03/01/2024
dan.old,SAFE-01,s-2024,,
eva.lind,SAFE-01,s-2024,8:05 , 04/01/2024
"""


@pytest.mark.parametrize("header", ["Date+Time=lastAccessDate", "date + TIME=lastAccessDate"])
def test_a_date_and_its_time_in_two_columns(imports: Callable[..., Outcome], header: str) -> None:
    read = ("--set", "dateTimeFormat=DD/MM/YYYY HH:II", "--set", "defaultTime=06:00:00")
    assert imports(IN_TWO_CELLS, "--map", header, *read).status == 0
    dates = ["2024-01-02 08:30:00", "2024-01-03 06:00:00", "", "2024-01-04 08:05:00"]
    assert [date for (date,) in stored("lastAccessDate")] == dates
    outcome = imports(IN_TWO_CELLS.replace("02/01", "31/02"), "--map", header, *read, "--json")
    assert (outcome.status, outcome.document["findings"]) == (1, {"invalid-datetime": 1})
    assert milepost.read_findings("milepost.db", len(KINDS) + 1)["value"].to_list() == ["31/02/2024 08:30"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("Date+Clock=lastAccessDate", "names no column of the file"),
        ("Date+Date=lastAccessDate", "a header has two meanings"),
        ("Date+Time=score", "only the cells of a date are joined, and score is none"),
        ("Date=firstAccessDate", "is given to --map twice"),
        ("Time=firstAccessDate", "a header has two meanings"),
    ],
)
def test_headers_that_cannot_be_joined(imports: Callable[..., Outcome], header: str, message: str) -> None:
    also = () if "+" in header else ("--map", "Date+Time=lastAccessDate")
    outcome = imports(IN_TWO_CELLS, "--map", header, *also)
    assert outcome.status == 2
    assert message in " ".join(outcome.stderr.split())


def test_a_header_with_a_plus_sign_is_itself(imports: Callable[..., Outcome]) -> None:
    rows = IN_TWO_CELLS.replace("Time,Date", "Score,Date+Time").replace("08:30,02/01/2024", "5,2024-01-02")
    rows = "".join(rows.splitlines(keepends=True)[:2])
    assert imports(rows, "--map", "Date+Time=lastAccessDate").status == 0
    assert stored("lastAccessDate", "score") == [("2024-01-02 00:00:00", "5")]
    rows = rows.replace("Score", "Clock").replace(",5,", ",08:30:01,")
    assert imports(rows, "--map", "Date+Time+Clock=lastAccessDate").status == 0
    assert stored("lastAccessDate") == [("2024-01-02 08:30:01",)]


def test_a_date_and_its_time_in_two_cells_of_a_table(reference: Path, tmp_path: Path) -> None:
    store = str(shutil.copy(reference, tmp_path / "store.db"))
    table = pl.DataFrame(
        {
            "candidateLogin": ["anna.berg", "ben.cole", "dan.old", "eva.lind"],
            "lovCode": "SAFE-01",
            "sessionGuid": "s-2024",
            "Date": [dt.date(2024, 1, 2), dt.date(2024, 1, 3), None, dt.date(2024, 1, 5)],
            "Time": [dt.time(8, 30), None, None, dt.time(23, 59, 59)],
        }
    )
    settings = {"headerMapping": {"Date+Time": "lastAccessDate"}, "dateTimeFormat": "DD.MM.YYYY HH:II"}
    other = table.with_columns(sessionGuid=pl.lit("s-1900"))
    milepost.import_file(other, store, milepost.configure(None, settings=settings), rejects=tmp_path / "rejects.csv")
    rejected = pl.read_csv(tmp_path / "rejects.csv", separator=",", infer_schema=False)
    assert rejected["Date"].to_list() == ["02.01.2024", "03.01.2024", None, "05.01.2024"]
    assert rejected["Time"].to_list() == ["08:30", None, None, "23:59:59"]
    report = milepost.import_file(table, store, milepost.configure(None, settings=settings))
    assert (report.created, dict(report.findings)) == (4, {})
    exported = io.BytesIO()
    milepost.export_tracking(store, exported)
    rows = csv.DictReader(io.StringIO(exported.getvalue().decode()))
    dates = ["2024-01-02 08:30:00", "2024-01-03 00:00:00", "", "2024-01-05 23:59:59"]
    assert [row["lastAccessDate"] for row in rows] == dates


XML = '<?xml version="1.0"?>\n{}<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>\n'


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("book.xls", XML.format('<?mso-application progid="Excel.Sheet"?>\n'), "an XML spreadsheet, as Excel 2003"),
        ("book.xml", XML.format(""), "an XML spreadsheet, as Excel 2003"),
        ("book.csv", "\ufeff" + XML.format("<!-- a -->"), "an XML spreadsheet, as Excel 2003"),
        ("book.xml", '<?xml version="1.0" encoding="UTF-8"?>\n<export>\n</export>\n', "an XML document, which is not"),
    ],
)
def test_xml_is_told_from_text(
    imports: Callable[..., Outcome], tmp_path: Path, name: str, content: str, what: str
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    outcome = imports(str(tmp_path / name))
    assert outcome.status == 2
    assert f"{name} is {what}" in outcome.stderr
    assert "save it as .xlsx or CSV, and import that." in outcome.stderr


DAY, TIME = dt.date(2024, 1, 2), dt.time(8, 30)
IN_PARTS: list[tuple[object, object, str]] = [
    (DAY, TIME, "2024-01-02 08:30:00"),
    (DAY, "8:05", "2024-01-02 08:05:00"),
    (DAY, None, "2024-01-02 06:00:00"),
    ("04/01/2024", TIME, "2024-01-04 08:30:00"),
    ("04/01/2024", "09:15", "2024-01-04 09:15:00"),
    (None, None, ""),
]
"""A date and its time as cells of those types, and the instant."""
PEOPLE = [("anna.berg", "SAFE-01"), ("ben.cole", "SAFE-01"), ("dan.old", "SAFE-01"), ("eva.lind", "SAFE-01")]
PEOPLE += [("anna.berg", "ETHICS"), ("eva.lind", "ETHICS")]
PARTS = ["candidateLogin", "lovCode", "sessionGuid", "Date", "Time"]


def in_parts() -> list[list[Any]]:
    return [[*who, "s-2024", date, time] for who, (date, time, _) in zip(PEOPLE, IN_PARTS, strict=True)]


def rows_in_parts() -> list[list[Any]]:
    return [PARTS, *in_parts()]


def parts_in_xlsx(path: Path) -> object:
    with xlsxwriter.Workbook(path) as book:
        forms = {
            dt.date: book.add_format({"num_format": "dd.mm.yyyy"}),
            dt.time: book.add_format({"num_format": "hh:mm"}),
        }
        sheet = book.add_worksheet()
        for line, row in enumerate(rows_in_parts()):
            for place, cell in enumerate(row):
                sheet.write(line, place, cell, forms.get(type(cell)))
    return path


def parts_in_xls(path: Path) -> object:
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    forms = {dt.date: xlwt.easyxf(num_format_str="dd.mm.yyyy"), dt.time: xlwt.easyxf(num_format_str="hh:mm")}
    for line, row in enumerate(rows_in_parts()):
        for place, cell in enumerate(row):
            sheet.write(line, place, cell, forms.get(type(cell), xlwt.Style.default_style))
    book.save(str(path))
    return path


def parts_in_ods(path: Path) -> object:
    book, table = OpenDocumentSpreadsheet(), Table(name="S")
    for row in rows_in_parts():
        line = TableRow()
        for cell in row:
            attributes = {"valuetype": "string", "stringvalue": cell} if cell else {}
            if isinstance(cell, dt.date):
                attributes = {"valuetype": "date", "datevalue": cell.isoformat()}
            elif isinstance(cell, dt.time):
                attributes = {"valuetype": "time", "timevalue": cell.strftime("PT%HH%MM%SS")}
            line.addElement(TableCell(**attributes))
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(str(path))
    return path


def parts_in_csv(path: Path) -> object:
    shown = {dt.date: "%d/%m/%Y", dt.time: "%H:%M"}
    rows = [[cell.strftime(shown[type(cell)]) if type(cell) in shown else cell for cell in row] for row in in_parts()]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([PARTS, *rows])
    return path


def in_columns(dates: type[pl.DataType], times: type[pl.DataType]) -> pl.DataFrame:
    """The rows whose cells have these types, with dates at midnight if they are instants."""
    rows = [row for row in in_parts() if not isinstance(row[3], str) and not isinstance(row[4], str)]
    frame = pl.DataFrame(rows, schema=[*PARTS[:3], ("Date", pl.Date), ("Time", pl.Time)], orient="row")
    return frame.with_columns(pl.col("Date").cast(dates), pl.col("Time").cast(times))


PARTS_OF: dict[str, Callable[[Path], object]] = {
    "csv": parts_in_csv,
    "xlsx": parts_in_xlsx,
    "xls": parts_in_xls,
    "ods": parts_in_ods,
    "frame": lambda _: in_columns(pl.Date, pl.Time),
    "lazy frame": lambda _: in_columns(pl.Datetime, pl.Duration).lazy(),
    "pandas frame": lambda _: in_columns(pl.Datetime, pl.Time).to_pandas(),
    "arrow table": lambda _: in_columns(pl.Date, pl.Duration).to_arrow(),
}


@pytest.mark.parametrize("kind", PARTS_OF)
def test_a_date_and_its_time_in_cells_of_every_type(reference: Path, tmp_path: Path, kind: str) -> None:
    """And in the rejects, which are read as the same."""
    store = str(shutil.copy(reference, tmp_path / "store.db"))
    settings = {"headerMapping": {"Date+Time": "lastAccessDate"}, "dateTimeFormat": "DD/MM/YYYY HH:II"}
    settings |= {"defaultTime": "06:00:00"}
    job = milepost.configure(None, settings=settings)
    source: Any = PARTS_OF[kind](tmp_path / f"parts.{kind}")
    rejects = io.BytesIO()
    refused = milepost.configure(None, settings={**settings, "sessionGuid.values": {"s-2024": "s-1900"}})
    assert milepost.import_file(source, store, refused, dry_run=True, rejects=rejects).rows in (3, len(IN_PARTS))
    wanted = {who: at for who, (_, _, at) in zip(PEOPLE, IN_PARTS, strict=True)}
    for file in (source, rejects):
        report = milepost.import_file(file, store, job)
        assert (report.rejected, dict(report.findings)) == (0, {})
        exported = io.BytesIO()
        milepost.export_tracking(store, exported)
        rows = csv.DictReader(io.StringIO(exported.getvalue().decode()))
        found = {(row["candidateLogin"], row["lovCode"]): row["lastAccessDate"] for row in rows}
        assert found == {who: wanted[who] for who in found}
        assert len(found) == report.rows


@pytest.mark.parametrize("order", ["Time+Date", "Date+Time"])
@pytest.mark.parametrize("form", ["YYYY-MM-DD HH:II:SS", "HH:II:SS DD/MM/YYYY"])
def test_a_typed_date_may_stand_behind_its_time(reference: Path, tmp_path: Path, order: str, form: str) -> None:
    """And its rejects, which are text, are read as the same."""
    settings: dict[str, Any] = {"headerMapping": {order: "lastAccessDate"}, "dateTimeFormat": form}
    refused = milepost.configure(None, settings={**settings, "sessionGuid.values": {"s-2024": "s-1900"}})
    rejects = io.BytesIO()
    milepost.import_file(in_columns(pl.Datetime, pl.Time), str(reference), refused, dry_run=True, rejects=rejects)
    rejects.seek(0)
    for source in (in_columns(pl.Datetime, pl.Time), rejects):
        store = str(shutil.copy(reference, tmp_path / "store.db"))
        milepost.import_file(source, store, milepost.configure(None, settings=settings))
        exported = io.BytesIO()
        milepost.export_tracking(store, exported)
        rows = csv.DictReader(io.StringIO(exported.getvalue().decode()))
        assert [row["lastAccessDate"] for row in rows] == ["2024-01-02 08:30:00", "2024-01-02 00:00:00", ""]


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (None, ("passed", "95", "2024-06-28 00:00:00")),
        (["passed,95,2024-06-28 10:00:00", "failed,40,2024-06-28 09:59:59"], ("passed", "95", "2024-06-28 10:00:00")),
        (["failed,95,2024-06-28", "passed,40,2024-06-28"], ("passed", "95", "2024-06-28 00:00:00")),
        (
            ["passed,95,2024-06-28", "completed,,2024-05-02", "failed,40,2023-05-02"],
            ("passed", "95", "2024-06-28 00:00:00"),
        ),
        (["completed,80,2024-06-28", "incomplete,,2024-05-02"], ("completed", "80", "2024-06-28 00:00:00")),
        (["passed,95,2024-06-28", "failed,95,2022-01-01"], ("passed", "95", "2024-06-28 00:00:00")),
    ],
)
def test_attempts_with_the_newest_first(
    reference: Path, tmp_path: Path, rows: list[str] | None, wanted: tuple[str, ...]
) -> None:
    """In one file or one for each, in either order."""
    head, *lines = (CASES / "10b_newest_first_min.csv").read_text("utf-8").splitlines()
    if rows is not None:
        lines = [f"anna.berg,SAFE-01,s-2024,{row}" for row in rows]
    merge = {"row": "newer", "score": "highest", "trackingStatus": "furthest"}
    for files in ([lines], [lines[::-1]], [[line] for line in lines], [[line] for line in lines[::-1]]):
        store = str(shutil.copy(reference, tmp_path / "store.db"))
        for file in files:
            content = io.BytesIO("\n".join([head, *file]).encode())
            assert milepost.import_file(content, store, milepost.configure(None, merge=merge)).rejected == 0
        exported = io.BytesIO()
        milepost.export_tracking(store, exported)
        (row,) = csv.DictReader(io.StringIO(exported.getvalue().decode()))
        assert (row["trackingStatus"], row["score"], row["lastAccessDate"]) == wanted
