"""The learner and the learning object that somebody means by one of their names."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from sqlalchemy import Column, ColumnElement, func, or_, select
from sqlalchemy.engine import Connection

from milepost.database.tables import learner, learning_object_version
from milepost.model import likeness
from milepost.model.exceptions import UsageError
from milepost.model.text import fold

_MOST_NAMES = 200_000
_LEAST_LIKENESS = 60
_MOST_TOLD = 10


def one_learner(connection: Connection, name: str) -> int:
    """The id of the learner with that login, e-mail, GUID or reference number.

    Raises UsageError when there is none, with the nearest names, or when there are several.
    """
    exact, key = unicodedata.normalize("NFC", name.strip()), fold(name.strip())
    columns = learner.c
    found = connection.execute(
        select(columns.id, columns.login, columns.reference_number, columns.email, columns.guid)
        .where(
            or_(
                columns.login_key == key,
                columns.email_key == key,
                columns.guid_key == key,
                columns.reference_number == exact,
            )
        )
        .order_by(columns.login_key)
        .limit(_MOST_TOLD + 1)
    ).all()
    if len(found) > 1:
        told = (_told(row.login, row.reference_number, row.email, f"GUID {row.guid}") for row in found)
        raise UsageError(_several(f'"{exact}" is more than one learner', list(told), "the log-in name, or the GUID"))
    if not found:
        alike = nearest(connection, key, (columns.login, columns.reference_number, columns.email))
        raise UsageError(f'No learner has the log-in name, e-mail, reference number or GUID "{exact}".{alike}')
    return int(found[0].id)


def one_object(connection: Connection, name: str) -> int:
    """The id of the learning object version with that GUID or code; raises UsageError as `one_learner` does."""
    exact, columns = unicodedata.normalize("NFC", name.strip()), learning_object_version.c
    found = connection.execute(
        select(columns.id, columns.code, columns.title, columns.guid)
        .where(or_(columns.guid_key == fold(exact), columns.code == exact))
        .order_by(columns.guid_key)
        .limit(_MOST_TOLD + 1)
    ).all()
    if len(found) > 1:
        told = [_told(f"GUID {row.guid}", row.code, row.title) for row in found]
        raise UsageError(_several(f'"{exact}" is more than one learning object version', told, "the GUID"))
    if not found:
        alike = nearest(connection, fold(exact), (columns.code, columns.guid))
        raise UsageError(f'No learning object version has the code or GUID "{exact}".{alike}')
    return int(found[0].id)


def _told(first: str, *others: str | None) -> str:
    more = ", ".join(one for one in others if one)
    return f"{first} ({more})" if more else first


def _several(what: str, told: list[str], instead: str) -> str:
    listed = "; ".join(told[:_MOST_TOLD]) + ("; …" if len(told) > _MOST_TOLD else "")
    return f"{what}: {listed}. Give {instead} of the one you mean."


def nearest(connection: Connection, key: str, columns: Sequence[Column[str]]) -> str:
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
