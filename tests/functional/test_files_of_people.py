"""Files as people have them: small ones, each of which stands for a kind, and neighbours of that kind."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import milepost
from functional.workbench import Outcome, run_here

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


def outcomes(outcome: Outcome) -> dict[str, int]:
    """What became of the rows, without what did not occur."""
    names = ("created", "updated", "unchanged", "deleted", "superseded", "skipped", "rejected")
    return {name: outcome.document[name] for name in names if outcome.document.get(name)}


@pytest.mark.parametrize(
    ("file", "options", "became"),
    [
        ("14_sep_line.csv", [], {"created": 1}),
        ("23b_trailing_min.csv", [], {"created": 2, "rejected": 1}),
        ("23b_trailing_min.csv", ["--set", "padShortRows=yes"], {"created": 3}),
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
