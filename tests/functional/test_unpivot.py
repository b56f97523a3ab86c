"""`unpivot`: a column per learning object becomes a row per learning object, in any format, and imports."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest
import python_calamine
import xlsxwriter  # type: ignore[import-untyped]

import milepost
from functional.workbench import run_here

pytestmark = pytest.mark.usefixtures("read_by_server")

GRADES = "candidateLogin;sessionGuid;Total;Quiz 1;Quiz 2;Essay [A]\njdoe;s;3;85;;12,5\nasmith;s;;=1+1; 90 ;\n"
LONG = (
    'candidateLogin,sessionGuid,lovCode,score\njdoe,s,Quiz 1,85\njdoe,s,Essay [A],"12,5"\n'
    "asmith,s,Quiz 1,'=1+1\nasmith,s,Quiz 2, 90 \n"
)
CHOICE = ("--columns", "quiz*", "--columns", "Essay [A]", "--keep", "candidate?ogin", "--keep", "sessionGuid")


@pytest.fixture
def grades(tmp_path: Path) -> Path:
    """A gradebook."""
    path = tmp_path / "grades.csv"
    path.write_text(GRADES)
    return path


def test_cells_become_rows_in_the_order_of_the_file(grades: Path) -> None:
    outcome = run_here("unpivot", str(grades), *CHOICE, "--drop-empty")
    assert (outcome.status, outcome.stdout) == (0, LONG)
    assert outcome.stderr.splitlines()[1:] == [
        'note: Left out, neither kept nor made into rows: "Total".',
        "2 rows, 3 columns each: 4 rows written to standard output; 2 empty cells left out.",
    ]


def test_every_format_gives_the_same(grades: Path, tmp_path: Path) -> None:
    book = tmp_path / "grades.xlsx"
    with xlsxwriter.Workbook(book, {"strings_to_formulas": False}) as workbook:
        sheet = workbook.add_worksheet("Year 1")
        for place, line in enumerate(GRADES.splitlines()):
            sheet.write_row(place, 0, [float(cell) if cell.isdigit() else cell for cell in line.split(";")])
    frame = pl.read_csv(grades, separator=";", infer_schema=False)
    expected = [[cell.removeprefix("'").strip() for cell in row] for row in csv.reader(io.StringIO(LONG))]
    for source in (grades, book, frame, io.BytesIO(GRADES.encode())):
        for ending in (".csv", ".tsv", ".xlsx"):
            out = tmp_path / f"long{ending}"
            report = milepost.unpivot_file(
                source, out, columns=["Quiz *", "Essay [A]"], keep=["candidateLogin", "sessionGuid"], drop_empty=True
            )
            assert (report.rows, report.columns, report.written, report.left_out) == (2, 3, 4, 2)
            if ending == ".xlsx":
                found = python_calamine.CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()
            else:
                lines = csv.reader(io.StringIO(out.read_text()), delimiter="\t" if ending == ".tsv" else ",")
                found = [[cell.removeprefix("'") for cell in row] for row in lines]
            assert [[str(cell).strip() for cell in row] for row in found] == [
                list(map(str.strip, row)) for row in expected
            ]


@pytest.mark.parametrize(
    ("choice", "header", "rows"),
    [
        ((), "candidateLogin,sessionGuid,lovCode,score", 8),
        (("--keep", "candidateLogin"), "candidateLogin,lovCode,score", 10),
        (("--columns", "Total"), "candidateLogin,sessionGuid,Quiz 1,Quiz 2,Essay [A],lovCode,score", 2),
        (("--names", "lovGuid", "--values", "progression"), "candidateLogin,sessionGuid,lovGuid,progression", 8),
    ],
)
def test_columns_that_are_not_named_are_the_other_ones(
    grades: Path, choice: tuple[str, ...], header: str, rows: int
) -> None:
    first, *others = run_here("unpivot", str(grades), *choice).stdout.splitlines()
    assert (first, len(others)) == (header, rows)


def test_the_file_is_read_as_an_import_reads_it(grades: Path) -> None:
    grades.write_text("Report\n" + GRADES + "Total;;170;;\n'=x;s;1;2;3;4\n")
    how = ("--skip", "candidatelogin=TOTAL", "--set", "headerRow=2", "--raw", "--delimiter", "semicolon")
    outcome = run_here("unpivot", str(grades), *how, *CHOICE, "--drop-empty")
    assert outcome.status == 0
    assert outcome.stdout.splitlines()[-3:] == ["'=x,s,Quiz 1,2", "'=x,s,Quiz 2,3", "'=x,s,Essay [A],4"]
    assert "Total" not in outcome.stdout
    outcome = run_here("unpivot", str(grades), *how, "--skip", "Login=x")
    assert (outcome.status, outcome.stderr.partition(";")[0]) == (2, '--skip "Login=x" names no column of the file')


def test_what_it_writes_imports(tmp_path: Path, store: Path) -> None:
    grades = tmp_path / "grades.csv"
    grades.write_text("candidateLogin,sessionGuid,intro,outro\nada,guid-2024,80,\nbob,guid-2024,70,90\n")
    assert run_here("unpivot", str(grades), "--drop-empty", "-o", "long.csv").status == 0
    outcome = run_here("import", "long.csv", "--json")
    assert (outcome.status, outcome.document["created"]) == (0, 3)
    assert store.parent == tmp_path


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (GRADES, ("--columns", "Exam*"), '--columns "Exam*" matches no column; the file has "candidateLogin", "sess'),
        (GRADES, ("--columns", "Total", "--keep", "To*"), '"Total" is given to --keep and to --columns'),
        (GRADES, ("--columns", "*"), "no column is kept, so no row would say whose it is; name some with --keep"),
        (GRADES, ("--keep", "*"), "no column becomes rows; name some with --columns"),
        (GRADES, ("--values", "SessionGUID"), "the file written would have two columns of one name"),
        (GRADES, ("-o", "long.pdf"), "has no ending that says how to write it; end it in .csv, .tsv, .tab or .xlsx"),
        (GRADES, ("--set", "minRows=1"), '--set "minRows=1" says nothing of how a file is read'),
        (GRADES, ("--set", "columnsMapping=score"), '--set "columnsMapping=score" says nothing of how a file is read'),
        (GRADES, ("--json",), "--json and -o - would both write to standard output"),
        (GRADES + "bob;s;1\n", (), "line 4: expected 6 columns, found 3. Mend the line, or set --set"),
        (GRADES + "bob;s;1;2;3;4;5\n", (), "line 4: expected 6 columns, found 7. Mend the line. Nothing was written."),
        ("candidateLogin;Quiz;Quiz\njdoe;1;2\n", (), 'several columns are called "Quiz"; rename them'),
        ("\n\n", ("--delimiter", "comma"), "has no header: it holds nothing but white space"),
        ("", (), "is empty (0 bytes)"),
    ],
)
def test_what_cannot_be_done_is_said_and_writes_nothing(
    tmp_path: Path, content: str, options: tuple[str, ...], said: str
) -> None:
    file = tmp_path / "grades.csv"
    file.write_text(content)
    outcome = run_here("unpivot", str(file), *options)
    assert (outcome.status, outcome.stdout if "--json" not in options else "") == (2, "")
    assert said in (outcome.stderr or outcome.stdout)
    assert list(tmp_path.iterdir()) == [file]


def test_a_gradebook_is_streamed(tmp_path: Path) -> None:
    records = 120_000
    wide = "candidateLogin,a,b\n" + "".join(f"l{number},{number},\n" for number in range(records))
    out = tmp_path / "long.csv"
    report = milepost.unpivot_file(io.BytesIO(wide.encode()), out)
    assert (report.rows, report.written) == (records, 2 * records)
    assert out.read_text().splitlines()[-2:] == [f"l{records - 1},a,{records - 1}", f"l{records - 1},b,"]
