"""A naive importer: row by row, over plain Python, written from the contract and sharing no code with the package.

Instants are whole seconds since 1970-01-01T00:00:00Z, as in a store.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, TypeAlias

from generative import oracle_values as values
from generative.oracle_store import Learner, Record, Session, Store, Target, Tracking, Training, Version
from generative.oracle_values import COMPLETED, Cell, Settings

COLUMNS = (
    "candidateLogin",
    "candidateRefNumber",
    "candidateEmail",
    "lovCode",
    "lovGuid",
    "sessionGuid",
    "sessionId",
    "sessionTitle",
    "trainingPathCode",
    "trainingId",
    "trainingGuid",
    "firstAccessDate",
    "lastAccessDate",
    "firstCompletionDate",
    "progression",
    "trackingStatus",
    "timeSpent",
    "score",
    "scoreMax",
)
LEARNER = COLUMNS[:3]
OBJECT = COLUMNS[3:5]
SESSION = COLUMNS[5:8]
TRAINING = COLUMNS[8:11]
VALUES = COLUMNS[11:]

ERRORS = (
    "wrong-column-count",
    "mandatory-field-empty",
    "learner-missing",
    "learning-object-missing",
    "context-missing",
    "value-too-long",
    "invalid-character",
    "invalid-number",
    "out-of-range",
    "invalid-datetime",
    "invalid-duration",
    "invalid-status",
    "score-above-maximum",
    "first-completion-without-completion",
    "registration-not-found",
    "learning-object-not-found",
    "learning-object-crossknowledge",
    "learning-object-easyquizz",
)
WARNINGS = (
    "superseded",
    "older-than-stored",
    "local-time-skipped",
    "local-time-repeated",
    "dates-out-of-order",
    "date-in-future",
    "ambiguous-datetime",
    "completion-date-assumed",
    "status-and-progression-differ",
    "former-identifier",
    "possible-duplicate",
)
ORDER = ERRORS + WARNINGS

Finding = tuple[str, str | None]
"""A code, and the column that it is about."""


@dataclass
class Row:
    """What becomes known of one record."""

    line: int
    cells: dict[str, Cell]
    findings: list[Finding] = field(default_factory=list)
    target: Target | None = None
    """Known even when the version is locked."""
    stored: Tracking | None = None
    """What patch fills empty cells from."""

    @property
    def accepted(self) -> bool:
        """Whether no error was found."""
        return not any(code in ERRORS for code, _ in self.findings)


@dataclass(frozen=True)
class Result:
    """What an import says and leaves."""

    counts: dict[str, int]
    findings: dict[int, list[Finding]]
    """By line, those of a line in their order; lines without findings are left out."""
    tracking: dict[Target, Tracking]
    targets: dict[int, Target]
    """By line, the target of each row for which it is known."""
    winners: dict[int, int]
    """The line of each superseded row, to the line that won."""

    @property
    def rows_per_code(self) -> dict[str, int]:
        """How many rows have each code."""
        return dict(Counter(code for found in self.findings.values() for code in {code for code, _ in found}))


def import_rows(
    store: Store, settings: Settings, columns: Sequence[str | None], records: Sequence[Record], now: int, run: int
) -> Result:
    """What the import of `records` does; `columns` names each cell's column, None where it is not used."""
    every = [record for record in records if any(values.clean(cell) for cell in record.cells)]
    records = [one for one in every if not values.is_skipped(one.cells, len(columns), settings)]
    result = import_kept(store, settings, columns, records, now, run)
    counts = result.counts | {"rows": len(every), "skipped": len(every) - len(records)}
    return replace(result, counts=counts)


def import_kept(
    store: Store, settings: Settings, columns: Sequence[str | None], records: Sequence[Record], now: int, run: int
) -> Result:
    """The same of records that are neither blank nor skipped."""
    if settings.newer or any(rule != "replace" for rule in settings.merge.values()):
        return import_merged(store, settings, columns, records, now, run)
    rows = [judge(record, store, settings, columns, now, store.tracking) for record in records]
    last = {row.target: row.line for row in rows if row.accepted}
    tracking = dict(store.tracking)
    counts = dict.fromkeys(("created", "updated", "unchanged", "deleted", "superseded", "skipped", "rejected"), 0)
    winners: dict[int, int] = {}
    for row in rows:
        if not row.accepted:
            counts["rejected"] += 1
        elif last[row.target] != row.line:
            counts["superseded"] += 1
            row.findings.append(("superseded", None))
            winners[row.line] = last[row.target]
        else:
            counts[apply(row, settings, tracking, now, run)] += 1
    return Result(
        counts={"rows": len(rows), **counts},
        findings={row.line: sorted(row.findings, key=place) for row in rows if row.findings},
        tracking=tracking,
        targets={row.line: row.target for row in rows if row.target is not None},
        winners=winners,
    )


