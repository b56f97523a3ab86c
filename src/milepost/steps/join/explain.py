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
_IDENTIFIER_WORDS = {"candidateRefNumber": "reference number", "candidateEmail": "e-mail"}
"""Those that several learners may share."""
_NUMBERS = ("sessionId", "trainingId")
_CONTEXT = (*columns.SESSION_COLUMNS, *columns.TRAINING_COLUMNS)
_MOST_PLACES = 3
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
    """`missing` with `NAME.known` for each identifier alone, and `KEY.matches` for all together.

    For contexts also the training, title and GUID of one session that matches, as `KEY.training` and so on.
    """
    keys = missing.select(pl.col(key).alias("key")).unique().sort("key")
    frames.refill(connection, scratch.unexplained, keys)
    schema = {
        key: pl.Int64(),
        **{f"{name}.known": pl.Boolean() for name in names},
        f"{key}.matches": pl.Int64(),
        f"{key}.training": pl.String(),
        f"{key}.title": pl.String(),
        f"{key}.guid": pl.String(),
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
        *(
            select(column).where(of_one).correlate(scratch.contexts).scalar_subquery()
            for column in (session.c.title, session.c.guid)
        ),
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
    session_guid: ColumnElement[Any] = _NOTHING,
) -> Select[*tuple[object, ...]]:
    """For each unexplained combination: whether each stored column has the given value, and what else is asked."""
    key = combinations.primary_key.columns[0]
    return select(
        key,
        *(exists(select(stored).where(stored == given).correlate(combinations)) for stored, given in pairs),
        matches,
        training_code,
        session_title,
        session_guid,
    ).join_from(scratch.unexplained, combinations, key == scratch.unexplained.c.key)


def _elsewhere(connection: Connection, missing: pl.DataFrame) -> pl.DataFrame:
    """`pair_key`, and where the learners of the pair are registered instead.

    `other.trainings`: path codes. `other.titles` and `other.guids`: of sessions of the training that was sought.
    """
    unregistered = missing.filter(pl.col("registrations").is_null())
    frames.refill(connection, scratch.unexplained, unregistered.select(key="pair_key").unique().sort("key"))
    pairs, matches = scratch.pairs.c, scratch.matching_learners.c
    query = (
        select(pairs.pair_key, training.c.path_code, session.c.title, session.c.guid)
        .join_from(scratch.unexplained, scratch.pairs, pairs.pair_key == scratch.unexplained.c.key)
        .join(scratch.matching_learners, matches.learner_key == pairs.learner_key)
        .join(registration, registration.c.learner_id == matches.learner_id)
        .join(session, session.c.id == registration.c.session_id)
        .join(training, training.c.id == session.c.training_id)
    )
    schema = {"pair_key": pl.Int64(), "training": pl.String(), "title": pl.String(), "guid": pl.String()}
    found = frames.select(connection, query, schema)
    sought_training = unregistered.select("pair_key", "context_key.training").unique("pair_key")
    here = pl.col("training") == pl.col("context_key.training")
    return (
        found.join(sought_training, on="pair_key")
        .group_by("pair_key")
        .agg(
            pl.col("training").unique().sort().alias("other.trainings"),
            pl.col("title").filter(here).drop_nulls().unique().sort().alias("other.titles"),
            pl.col("guid").filter(here).sort().alias("other.guids"),
        )
    )


def _first_few(names: pl.Expr, quote: str = "") -> pl.Expr:
    """The first names of each list, and a sign that there are more."""
    more = pl.when(names.list.len() > _MOST_PLACES).then(pl.lit(", …")).otherwise(pl.lit(""))
    first = names.list.head(_MOST_PLACES).list.join(f"{quote}, {quote}")
    return pl.concat_str(pl.lit(quote), first, pl.lit(quote), more)


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
                pl.format("{} {}", pl.lit(_WORDS[name]), _in_quotes(name)),
                pl.when(pl.col(f"{name}.nearest").is_not_null())
                .then(pl.format('; nearest: "{}"', f"{name}.nearest"))
                .otherwise(pl.lit("")),
            )
        )
        for name in names
    ]


def _disagreement(names: tuple[str, ...], nothing_fits: pl.Expr, words: str) -> pl.Expr:
    """That identifiers which are all known do not fit together."""
    given = pl.concat_str([_in_quotes(name) for name in names], separator=" and ", ignore_nulls=True)
    return pl.when(nothing_fits & _all_known(names)).then(pl.format("{} {}", given, pl.lit(words)))


def _all_known(names: tuple[str, ...]) -> pl.Expr:
    """Whether every given identifier is known by itself."""
    return pl.all_horizontal(pl.col(name).is_null() | pl.col(f"{name}.known") for name in names)


def _registered_elsewhere() -> pl.Expr:
    """That the learner is registered, but not there. Sessions of the same training go by title, or else by GUID."""
    who, there = _who("learner_key.matches"), pl.col("context_key.training")
    is_told_by_title = ~pl.col("other.titles").list.contains(pl.col("context_key.title"))
    titles, guids = _first_few(pl.col("other.titles"), '"'), _first_few(pl.col("other.guids"), '"')
    trainings = _first_few(pl.col("other.trainings"))
    return (
        pl.when(pl.col("other.trainings").is_null())
        .then(pl.format("{} not registered to any session", who))
        .when(pl.col("other.guids").list.len() == 0)
        .then(pl.format("{} registered to {}, not to {}", who, trainings, there))
        .when(is_told_by_title & (pl.col("other.titles").list.len() > 0))
        .then(pl.format('{} registered to {} {}, not to {} "{}"', who, there, titles, there, "context_key.title"))
        .otherwise(pl.format('{} registered to {} {}, not to {} "{}"', who, there, guids, there, "context_key.guid"))
    )


def _several() -> pl.Expr:
    """That more than one registration fits, and what would tell them apart."""
    several_learners, several_sessions = pl.col("learners") > 1, pl.col("sessions") > 1
    where = pl.format('to {} sessions titled "{}"', "sessions", "sessionTitle")
    add = sought.listed(
        (
            pl.when(several_learners).then(pl.lit("add candidateLogin")),
            pl.when(several_sessions).then(pl.lit("add sessionGuid or sessionId")),
        )
    )
    return pl.format(
        "{} registered {}; {}", _who("learners"), pl.when(several_sessions).then(where).otherwise(pl.lit("there")), add
    )


def _who(count: str) -> pl.Expr:
    """The learner, or so many learners who share what is given, and `is` or `are`."""
    shared = pl.concat_str(
        [pl.format("{} {}", pl.lit(word), _in_quotes(name)) for name, word in _IDENTIFIER_WORDS.items()],
        separator=" and ",
        ignore_nulls=True,
    )
    one = pl.coalesce("candidateLogin", "candidateRefNumber", "candidateEmail")
    return (
        pl.when(pl.col(count) > 1)
        .then(pl.format("{} learners with {} are", count, shared))
        .otherwise(pl.format('"{}" is', one))
    )


def _in_quotes(name: str) -> pl.Expr:
    """The value of a column as a hint shows it; numbers without quotes."""
    return pl.format("{}" if name in _NUMBERS else '"{}"', name)
