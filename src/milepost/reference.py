"""The kinds of reference data that `load` reads. A new kind is one entry of `KINDS`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

import polars as pl

from milepost.model.columns import LARGEST_INTEGER, TRACKING, Column, Kind, Vocabulary
from milepost.model.exceptions import UsageError
from milepost.model.identifiers import LEARNER, OBJECT, SESSION, TRAINING, Entity, Identifier
from milepost.model.tracked import TYPES
from milepost.model.wording import argument, in_quotes


class Role(StrEnum):
    """The role of a column."""

    KEY = "key"
    """It identifies the row."""
    IDENTITY = "identity"
    """An id or GUID beside the key: unique, given or made when the row is new, never changed."""
    NAME = "name"
    """It is unique and may change: the key of the kind, where rows are found by another one."""
    VALUE = "value"
    """It may change."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the file that the kind's table stores."""

    column: Column
    name: str
    """The column of the table."""
    role: Role = Role.VALUE
    is_folded: bool = False
    """Whether letter case does not count; the table then has a column `NAME_key` too."""
    required: bool = False
    """Whether it must be in the file and never be empty."""
    default: bool | float | None = None
    """The stored value of an empty cell."""

    @property
    def key(self) -> str:
        """The column of the table that is compared."""
        return f"{self.name}_key" if self.is_folded else self.name


@dataclass(frozen=True, slots=True)
class Reference:
    """A row of another table to which a row of the kind refers. All its identifiers on a line must agree."""

    entity: Entity
    columns: tuple[str, ...]
    """The columns of the file with its identifiers, those with unique ones first."""
    role: Role = Role.VALUE
    missing: str | None = None
    """The code of the finding on a line without any of the identifiers; None if each is required."""
    held_by: tuple[str, str] | None = None
    """A table and its column that refers to the kind: while a row does, the reference never changes."""

    @property
    def name(self) -> str:
        """The column of the kind's table with the id."""
        return f"{self.entity.table}_id"

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """The identifiers of the referenced entity in the columns."""
        return tuple(map(self.entity.by_column, self.columns))


@dataclass(frozen=True, slots=True)
class ReferenceKind:
    """One kind of reference data."""

    name: str
    """The name on the command line."""
    entity: Entity
    """The entity of one row, with its table."""
    parts: tuple[Field | Reference, ...]
    """In the order of the file format, which is the order of findings on one line too."""
    has_id: bool = True
    """Whether the table has ids, which are assigned if a file gives none."""
    in_order: tuple[str, str] | None = None
    """Two columns of the file with instants; a warning is given if the second is before the first."""
    counterparts: Mapping[str, str | None] = field(default_factory=dict)
    """More names that are passed over in a file, each with the column that is its counterpart, if there is one."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other names of its columns that are understood."""
    other_keys: tuple[str, ...] = ()
    """The columns of the file that can be the key instead."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The columns as a file may name them; every other name of an import file is passed over."""
        columns: list[Column] = []
        for part in self.parts:
            columns += [part.column] if isinstance(part, Field) else map(_column, part.columns)
        known = {column.name for column in TRACKING.columns} | {*TRACKING.passed_over, *self.counterparts}
        others = sorted(known.difference(self.aliases, (column.name for column in columns)))
        passed_over = MappingProxyType({other: self.counterparts.get(other) for other in others})
        return Vocabulary(tuple(columns), aliases=MappingProxyType(dict(self.aliases)), passed_over=passed_over)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns that the table stores."""
        return tuple(one for one in self.parts if isinstance(one, Field))

    @property
    def references(self) -> tuple[Reference, ...]:
        """The references of its rows."""
        return tuple(one for one in self.parts if isinstance(one, Reference))

    @property
    def identities(self) -> tuple[Field, ...]:
        """The ids and GUIDs beside the key."""
        return tuple(one for one in self.fields if one.role is Role.IDENTITY)

    @property
    def names(self) -> tuple[Field, ...]:
        """The unique columns beside the key that may change."""
        return tuple(one for one in self.fields if one.role is Role.NAME)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the table that together identify a row, as they are compared."""
        fields = (one.key for one in self.fields if one.role is Role.KEY)
        return (*fields, *(one.name for one in self.references if one.role is Role.KEY))

    @property
    def label(self) -> str | None:
        """The column of the table that names a row in hints; None if the key consists of references."""
        return next((one.name for one in self.fields if one.role in (Role.KEY, Role.NAME)), None)

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """The columns of the table, with their types in a frame."""
        schema: dict[str, pl.DataType] = {"id": pl.Int64()} if self.has_id else {}
        for one in self.fields:
            schema |= dict.fromkeys((one.name, one.key), TYPES[one.column.kind])
        return schema | dict.fromkeys((one.name for one in self.references), pl.Int64())

    def keyed_by(self, column: str) -> ReferenceKind:
        """The kind with another key, a column of the file; the key that it has becomes a name.

        Raises UsageError if the column cannot be the key.
        """
        if not self.other_keys:
            chosen = argument("key", column)
            raise UsageError(f"{chosen} cannot be chosen: {self.name} have one key only. Leave it out.")
        keys = {one.column.name: Role.NAME for one in self.fields if one.role is Role.KEY}
        known = (*keys, *self.other_keys)
        if column not in known:
            raise UsageError(f"{in_quotes(column)} cannot be the key of {self.name}. What can be: {', '.join(known)}.")
        roles = keys | {column: Role.KEY}
        parts = (
            replace(one, role=roles.get(one.column.name, one.role)) if isinstance(one, Field) else one
            for one in self.parts
        )
        return replace(self, parts=tuple(parts))

    def within(self, names: Collection[str]) -> ReferenceKind:
        """The kind with only those of its columns that a file has, which are `names`.

        Raises UsageError if the file lacks a column that the kind needs.
        """
        fields = [one for one in self.fields if one.column.name in names]
        references = [replace(one, columns=tuple(filter(names.__contains__, one.columns))) for one in self.references]
        needed = (one for one in self.fields if one.required or one.role is Role.KEY)
        missing = [one.column.name for one in needed if one not in fields]
        pairs = zip(self.references, references, strict=True)
        missing += [" or ".join(reference.columns) for reference, own in pairs if not own.columns]
        if missing:
            raise UsageError(
                f"The file lacks {', '.join(missing)}, which {self.name} need. Add the column, or say which "
                f"column holds it with {argument('header_map', f'Header={missing[0].split()[0]}')}."
            )
        return replace(self, parts=(*fields, *references))


