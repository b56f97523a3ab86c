"""Separators of numbers: what each pair of settings reads, in every column that holds numbers."""

from __future__ import annotations

import pytest

from spec.tables import Tables


def test_thousands_are_read_in_every_number(school: Tables) -> None:
    school.imports(
        """
        progression | score     | scoreMax  | timeSpent | becomes  | progression | score   | scoreMax | timeSpent
        50.5        | 1,234.5   | 2,000     | 5,400     | created  | 50.5        | 1234.5  | 2000     | 5400
        050         | 1234567.8 | 1,234,568 | 1,000.5   | created  | 50          | 1234567.8 | 1234568 | 1001
        0.234       | +1,000e0  | 1,000.0   | 1,23      | rejected
          ! invalid-duration timeSpent
        0,234       | 12,34,567 | 1,000.    | 1:00      | rejected
          ! invalid-number progression: "0,234" needs a setting: it is 0.234 with decimal comma and thousands none
          ! invalid-number score: "12,34,567" is no number; write digits, with a point for decimals
        50          | 1.234,5   | 1,,000    | 1,000:00  | rejected
          ! invalid-number score: "1.234,5" needs a setting: it is 1234.5 with decimal comma and thousands point
          ! invalid-number scoreMax
          ! invalid-duration timeSpent
        """,
        thousands="comma",
    )


@pytest.mark.parametrize(
    ("decimal", "thousands", "table"),
    [
        (
            "comma",
            "point",
            """
            1.234,5   | created  | 1234.5
            1.234     | created  | 1234
            18,5      | created  | 18.5
            18.5      | rejected
              ! invalid-number score: "18.5" needs a setting: it is 18.5 with decimal point and thousands none
            """,
        ),
        (
            "point",
            "blank",
            """
            1 234.5           | created  | 1234.5
            1\u00a0234\u202f567 | created | 1234567
            1  234            | rejected
              ! invalid-number score
            1,234             | rejected
              ! invalid-number score: "1,234" needs a setting: it is 1234 with thousands comma, 1.234 with decimal comma
            """,
        ),
        (
            "point",
            "apostrophe",
            """
            1'234.5      | created  | 1234.5
            1\u2019234'567 | created | 1234567
            '1234        | rejected
              ! invalid-number score
            1234'567     | rejected
              ! invalid-number score
            """,
        ),
        (
            "either",
            "none",
            """
            1.234,5   | created  | 1234.5
            1,234.5   | created  | 1234.5
            18,5      | created  | 18.5
            18.5      | created  | 18.5
            0,234     | created  | 0.234
            1234.567  | created  | 1234.567
            1.234.567 | created  | 1234567
            5,        | created  | 5
            1,2345    | created  | 1.2345
            1,234     | rejected
              ! invalid-number score: "1,234" needs a setting: it is 1234 with thousands comma, 1.234 with decimal comma
            100.000   | rejected
              ! invalid-number score
              : "100.000" needs a setting: it is 100000 with thousands point, 100.000 with decimal point
            1 234     | rejected
              ! invalid-number score: "1 234" needs a setting: it is 1234 with thousands blank
            """,
        ),
        (
            "either",
            "blank",
            """
            1 234,5   | created  | 1234.5
            1 234.567 | created  | 1234.567
            1.234,5   | created  | 1234.5
            1.234     | rejected
              ! invalid-number score
            """,
        ),
        (
            "either",
            "comma",
            """
            1,234     | created  | 1234
            1.234     | created  | 1.234
            18,5      | rejected
              ! invalid-number score: "18,5" needs a setting: it is 18.5 with thousands none
            """,
        ),
    ],
)
def test_each_pair_of_separators(school: Tables, decimal: str, thousands: str, table: str) -> None:
    lines = [line if line.strip()[0] in "!:" else f"9999999 | {line}" for line in table.strip().splitlines()]
    header = "scoreMax | score | becomes | score"
    school.imports("\n".join([header, *lines]), decimal=decimal, thousands=thousands)


def test_percent_signs(school: Tables) -> None:
    """A score in percent is a part of the maximum that the row gives, else of 100."""
    report = school.imports(
        """
        progression | score  | scoreMax | timeSpent | becomes  | progression | trackingStatus | score  | scoreMax
        85%         |        |          |           | created  | 85          | incomplete     |        |
        85.5 %      | 90%    |          |           | created  | 85.5        | incomplete     | 90     | 100
        100\u00a0%  | 33.3 % | 7        |           | created  | 100         | completed      | 2.331  | 7
        .5\u202f%   | 0%     | 20       |           | created  | 0.5         | incomplete     | 0      | 20
        101%        | 100.5% | 20       | 50%       | rejected
          ! out-of-range progression: "101%" is out of range: at most 100 is allowed
          ! invalid-duration timeSpent
          ! score-above-maximum score: the score 20.1 is above 20
        5%%         | 110%   |          |           | rejected
          ! invalid-number progression: "5%" is no number; write digits, with a point for decimals
          ! score-above-maximum score: the score 110 is above 100
        % 5         | 90%    | 100%     |           | rejected
          ! invalid-number progression
          ! invalid-number scoreMax
          : "100%" has a percent sign, which only progression and score may have; write the number without it
        """,
        defaultScoreMax="20",
    )
    assert not [note for note in report.notes if "fractions" in note]


def test_fractions_of_one(school: Tables) -> None:
    school.imports(
        """
        progression | becomes | progression
        0.285       | created | 28.5
        1           | created | 100
        0           | created | 0
        .07         | created | 7
        50%         | created | 50
        1.01        | rejected
          ! out-of-range progression: "1.01" is out of range: at most 100% is allowed
        -0.1        | rejected
          ! out-of-range progression: "-0.1" is out of range: at least 0% is allowed
        """,
        progressionUnit="fraction",
    )


@pytest.mark.parametrize(
    ("progressions", "is_noted"),
    [
        ("0.5 1 0", True),
        ("0.01", True),
        ("0.5 x", True),
        ("0 1", False),
        ("0.5 85", False),
        ("0.5 150", False),
        ("0.5 50%", False),
    ],
)
def test_progressions_that_look_like_fractions(school: Tables, progressions: str, is_noted: bool) -> None:
    report = school.reports("\n".join(["progression", *progressions.split()]))
    notes = [note for note in report.notes if "look like fractions" in note]
    assert ['setting "progressionUnit" = "fraction"' in note for note in notes] == [True] * is_noted


def test_a_score_in_percent_in_patch_mode(school: Tables) -> None:
    """Its maximum is that of the row in the file, never the stored one."""
    school.holds("candidateLogin | score | scoreMax\nline-2 | 5 | 20\nline-3 | 5 | 20")
    school.imports(
        """
        score | scoreMax | becomes | score | scoreMax
        90%   |          | updated | 90    | 100
        90%   | 20       | updated | 18    | 20
        """,
        updateMode="patch",
    )


def test_a_mandatory_maximum_is_not_that_of_a_percentage(school: Tables) -> None:
    school.imports(
        """
        score | scoreMax | becomes
        90%   |          | rejected
          ! mandatory-field-empty scoreMax
        90%   | 0        | rejected
          ! out-of-range scoreMax
        """,
        mandatory="score,scoreMax",
    )
