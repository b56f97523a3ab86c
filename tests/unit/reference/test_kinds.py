"""The entries of the catalogue agree with the tables of a store and with themselves."""

from __future__ import annotations

import pytest

from milepost import reference as catalogue
from milepost.model.columns import TRACKING
from milepost.stores.sql import tables

KINDS = pytest.mark.parametrize("kind", catalogue.KINDS.values(), ids=lambda kind: kind.name)


def test_the_kinds_and_their_columns() -> None:
    assert {name: [column.column.name for column in kind.columns] for name, kind in catalogue.KINDS.items()} == {
        "learners": [
            "candidateLogin",
            "candidateRefNumber",
            "candidateEmail",
            "candidateGuid",
            "candidateName",
            "candidateFirstname",
        ],
        "learning-objects": ["lovGuid", "lovCode", "title", "publisher", "runtime", "locale"],
        "trainings": ["trainingPathCode", "trainingId", "trainingGuid", "trainingTitle", "trainingModality"],
        "contents": ["trainingPathCode", "lovGuid", "lovCode", "mandatory", "points", "position"],
        "sessions": ["sessionGuid", "sessionTitle", "trainingPathCode", "sessionId", "startDate", "endDate"],
        "registrations": [
            "candidateLogin",
            "sessionGuid",
            "registrationGuid",
            "registrationDate",
            "timeSpentCBT",
            "timeSpentDigital",
        ],
    }


@KINDS
def test_every_column_is_one_of_its_table(kind: catalogue.Kind) -> None:
    own = tables.metadata.tables[kind.table]
    stored = {field.name for field in kind.fields} | {reference.name for reference in kind.references}
    folded = {f"{field.name}_key" for field in kind.fields if field.folded}
    assert {column.name for column in own.c} - {"id", "guid", "guid_key"} == (stored | folded) - {
        "id",
        "guid",
        "guid_key",
    }
    for reference in kind.references:
        referred = tables.metadata.tables[reference.table]
        for identifier in kind.identifiers(reference):
            column = referred.c[f"{identifier.name}_key" if identifier.folded else identifier.name]
            assert bool(column.unique) is identifier.unique


@KINDS
def test_a_key_and_an_identity_are_unique_in_their_table(kind: catalogue.Kind) -> None:
    own = tables.metadata.tables[kind.table]
    for field in kind.fields:
        if field.role is not catalogue.Role.VALUE:
            column = own.c[f"{field.name}_key" if field.folded else field.name]
            assert column.unique or column.primary_key


@KINDS
def test_every_name_of_an_import_file_is_known(kind: catalogue.Kind) -> None:
    known = {column.name for column in kind.vocabulary.columns} | set(kind.vocabulary.passed_over)
    assert known.issuperset(column.name for column in TRACKING.columns)
    assert known.issuperset(TRACKING.passed_over)
    own = {column.name for column in kind.vocabulary.columns}
    assert not own.intersection(kind.vocabulary.passed_over)
    assert own.issuperset(name for name in kind.vocabulary.passed_over.values() if name is not None)


@KINDS
def test_guids_are_of_forty_characters_and_other_texts_of_255(kind: catalogue.Kind) -> None:
    for column in kind.vocabulary.columns:
        assert column.max_length == (40 if column.name.endswith("Guid") else 255)
