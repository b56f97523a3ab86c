"""The entries of the catalogue agree with the tables of a store and with themselves."""

from __future__ import annotations

import pytest

from milepost.model.columns import TRACKING
from milepost.reference import KINDS as CATALOGUE
from milepost.reference import ReferenceKind, Role
from milepost.stores.tables import TABLES

KINDS = pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.name)


def test_the_kinds_and_their_columns() -> None:
    assert {name: [column.name for column in kind.vocabulary.columns] for name, kind in CATALOGUE.items()} == {
        "learners": [
            "candidateLogin",
            "candidateRefNumber",
            "candidateEmail",
            "candidateGuid",
            "candidateName",
            "candidateFirstname",
            "candidateTimeZone",
            "candidateDisabledAt",
        ],
        "learning-objects": ["lovGuid", "lovCode", "title", "publisher", "runtime", "locale", "learningObjectGuid"],
        "trainings": [
            "trainingPathCode",
            "trainingId",
            "trainingGuid",
            "trainingTitle",
            "trainingModality",
            "trainingPublisher",
            "trainingStatus",
            "trainingDuration",
        ],
        "contents": ["trainingPathCode", "lovGuid", "lovCode", "mandatory", "points", "position", "folder"],
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
def test_the_columns_of_a_kind_are_those_of_its_table(kind: ReferenceKind) -> None:
    own = TABLES[kind.entity.table]
    assert kind.schema == own.schema
    assert kind.has_id is own.has_ids


@KINDS
def test_a_reference_names_a_row_by_columns_of_its_table(kind: ReferenceKind) -> None:
    for reference in kind.references:
        referred = {field.name: field for field in TABLES[reference.entity.table].fields}
        for identifier in reference.identifiers:
            assert identifier.name in referred
            assert referred[identifier.key].is_unique is identifier.is_unique
    own = {field.name: field.refers_to for field in TABLES[kind.entity.table].fields if field.refers_to}
    assert own == {reference.name: reference.entity.table for reference in kind.references}


@KINDS
def test_a_key_and_an_identity_are_unique_in_their_table(kind: ReferenceKind) -> None:
    own = {field.name: field for field in TABLES[kind.entity.table].fields}
    for field in kind.fields:
        if field.role is not Role.VALUE:
            assert own[field.key].is_unique or field.key == "id"


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