ASSUMED = ("completion-date-assumed", "firstCompletionDate")


def is_assumed(after: Tracking, now: int) -> bool:
    """Whether the row's last access is more than a day before now."""
    return after.last_access is not None and after.last_access < now - 86_400


@dataclass
class Merged:
    """What the lines of one target have come to."""

    row: Row
    """The line that counts."""
    access: float | None
    """The last access of that line."""
    is_older: bool
    """Whether the line was left out, as older than what there was."""


def import_merged(
    store: Store, settings: Settings, columns: Sequence[str | None], records: Sequence[Record], now: int, run: int
) -> Result:
    """The same with merge rules: each line as if it stood in a file of its own, after the files of those before it."""
    tracking = dict(store.tracking)
    rows: list[Row] = []
    merged: dict[Target, Merged] = {}
    accepted: list[Row] = []
    derived: set[Target] = set()
    for record in records:
        row = judge(record, store, settings, columns, now, tracking)
        rows.append(row)
        if not row.accepted:
            continue
        assert row.target is not None
        accepted.append(row)
        apply(row, settings, tracking, now, run)
        is_older = ("older-than-stored", None) in row.findings
        if ASSUMED in row.findings:
            derived.add(row.target)
        row.findings = [finding for finding in row.findings if finding not in (("older-than-stored", None), ASSUMED)]
        found = Merged(row, number(last_access_of(row)), is_older)
        before = merged.get(row.target)
        is_left_out = before is not None and is_older and (not before.is_older or is_above(before.access, found.access))
        merged[row.target] = before if before is not None and is_left_out else found
    counts = dict.fromkeys(("created", "updated", "unchanged", "deleted", "superseded", "skipped", "rejected"), 0)
    counts["rejected"] = len(rows) - len(accepted)
    counts["superseded"] = len(accepted) - len(merged)
    winners = {}
    for row in accepted:
        assert row.target is not None
        winner = merged[row.target].row
        if winner is not row:
            winners[row.line] = winner.line
            row.findings.append(("superseded", None))
    for target, found in merged.items():
        if found.is_older:
            found.row.findings.append(("older-than-stored", None))
        after = tracking.get(target)
        if target in derived and after and after.first_completion == now and is_assumed(after, now):
            found.row.findings.append(ASSUMED)
        counts[close(target, found.row, store.tracking.get(target), tracking, run)] += 1
    return Result(
        counts={"rows": len(rows), **counts},
        findings={row.line: sorted(row.findings, key=place) for row in rows if row.findings},
        tracking=tracking,
        targets={row.line: row.target for row in rows if row.target is not None},
        winners=winners,
    )


def close(target: Target, row: Row, before: Tracking | None, tracking: dict[Target, Tracking], run: int) -> str:
    """Say what became of a target whose lines were merged; what is stored names the line that counts."""
    after = tracking.get(target)
    if after is None:
        return "deleted" if before else "unchanged"
    if before and replace(after, run=before.run, line=before.line) == before:
        tracking[target] = before
        return "unchanged"
    tracking[target] = replace(after, run=run, line=row.line)
    return "updated" if before else "created"


def place(finding: Finding) -> tuple[int, int]:
    """Where a finding stands among those of its line."""
    code, column = finding
    return ORDER.index(code), COLUMNS.index(column) if column else -1


def judge(
    record: Record,
    store: Store,
    settings: Settings,
    columns: Sequence[str | None],
    now: int,
    tracking: dict[Target, Tracking],
) -> Row:
    """The row of a record, with every finding but `superseded`; `tracking` is what is stored when its turn comes."""
    texts = values.fitted(record.cells, len(columns), settings)
    if len(texts) != len(columns):
        return Row(record.line, {}, [("wrong-column-count", None)])
    given = values.given(texts, columns, settings)
    cells = {
        column: values.read(column, values.stands_for(column, given.get(column, ""), settings), settings)
        for column in COLUMNS
        if column in given or column in settings.defaults
    }
    cells = dict.fromkeys(COLUMNS, Cell()) | cells
    row = Row(record.line, cells)
    judge_cells(row, settings, now)
    scale_score(row)
    link(row, store)
    if settings.patch and row.target is not None:
        row.stored = tracking.get(row.target)
    judge_together(row, settings)
    return row


