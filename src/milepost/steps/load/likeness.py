"""Names in the store that somebody may have meant who wrote another."""

from __future__ import annotations

from sqlalchemy import case, func, select, update
from sqlalchemy.engine import Connection

from milepost import reference as catalogue
from milepost.model import likeness
from milepost.model.text import fold
from milepost.steps.load.linking import unknown_hint
from milepost.steps.load.staging import Staging
from milepost.stores.sql import tables

MOST_VALUES = 20
"""For so many distinct unknown values of a column a near name is looked for; the first lines come first."""

MOST_NAMES = 200_000
"""With more names than this in the store none is suggested: comparing them would take longer than the load."""

_LEAST_LIKENESS = 70


def suggest(connection: Connection, stage: Staging) -> None:
    """Adds the nearest name to the hints of references that were not found; nothing where several are as near."""
    for reference in stage.kind.references:
        for identifier in stage.identifiers(reference):
            _suggest(connection, stage, identifier)


def _suggest(connection: Connection, stage: Staging, identifier: catalogue.Identifier) -> None:
    found = stage.findings.c
    unknown = (found["code"] == "reference-not-found", found["column"] == identifier.column.name)
    plain = unknown_hint(identifier, found["value"])
    first = (
        select(found["value"], found["hint"])
        .where(*unknown, found["hint"] == plain)
        .group_by(found["value"], found["hint"])
        .order_by(func.min(found["line"]))
        .limit(MOST_VALUES)
    )
    hints: dict[str, str] = dict(connection.execute(first).all())
    near = nearest(connection, identifier, list(hints))
    better = {hints[value]: f'{hints[value]}; nearest: "{name}"' for value, name in near.items()}
    if better:
        connection.execute(
            update(stage.findings)
            .where(*unknown, found["hint"].in_(list(better)))
            .values(hint=case(better, value=found["hint"], else_=found["hint"]))
        )


def nearest(connection: Connection, identifier: catalogue.Identifier, values: list[str]) -> dict[str, str]:
    """The name in the store that is most like each of `values`; without those for which there is none, or several."""
    referred = tables.metadata.tables[identifier.reference.table]
    name = referred.c[identifier.name]
    if not values or connection.execute(select(func.count(name))).scalar_one() > MOST_NAMES:
        return {}
    found = connection.scalars(select(name).where(name.is_not(None)).distinct().order_by(name))
    names = {fold(one): one for one in found}
    best = ((value, likeness.nearest(fold(value), names, _LEAST_LIKENESS)) for value in values)
    return {value: near for value, near in best if near is not None}
