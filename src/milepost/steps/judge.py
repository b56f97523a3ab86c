"""Judge: each line by its cells, then its row by the values that are compared. (Sections 2, 5, 7 and 8.)

In replace mode both happen to a batch of lines. In patch mode the values are judged once stored values fill the empty
cells. The rules are tables in the order of the codes. A new rule is one entry.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from milepost.model import columns
from milepost.model.batch import Interpreted, no_findings, unreadable
from milepost.model.findings import CODES, LONGEST_VALUE
from milepost.model.job import Job
from milepost.model.status import COMPLETED_STATUSES, Status
from milepost.model.text import sentence, utc_text
from milepost.model.tracked import TYPES

_DATES = ("firstAccessDate", "lastAccessDate", "firstCompletionDate")
_EVERY_COLUMN = tuple(column.name for column in columns.TRACKING.columns)

QUOTED = ("firstAccessDate", "firstCompletionDate", "trackingStatus", "score")
"""The columns that findings on values are about: they quote the text of the cell."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong or noteworthy with a row."""

    code: str
    broken: pl.Expr
    """Whether a row breaks the rule; null counts as no. Over the columns of the rows that are judged."""
    hint: pl.Expr
    column: str | None = None
    """The column that the finding is about; None: the whole row."""


def judge_lines(interpreted: Interpreted, targets: pl.DataFrame, job: Job, now: datetime) -> pl.DataFrame:
    """What the rules say of the cells of each line, whatever is stored; schema `model.batch.FINDINGS`.

    `targets` is as `Identified.targets`, `now` the instant at which the run began.
    """
    rows = complete(interpreted.values).with_columns(targets.get_columns())
    rules = [*_mandatory_rules(job.mandatory), *_presence_rules(), *_lock_rules(), *_future_rules(int(now.timestamp()))]
    return _broken(rules, rows, interpreted.texts)


