"""The learners, learning objects, sessions and trainings that somebody means by one of their names."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Column, ColumnElement, func, or_, select
from sqlalchemy.engine import Connection

from milepost.model import likeness
from milepost.model.exceptions import UsageError
from milepost.model.text import fold
from milepost.stores.sql import dialect
from milepost.stores.sql.tables import learner, learning_object_version, session, training

_MOST_NAMES = 200_000
_LEAST_LIKENESS = 60
_MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Called:
    """What the rows of one table are called by."""

    what: str
    """Goes on: `"…"`."""
    exact: tuple[Column[str], ...]
    folded: tuple[Column[str], ...]
    """Columns with folded text, in which letter case does not matter."""
    shown: tuple[Column[str], ...]
    """The columns with names that are easily mistyped."""

    def by(self, name: str) -> ColumnElement[bool]:
        """Whether a row has that name."""
        exact, key = _exact(name), fold(_exact(name))
        return or_(*(column == exact for column in self.exact), *(column == key for column in self.folded))

    def nobody(self, connection: Connection, name: str) -> UsageError:
        """The error that nothing has that name, with the nearest ones."""
        exact = _exact(name)
        return UsageError(f'No {self.what} "{exact}".{_nearest(connection, fold(exact), self.shown)}')


LEARNER = Called(
    "learner has the log-in name, e-mail, reference number or GUID",
    (learner.c.reference_number,),
    (learner.c.login_key, learner.c.email_key, learner.c.guid_key),
    (learner.c.login, learner.c.reference_number, learner.c.email),
)
OBJECT = Called(
    "learning object version has the code or GUID",
    (learning_object_version.c.code,),
    (learning_object_version.c.guid_key,),
    (learning_object_version.c.code, learning_object_version.c.guid),
)
TRAINING = Called(
    "training has the path code or GUID",
    (training.c.path_code,),
    (training.c.guid_key,),
    (training.c.path_code,),
)
SESSION = Called("session has the title or GUID", (session.c.title,), (session.c.guid_key,), (session.c.title,))


def one_learner(connection: Connection, name: str) -> int:
    """The id of the learner with that login, e-mail, GUID or reference number.

    Raises UsageError when there is none, with the nearest names, or when there are several.
    """
    columns = learner.c
    found = connection.execute(
        select(columns.id, columns.login, columns.reference_number, columns.email, columns.guid)
        .where(LEARNER.by(name))
        .order_by(columns.login_key)
        .limit(_MOST_TOLD + 1)
    ).all()
    if len(found) > 1:
        told = [_told(row.login, row.reference_number, row.email, f"GUID {row.guid}") for row in found]
        raise UsageError(_several(f'"{_exact(name)}" is more than one learner', told, "the log-in name, or the GUID"))
    if not found:
        raise LEARNER.nobody(connection, name)
    return int(found[0].id)


def one_object(connection: Connection, name: str) -> int:
    """The id of the learning object version with that GUID or code; raises UsageError as `one_learner` does."""
    columns = learning_object_version.c
    found = connection.execute(
        select(columns.id, columns.code, columns.title, columns.guid)
        .where(OBJECT.by(name))
        .order_by(columns.guid_key)
        .limit(_MOST_TOLD + 1)
    ).all()
    if len(found) > 1:
        told = [_told(f"GUID {row.guid}", row.code, row.title) for row in found]
        raise UsageError(_several(f'"{_exact(name)}" is more than one learning object version', told, "the GUID"))
    if not found:
        raise OBJECT.nobody(connection, name)
    return int(found[0].id)


def every(connection: Connection, called: Called, names: Sequence[str]) -> ColumnElement[bool]:
    """Whether a row has one of the names; several rows may have the same one.

    Raises UsageError for a name that nothing has, with the nearest ones.
    """
    number = called.exact[0].table.c.id
    found: set[int] = set()
    for name in names:
        ids = set(connection.scalars(select(number).where(called.by(name))))
        if not ids:
            raise called.nobody(connection, name)
        found |= ids
    return dialect.of(connection).among(number, pl.Series(sorted(found), dtype=pl.Int64))


def _exact(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip())


def _told(first: str, *others: str | None) -> str:
    more = ", ".join(one for one in others if one)
    return f"{first} ({more})" if more else first


def _several(what: str, told: list[str], instead: str) -> str:
    listed = "; ".join(told[:_MOST_TOLD]) + ("; …" if len(told) > _MOST_TOLD else "")
    return f"{what}: {listed}. Give {instead} of the one you mean."


def _nearest(connection: Connection, key: str, columns: Sequence[Column[str]]) -> str:
    """What the name might have been, as a sentence; nothing where none is alike or there are too many to compare."""
    found: list[str] = []
    for column in columns:
        names: ColumnElement[str] = column
        if (connection.scalar(select(func.count(names))) or 0) > _MOST_NAMES:
            continue
        there = connection.scalars(select(names).where(names.is_not(None)).distinct().order_by(names))
        one = likeness.nearest(key, {fold(name): name for name in there}, _LEAST_LIKENESS)
        if one is not None:
            found.append(f'"{one}"')
    return f" Nearest: {', '.join(found)}." if found else " Check how it is written."
