"""The kinds of reference data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from milepost.model.columns import LARGEST_INTEGER, TRACKING, Column, Vocabulary
from milepost.model.columns import Kind as Holds
from milepost.reference.kind import Field, Identifier, Kind, Reference, Role

_LEARNER = Reference("learner", "learner", "learner_id", Role.KEY)
_SESSION = Reference("session", "session", "session_id", Role.KEY)
_TRAINING = Reference("training", "training", "training_id", Role.KEY)
_TRAINING_OF_SESSION = Reference("training", "training", "training_id", held_by=("registration", "session_id"))
_OBJECT = Reference(
    "learning object version",
    "learning_object_version",
    "learning_object_version_id",
    Role.KEY,
    missing="learning-object-missing",
)


def _text(name: str) -> Column:
    return Column(name)


def _guid(name: str) -> Column:
    return Column(name, max_length=40)


def _whole(name: str) -> Column:
    return Column(name, Holds.INTEGER, minimum=-LARGEST_INTEGER - 1, maximum=LARGEST_INTEGER)


def _kind(
    name: str,
    noun: str,
    table: str,
    *columns: Field | Identifier,
    label: str | None = None,
    in_order: tuple[str, str] | None = None,
    counterparts: Mapping[str, str] = MappingProxyType({}),
) -> Kind:
    """The kind with those columns; every other name of an import file, and each of `counterparts`, is passed over."""
    own = {column.column.name for column in columns}
    known = {*(column.name for column in TRACKING.columns), *TRACKING.passed_over, *counterparts}
    vocabulary = Vocabulary(
        columns=tuple(column.column for column in columns),
        passed_over=MappingProxyType({other: counterparts.get(other) for other in sorted(known - own)}),
    )
    return Kind(name, noun, table, columns, vocabulary, label, in_order)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            _kind(
                "learners",
                "learner",
                "learner",
                Field(_text("candidateLogin"), "login", Role.KEY, folded=True, required=True),
                Field(_text("candidateRefNumber"), "reference_number"),
                Field(_text("candidateEmail"), "email", folded=True),
                Field(_guid("candidateGuid"), "guid", Role.IDENTITY, folded=True),
                Field(_text("candidateName"), "name"),
                Field(_text("candidateFirstname"), "first_name"),
                label="login",
                counterparts={"candidateLastname": "candidateName"},
            ),
            _kind(
                "learning-objects",
                "learning object version",
                "learning_object_version",
                Field(_guid("lovGuid"), "guid", Role.KEY, folded=True, required=True, fixed=True),
                Field(_text("lovCode"), "code"),
                Field(_text("title"), "title"),
                Field(_text("publisher"), "publisher"),
                Field(_text("runtime"), "runtime"),
                Field(_text("locale"), "locale"),
                label="guid",
                counterparts={
                    "contentGuid": "lovGuid",
                    "contentRefNumber": "lovCode",
                    "lovTitle": "title",
                    "lovPublisher": "publisher",
                    "lovRuntime": "runtime",
                    "lovLocale": "locale",
                },
            ),
            _kind(
                "trainings",
                "training",
                "training",
                Field(_text("trainingPathCode"), "path_code", Role.KEY, required=True),
                Field(_whole("trainingId"), "id", Role.IDENTITY),
                Field(_guid("trainingGuid"), "guid", Role.IDENTITY, folded=True),
                Field(_text("trainingTitle"), "title"),
                Field(_text("trainingModality"), "modality"),
                label="path_code",
            ),
            _kind(
                "contents",
                "content",
                "training_content",
                Identifier(_text("trainingPathCode"), _TRAINING, "path_code", "path code", required=True),
                Identifier(_guid("lovGuid"), _OBJECT, "guid", "GUID", folded=True),
                Identifier(_text("lovCode"), _OBJECT, "code", "code", unique=False),
                Field(Column("mandatory", Holds.FLAG), "mandatory", default=True),
                Field(Column("points", Holds.NUMBER, minimum=0), "points", default=1.0),
                Field(_whole("position"), "position"),
                counterparts={"contentGuid": "lovGuid", "contentRefNumber": "lovCode"},
            ),
            _kind(
                "sessions",
                "session",
                "session",
                Field(_guid("sessionGuid"), "guid", Role.KEY, folded=True, required=True, fixed=True),
                Field(_text("sessionTitle"), "title", required=True),
                Identifier(_text("trainingPathCode"), _TRAINING_OF_SESSION, "path_code", "path code", required=True),
                Field(_whole("sessionId"), "id", Role.IDENTITY),
                Field(Column("startDate", Holds.DATETIME), "starts_at"),
                Field(Column("endDate", Holds.DATETIME), "ends_at"),
                label="guid",
                in_order=("startDate", "endDate"),
                counterparts={"sessionStartDate": "startDate", "sessionEndDate": "endDate"},
            ),
            _kind(
                "registrations",
                "registration",
                "registration",
                Identifier(_text("candidateLogin"), _LEARNER, "login", "login", folded=True, required=True),
                Identifier(_guid("sessionGuid"), _SESSION, "guid", "GUID", folded=True, required=True),
                Field(_guid("registrationGuid"), "guid", Role.IDENTITY, folded=True),
                Field(Column("registrationDate", Holds.DATETIME), "registered_at"),
                Field(Column("timeSpentCBT", Holds.DURATION), "time_spent_cbt", default=0),
                Field(Column("timeSpentDigital", Holds.DURATION), "time_spent_digital", default=0),
            ),
        )
    }
)
"""Every kind of reference data, by the name it has on the command line."""