def judge_cells(row: Row, settings: Settings, now: int) -> None:
    """Everything that a cell of the file says by itself, and which cells are missing."""
    for name, cell in row.cells.items():
        if name in settings.mandatory and not cell.given:
            row.findings.append(("mandatory-field-empty", name))
        if cell.error:
            row.findings.append((cell.error, name))
        row.findings += [(warning, name) for warning in cell.warnings]
        if name in values.DATES and isinstance(cell.value, int) and cell.value > now:
            row.findings.append(("date-in-future", name))
    if not has_learner(row):
        row.findings.append(("learner-missing", None))
    if not any(row.cells[name].given for name in OBJECT):
        row.findings.append(("learning-object-missing", None))
    if not has_context(row):
        row.findings.append(("context-missing", None))


def scale_score(row: Row) -> None:
    """A score in percent is that part of the row's maximum, or of 100, which is then the maximum."""
    score, most = row.cells["score"], row.cells["scoreMax"]
    if not score.text.endswith("%") or score.value is None:
        return
    if most.unreadable:
        row.cells["score"] = replace(score, value=None, error=most.error)
        return
    part = Fraction(repr(score.value)) * Fraction(most.value or 100) / 100
    row.cells["score"] = replace(score, value=float(part) if part < 10**300 else math.inf)
    row.cells["scoreMax"] = most if most.given else Cell("100", 100)


def has_learner(row: Row) -> bool:
    """Whether the row says who."""
    return any(row.cells[name].given for name in LEARNER)


def has_context(row: Row) -> bool:
    """Whether the row says which session."""
    training = any(row.cells[name].given for name in TRAINING)
    title = row.cells["sessionTitle"].given
    return row.cells["sessionGuid"].given or row.cells["sessionId"].given or (title and training)


def agrees(cell: Cell, stored: str | int | None, *, letter_case: bool = True) -> bool:
    """Whether an identifier is empty, or is the stored one."""
    if not cell.given:
        return True
    if isinstance(cell.value, str) and isinstance(stored, str) and not letter_case:
        return values.key(cell.value) == values.key(stored)
    return cell.value == stored


def is_learner(row: Row, learner: Learner) -> bool:
    """Whether every learner identifier of the row is that learner's."""
    return (
        agrees(row.cells["candidateLogin"], learner.login, letter_case=False)
        and agrees(row.cells["candidateRefNumber"], learner.reference_number)
        and agrees(row.cells["candidateEmail"], learner.email, letter_case=False)
    )


def is_session(row: Row, session: Session, training: Training) -> bool:
    """Whether every session and training identifier of the row is that session's."""
    return (
        agrees(row.cells["sessionGuid"], session.guid, letter_case=False)
        and agrees(row.cells["sessionId"], session.id)
        and agrees(row.cells["sessionTitle"], session.title)
        and agrees(row.cells["trainingPathCode"], training.path_code)
        and agrees(row.cells["trainingId"], training.id)
        and agrees(row.cells["trainingGuid"], training.guid, letter_case=False)
    )


def is_version(row: Row, version: Version) -> bool:
    """Whether every learning object identifier of the row is that version's."""
    return agrees(row.cells["lovCode"], version.code) and agrees(row.cells["lovGuid"], version.guid, letter_case=False)


def link(row: Row, store: Store) -> None:
    """Find the registration, then the version; what cannot be judged is left alone."""
    where = [row.cells[name] for name in LEARNER + SESSION + TRAINING]
    if not has_learner(row) or not has_context(row) or any(cell.unreadable for cell in where):
        return
    learners = {learner.id for learner in store.learners if is_learner(row, learner)}
    trainings = {training.id: training for training in store.trainings}
    sessions = {
        session.id: session for session in store.sessions if is_session(row, session, trainings[session.training])
    }
    registrations = [
        registration
        for registration in store.registrations
        if registration.learner in learners and registration.session in sessions
    ]
    if len(registrations) != 1:
        row.findings.append(("registration-not-found", None))
        return
    what = [row.cells[name] for name in OBJECT]
    if not any(cell.given for cell in what) or any(cell.unreadable for cell in what):
        return
    contents = trainings[sessions[registrations[0].session].training].contents
    versions = [version for version in store.versions if version.id in contents and is_version(row, version)]
    if len(versions) != 1:
        row.findings.append(("learning-object-not-found", None))
        return
    if values.key(versions[0].publisher or "") == "crossknowledge":
        row.findings.append(("learning-object-crossknowledge", None))
    if values.key(versions[0].runtime or "") == "easyquizz":
        row.findings.append(("learning-object-easyquizz", None))
    row.target = (registrations[0].id, versions[0].id)


