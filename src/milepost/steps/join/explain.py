"""Why a combination of identifiers means nothing, or more than one thing: the hints of the look-ups."""

from __future__ import annotations

from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Select, Table, case, exists, func, null, select
from sqlalchemy.engine import Connection

from milepost.database import frames
from milepost.database.tables import learner, learning_object_version, registration, session, training
from milepost.model import columns
from milepost.steps.join import scratch, sought
from milepost.steps.join.names import Names

_WORDS = {
    "candidateLogin": "no learner has login",
    "candidateRefNumber": "no learner has reference number",
    "candidateEmail": "no learner has e-mail",
    "sessionGuid": "no session has GUID",
    "sessionId": "no session has id",
    "sessionTitle": "no session is titled",
    "trainingPathCode": "no training has path code",
    "trainingId": "no training has id",
    "trainingGuid": "no training has GUID",
    "lovCode": "no learning object has code",
    "lovGuid": "no learning object has GUID",
}
_CONTEXT = (*columns.SESSION_COLUMNS, *columns.TRAINING_COLUMNS)
_MOST_TRAININGS = 3
_NOTHING: ColumnElement[Any] = null()


def registrations(connection: Connection, names: Names, missing: pl.DataFrame) -> pl.DataFrame:
    """`line` and `hint` of the rows that no registration fits, or more than one.

    `missing` holds the identifiers, the numbers of their combinations, and how many `registrations`, `learners` and
    `sessions` fit; the combinations stand in the tables of `scratch`.
    """
    if missing.is_empty():
        return pl.DataFrame(schema={"line": pl.Int64, "hint": pl.String})
    missing = _with_known(connection, missing, "learner_key", columns.LEARNER_COLUMNS, _known_learners())
    missing = _with_known(connection, missing, "context_key", _CONTEXT, _known_contexts())
    missing = missing.join(_elsewhere(connection, missing), on="pair_key", how="left", maintain_order="left")
    missing = _with_nearest(names, missing, (*columns.LEARNER_COLUMNS, "sessionTitle", "trainingPathCode"))
    no_learner = pl.col("learner_key.matches") == 0
    no_session = pl.col("context_key.matches") == 0
    hint = sought.listed(
        (
            *_unknown(columns.LEARNER_COLUMNS),
            _disagreement(columns.LEARNER_COLUMNS, no_learner, "belong to different learners"),
            *_unknown(_CONTEXT),
            _disagreement(_CONTEXT, no_session, "do not go together: no session has them all"),
            pl.when(~no_learner & ~no_session & pl.col("registrations").is_null()).then(_registered_elsewhere()),
            pl.when(pl.col("registrations") > 1).then(_several()),
        )
    )
    return missing.select("line", hint=hint)


def objects(connection: Connection, names: Names, missing: pl.DataFrame) -> pl.DataFrame:
    """`line` and `hint` of the rows that no learning object version fits, or more than one.

    `missing` holds the identifiers, the numbers of their combinations, and how many `objects`
    fit.
    """
    if missing.is_empty():
        return pl.DataFrame(schema={"line": pl.Int64, "hint": pl.String})
    missing = _with_known(connection, missing, "object_key", columns.OBJECT_COLUMNS, _known_objects())
    missing = _with_nearest(names, missing, ("lovCode",))
    nothing_fits = pl.col("object_key.matches") == 0
    known = pl.coalesce("lovCode", "lovGuid")
    hint = sought.listed(
        (
            *_unknown(columns.OBJECT_COLUMNS),
            _disagreement(columns.OBJECT_COLUMNS, nothing_fits, "belong to different learning objects"),
            pl.when(_all_known(columns.OBJECT_COLUMNS) & ~nothing_fits & pl.col("objects").is_null()).then(
                pl.format('"{}" is not content of training {}', known, "object_key.training")
            ),
            pl.when(pl.col("objects") > 1).then(
                pl.format(
                    '{} versions with code "{}" are content of training {}; give lovGuid',
                    "objects",
                    "lovCode",
                    "object_key.training",
                )
            ),
        )
    )
    return missing.select("line", hint=hint)


