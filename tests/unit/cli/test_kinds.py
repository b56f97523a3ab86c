"""The kinds of reference data that the command line names are those that the catalogue knows."""

from __future__ import annotations

from milepost import reference as catalogue
from milepost.cli.commands import imports


def test_every_kind_is_offered() -> None:
    assert set(imports.KINDS) == set(catalogue.KINDS)
