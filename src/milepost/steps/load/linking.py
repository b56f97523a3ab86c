"""Which rows of the store each line means and refers to, and what is wrong where there is none."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, Text, and_, case, cast, exists, func, insert, literal, or_, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select
from sqlalchemy.sql.selectable import FromClause, NamedFromClause

from milepost import reference as catalogue
from milepost.steps.load.staging import Staging, asked, find, joined, stored_name
from milepost.stores.sql import tables


def link(connection: Connection, stage: Staging) -> None:
    """Fills `stage.links` with a row for every line."""
    origin: FromClause = stage.lines
    ids: dict[str, ColumnElement[Any]] = {}
    for reference in stage.kind.references:
        referred = _referred(reference)
        origin = origin.outerjoin(referred, _refers(stage, reference, referred))
        ids[reference.name] = referred.c["id"]
    own = stage.own.alias("own")
    keys = [own.c[stored_name(field)] == stage.given(field) for field in stage.kind.fields if _is_key(field)]
    keys += [own.c[one.name] == ids[one.name] for one in stage.kind.references if _is_key(one)]
    stored = own.c["id"] if "id" in own.c else own.c[stage.kind.references[0].name]
    query = select(stage.lines.c["line"], *ids.values(), stored).select_from(origin.outerjoin(own, and_(*keys)))
    connection.execute(insert(stage.links).from_select(["line", *ids, "stored"], query))


def _is_key(part: catalogue.Field | catalogue.Reference) -> bool:
    return part.role is catalogue.Role.KEY


def _referred(reference: catalogue.Reference) -> NamedFromClause:
    return tables.metadata.tables[reference.table].alias(f"referred_{reference.name}")


def _refers(stage: Staging, reference: catalogue.Reference, referred: NamedFromClause) -> ColumnElement[bool]:
    """Whether `referred` is the one row that a line refers to."""
    identifiers = stage.identifiers(reference)
    if len(identifiers) == 1 and identifiers[0].unique:
        return _matches(stage, identifiers[0], referred)
    whens = []
    for place, anchor in enumerate(identifiers):
        candidate = _referred(reference)
        agreeing = [_agrees(stage, other, candidate) for other in identifiers[place + 1 :]]
        one = select(case((func.count() == 1, func.min(candidate.c["id"])))).select_from(candidate)
        whens.append(
            (
                stage.given(anchor).is_not(None),
                one.where(_matches(stage, anchor, candidate), *agreeing).scalar_subquery(),
            )
        )
    return and_(stage.lines.c[asked(reference)] == 1, referred.c["id"] == case(*whens))


def _matches(stage: Staging, identifier: catalogue.Identifier, referred: NamedFromClause) -> ColumnElement[bool]:
    return referred.c[stored_name(identifier)] == stage.given(identifier)


def _agrees(stage: Staging, identifier: catalogue.Identifier, referred: NamedFromClause) -> ColumnElement[bool]:
    return or_(stage.given(identifier).is_(None), _matches(stage, identifier, referred))


def find_lost_references(connection: Connection, stage: Staging) -> None:
    """Adds `reference-not-found` and `reference-ambiguous`, each about the first word that fails."""
    for reference in stage.kind.references:
        identifiers = stage.identifiers(reference)
        for place, identifier in enumerate(identifiers):
            before = identifiers[:place]
            _find_unknown(connection, stage, reference, identifier, before)
            for anchor in before:
                _find_disagreement(connection, stage, reference, anchor, identifier)
            if not identifier.unique:
                _find_ambiguous(connection, stage, reference, identifier, before)


def _lost(stage: Staging, reference: catalogue.Reference) -> ColumnElement[bool]:
    return and_(stage.lines.c[asked(reference)] == 1, stage.links.c[reference.name].is_(None))


def _about(
    stage: Staging, identifier: catalogue.Identifier, hint: ColumnElement[str], *conditions: ColumnElement[bool]
) -> Select[Any]:
    value = stage.lines.c[identifier.column.name]
    both = stage.lines.join(stage.links, stage.lines.c["line"] == stage.links.c["line"])
    return (
        select(stage.lines.c["line"], value.label("value"), hint.label("hint"))
        .select_from(both)
        .where(_lost(stage, identifier.reference), value.is_not(None), *conditions)
    )


def unknown_hint(identifier: catalogue.Identifier, value: ColumnElement[Any]) -> ColumnElement[str]:
    """The hint that nothing in the store goes by `value`."""
    return joined(f'no {identifier.reference.noun} has the {identifier.noun} "', value, '"')


def _find_unknown(
    connection: Connection,
    stage: Staging,
    reference: catalogue.Reference,
    identifier: catalogue.Identifier,
    before: tuple[catalogue.Identifier, ...],
) -> None:
    """About the first identifier given, where nothing in the store goes by it."""
    referred = _referred(reference)
    hint = unknown_hint(identifier, stage.lines.c[identifier.column.name])
    nothing = ~exists().where(_matches(stage, identifier, referred))
    first = [stage.given(other).is_(None) for other in before]
    find(connection, stage, "reference-not-found", identifier, _about(stage, identifier, hint, nothing, *first))


def _find_disagreement(
    connection: Connection,
    stage: Staging,
    reference: catalogue.Reference,
    anchor: catalogue.Identifier,
    identifier: catalogue.Identifier,
) -> None:
    """About an identifier that is not the one of the row that the unique `anchor` names."""
    referred = _referred(reference)
    its_own = joined(f'has the {identifier.noun} "', referred.c[identifier.name], '"')
    known = func.coalesce(its_own, literal(f"has no {identifier.noun}"))
    hint = joined(f"the {reference.noun} with that {anchor.noun} ", known)
    query = _about(stage, identifier, hint).join(referred, _matches(stage, anchor, referred))
    find(connection, stage, "reference-not-found", identifier, query)


def _find_ambiguous(
    connection: Connection,
    stage: Staging,
    reference: catalogue.Reference,
    identifier: catalogue.Identifier,
    before: tuple[catalogue.Identifier, ...],
) -> None:
    """About an identifier that several rows of the store go by, where no unique one is given."""
    referred = _referred(reference)
    count = select(func.count()).select_from(referred).where(_matches(stage, identifier, referred)).scalar_subquery()
    unique = " or ".join(one.column.name for one in stage.kind.identifiers(reference) if one.unique)
    hint = joined(cast(count, Text), f" {reference.noun}s have that {identifier.noun}; give {unique}")
    first = [stage.given(other).is_(None) for other in before]
    find(connection, stage, "reference-ambiguous", identifier, _about(stage, identifier, hint, count > 1, *first))


def find_held_references(connection: Connection, stage: Staging) -> None:
    """Adds `already-taken` where a reference changes that other rows of the store rely on."""
    for reference in stage.kind.references:
        if reference.held_by is None:
            continue
        table, column = reference.held_by
        holder: Table = tables.metadata.tables[table]
        referred = _referred(reference)
        identifier = stage.identifiers(reference)[0]
        current = joined(
            f'the {stage.kind.noun} has {table}s and is of the {reference.noun} "',
            referred.c[identifier.name],
            f'"; a {stage.kind.noun} with {table}s never changes its {reference.noun}',
        )
        both = stage.lines.join(stage.links, stage.lines.c["line"] == stage.links.c["line"])
        query = (
            select(stage.lines.c["line"], stage.lines.c[identifier.column.name].label("value"), current.label("hint"))
            .select_from(
                both.join(stage.own, stage.same_row()).join(referred, referred.c["id"] == stage.own.c[reference.name])
            )
            .where(
                stage.links.c[reference.name] != stage.own.c[reference.name],
                exists().where(holder.c[column] == stage.own.c["id"]),
            )
        )
        find(connection, stage, "already-taken", identifier, query)
