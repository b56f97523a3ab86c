"""Judge: each row by its own values, and by the stored ones that fill its empty cells. (Sections 2, 5, 7 and 8.)

The rules are a table, in the order of the codes. A new rule is one entry.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
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


@dataclass(frozen=True, slots=True)
class Judged:
    """The rows as they are to be stored, if they have no error."""

    rows: pl.DataFrame
    """`line`; the VALUE_COLUMNS, with defaults filled in; `given`: a bit for each of VALUE_COLUMNS that the file's row
    gives, the first lowest. `firstCompletionDate` is null where it is to be derived."""
    findings: pl.DataFrame
    """What the rules say; schema `model.batch.FINDINGS`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong or noteworthy with a row."""

    code: str
    broken: pl.Expr
    """Whether a row breaks the rule; null counts as no. Over the columns that `_prepared` describes."""
    hint: pl.Expr
    column: str | None = None
    """The column that the finding is about; None: the whole row."""


def judge(
    interpreted: Interpreted, stored: pl.DataFrame | None, targets: pl.DataFrame, job: Job, now: datetime
) -> Judged:
    """Applies defaults and rules to the values of a batch.

    `stored` (patch mode) and `targets` (as `Linked.targets`) are in the order of the values; `now` is the run's
    instant.
    """
    rows = _resolved(_prepared(interpreted.values, stored, targets), job.parameters.default_score_max)
    rules = _rules(job.mandatory, int(now.timestamp()))
    # Most rules are broken nowhere, and one pass over the rows finds out which.
    broken = rows.select(rule.broken.any().alias(str(place)) for place, rule in enumerate(rules)).row(0)
    found = [_findings(rows.filter(rule.broken), rule, interpreted.texts) for rule in itertools.compress(rules, broken)]
    given = pl.sum_horizontal(
        pl.when(pl.col(f"cell.{name}").is_not_null()).then(pl.lit(2**place, pl.Int64)).otherwise(pl.lit(0, pl.Int64))
        for place, name in enumerate(columns.VALUE_COLUMNS)
    )
    return Judged(rows.select("line", *columns.VALUE_COLUMNS, given=given), pl.concat([no_findings(), *found]))


def _prepared(values: pl.DataFrame, stored: pl.DataFrame | None, targets: pl.DataFrame) -> pl.DataFrame:
    """One row each: every column NAME and NAME! of the file (null and false where the file lacks it), `cell.NAME` for
    the value columns as the file gives them, `stored.NAME`, and the targets."""
    missing = [column for column in columns.TRACKING.columns if column.name not in values.columns]
    rows = values.with_columns(
        *(pl.lit(None, TYPES[column.kind]).alias(column.name) for column in missing),
        *(pl.lit(value=False).alias(unreadable(column.name)) for column in missing),
    )
    if stored is None:
        stored = pl.DataFrame(schema={name: rows.schema[name] for name in columns.VALUE_COLUMNS}).clear(rows.height)
    return rows.with_columns(
        *(pl.col(name).alias(f"cell.{name}") for name in columns.VALUE_COLUMNS),
        *(stored[name].alias(f"stored.{name}") for name in columns.VALUE_COLUMNS),
        *targets.get_columns(),
    )


def _resolved(rows: pl.DataFrame, default_score_max: int) -> pl.DataFrame:
    """The value columns with the stored values in empty cells, then with defaults; `completed`, null where unknown."""
    merged = [name for name in columns.VALUE_COLUMNS if name != "firstCompletionDate"]
    rows = rows.with_columns(
        pl.when(~pl.col(unreadable(name))).then(pl.coalesce(name, f"stored.{name}")).alias(name) for name in merged
    )
    rows = rows.with_columns(trackingStatus=_status())
    status = pl.col("trackingStatus")
    rows = rows.with_columns(completed=status.is_in([str(one) for one in COMPLETED_STATUSES]))
    completed = pl.col("completed")
    completion = pl.coalesce("firstCompletionDate", pl.when(completed).then("stored.firstCompletionDate"))
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


def _rules(mandatory: frozenset[str], now: int) -> list[Rule]:
    return [*_mandatory_rules(mandatory), *_presence_rules(), *_value_rules(), *_lock_rules(), *_warning_rules(now)]


def _mandatory_rules(mandatory: frozenset[str]) -> Iterable[Rule]:
    for name in _EVERY_COLUMN:
        if name in mandatory:
            cell = f"cell.{name}" if name in columns.VALUE_COLUMNS else name
            empty = pl.col(cell).is_null() & ~pl.col(unreadable(name))
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
        pl.col("cell.firstCompletionDate").is_not_null() & ~pl.col("completed"),
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


def _warning_rules(now: int) -> Iterable[Rule]:
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
    for name in _DATES:
        hint = sentence("{} UTC is after the beginning of this import", utc_text(f"cell.{name}"))
        yield Rule("date-in-future", pl.col(f"cell.{name}") > now, hint, name)
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
