"""The entries of the catalogue agree with the tables of a store and with themselves."""

from __future__ import annotations

import pytest

from milepost.model.columns import TRACKING
from milepost.reference import KINDS as CATALOGUE
from milepost.reference import ReferenceKind, Role
from milepost.stores.sql import tables

KINDS = pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.name)


def test_the_kinds_and_their_columns() -> None:
    assert {name: [column.column.name for column in kind.columns] for name, kind in CATALOGUE.items()} == {
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
def test_every_column_is_one_of_its_table(kind: ReferenceKind) -> None:
    own = tables.metadata.tables[kind.entity.table]
    stored = {field.name for field in kind.fields} | {reference.name for reference in kind.references}
    folded = {f"{field.name}_key" for field in kind.fields if field.is_folded}
    assert {column.name for column in own.c} - {"id", "guid", "guid_key"} == (stored | folded) - {
        "id",
        "guid",
        "guid_key",
    }
    for reference in kind.references:
        referred = tables.metadata.tables[reference.entity.table]
        for naming in kind.columns_of(reference):
            column = referred.c[naming.identifier.key]
            assert bool(column.unique or column.primary_key) is naming.identifier.is_unique


@KINDS
def test_the_schema_has_every_column_of_the_table(kind: ReferenceKind) -> None:
    assert set(kind.schema) == set(tables.metadata.tables[kind.entity.table].c.keys())


@KINDS
def test_a_key_and_an_identity_are_unique_in_their_table(kind: ReferenceKind) -> None:
    own = tables.metadata.tables[kind.entity.table]
    for field in kind.fields:
        if field.role is not Role.VALUE:
            column = own.c[field.key]
            assert column.unique or column.primary_key


@KINDS
def test_every_name_of_an_import_file_is_known(kind: ReferenceKind) -> None:
    known = {column.name for column in kind.vocabulary.columns} | set(kind.vocabulary.passed_over)
    assert known.issuperset(column.name for column in TRACKING.columns)
    assert known.issuperset(TRACKING.passed_over)
    own = {column.name for column in kind.vocabulary.columns}
    assert not own.intersection(kind.vocabulary.passed_over)
    assert own.issuperset(name for name in kind.vocabulary.passed_over.values() if name is not None)


@KINDS
def test_guids_are_of_forty_characters_and_other_texts_of_255(kind: ReferenceKind) -> None:
    for column in kind.vocabulary.columns:
        assert column.max_length == (40 if column.name.endswith("Guid") else 255)