def _with_known(
    connection: Connection, missing: pl.DataFrame, key: str, names: tuple[str, ...], query: Select[*tuple[object, ...]]
) -> pl.DataFrame:
    """`missing` with `NAME.known` for each identifier alone, `KEY.matches` for all together, and `KEY.training`."""
    keys = missing.select(pl.col(key).alias("key")).unique().sort("key")
    frames.refill(connection, scratch.unexplained, keys)
    schema = {
        key: pl.Int64(),
        **{f"{name}.known": pl.Boolean() for name in names},
        f"{key}.matches": pl.Int64(),
        f"{key}.training": pl.String(),
        f"{key}.session": pl.String(),
    }
    found = frames.select(connection, query, schema)
    return missing.join(found, on=key, how="left", maintain_order="left")


def _known_learners() -> Select[*tuple[object, ...]]:
    given = scratch.learners.c
    matches = scratch.matching_learners.c
    return _known(
        scratch.learners,
        (
            (learner.c.login_key, given.candidateLogin),
            (learner.c.reference_number, given.candidateRefNumber),
            (learner.c.email_key, given.candidateEmail),
        ),
        select(func.count())
        .where(matches.learner_key == given.learner_key)
        .correlate(scratch.learners)
        .scalar_subquery(),
    )


def _known_contexts() -> Select[*tuple[object, ...]]:
    given = scratch.contexts.c
    matches = scratch.matching_sessions.c
    one = (
        select(func.min(matches.session_id))
        .where(matches.context_key == given.context_key)
        .correlate(scratch.contexts)
        .scalar_subquery()
    )
    of_one = session.c.id == one
    return _known(
        scratch.contexts,
        (
            (session.c.guid_key, given.sessionGuid),
            (session.c.id, given.sessionId),
            (session.c.title, given.sessionTitle),
            (training.c.path_code, given.trainingPathCode),
            (training.c.id, given.trainingId),
            (training.c.guid_key, given.trainingGuid),
        ),
        select(func.count())
        .where(matches.context_key == given.context_key)
        .correlate(scratch.contexts)
        .scalar_subquery(),
        select(training.c.path_code)
        .where(training.c.id == session.c.training_id, of_one)
        .correlate(scratch.contexts)
        .scalar_subquery(),
        select(session.c.title).where(of_one).correlate(scratch.contexts).scalar_subquery(),
    )


def _known_objects() -> Select[*tuple[object, ...]]:
    given = scratch.objects.c
    version = learning_object_version.c
    both = exists(select(version.id).where(version.guid_key == given.lovGuid, version.code == given.lovCode))
    return _known(
        scratch.objects,
        ((version.code, given.lovCode), (version.guid_key, given.lovGuid)),
        case((given.lovCode.is_(None) | given.lovGuid.is_(None), 1), (both, 1), else_=0),
        select(training.c.path_code)
        .where(training.c.id == given.training_id)
        .correlate(scratch.objects)
        .scalar_subquery(),
    )


def _known(
    combinations: Table,
    pairs: tuple[tuple[ColumnElement[object], ColumnElement[object]], ...],
    matches: ColumnElement[int],
    training_code: ColumnElement[Any] = _NOTHING,
    session_title: ColumnElement[Any] = _NOTHING,
) -> Select[*tuple[object, ...]]:
    """For each unexplained combination: whether each stored column has the given value, and what else is asked."""
    key = combinations.primary_key.columns[0]
    return select(
        key,
        *(exists(select(stored).where(stored == given).correlate(combinations)) for stored, given in pairs),
        matches,
        training_code,
        session_title,
    ).join_from(scratch.unexplained, combinations, key == scratch.unexplained.c.key)


