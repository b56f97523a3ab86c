"""The hints on combinations of identifiers that fit nothing, or more than one thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from milepost.model import columns
from milepost.model.identifiers import LEARNER, OBJECT, SESSION, TRAINING
from milepost.model.text import sentence
from milepost.steps.identify.fitting import keys_of
from milepost.steps.identify.known import Known
from milepost.steps.identify.names import Names

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


def nothing() -> pl.DataFrame:
    """No hints."""
    return pl.DataFrame(schema={"line": pl.Int64, "hint": pl.String})


def registrations(
    known: Known, names: Names, missing: pl.DataFrame, learners: pl.DataFrame, contexts: pl.DataFrame
) -> pl.DataFrame:
    """`line` and `hint` of the rows that no registration fits, or more than one.

    `missing` has the identifiers, the numbers of their combinations in `learners` and `contexts`, and how many
    `registrations`, `learners` and `sessions` fit.
    """
    learners = learners.join(missing, on="learner_key", how="semi")
    contexts = contexts.join(missing, on="context_key", how="semi")
    matching = known.matching_learners(learners)
    of_learners, of_contexts = _known_learners(known, learners, matching), _known_contexts(known, contexts)
    missing = missing.join(of_learners, on="learner_key", how="left", maintain_order="left")
    missing = missing.join(of_contexts, on="context_key", how="left", maintain_order="left")
    elsewhere = _elsewhere(known, missing, matching)
    missing = missing.join(elsewhere, on=_PAIR, how="left", maintain_order="left")
    missing = _with_nearest(names, missing, (*columns.LEARNER_COLUMNS, *_CONTEXT))
    no_learner = pl.col("learner_key.matches") == 0
    no_session = pl.col("context_key.matches") == 0
    parts = (
        *_unknown(columns.LEARNER_COLUMNS),
        _disagreement(columns.LEARNER_COLUMNS, no_learner, "belong to different learners"),
        *_unknown(_CONTEXT),
        _disagreement(_CONTEXT, no_session, "do not go together: no session has them all"),
        pl.when(~no_learner & ~no_session & pl.col("registrations").is_null()).then(_registered_elsewhere()),
        pl.when(pl.col("registrations") > 1).then(_several()),
    )
    return missing.select("line", hint=_listed(parts))


def objects(known: Known, names: Names, missing: pl.DataFrame, combinations: pl.DataFrame) -> pl.DataFrame:
    """`line` and `hint` of the rows that no learning object version fits, or more than one.

    `missing` has the identifiers, the numbers of their combinations in `combinations`, and how many `objects` fit.
    """
    combinations = combinations.join(missing, on="object_key", how="semi")
    missing = missing.join(_known_objects(known, combinations), on="object_key", how="left", maintain_order="left")
    missing = _with_nearest(names, missing, columns.OBJECT_COLUMNS)
    nothing_fits = pl.col("object_key.matches") == 0
    is_foreign = _all_known(columns.OBJECT_COLUMNS) & ~nothing_fits & pl.col("objects").is_null()
    given, training = pl.coalesce("lovCode", "lovGuid"), "object_key.training"
    several = '{} versions with code "{}" are content of training {}; give lovGuid'
    parts = (
        *_unknown(columns.OBJECT_COLUMNS),
        _disagreement(columns.OBJECT_COLUMNS, nothing_fits, "belong to different learning objects"),
        pl.when(is_foreign).then(sentence('"{}" is not content of training {}', given, training)),
        pl.when(pl.col("objects") > 1).then(sentence(several, "objects", "lovCode", training)),
    )
    return missing.select("line", hint=_listed(parts))


def _listed(parts: Iterable[pl.Expr]) -> pl.Expr:
    """The parts that are not null, joined by `; `."""
    return pl.concat_str(list(parts), separator="; ", ignore_nulls=True)


def _known_learners(known: Known, learners: pl.DataFrame, matching: pl.DataFrame) -> pl.DataFrame:
    """`learner_key`, `NAME.known` for each identifier alone, and `learner_key.matches` for all together."""
    rows = known.learners.rows(**keys_of(learners, columns.LEARNER_COLUMNS))
    flags = _known(learners, dict.fromkeys(columns.LEARNER_COLUMNS, rows))
    return learners.select("learner_key", *flags, _matches(learners, "learner_key", matching))


def _known_contexts(known: Known, contexts: pl.DataFrame) -> pl.DataFrame:
    """The same of contexts; also `context_key.training`, `.title` and `.guid` of one session that matches."""
    sessions = known.sessions(**keys_of(contexts, columns.SESSION_COLUMNS))
    trainings = known.trainings.rows(**keys_of(contexts, columns.TRAINING_COLUMNS))
    rows = dict.fromkeys(columns.SESSION_COLUMNS, sessions) | dict.fromkeys(columns.TRAINING_COLUMNS, trainings)
    matching = known.matching_sessions(contexts)
    one = matching.sort("session_id").unique("context_key", keep="first", maintain_order=True)
    one = one.select(
        "context_key",
        pl.col("trainingPathCode").alias("context_key.training"),
        pl.col("sessionTitle").alias("context_key.title"),
        pl.col("session_guid").alias("context_key.guid"),
    )
    found = contexts.select("context_key", *_known(contexts, rows), _matches(contexts, "context_key", matching))
    return found.join(one, on="context_key", how="left")


def _known_objects(known: Known, combinations: pl.DataFrame) -> pl.DataFrame:
    """The same of learning objects; also the path code of the training, as `object_key.training`."""
    rows = known.objects.rows(**keys_of(combinations, columns.OBJECT_COLUMNS))
    flags = _known(combinations, dict.fromkeys(columns.OBJECT_COLUMNS, rows))
    matches = _matches(combinations, "object_key", known.matching_objects(combinations.drop("training_id")))
    trainings = known.trainings.rows(trainingId=combinations["training_id"])
    paths = trainings.select(
        pl.col("trainingId").alias("training_id"), pl.col("trainingPathCode").alias("object_key.training")
    )
    found = combinations.select("object_key", "training_id", *flags, matches)
    return found.join(paths, on="training_id", how="left").drop("training_id")


def _known(combinations: pl.DataFrame, rows: Mapping[str, pl.DataFrame]) -> list[pl.Series]:
    """For each identifier alone, whether a row has it."""
    flags = []
    for name, one in rows.items():
        known = one[name] if name in one.columns else pl.Series(dtype=combinations[name].dtype)
        # Reduces the many rows to the few wanted ones first.
        wanted = known.filter(known.is_in(combinations[name].implode()))
        flags.append(combinations[name].is_in(wanted.implode()).alias(f"{name}.known"))
    return flags


def _matches(combinations: pl.DataFrame, key: str, matching: pl.DataFrame) -> pl.Series:
    """The number of rows that fit each combination."""
    counted = matching.group_by(key).agg(pl.len().cast(pl.Int64).alias(f"{key}.matches"))
    found = combinations.select(key).join(counted, on=key, how="left", maintain_order="left")
    return found[f"{key}.matches"].fill_null(0)


def _elsewhere(known: Known, missing: pl.DataFrame, matching: pl.DataFrame) -> pl.DataFrame:
    """Where learners without a fitting registration are registered instead, by `learner_key` and `context_key`.

    `other.trainings`: path codes. `other.titles` and `other.guids`: of sessions of the wanted training.
    """
    unregistered = missing.filter(pl.col("registrations").is_null())
    pairs = unregistered.unique(_PAIR, maintain_order=True).select(*_PAIR, "context_key.training")
    learners = matching.join(pairs, on="learner_key", how="semi")
    registered = known.registrations.rows(learner_id=learners["learner_id"])
    registered = learners.join(registered, on="learner_id")
    sessions = known.sessions(sessionId=registered["session_id"])
    sessions = sessions.select(
        session_id="sessionId", training="trainingPathCode", title="sessionTitle", guid="session_guid"
    )
    here = pl.col("training") == pl.col("context_key.training")
    return (
        pairs.join(registered, on="learner_key")
        .join(sessions, on="session_id")
        .group_by(_PAIR)
        .agg(
            pl.col("training").unique().sort().alias("other.trainings"),
            pl.col("title").filter(here).drop_nulls().unique().sort().alias("other.titles"),
            pl.col("guid").filter(here).sort().alias("other.guids"),
        )
    )


def _first_few(names: pl.Expr, quote: str = "") -> pl.Expr:
    """The first names of each list, and an ellipsis if there are more."""
    more = pl.when(names.list.len() > _MOST_PLACES).then(pl.lit(", …")).otherwise(pl.lit(""))
    first = names.list.head(_MOST_PLACES).list.join(f"{quote}, {quote}")
    return pl.concat_str(pl.lit(quote), first, pl.lit(quote), more)


def _with_nearest(names: Names, missing: pl.DataFrame, columns_: Sequence[str]) -> pl.DataFrame:
    """`missing` with `NAME.nearest` for each of the identifiers `columns_`."""
    return missing.with_columns(
        names.nearest(name, missing[name].set(missing[f"{name}.known"], None)).alias(f"{name}.nearest")
        for name in columns_
    )


def _unknown(names: Sequence[str]) -> Iterator[pl.Expr]:
    """For each identifier: that nothing has it, and the nearest known one."""
    for name in names:
        words = sentence("{} {}", pl.lit(_UNKNOWN[name]), _in_quotes(name))
        nearest = sentence('; nearest: "{}"', f"{name}.nearest").fill_null("")
        is_unknown = pl.col(name).is_not_null() & ~pl.col(f"{name}.known")
        yield pl.when(is_unknown).then(pl.concat_str(words, nearest))


def _disagreement(names: tuple[str, ...], nothing_fits: pl.Expr, words: str) -> pl.Expr:
    """That identifiers that are all known do not fit together."""
    given = pl.concat_str([_in_quotes(name) for name in names], separator=" and ", ignore_nulls=True)
    return pl.when(nothing_fits & _all_known(names)).then(sentence("{} {}", given, pl.lit(words)))


def _all_known(names: tuple[str, ...]) -> pl.Expr:
    """Whether every given identifier is known."""
    return pl.all_horizontal(pl.col(name).is_null() | pl.col(f"{name}.known") for name in names)


def _registered_elsewhere() -> pl.Expr:
    """That the learner is registered elsewhere. Sessions of the same training are named by title, else by GUID."""
    who, training = _who("learner_key.matches"), pl.col("context_key.training")
    has_own_title = ~pl.col("other.titles").list.contains(pl.col("context_key.title"))
    titles, guids = _first_few(pl.col("other.titles"), '"'), _first_few(pl.col("other.guids"), '"')
    trainings = _first_few(pl.col("other.trainings"))
    return (
        pl.when(pl.col("other.trainings").is_null())
        .then(sentence("{} not registered to any session", who))
        .when(pl.col("other.guids").list.len() == 0)
        .then(sentence("{} registered to {}, not to {}", who, trainings, training))
        .when(has_own_title & (pl.col("other.titles").list.len() > 0))
        .then(sentence('{} registered to {} {}, not to {} "{}"', who, training, titles, training, "context_key.title"))
        .otherwise(
            sentence('{} registered to {} {}, not to {} "{}"', who, training, guids, training, "context_key.guid")
        )
    )


def _several() -> pl.Expr:
    """That more than one registration fits, and which columns to add."""
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
