"""Which import of a configuration is for a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost import settings as config
from milepost.model.exceptions import ConfigurationError

OURS = "<createOrUpdateConsolidatedTrackingAction/>"
OTHER = "<createOrUpdateLearnerAction/>"


def block(*providers: tuple[str, str], action: str = OURS) -> str:
    """An import on a line of its own, whose providers have a file name and a delimiter each."""
    inside = "".join(
        f"<fileSystemSourceProvider><fileName>{name}</fileName><delimiter>{delimiter}</delimiter></fileSystemSourceProvider>"
        for name, delimiter in providers
    )
    return f"<import><providers>{inside}</providers><actions>{action}</actions></import>\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the configuration is."""
    return tmp_path / "configuration.xml"


def delimiter(path: Path, file_name: str | None, *imports: str) -> str | None:
    """The delimiter that the configuration has for the file."""
    path.write_text(f"<import-config>\n{''.join(imports)}</import-config>", encoding="utf-8")
    return config.job(path, file_name=file_name).reading.delimiter


def mistakes(path: Path, file_name: str | None, *imports: str) -> list[str]:
    """What is wrong with the configuration for the file."""
    with pytest.raises(ConfigurationError) as caught:
        delimiter(path, file_name, *imports)
    return [str(mistake) for mistake in caught.value.mistakes]


A = block(("a_*.csv", "comma"))
B = block(("b_?.csv", "pipe"))
C = block(("c_*.csv", "colon"), action=OTHER)
NAMELESS = block(("", "tabulation"))


@pytest.mark.parametrize(
    ("file_name", "expected"),
    [
        ("a_1.csv", ","),
        ("b_1.csv", "|"),
        ("A_1.CSV", ","),
        ("some/folder/b_2.csv", "|"),
        ("a_1.csv.gz", ","),
        ("B_1.CSV.GZ", "|"),
    ],
)
def test_the_import_whose_file_name_matches(path: Path, file_name: str, expected: str) -> None:
    assert delimiter(path, file_name, A, B, C, NAMELESS) == expected


def test_the_folder_in_a_file_name_does_not_matter(path: Path) -> None:
    assert delimiter(path, "in/x.csv", block(("imports\\x.csv", "pipe")), A) == "|"


@pytest.mark.parametrize("file_name", ["a_1.csv", "other.csv", None])
def test_the_only_import_of_tracking_whatever_its_file_name(path: Path, file_name: str | None) -> None:
    assert delimiter(path, file_name, C, A) == ","


def test_none_that_matches_among_several(path: Path) -> None:
    assert mistakes(path, "x.csv", A, B, C) == [
        (
            "line 1: the imports on lines 2 and 3 all hold <createOrUpdateConsolidatedTrackingAction>;"
            ' no fileName matches "x.csv"; give one of them a fileName that does'
        )
    ]
    assert mistakes(path, None, A, B) == [
        (
            "line 1: the imports on lines 2 and 3 all hold <createOrUpdateConsolidatedTrackingAction>;"
            " say which file is imported"
        )
    ]
    assert config.check(path).mistakes == ()


def test_several_that_match(path: Path) -> None:
    assert mistakes(path, "a_1.csv", A, B, A) == [
        (
            "line 1: the imports on lines 2 and 4 all hold <createOrUpdateConsolidatedTrackingAction>;"
            ' the fileName of each of them matches "a_1.csv"; make them differ'
        )
    ]


def test_none_of_tracking(path: Path) -> None:
    assert mistakes(path, "c_1.csv", C) == [
        "line 1: <import-config> holds no <createOrUpdateConsolidatedTrackingAction>, so there is nothing to import"
    ]


def test_the_provider_whose_file_name_matches(path: Path) -> None:
    both = block(("a_*.csv", "comma"), ("b_*.csv", "pipe"))
    assert delimiter(path, "b_1.csv", both) == "|"
    assert mistakes(path, "c.csv", both) == [
        "line 2: the providers on lines 2 and 2 could all be meant; keep one, or the fileName of just one that matches"
    ]


def test_an_import_without_provider(path: Path) -> None:
    assert delimiter(path, "a.csv", f"<import><actions>{OURS}</actions></import>") == ";"


def test_what_other_actions_read_is_not_judged(path: Path) -> None:
    assert delimiter(path, "a_1.csv", A, C) == ","


def test_mistakes_in_another_import_of_tracking_are_mistakes(path: Path) -> None:
    wrong = block(("z.csv", "colon"))
    expected = 'line 3: <delimiter>: "colon" is not a delimiter; write comma, pipe, semicolon or tabulation'
    assert mistakes(path, "a_1.csv", A, wrong) == [expected]
    assert [str(mistake) for mistake in config.check(path).mistakes] == [expected]


def test_notes_of_another_import_of_tracking_are_not_those_of_the_job(path: Path) -> None:
    other = B.replace("<fileName>", "<path>x</path><fileName>")
    delimiter(path, "a_1.csv", A, other)
    assert config.job(path, file_name="a_1.csv").notes == ()
    assert len(config.job(path, file_name="b_1.csv").notes) == 1
    assert len(config.check(path).notes) == 1