def _elsewhere(connection: Connection, missing: pl.DataFrame) -> pl.DataFrame:
    """`pair_key`, and the trainings and sessions, in words, where the learners of the pair are registered."""
    unregistered = missing.filter(pl.col("registrations").is_null()).select(pl.col("pair_key").alias("key"))
    frames.refill(connection, scratch.unexplained, unregistered.unique().sort("key"))
    pairs, matches = scratch.pairs.c, scratch.matching_learners.c
    query = (
        select(pairs.pair_key, training.c.path_code, session.c.title)
        .join_from(scratch.unexplained, scratch.pairs, pairs.pair_key == scratch.unexplained.c.key)
        .join(scratch.matching_learners, matches.learner_key == pairs.learner_key)
        .join(registration, registration.c.learner_id == matches.learner_id)
        .join(session, session.c.id == registration.c.session_id)
        .join(training, training.c.id == session.c.training_id)
    )
    schema = {"pair_key": pl.Int64(), "training": pl.String(), "session": pl.String()}
    found = frames.select(connection, query, schema)
    return found.group_by("pair_key").agg(
        trainings=_first_few("training"),
        sessions=_first_few(pl.format('{} "{}"', "training", pl.col("session").fill_null(""))),
    )


def _first_few(names: pl.Expr | str) -> pl.Expr:
    distinct = (pl.col(names) if isinstance(names, str) else names).unique().sort()
    more = pl.when(distinct.len() > _MOST_TRAININGS).then(pl.lit(", …")).otherwise(pl.lit(""))
    return pl.concat_str(distinct.head(_MOST_TRAININGS).str.join(", "), more)


def _with_nearest(names: Names, missing: pl.DataFrame, columns_: tuple[str, ...]) -> pl.DataFrame:
    """`missing` with `NAME.nearest` for the identifiers that are not known."""
    return missing.with_columns(
        names.nearest(name, missing[name].set(missing[f"{name}.known"], None)).alias(f"{name}.nearest")
        if name in columns_
        else pl.lit(None, pl.String).alias(f"{name}.nearest")
        for name in _WORDS
        if name in missing.columns
    )


def _unknown(names: tuple[str, ...]) -> list[pl.Expr]:
    """For each identifier: that nothing has it, and the nearest that there is."""
    return [
        pl.when(pl.col(name).is_not_null() & ~pl.col(f"{name}.known")).then(
            pl.concat_str(
                pl.format('{} "{}"', pl.lit(_WORDS[name]), name),
                pl.when(pl.col(f"{name}.nearest").is_not_null())
                .then(pl.format('; nearest: "{}"', f"{name}.nearest"))
                .otherwise(pl.lit("")),
            )
        )
        for name in names
    ]


def _disagreement(names: tuple[str, ...], nothing_fits: pl.Expr, words: str) -> pl.Expr:
    """That identifiers which are all known do not fit together."""
    given = pl.concat_str([pl.format('"{}"', name) for name in names], separator=" and ", ignore_nulls=True)
    return pl.when(nothing_fits & _all_known(names)).then(pl.format("{} {}", given, pl.lit(words)))


def _all_known(names: tuple[str, ...]) -> pl.Expr:
    """Whether every given identifier is known by itself."""
    return pl.all_horizontal(pl.col(name).is_null() | pl.col(f"{name}.known") for name in names)


def _registered_elsewhere() -> pl.Expr:
    who = pl.coalesce("candidateLogin", "candidateRefNumber", "candidateEmail")
    title = pl.col("context_key.session").fill_null("")
    same_training = pl.col("trainings").str.split(", ").list.contains(pl.col("context_key.training"))
    return (
        pl.when(pl.col("trainings").is_null())
        .then(pl.format('"{}" is not registered to anything', who))
        .when(same_training)
        .then(pl.format('"{}" is registered to {}, not to {} "{}"', who, "sessions", "context_key.training", title))
        .otherwise(pl.format('"{}" is registered to {}, not to {}', who, "trainings", "context_key.training"))
    )


def _several() -> pl.Expr:
    """That more than one registration fits, and what would tell them apart."""
    return sought.listed(
        (
            pl.format("{} registrations fit", "registrations"),
            pl.when(pl.col("learners") > 1).then(
                pl.format("{} learners share these identifiers; add candidateLogin", "learners")
            ),
            pl.when(pl.col("sessions") > 1).then(
                pl.format("{} sessions share these identifiers; add sessionGuid or sessionId", "sessions")
            ),
        )
    )
