"""Rows by whatever somebody calls them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from milepost.model.exceptions import UsageError
from milepost.steps.identify import named


class References:
    """Three learners and three trainings; all rows are given, whichever are sought."""

    def __init__(self) -> None:
        self.tables = {
            "learner": pl.DataFrame(
                {
                    "id": [1, 2, 3],
                    "login": ["Ada", "bob", "cy"],
                    "login_key": ["ada", "bob", "cy"],
                    "reference_number": ["R1", "r1", None],
                    "email": ["team@x.org", "Team@x.org", None],
                    "email_key": ["team@x.org", "team@x.org", None],
                    "guid": ["g-1", "g-2", "R1"],
                    "guid_key": ["g-1", "g-2", "r1"],
                }
            ),
            "training": pl.DataFrame({"id": [1, 2, 3], "modality": ["BlendedX", "Élearning", None]}),
        }

    def rows(self, table: str, columns: Sequence[str], **keys: pl.Series) -> pl.DataFrame:
        """See `model.identifiers.References`."""
        assert {one.dtype for one in keys.values()} == {pl.String()}
        return self.tables[table].select(columns)

    def names(self, table: str, column: str, most: int) -> pl.Series | None:
        """See `model.identifiers.References`."""
        found = self.tables[table][column].drop_nulls().unique().sort()
        return found if len(found) <= most else None


@pytest.mark.parametrize(("name", "number"), [("ADA", 1), (" bob\t", 2), ("G-2", 2), ("cy", 3)])
def test_letter_case_and_white_space_around_do_not_matter(name: str, number: int) -> None:
    assert named.one(References(), named.LEARNER, name) == number


def test_reference_numbers_are_compared_exactly() -> None:
    assert named.every(References(), named.LEARNER, ["R1"]) == (1, 3)
    assert named.every(References(), named.LEARNER, ["r1"]) == (2, 3)


def test_several_names_mean_the_rows_that_have_one_of_them() -> None:
    assert named.every(References(), named.LEARNER, ["cy", "ADA"]) == (1, 3)
    assert named.every(References(), named.LEARNER, ["Team@X.org"]) == (1, 2)


def test_the_first_unknown_name_is_told_with_the_nearest_ones() -> None:
    with pytest.raises(UsageError) as error:
        named.every(References(), named.LEARNER, ["ada", "bobb", "nobody at all"])
    assert str(error.value) == (
        'No learner has the log-in name, e-mail, reference number or GUID "bobb". Nearest: "bob".'
    )
    with pytest.raises(UsageError, match=r'GUID "zzzzzz"\. Check how it is written\.$'):
        named.one(References(), named.LEARNER, "zzzzzz")


def test_one_name_of_several_rows_is_told_with_all_that_tells_them_apart() -> None:
    with pytest.raises(UsageError) as error:
        named.one(References(), named.LEARNER, "team@x.org")
    assert str(error.value) == (
        '"team@x.org" is more than one learner: Ada (R1, team@x.org, GUID g-1); bob (r1, Team@x.org, GUID g-2). '
        "Give the log-in name, or the GUID of the one you mean."
    )


def test_modalities_are_those_of_the_store() -> None:
    assert named.alike(References(), "training", "modality", ["blendedX", "éLEARNING", "other"]) == (
        "BlendedX",
        "Élearning",
    )
    assert named.alike(References(), "training", "modality", ["other"]) == ()
