"""The kinds of reference data that the command line names are those that the catalogue knows."""

from __future__ import annotations

from milepost import reference as catalogue
from milepost.cli.commands import imports


def test_every_kind_is_offered() -> None:
    assert set(imports.KINDS) == set(catalogue.KINDS)


def test_every_key_of_learners_is_offered() -> None:
    learners = catalogue.KINDS["learners"]
    assert learners.key == ("login_key",)
    assert set(imports.LEARNER_KEYS) == {"candidateLogin", *learners.other_keys}
