"""The hints on combinations of identifiers that fit nothing, or more than one thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import polars as pl

from milepost.model import columns
from milepost.model.identifiers import LEARNER, OBJECT, SESSION, TRAINING, Entity
from milepost.model.text import sentence
from milepost.steps.identify.fitting import Fitting, Known, columns_of, is_absent, keys_of
from milepost.steps.identify.named import NEAREST, Names

_NOUNS = {OBJECT.noun: "learning object"}
_UNKNOWN = {
    one.column: f"no {_NOUNS.get(entity.noun, entity.noun)} has {one.noun}"
    for entity in (LEARNER, SESSION, TRAINING, OBJECT)
    for one in entity.identifiers
} | {"sessionTitle": "no session is titled"}
_SHARED = {one.column: one.noun for one in LEARNER.identifiers if not one.is_unique}
"""The identifiers that several learners may share."""
_NUMBERS = ("sessionId", "trainingId")
_CONTEXT = (*columns.SESSION_COLUMNS, *columns.TRAINING_COLUMNS)
_PAIR = ["learner_key", "context_key"]
_MOST_PLACES = 3

Asked: TypeAlias = tuple[pl.DataFrame, Fitting]
"""Combinations of identifiers, and what they have found."""


def nothing() -> pl.DataFrame:
    """No hints: `line` and `hint`."""
    return pl.DataFrame(schema={"line": pl.Int64(), "hint": pl.String()})


def registrations(known: Known, names: Names, missing: pl.DataFrame, learners: Asked, contexts: Asked) -> pl.DataFrame:
    """`line` and `hint` of the rows that no registration fits, or more than one.

    `missing` has the identifiers, the numbers of their combinations in `learners` and `contexts`, and how many
    `registrations`, `learners` and `sessions` fit.
    """
    if missing.is_empty():
        return nothing()
    missing, matching = _looked_up(known, names, missing, learners, "learner_key", LEARNER)
    missing, sessions = _looked_up(known, names, missing, contexts, "context_key", SESSION, TRAINING)
    sessions = sessions.sort("sessionId").unique("context_key", keep="first", maintain_order=True)
    one = sessions.select("context_key", training="trainingPathCode", title="sessionTitle", guid="session_guid")
    missing = missing.join(one, on="context_key", how="left", maintain_order="left")
    missing = missing.join(_elsewhere(known, missing, matching), on=_PAIR, how="left", maintain_order="left")
    both_fit = (pl.col("learner_key.matches") > 0) & (pl.col("context_key.matches") > 0)
    parts = (
        *_failing(columns.LEARNER_COLUMNS, "learner_key", "belong to different learners"),
        *_failing(_CONTEXT, "context_key", "do not go together: no session has them all"),
        pl.when(both_fit & pl.col("registrations").is_null()).then(_registered_elsewhere()),
        pl.when(pl.col("registrations") > 1).then(_several()),
    )
    return missing.select("line", hint=_listed(parts))


def objects(known: Known, names: Names, missing: pl.DataFrame, versions: Asked) -> pl.DataFrame:
    """`line` and `hint` of the rows that no learning object version fits, or more than one.

    `missing` has the identifiers, the numbers of their combinations in `versions`, and how many `objects` fit.
    """
    if missing.is_empty():
        return nothing()
    missing, _ = _looked_up(known, names, missing, versions, "object_key", OBJECT)
    trainings = known.rows(TRAINING, trainingId=missing["training_id"])
    trainings = trainings.select(training_id="trainingId", training="trainingPathCode")
    missing = missing.join(trainings, on="training_id", how="left", maintain_order="left")
    some_fit = pl.col("object_key.matches") > 0
    is_foreign = _all_known(columns.OBJECT_COLUMNS) & some_fit & pl.col("objects").is_null()
    several = '{} versions with code "{}" are content of training {}; give lovGuid'
    foreign = sentence('"{}" is not content of training {}', pl.coalesce("lovCode", "lovGuid"), "training")
    parts = (
        *_failing(columns.OBJECT_COLUMNS, "object_key", "belong to different learning objects"),
        pl.when(is_foreign).then(foreign),
        pl.when(pl.col("objects") > 1).then(sentence(several, "objects", "lovCode", "training")),
    )
    return missing.select("line", hint=_listed(parts))


def _listed(parts: Iterable[pl.Expr]) -> pl.Expr:
    return pl.concat_str(list(parts), separator="; ", ignore_nulls=True)


def _looked_up(
    known: Known, names: Names, missing: pl.DataFrame, asked: Asked, key: str, *entities: Entity
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`missing` with what is known of its combinations, and the rows of the first entity that fit them.

    Adds, for each identifier NAME alone, `NAME.known`, whether a row has it, and `NAME.nearest`, the nearest known one;
    and `KEY.matches`, how many rows have all identifiers.
    """
    combinations, matching = (one.join(missing, on=key, how="semi") for one in (asked[0], asked[1].fits))
    counts = matching[key].value_counts(name=f"{key}.matches")
    found = combinations.select(key).join(counts, on=key, how="left", maintain_order="left")
    found = found.with_columns(pl.col(f"{key}.matches").fill_null(0))
    identifiers = {name: entity for entity in entities for name in columns_of(entity, combinations)}
    is_known = {name: pl.lit(value=False) for name in identifiers}
    for entity in entities:
        keys = keys_of(combinations, columns_of(entity, combinations))
        rows = asked[1].rows if entity is entities[0] else known.rows(entity, **keys)
        for name, here in keys.items():
            # Reduces the many rows to the few wanted ones first.
            wanted = rows.select(pl.col(name).filter(pl.col(name).is_in(here.implode()))).to_series()
            is_known[name] = pl.lit(combinations[name].is_in(wanted.implode()))
    found = found.with_columns(one.alias(f"{name}.known") for name, one in is_known.items())
    missing = missing.join(found, on=key, how="left", maintain_order="left")
    nearest = (_nearest(names, name, missing).alias(f"{name}.nearest") for name in identifiers)
    missing = missing.with_columns(nearest)
    return missing, matching