class Unknown:
    """What cannot be told, because a cell that it depends on is unreadable."""


UNKNOWN = Unknown()
Known: TypeAlias = values.Value | Unknown | None


def told(row: Row, name: str, stored: values.Value | None) -> Known:
    """The value of a cell; the stored one where the cell is empty; unknown where it is unreadable."""
    cell = row.cells[name]
    if cell.unreadable:
        return UNKNOWN
    return cell.value if cell.given else stored


def status_of(row: Row) -> Known:
    """The status of the row, merged and with its defaults."""
    status = told(row, "trackingStatus", row.stored.status if row.stored else None)
    if status is not None:
        return status
    progression = told(row, "progression", row.stored.progression if row.stored else None)
    if isinstance(progression, Unknown):
        return UNKNOWN
    if progression is not None:
        return "completed" if progression == 100 else "incomplete"
    completion = told(row, "firstCompletionDate", None)
    if isinstance(completion, Unknown):
        return UNKNOWN
    return "incomplete" if completion is None else "completed"


def progression_of(row: Row) -> Known:
    """The progression of the row, merged and with its defaults."""
    progression = told(row, "progression", row.stored.progression if row.stored else None)
    if progression is not None:
        return progression
    status = status_of(row)
    if isinstance(status, Unknown):
        return UNKNOWN
    return 100.0 if status in COMPLETED else 0.0


def completion_of(row: Row) -> Known:
    """The first completion date of the row: a stored one counts only when the row is completed."""
    if row.cells["firstCompletionDate"].given or not row.stored or row.stored.first_completion is None:
        return told(row, "firstCompletionDate", None)
    status = status_of(row)
    if isinstance(status, Unknown):
        return UNKNOWN
    return row.stored.first_completion if status in COMPLETED else None


def score_max_of(row: Row, settings: Settings) -> Known:
    """The maximum that would be stored."""
    score_max = told(row, "scoreMax", row.stored.score_max if row.stored else None)
    if score_max is None and score_of(row) is not None:
        return settings.default_score_max
    return score_max


def score_of(row: Row) -> Known:
    """The score of the row, merged."""
    return told(row, "score", row.stored.score if row.stored else None)


def is_above(one: Known, other: Known) -> bool:
    """Whether both are known and the one is above the other."""
    return isinstance(one, int | float) and isinstance(other, int | float) and one > other


def judge_together(row: Row, settings: Settings) -> None:
    """The rules that compare columns."""
    status = status_of(row)
    if is_above(score_of(row), score_max_of(row, settings)):
        row.findings.append(("score-above-maximum", "score"))
    dated = row.cells["firstCompletionDate"].value is not None
    if dated and not isinstance(status, Unknown) and status not in COMPLETED:
        row.findings.append(("first-completion-without-completion", "firstCompletionDate"))
    first_access = told(row, "firstAccessDate", row.stored.first_access if row.stored else None)
    last_access = told(row, "lastAccessDate", row.stored.last_access if row.stored else None)
    if is_above(first_access, last_access):
        row.findings.append(("dates-out-of-order", "firstAccessDate"))
    if is_above(first_access, completion_of(row)):
        row.findings.append(("dates-out-of-order", "firstCompletionDate"))
    progression = progression_of(row)
    if (status in COMPLETED and is_above(100, progression)) or (status == "incomplete" and progression == 100):
        row.findings.append(("status-and-progression-differ", "trackingStatus"))


def last_access_of(row: Row) -> Known:
    """The last access of the row, merged."""
    return told(row, "lastAccessDate", row.stored.last_access if row.stored else None)


