"""Why a combination of identifiers means nothing, or more than one thing: the hints of the look-ups."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from milepost.model import columns
from milepost.model.text import sentence
from milepost.steps.identify.fitting import keys_of, listed
from milepost.steps.identify.known import Known
from milepost.steps.identify.names import Names

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


def nothing() -> pl.DataFrame:
    """No hints: `line` and `hint`."""
    return pl.DataFrame(schema={"line": pl.Int64, "hint": pl.String})


def registrations(
    known: Known, names: Names, missing: pl.DataFrame, learners: pl.DataFrame, contexts: pl.DataFrame
) -> pl.DataFrame:
    """`line` and `hint` of the rows that no registration fits, or more than one.

    `missing` holds the identifiers, the numbers of their combinations, which stand in `learners` and `contexts`, and
    how many `registrations`, `learners` and `sessions` fit.
    """
    learners = learners.join(missing, on="learner_key", how="semi")
    contexts = contexts.join(missing, on="context_key", how="semi")
    matching = known.matching_learners(learners)
    missing = missing.join(
        _known_learners(known, learners, matching), on="learner_key", how="left", maintain_order="left"
    )
    missing = missing.join(_known_contexts(known, contexts), on="context_key", how="left", maintain_order="left")
    elsewhere = _elsewhere(known, missing, matching)
    missing = missing.join(elsewhere, on=["learner_key", "context_key"], how="left", maintain_order="left")
    missing = _with_nearest(names, missing, (*columns.LEARNER_COLUMNS, "sessionTitle", "trainingPathCode"))
    no_learner = pl.col("learner_key.matches") == 0
    no_session = pl.col("context_key.matches") == 0
    hint = listed(
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


def objects(known: Known, names: Names, missing: pl.DataFrame, combinations: pl.DataFrame) -> pl.DataFrame:
    """`line` and `hint` of the rows that no learning object version fits, or more than one.

    `missing` holds the identifiers, the numbers of their combinations, which stand in `combinations`, and how many
    `objects` fit.
    """
    combinations = combinations.join(missing, on="object_key", how="semi")
    told = _known_objects(known, combinations)
    missing = missing.join(told, on="object_key", how="left", maintain_order="left")
    missing = _with_nearest(names, missing, ("lovCode",))
    nothing_fits = pl.col("object_key.matches") == 0
    given = pl.coalesce("lovCode", "lovGuid")
    hint = listed(
        (
            *_unknown(columns.OBJECT_COLUMNS),
            _disagreement(columns.OBJECT_COLUMNS, nothing_fits, "belong to different learning objects"),
            pl.when(_all_known(columns.OBJECT_COLUMNS) & ~nothing_fits & pl.col("objects").is_null()).then(
                sentence('"{}" is not content of training {}', given, "object_key.training")
            ),
            pl.when(pl.col("objects") > 1).then(
                sentence(
                    '{} versions with code "{}" are content of training {}; give lovGuid',
                    "objects",
                    "lovCode",
                    "object_key.training",
                )
            ),
        )
    )
    return missing.select("line", hint=hint)


def _known_learners(known: Known, learners: pl.DataFrame, matching: pl.DataFrame) -> pl.DataFrame:
    """`learner_key`, `NAME.known` for each identifier alone, and `learner_key.matches` for all together."""
    rows = known.learners.rows(**keys_of(learners, columns.LEARNER_COLUMNS))
    flags = _known(learners, dict.fromkeys(columns.LEARNER_COLUMNS, rows))
    return learners.select("learner_key", *flags, _matches(learners, "learner_key", matching))


def _known_contexts(known: Known, contexts: pl.DataFrame) -> pl.DataFrame:
    """The same of contexts; also the training, title and GUID of one session that matches, as `context_key.training`
    and so on."""
    sessions = known.sessions.rows(**keys_of(contexts, columns.SESSION_COLUMNS))
    trainings = known.trainings.rows(**keys_of(contexts, columns.TRAINING_COLUMNS))
    rows = dict.fromkeys(columns.SESSION_COLUMNS, sessions) | dict.fromkeys(columns.TRAINING_COLUMNS, trainings)
    matching = known.matching_sessions(contexts)
    one = matching.sort("session_id").unique("context_key", keep="first", maintain_order=True)
    told = contexts.select("context_key", *_known(contexts, rows), _matches(contexts, "context_key", matching))
    return told.join(
        one.select(
            "context_key",
            pl.col("trainingPathCode").alias("context_key.training"),
            pl.col("sessionTitle").alias("context_key.title"),
            pl.col("session_guid").alias("context_key.guid"),
        ),
        on="context_key",
        how="left",
    )


def _known_objects(known: Known, combinations: pl.DataFrame) -> pl.DataFrame:
    """The same of learning objects; also the path code of the training, as `object_key.training`."""
    rows = known.objects.rows(**keys_of(combinations, columns.OBJECT_COLUMNS))
    flags = _known(combinations, dict.fromkeys(columns.OBJECT_COLUMNS, rows))
    matches = _matches(combinations, "object_key", known.matching_objects(combinations.drop("training_id")))
    trainings = known.trainings.rows(trainingId=combinations["training_id"])
    paths = trainings.select(
        pl.col("trainingId").alias("training_id"), pl.col("trainingPathCode").alias("object_key.training")
    )
    told = combinations.select("object_key", "training_id", *flags, matches)
    return told.join(paths, on="training_id", how="left").drop("training_id")


def _known(combinations: pl.DataFrame, rows: Mapping[str, pl.DataFrame]) -> list[pl.Series]:
    """For each identifier alone, whether there is a row that has it."""
    nothing_given = pl.repeat(value=False, n=combinations.height, eager=True)
    flags = []
    for name, one in rows.items():
        if name in one.columns:
            # The few are looked for among the many once, not the other way round.
            there = one[name].filter(one[name].is_in(combinations[name].implode()))
            flags.append(combinations[name].is_in(there.implode()).alias(f"{name}.known"))
        else:
            flags.append(nothing_given.alias(f"{name}.known"))
    return flags


def _matches(combinations: pl.DataFrame, key: str, matching: pl.DataFrame) -> pl.Series:
    """How many rows fit each combination."""
    counted = matching.group_by(key).agg(pl.len().cast(pl.Int64).alias(f"{key}.matches"))
    found = combinations.select(key).join(counted, on=key, how="left", maintain_order="left")
    return found[f"{key}.matches"].fill_null(0)


def _elsewhere(known: Known, missing: pl.DataFrame, matching: pl.DataFrame) -> pl.DataFrame:
    """Where learners that have no fitting registration are registered instead, by `learner_key` and `context_key`.

    `other.trainings`: path codes. `other.titles` and `other.guids`: of sessions of the training that was sought.
    """
    pair = ["learner_key", "context_key"]
    unregistered = missing.filter(pl.col("registrations").is_null())
    pairs = unregistered.unique(pair, maintain_order=True).select(*pair, "context_key.training")
    learners = matching.join(pairs, on="learner_key", how="semi")
    registered = known.registrations.rows(learner_id=learners["learner_id"])
    registered = learners.join(registered, on="learner_id")
    sessions = known.sessions.rows(sessionId=registered["session_id"])
    sessions = sessions.select(
        session_id="sessionId", training="trainingPathCode", title="sessionTitle", guid="session_guid"
    )
    here = pl.col("training") == pl.col("context_key.training")
    return (
        pairs.join(registered, on="learner_key")
        .join(sessions, on="session_id")
        .group_by(pair)
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
                sentence("{} {}", pl.lit(_WORDS[name]), _in_quotes(name)),
                pl.when(pl.col(f"{name}.nearest").is_not_null())
                .then(sentence('; nearest: "{}"', f"{name}.nearest"))
                .otherwise(pl.lit("")),
            )
        )
        for name in names
    ]


def _disagreement(names: tuple[str, ...], nothing_fits: pl.Expr, words: str) -> pl.Expr:
    """That identifiers which are all known do not fit together."""
    given = pl.concat_str([_in_quotes(name) for name in names], separator=" and ", ignore_nulls=True)
    return pl.when(nothing_fits & _all_known(names)).then(sentence("{} {}", given, pl.lit(words)))


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
        .then(sentence("{} not registered to any session", who))
        .when(pl.col("other.guids").list.len() == 0)
        .then(sentence("{} registered to {}, not to {}", who, trainings, there))
        .when(is_told_by_title & (pl.col("other.titles").list.len() > 0))
        .then(sentence('{} registered to {} {}, not to {} "{}"', who, there, titles, there, "context_key.title"))
        .otherwise(sentence('{} registered to {} {}, not to {} "{}"', who, there, guids, there, "context_key.guid"))
    )


def _several() -> pl.Expr:
    """That more than one registration fits, and what would tell them apart."""
    several_learners, several_sessions = pl.col("learners") > 1, pl.col("sessions") > 1
    where = sentence('to {} sessions titled "{}"', "sessions", "sessionTitle")
    add = listed(
        (
            pl.when(several_learners).then(pl.lit("add candidateLogin")),
            pl.when(several_sessions).then(pl.lit("add sessionGuid or sessionId")),
        )
    )
    return sentence(
        "{} registered {}; {}", _who("learners"), pl.when(several_sessions).then(where).otherwise(pl.lit("there")), add
    )


def _who(count: str) -> pl.Expr:
    """The learner, or so many learners who share what is given, and `is` or `are`."""
    shared = pl.concat_str(
        [sentence("{} {}", pl.lit(word), _in_quotes(name)) for name, word in _IDENTIFIER_WORDS.items()],
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
