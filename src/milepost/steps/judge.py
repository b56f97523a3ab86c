"""Judge: each line by its cells, then its row by the values that are compared. (Sections 2, 5, 7 and 8.)

In replace mode both happen to a batch of lines. In patch mode the values are judged once stored values fill the empty
cells. A new rule is one entry in a table.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import polars as pl

from milepost.model import columns
from milepost.model.batch import no_findings, unreadable
from milepost.model.columns import COMPLETED_STATUSES, Status
from milepost.model.job import Job
from milepost.model.text import sentence, utc_text
from milepost.steps.line_frames import found_on, is_filled

_DATES = ("firstAccessDate", "lastAccessDate", "firstCompletionDate")

QUOTED = ("firstAccessDate", "firstCompletionDate", "trackingStatus", "score")
"""The columns of findings on values: such findings quote the text of the cell."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that a row may break."""

    code: str
    broken: pl.Expr
    """Whether a row breaks the rule; null counts as no."""
    hint: pl.Expr
    column: str | None = None
    """The column of the finding; None: the whole row."""


_LEAVE_OUT = pl.lit("leave this learning object out of the file")
_CONTEXT = "fill sessionGuid or sessionId, or sessionTitle together with trainingPathCode, trainingId or trainingGuid"
_LINE_RULES = (
    Rule(
        "learner-missing",
        ~is_filled(*columns.LEARNER_COLUMNS),
        pl.lit("fill candidateLogin, candidateRefNumber or candidateEmail"),
    ),
    Rule("learning-object-missing", ~is_filled(*columns.OBJECT_COLUMNS), pl.lit("fill lovCode or lovGuid")),
    Rule(
        "context-missing",
        ~is_filled("sessionGuid", "sessionId") & ~(is_filled("sessionTitle") & is_filled(*columns.TRAINING_COLUMNS)),
        pl.lit(_CONTEXT),
    ),
    Rule("learning-object-crossknowledge", pl.col("publisher_key") == "crossknowledge", _LEAVE_OUT),
    Rule("learning-object-easyquizz", pl.col("runtime_key") == "easyquizz", _LEAVE_OUT),
)


def _plain(name: str) -> pl.Expr:
    """A number as text: without decimals where it has none."""
    return pl.col(name).cast(pl.String).str.strip_suffix(".0")


_STATUS, _PROGRESSION, _IS_COMPLETED = pl.col("trackingStatus"), pl.col("progression"), pl.col("completed")
_VALUE_RULES = (
    Rule(
        "score-above-maximum",
        pl.col("score") > pl.col("scoreMax"),
        sentence("the score {} is above {}", _plain("score"), "scoreMax"),
        "score",
    ),
    Rule(
        "first-completion-without-completion",
        pl.col("cell").is_not_null() & ~_IS_COMPLETED,
        sentence("the status is {}; leave firstCompletionDate empty, or give a status that means completed", _STATUS),
        "firstCompletionDate",
    ),
    Rule(
        "dates-out-of-order",
        pl.col("firstAccessDate") > pl.col("lastAccessDate"),
        sentence("first access {} UTC is after last access {} UTC", *map(utc_text, _DATES[:2])),
        "firstAccessDate",
    ),
    Rule(
        "dates-out-of-order",
        pl.col("firstCompletionDate") < pl.col("firstAccessDate"),
        sentence("first completion {} UTC is before first access {} UTC", *map(utc_text, (_DATES[2], _DATES[0]))),
        "firstCompletionDate",
    ),
    Rule(
        "status-and-progression-differ",
        (_IS_COMPLETED & (_PROGRESSION < 100)) | ((_STATUS == Status.INCOMPLETE) & (_PROGRESSION == 100)),
        sentence("the status is {} at a progression of {}", _STATUS, _plain("progression")),
        "trackingStatus",
    ),
)


def judge_lines(rows: pl.DataFrame, texts: pl.DataFrame, job: Job, now: datetime) -> pl.DataFrame:
    """The findings on the cells of each line, whatever is stored; schema `model.batch.FINDINGS`.

    `rows` has every column of an import file (`line_frames.complete`) and those that `identify` adds. `texts` has the
    texts of cells; `now` is the instant at which the run began.
    """
    fill = pl.lit("fill the cell; the configuration calls it mandatory")
    mandatory = [column.name for column in columns.TRACKING.columns if column.name in job.mandatory]
    rules = [Rule("mandatory-field-empty", ~is_filled(name), fill, name) for name in mandatory]
    for name in _DATES:
        hint = sentence("{} UTC is after the beginning of this import", utc_text(name))
        rules.append(Rule("date-in-future", pl.col(name) > int(now.timestamp()), hint, name))
    return _broken([*rules, *_LINE_RULES], rows, texts)