def judge_values(
    rows: pl.DataFrame, stored: pl.DataFrame | None, texts: pl.DataFrame, default_score_max: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows as they are to be stored if they have no error, and what the rules that compare values say of them.

    `rows` has `line`, and for each of VALUE_COLUMNS the value NAME and whether its cell is unreadable, NAME!.
    `stored` has what fills the empty cells (patch mode): VALUE_COLUMNS, row by row. `texts` has the texts of cells.
    Columns of the result: those of `rows`, with defaults filled in; `firstCompletionDate` is null where it is to be
    derived. Findings have schema `model.batch.FINDINGS`.
    """
    filled = rows if stored is None else rows.with_columns(_filler(stored, name) for name in columns.VALUE_COLUMNS)
    resolved = _resolved(filled.with_columns(cell=pl.col("firstCompletionDate")), default_score_max)
    return resolved.select(rows.columns), _broken(_VALUE_RULES, resolved, texts)


def complete(values: pl.DataFrame) -> pl.DataFrame:
    """`values` (as in `Interpreted.values`) with every column of an import file; those that it lacks are null."""
    missing = [column for column in columns.TRACKING.columns if column.name not in values.columns]
    return values.with_columns(
        *(pl.lit(None, TYPES[column.kind]).alias(column.name) for column in missing),
        *(pl.lit(value=False).alias(unreadable(column.name)) for column in missing),
    )


def given(values: pl.DataFrame) -> pl.Expr:
    """A bit for each of VALUE_COLUMNS that a row of `values` gives, the first lowest."""
    bits = (
        pl.when(pl.col(name).is_not_null()).then(pl.lit(2**place, pl.Int64)).otherwise(pl.lit(0, pl.Int64))
        for place, name in enumerate(columns.VALUE_COLUMNS)
        if name in values.columns
    )
    return pl.sum_horizontal(pl.lit(0, pl.Int64), *bits).alias("given")


def _filler(stored: pl.DataFrame, name: str) -> pl.Expr:
    """The value of a cell, or the stored one where the cell is empty; completion dates are filled later."""
    old = stored[name].alias(f"stored.{name}")
    if name == "firstCompletionDate":
        return pl.lit(old)
    return pl.when(~pl.col(unreadable(name))).then(pl.coalesce(name, pl.lit(old))).alias(name)


def _resolved(rows: pl.DataFrame, default_score_max: int) -> pl.DataFrame:
    """The value columns with their defaults; `completed`, null where it is unknown."""
    rows = rows.with_columns(trackingStatus=_status())
    rows = rows.with_columns(completed=pl.col("trackingStatus").is_in([str(one) for one in COMPLETED_STATUSES]))
    completed = pl.col("completed")
    completion = pl.col("firstCompletionDate")
    if "stored.firstCompletionDate" in rows.columns:
        completion = pl.coalesce(completion, pl.when(completed).then("stored.firstCompletionDate"))
    return rows.with_columns(
        progression=_or_default("progression", pl.when(completed).then(100.0).when(~completed).then(0.0)),
        timeSpent=_or_default("timeSpent", pl.lit(0, pl.Int64)),
        scoreMax=_or_default("scoreMax", pl.when(pl.col("score").is_not_null()).then(default_score_max)),
        firstCompletionDate=pl.when(~pl.col(unreadable("firstCompletionDate"))).then(completion),
    )


def _status() -> pl.Expr:
    """The row's status, or what its progression or completion date says of it; null where an error hides that."""
    status, progression, completion = "trackingStatus", "progression", "firstCompletionDate"
    hidden = pl.col(unreadable(status)) | pl.col(unreadable(progression))
    hidden |= pl.col(progression).is_null() & pl.col(unreadable(completion))
    is_complete = pl.coalesce(pl.col(progression) == 100, pl.col(completion).is_not_null())
    return (
        pl.when(pl.col(status).is_not_null())
        .then(status)
        .when(hidden)
        .then(None)
        .when(is_complete)
        .then(pl.lit(Status.COMPLETED.value))
        .otherwise(pl.lit(Status.INCOMPLETE.value))
    )


def _or_default(name: str, default: pl.Expr) -> pl.Expr:
    return pl.when(pl.col(name).is_null() & ~pl.col(unreadable(name))).then(default).otherwise(name)


def _mandatory_rules(mandatory: frozenset[str]) -> Iterable[Rule]:
    for name in _EVERY_COLUMN:
        if name in mandatory:
            empty = pl.col(name).is_null() & ~pl.col(unreadable(name))
            yield Rule(
                "mandatory-field-empty", empty, pl.lit("fill the cell; the configuration calls it mandatory"), name
            )


def _presence_rules() -> Iterable[Rule]:
    yield Rule(
        "learner-missing",
        ~_given(columns.LEARNER_COLUMNS),
        pl.lit("fill candidateLogin, candidateRefNumber or candidateEmail"),
    )
    yield Rule("learning-object-missing", ~_given(columns.OBJECT_COLUMNS), pl.lit("fill lovCode or lovGuid"))
    precise = _given(("sessionGuid", "sessionId")) | (_given(("sessionTitle",)) & _given(columns.TRAINING_COLUMNS))
    yield Rule(
        "context-missing",
        ~precise,
        pl.lit(
            "fill sessionGuid or sessionId, or sessionTitle together with trainingPathCode, trainingId or trainingGuid"
        ),
    )


def _value_rules() -> Iterable[Rule]:
    yield Rule(
        "score-above-maximum",
        pl.col("score") > pl.col("scoreMax"),
        sentence("the score {} is above {}", _plain("score"), "scoreMax"),
        "score",
    )
    yield Rule(
        "first-completion-without-completion",
        pl.col("cell").is_not_null() & ~pl.col("completed"),
        sentence(
            "the status is {}; leave firstCompletionDate empty, or give a status that means completed", "trackingStatus"
        ),
        "firstCompletionDate",
    )


def _lock_rules() -> Iterable[Rule]:
    for code, key in (
        ("learning-object-crossknowledge", pl.col("publisher_key") == "crossknowledge"),
        ("learning-object-easyquizz", pl.col("runtime_key") == "easyquizz"),
    ):
        yield Rule(code, key, pl.lit("leave this learning object out of the file"))


def _future_rules(now: int) -> Iterable[Rule]:
    for name in _DATES:
        hint = sentence("{} UTC is after the beginning of this import", utc_text(name))
        yield Rule("date-in-future", pl.col(name) > now, hint, name)


def _order_rules() -> Iterable[Rule]:
    yield Rule(
        "dates-out-of-order",
        pl.col("firstAccessDate") > pl.col("lastAccessDate"),
        sentence(
            "first access {} UTC is after last access {} UTC", utc_text("firstAccessDate"), utc_text("lastAccessDate")
        ),
        "firstAccessDate",
    )
    yield Rule(
        "dates-out-of-order",
        pl.col("firstCompletionDate") < pl.col("firstAccessDate"),
        sentence(
            "first completion {} UTC is before first access {} UTC",
            utc_text("firstCompletionDate"),
            utc_text("firstAccessDate"),
        ),
        "firstCompletionDate",
    )
    progression, status = pl.col("progression"), pl.col("trackingStatus")
    differ = (pl.col("completed") & (progression < 100)) | ((status == Status.INCOMPLETE.value) & (progression == 100))
    hint = sentence("the status is {} at a progression of {}", "trackingStatus", _plain("progression"))
    yield Rule("status-and-progression-differ", differ, hint, "trackingStatus")


def _given(names: tuple[str, ...]) -> pl.Expr:
    """Whether any of the columns holds something, readable or not."""
    return pl.any_horizontal(pl.col(name).is_not_null() | pl.col(unreadable(name)) for name in names)


def _plain(name: str) -> pl.Expr:
    """A number as people write it: without decimals where there are none."""
    return pl.col(name).cast(pl.String).str.strip_suffix(".0")


_VALUE_RULES = (*_value_rules(), *_order_rules())


def _broken(rules: Sequence[Rule], rows: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    # Most rules are broken nowhere, and one pass over the rows finds out which.
    broken = rows.select(rule.broken.any().alias(str(place)) for place, rule in enumerate(rules)).row(0)
    found = [_findings(rows.filter(rule.broken), rule, texts) for rule in itertools.compress(rules, broken)]
    return pl.concat([no_findings(), *found])


def _findings(broken: pl.DataFrame, rule: Rule, texts: pl.DataFrame) -> pl.DataFrame:
    value = pl.lit(None, pl.String)
    if rule.column is not None and rule.column in texts.columns:
        standing = texts.select("line", pl.col(rule.column).str.slice(0, LONGEST_VALUE).alias("text"))
        broken = broken.join(standing, on="line", how="left", maintain_order="left")
        value = pl.col("text")
    return broken.select(
        "line",
        pl.lit(rule.code).alias("code"),
        pl.lit(rule.column, pl.String).alias("column"),
        value.alias("value"),
        pl.lit(CODES[rule.code].message.format(column=rule.column)).alias("message"),
        rule.hint.alias("hint"),
    )
