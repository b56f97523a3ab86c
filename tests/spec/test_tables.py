"""The tables themselves: a wrong expectation fails, whichever part of it is wrong."""

from __future__ import annotations

import pytest

from spec.tables import Tables


@pytest.mark.parametrize(
    "row",
    [
        "50  | updated  | 50",
        "50  | created  | 51",
        "50  | created  | -",
        "50  | created  | 50\n? date-in-future progression",
        "101 | created  | 101",
        "101 | rejected | -",
        "101 | rejected | 50\n! out-of-range progression",
        "101 | rejected | -\n! out-of-range score",
        "101 | rejected | -\n! out-of-range",
        "101 | rejected | -\n! invalid-number progression",
        "101 | rejected | -\n? out-of-range progression",
        "101 | rejected | -\n! out-of-range progression: something else",
        "101 | rejected | -\n! out-of-range progression\n! out-of-range progression",
    ],
)
def test_a_wrong_expectation_fails(school: Tables, row: str) -> None:
    with pytest.raises(AssertionError):
        school.imports(f"progression | becomes | progression\n{row}")


def test_a_wrong_store_fails(school: Tables) -> None:
    school.holds("progression\n50")
    school.stores("candidateLogin | progression\nline-2 | 50")
    with pytest.raises(AssertionError):
        school.stores("candidateLogin | progression\nline-2 | 51")
    with pytest.raises(AssertionError):
        school.stores("candidateLogin | progression\nline-2 | 50\nline-3 | 50")