def with_scores(rows: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """`rows` with scores that are given in percent as parts of the row's maximum, which is 100 if it gives none."""
    if "score" not in texts.columns or not texts["score"].str.ends_with("%").any():
        return rows
    is_part = pl.lit(texts["score"].str.ends_with("%").fill_null(value=False)) & pl.col("score").is_not_null()
    is_hidden = is_part & pl.col(unreadable("scoreMax"))
    rows = rows.with_columns(
        pl.when(is_part & ~is_hidden).then(pl.col("scoreMax").fill_null(100)).otherwise("scoreMax").alias("scoreMax"),
        pl.when(~is_hidden).then("score").alias("score"),
        (pl.col(unreadable("score")) | is_hidden).alias(unreadable("score")),
    )
    parts = rows.filter(is_part).select("score", "scoreMax").drop_nulls().unique()
    scores = [float(Decimal(repr(part)) * most / 100) for part, most in parts.iter_rows()]
    found = rows.select("score", "scoreMax").join(
        parts.with_columns(part=pl.Series(scores, dtype=pl.Float64)),
        on=["score", "scoreMax"],
        how="left",
        maintain_order="left",
    )
    return rows.with_columns(score=pl.when(is_part).then(pl.lit(found["part"])).otherwise("score"))


def judge_values(
    rows: pl.DataFrame, stored: pl.DataFrame | None, texts: pl.DataFrame, default_score_max: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows to store if they have no error, and the findings on values that are compared.

    `rows` has `line`, and for each of VALUE_COLUMNS the value NAME and whether its cell is unreadable, NAME!.
    `stored` has what fills the empty cells (patch mode): VALUE_COLUMNS, row by row. `texts` has the texts of cells.
    Columns of the result: those of `rows`, with defaults filled in; `firstCompletionDate` is null where it is to be
    derived. Findings have schema `model.batch.FINDINGS`.
    """
    filled = rows if stored is None else rows.with_columns(_filler(stored, name) for name in columns.VALUE_COLUMNS)
    resolved = _resolved(filled.with_columns(cell=pl.col("firstCompletionDate")), default_score_max)
    return resolved.select(rows.columns), _broken(_VALUE_RULES, resolved, texts)


def _filler(stored: pl.DataFrame, name: str) -> pl.Expr:
    """The value of a cell, or the stored one where the cell is empty; completion dates are filled later."""
    if name == "firstCompletionDate":
        return pl.lit(stored[name].alias(f"stored.{name}"))
    return pl.when(~pl.col(unreadable(name))).then(pl.coalesce(name, pl.lit(stored[name]))).alias(name)


def _resolved(rows: pl.DataFrame, default_score_max: int) -> pl.DataFrame:
    """The value columns with their defaults; `completed`, null where it is unknown."""
    rows = rows.with_columns(trackingStatus=_status())
    rows = rows.with_columns(completed=_STATUS.is_in(COMPLETED_STATUSES))
    completion = pl.col("firstCompletionDate")
    if "stored.firstCompletionDate" in rows.columns:
        completion = pl.coalesce(completion, pl.when(_IS_COMPLETED).then("stored.firstCompletionDate"))
    return rows.with_columns(
        progression=_or_default("progression", pl.when(_IS_COMPLETED).then(100.0).when(~_IS_COMPLETED).then(0.0)),
        timeSpent=_or_default("timeSpent", pl.lit(0, pl.Int64)),
        scoreMax=_or_default("scoreMax", pl.when(pl.col("score").is_not_null()).then(default_score_max)),
        firstCompletionDate=pl.when(~pl.col(unreadable("firstCompletionDate"))).then(completion),
    )


def _status() -> pl.Expr:
    """The row's status, else the one that follows from progression or completion date; null if an error hides it."""
    completion = "firstCompletionDate"
    is_hidden = pl.col(unreadable("trackingStatus")) | pl.col(unreadable("progression"))
    is_hidden |= _PROGRESSION.is_null() & pl.col(unreadable(completion))
    is_complete = pl.coalesce(_PROGRESSION == 100, pl.col(completion).is_not_null())
    derived = pl.when(is_complete).then(pl.lit(Status.COMPLETED)).otherwise(pl.lit(Status.INCOMPLETE))
    return pl.coalesce(_STATUS, pl.when(~is_hidden).then(derived))


def _or_default(name: str, default: pl.Expr) -> pl.Expr:
    return pl.when(is_filled(name)).then(name).otherwise(default)


def _broken(rules: Sequence[Rule], rows: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    # One pass finds the rules that any row breaks; usually there are none.
    broken = rows.select(rule.broken.any().alias(str(place)) for place, rule in enumerate(rules)).row(0)
    found = [_findings(rows.filter(rule.broken), rule, texts) for rule in itertools.compress(rules, broken)]
    return pl.concat([no_findings(), *found])


def _findings(broken: pl.DataFrame, rule: Rule, texts: pl.DataFrame) -> pl.DataFrame:
    value = None
    if rule.column is not None and rule.column in texts.columns:
        quoted = texts.select("line", pl.col(rule.column).alias("text"))
        broken = broken.join(quoted, on="line", how="left", maintain_order="left")
        value = pl.col("text")
    return found_on(broken, rule.code, rule.hint, rule.column, value)