def _nearest(names: Names, name: str, missing: pl.DataFrame) -> pl.Expr:
    unknown = missing.select(pl.when(~pl.col(f"{name}.known")).then(name)).to_series()
    return pl.lit(None, pl.String) if is_absent(unknown) else pl.lit(names.nearest(name, unknown))


def _elsewhere(known: Known, missing: pl.DataFrame, matching: pl.DataFrame) -> pl.DataFrame:
    """Where learners without a fitting registration are registered instead, by `learner_key` and `context_key`.

    `trainings`: path codes. `titles` and `guids`: of sessions of the wanted training.
    """
    unregistered = missing.filter(pl.col("registrations").is_null())
    pairs = unregistered.unique(_PAIR, maintain_order=True).select(*_PAIR, "training")
    registered = known.registrations(matching.join(pairs, on="learner_key", how="semi"))
    sessions = known.rows(SESSION, sessionId=registered["session_id"])
    here = pl.col("trainingPathCode") == pl.col("training")
    return (
        pairs.join(registered, on="learner_key")
        .join(sessions, left_on="session_id", right_on="sessionId")
        .group_by(_PAIR)
        .agg(
            trainings=pl.col("trainingPathCode").unique().sort(),
            titles=pl.col("sessionTitle").filter(here).drop_nulls().unique().sort(),
            guids=pl.col("session_guid").filter(here).sort(),
        )
    )


def _first_few(names: pl.Expr, quote: str = "") -> pl.Expr:
    more = pl.when(names.list.len() > _MOST_PLACES).then(pl.lit(", …")).otherwise(pl.lit(""))
    first = names.list.head(_MOST_PLACES).list.join(f"{quote}, {quote}")
    return pl.concat_str(pl.lit(quote), first, pl.lit(quote), more)


def _failing(names: tuple[str, ...], key: str, words: str) -> Iterator[pl.Expr]:
    """For each identifier, that nothing has it, and the nearest known one; and that known ones do not fit together."""
    for name in names:
        said = sentence("{} {}", pl.lit(_UNKNOWN[name]), _in_quotes(name))
        nearest = sentence(NEAREST, f"{name}.nearest").fill_null("")
        is_unknown = pl.col(name).is_not_null() & ~pl.col(f"{name}.known")
        yield pl.when(is_unknown).then(pl.concat_str(said, nearest))
    given = pl.concat_str([_in_quotes(name) for name in names], separator=" and ", ignore_nulls=True)
    nothing_fits = pl.col(f"{key}.matches") == 0
    yield pl.when(nothing_fits & _all_known(names)).then(sentence("{} {}", given, pl.lit(words)))


def _all_known(names: tuple[str, ...]) -> pl.Expr:
    return pl.all_horizontal(pl.col(name).is_null() | pl.col(f"{name}.known") for name in names)


def _registered_elsewhere() -> pl.Expr:
    """That the learner is registered elsewhere. Sessions of the same training are named by title, else by GUID."""
    who, trainings = _who("learner_key.matches"), _first_few(pl.col("trainings"))
    by_title = ~pl.col("titles").list.contains(pl.col("title")) & (pl.col("titles").list.len() > 0)
    others = pl.when(by_title).then(_first_few(pl.col("titles"), '"')).otherwise(_first_few(pl.col("guids"), '"'))
    wanted = pl.when(by_title).then("title").otherwise("guid")
    return (
        pl.when(pl.col("trainings").is_null())
        .then(sentence("{} not registered to any session", who))
        .when(pl.col("guids").list.len() == 0)
        .then(sentence("{} registered to {}, not to {}", who, trainings, "training"))
        .otherwise(sentence('{} registered to {} {}, not to {} "{}"', who, "training", others, "training", wanted))
    )


def _several() -> pl.Expr:
    several_learners, several_sessions = pl.col("learners") > 1, pl.col("sessions") > 1
    where = sentence('to {} sessions titled "{}"', "sessions", "sessionTitle")
    where = pl.when(several_sessions).then(where).otherwise(pl.lit("there"))
    add = (
        pl.when(several_learners).then(pl.lit("add candidateLogin")),
        pl.when(several_sessions).then(pl.lit("add sessionGuid or sessionId")),
    )
    return sentence("{} registered {}; {}", _who("learners"), where, _listed(add))


def _who(count: str) -> pl.Expr:
    """The learner, or the number of learners who share the given identifiers, and `is` or `are`."""
    shared = pl.concat_str(
        [sentence("{} {}", pl.lit(word), _in_quotes(name)) for name, word in _SHARED.items()],
        separator=" and ",
        ignore_nulls=True,
    )
    one = pl.coalesce("candidateLogin", "candidateRefNumber", "candidateEmail")
    return (
        pl.when(pl.col(count) > 1)
        .then(sentence("{} learners with {} are", count, shared))
        .otherwise(sentence('"{}" is', one))
    )


def _in_quotes(name: str) -> pl.Expr:
    """The value of a column as a hint shows it; numbers without quotes."""
    return sentence("{}" if name in _NUMBERS else '"{}"', name)