def apply(row: Row, settings: Settings, tracking: dict[Target, Tracking], now: int, run: int) -> str:
    """Do to `tracking` what an accepted row asks for, and say what that was."""
    assert row.target is not None
    before = tracking.get(row.target)
    status = status_of(row)
    last_access = last_access_of(row)
    if settings.newer and before and is_above(before.last_access, last_access):
        row.findings.append(("older-than-stored", None))
        return "unchanged"
    if status == "notAttempted":
        if before and settings.merge.get("trackingStatus", "replace") != "replace":
            return "unchanged"
        return "deleted" if tracking.pop(row.target, None) else "unchanged"
    after = Tracking(
        first_access=whole(told(row, "firstAccessDate", row.stored.first_access if row.stored else None)),
        last_access=whole(last_access),
        first_completion=whole(completion_of(row)),
        progression=number(progression_of(row)) or 0.0,
        status=str(status),
        time_spent=whole(told(row, "timeSpent", row.stored.time_spent if row.stored else 0)) or 0,
        score=number(score_of(row)),
        score_max=whole(score_max_of(row, settings)),
        run=run,
        line=row.line,
    )
    after, takes_now = settled(after, before, settings, now)
    if takes_now and is_assumed(after, now):
        row.findings.append(ASSUMED)
    if before and replace(after, run=before.run, line=before.line) == before:
        return "unchanged"
    tracking[row.target] = after
    return "updated" if before else "created"


def settled(new: Tracking, old: Tracking | None, settings: Settings, now: int) -> tuple[Tracking, bool]:
    """The row of a file, attempted, as it is to be stored: merged, and with the completion date that its status has.

    Also, whether that date is now because no other is known.
    """
    after = merge(new, old, settings.merge) if old else new
    if after.status not in COMPLETED:
        return replace(after, first_completion=None), False
    if after.first_completion is not None:
        return after, False
    if old and old.status in COMPLETED:
        return replace(after, first_completion=old.first_completion), False
    if settings.completion_default == "none":
        return after, False
    if settings.completion_default == "lastAccess" and after.last_access is not None:
        return replace(after, first_completion=after.last_access), False
    return replace(after, first_completion=now), True


FIELDS = {
    "first_access": "firstAccessDate",
    "last_access": "lastAccessDate",
    "first_completion": "firstCompletionDate",
    "progression": "progression",
    "status": "trackingStatus",
    "time_spent": "timeSpent",
    "score": "score",
    "score_max": "scoreMax",
}
FURTHER = ("notAttempted", "browsed", "incomplete", "failed", "completed", "passed")


def merge(new: Tracking, old: Tracking, rules: dict[str, str]) -> Tracking:
    """The row of a file merged with the stored one, but for what its completion date must be."""
    rules = {column: rule for column, rule in rules.items() if rule != "replace"}
    merged = {
        name: one_of(getattr(new, name), getattr(old, name), rules.get(column, "replace"))
        for name, column in FIELDS.items()
    }
    if merged["first_completion"] is None:
        merged["first_completion"] = new.first_completion
    return replace(new, **{**merged, "score_max": merged_score_max(new, old, merged, rules)})


def merged_score_max(new: Tracking, old: Tracking, merged: dict[str, Any], rules: dict[str, str]) -> int | None:
    """The maximum of a merged row: by its rule, but never missing beside a score, nor below it."""
    score: float | None = merged["score"]
    ruled: int | None = merged["score_max"]
    with_score = [one.score_max for one in (new, old) if one.score == score]
    companion = max((one for one in with_score if one is not None), default=None)
    if "score" not in rules and "scoreMax" not in rules:
        return new.score_max
    if "scoreMax" not in rules:
        return companion
    if score is None:
        return ruled
    if rules["scoreMax"] == "lowest" and None in (new.score, old.score):
        return companion
    return companion if ruled is None else max(ruled, math.ceil(score))


def one_of(new: Any, old: Any, rule: str) -> Any:  # noqa: ANN401 - a value of any column
    """What becomes of two values under a rule."""
    if rule == "replace":
        return new
    if rule == "keep":
        return old
    if new is None or old is None:
        return new if old is None else old
    if rule == "fill":
        return old
    if rule == "furthest":
        return max(new, old, key=FURTHER.index)
    return max(new, old) if rule in ("highest", "latest") else min(new, old)


def whole(value: Known) -> int | None:
    """A value of an accepted row that is a whole number or nothing."""
    assert value is None or isinstance(value, int)
    return value


def number(value: Known) -> float | None:
    """A value of an accepted row that is a number or nothing."""
    assert value is None or isinstance(value, int | float)
    return None if value is None else float(value)
