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
