"""The kinds of reference data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from milepost.model.columns import LARGEST_INTEGER, TRACKING, Column, Kind
from milepost.model.identifiers import LEARNER, OBJECT, SESSION, TRAINING, Entity, Identifier
from milepost.reference.kind import Field, Reference, ReferenceColumn, ReferenceKind, Role

_REGISTRATION = Entity(
    "registration", "registration", (Identifier("registrationGuid", "guid", "GUID", is_folded=True, is_unique=True),)
)
_CONTENT = Entity("content", "training_content", ())

_OF_LEARNER = Reference(LEARNER, Role.KEY)
_OF_SESSION = Reference(SESSION, Role.KEY)
_OF_TRAINING = Reference(TRAINING, Role.KEY)
_OF_OBJECT = Reference(OBJECT, Role.KEY, missing="learning-object-missing")
_RUN_OF_TRAINING = Reference(TRAINING, held_by=("registration", "session_id"))

_OF_AN_IMPORT = {column.name: column for column in TRACKING.columns}


def _column(name: str) -> Column:
    """The column of an import file, else a text or a GUID."""
    return _OF_AN_IMPORT.get(name) or Column(name, max_length=40 if name.endswith("Guid") else 255)


def _known_by(entity: Entity, name: str, role: Role = Role.VALUE, *, required: bool = False) -> Field:
    """A column that is an identifier of the kind."""
    identifier = entity.by_column(name)
    return Field(_column(name), identifier.name, role, identifier.is_folded, required)


KINDS: Mapping[str, ReferenceKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ReferenceKind(
                "learners",
                LEARNER,
                (
                    _known_by(LEARNER, "candidateLogin", Role.KEY, required=True),
                    _known_by(LEARNER, "candidateRefNumber"),
                    _known_by(LEARNER, "candidateEmail"),
                    _known_by(LEARNER, "candidateGuid", Role.IDENTITY),
                    Field(Column("candidateName"), "name"),
                    Field(Column("candidateFirstname"), "first_name"),
                ),
                counterparts={"candidateLastname": "candidateName"},
            ),
            ReferenceKind(
                "learning-objects",
                OBJECT,
                (
                    _known_by(OBJECT, "lovGuid", Role.KEY, required=True),
                    _known_by(OBJECT, "lovCode"),
                    Field(Column("title"), "title"),
                    Field(Column("publisher"), "publisher"),
                    Field(Column("runtime"), "runtime"),
                    Field(Column("locale"), "locale"),
                ),
                counterparts={
                    "contentGuid": "lovGuid",
                    "contentRefNumber": "lovCode",
                    "lovTitle": "title",
                    "lovPublisher": "publisher",
                    "lovRuntime": "runtime",
                    "lovLocale": "locale",
                },
            ),
            ReferenceKind(
                "trainings",
                TRAINING,
                (
                    _known_by(TRAINING, "trainingPathCode", Role.KEY, required=True),
                    _known_by(TRAINING, "trainingId", Role.IDENTITY),
                    _known_by(TRAINING, "trainingGuid", Role.IDENTITY),
                    Field(Column("trainingTitle"), "title"),
                    Field(Column("trainingModality"), "modality"),
                ),
            ),
            ReferenceKind(
                "contents",
                _CONTENT,
                (
                    ReferenceColumn(_column("trainingPathCode"), _OF_TRAINING, required=True),
                    ReferenceColumn(_column("lovGuid"), _OF_OBJECT),
                    ReferenceColumn(_column("lovCode"), _OF_OBJECT),
                    Field(Column("mandatory", Kind.FLAG), "mandatory", default=True),
                    Field(Column("points", Kind.NUMBER, minimum=0), "points", default=1.0),
                    Field(
                        Column("position", Kind.INTEGER, minimum=-LARGEST_INTEGER - 1, maximum=LARGEST_INTEGER),
                        "position",
                    ),
                ),
                has_id=False,
                counterparts={"contentGuid": "lovGuid", "contentRefNumber": "lovCode"},
            ),
            ReferenceKind(
                "sessions",
                SESSION,
                (
                    _known_by(SESSION, "sessionGuid", Role.KEY, required=True),
                    _known_by(SESSION, "sessionTitle", required=True),
                    ReferenceColumn(_column("trainingPathCode"), _RUN_OF_TRAINING, required=True),
                    _known_by(SESSION, "sessionId", Role.IDENTITY),
                    Field(Column("startDate", Kind.DATETIME), "starts_at"),
                    Field(Column("endDate", Kind.DATETIME), "ends_at"),
                ),
                in_order=("startDate", "endDate"),
                counterparts={"sessionStartDate": "startDate", "sessionEndDate": "endDate"},
            ),
            ReferenceKind(
                "registrations",
                _REGISTRATION,
                (
                    ReferenceColumn(_column("candidateLogin"), _OF_LEARNER, required=True),
                    ReferenceColumn(_column("sessionGuid"), _OF_SESSION, required=True),
                    _known_by(_REGISTRATION, "registrationGuid", Role.IDENTITY),
                    Field(Column("registrationDate", Kind.DATETIME), "registered_at"),
                    Field(Column("timeSpentCBT", Kind.DURATION), "time_spent_cbt", default=0),
                    Field(Column("timeSpentDigital", Kind.DURATION), "time_spent_digital", default=0),
                ),
            ),
        )
    }
)
"""Every kind of reference data, by the name it has on the command line."""