_REGISTRATION = Entity(
    "registration", "registration", (Identifier("registrationGuid", "guid", "GUID", is_folded=True, is_unique=True),)
)
_CONTENT = Entity("content", "training_content", ())

_OF_AN_IMPORT = {column.name: column for column in TRACKING.columns}


def _column(name: str) -> Column:
    """The column of an import file, else a text or a GUID."""
    return _OF_AN_IMPORT.get(name) or Column(name, max_length=40 if name.endswith("Guid") else 255)


def _known_by(entity: Entity, name: str, role: Role = Role.VALUE, *, required: bool = False) -> Field:
    """A column that is an identifier of the kind."""
    identifier = entity.by_column(name)
    return Field(_column(name), identifier.name, role, identifier.is_folded, required)


_KINDS = (
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
            Field(Column("candidateTimeZone"), "time_zone"),
            Field(Column("candidateDisabledAt", Kind.DATETIME), "disabled_at"),
        ),
        counterparts={"candidateLastname": "candidateName"},
        other_keys=("candidateRefNumber", "candidateGuid"),
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
            Field(Column("learningObjectGuid", max_length=40), "object_guid"),
        ),
        counterparts={
            "contentTitle": "title",
            "contentLocale": "locale",
            "learningObjectPublisher": "publisher",
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
            Field(Column("trainingPublisher"), "publisher"),
            Field(Column("trainingStatus"), "status"),
            Field(Column("trainingDuration"), "duration"),
        ),
    ),
    ReferenceKind(
        "contents",
        _CONTENT,
        (
            Reference(TRAINING, ("trainingPathCode",), Role.KEY),
            Reference(OBJECT, ("lovGuid", "lovCode"), Role.KEY, missing="learning-object-missing"),
            Field(Column("mandatory", Kind.FLAG), "mandatory", default=True),
            Field(Column("points", Kind.NUMBER, minimum=0), "points", default=1.0),
            Field(Column("position", Kind.INTEGER, minimum=-LARGEST_INTEGER - 1, maximum=LARGEST_INTEGER), "position"),
            Field(Column("folder"), "folder"),
        ),
        has_id=False,
        counterparts={
            "trainingContentMandatory": "mandatory",
            "trainingContentFolder": "folder",
            "contentGuid": "lovGuid",
            "contentRefNumber": "lovCode",
        },
    ),
    ReferenceKind(
        "sessions",
        SESSION,
        (
            _known_by(SESSION, "sessionGuid", Role.KEY, required=True),
            _known_by(SESSION, "sessionTitle", required=True),
            Reference(TRAINING, ("trainingPathCode",), held_by=("registration", "session_id")),
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
            Reference(LEARNER, ("candidateLogin",), Role.KEY),
            Reference(SESSION, ("sessionGuid",), Role.KEY),
            _known_by(_REGISTRATION, "registrationGuid", Role.IDENTITY),
            Field(Column("registrationDate", Kind.DATETIME), "registered_at"),
            Field(Column("timeSpentCBT", Kind.DURATION), "time_spent_cbt", default=0),
            Field(Column("timeSpentDigital", Kind.DURATION), "time_spent_digital", default=0),
        ),
    ),
)
KINDS: Mapping[str, ReferenceKind] = MappingProxyType({kind.name: kind for kind in _KINDS})
"""Every kind of reference data, by the name it has on the command line."""
