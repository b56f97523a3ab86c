"""Names in the store that somebody may have meant who wrote another."""

from __future__ import annotations

from rapidfuzz import fuzz, process
from sqlalchemy import case, func, select, update
from sqlalchemy.engine import Connection

from milepost import catalogue
from milepost.database import tables
from milepost.model.text import fold
from milepost.steps.load.linking import unknown_hint
from milepost.steps.load.staging import Staging

MOST_VALUES = 20
"""For so many distinct unknown values of a column a near name is looked for; the first lines come first."""

MOST_NAMES = 200_000
"""With more names than this in the store none is suggested: comparing them would take longer than the load."""

_LEAST_LIKENESS = 70
_AT_A_TIME = 20_000


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
    names = connection.execute(
        select(name).where(name.is_not(None)).distinct(), execution_options={"yield_per": _AT_A_TIME}
    )
    best: dict[str, list[tuple[float, str]]] = {value: [] for value in values}
    for partition in names.scalars().partitions():
        folded = [fold(one) for one in partition]
        for value, likest in best.items():
            close = process.extract(fold(value), folded, scorer=fuzz.ratio, limit=2, score_cutoff=_LEAST_LIKENESS)
            likest += [(likeness, partition[place]) for _, likeness, place in close]
            likest.sort(reverse=True)
            del likest[2:]
    return {value: likest[0][1] for value, likest in best.items() if _is_clear(likest)}


def _is_clear(likest: list[tuple[float, str]]) -> bool:
    return bool(likest) and (len(likest) == 1 or likest[0][0] > likest[1][0])
