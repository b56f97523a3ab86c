"""Summarize: the counts and the digest of a plan and of its findings, the limits that it passes, and notes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import polars as pl

from milepost.model.batch import FINDINGS
from milepost.model.columns import KEY, VALUE_COLUMNS, VALUES
from milepost.model.findings import RANK, Finding
from milepost.model.job import Job, Limited, Mode, ProgressionUnit
from milepost.model.phases import COUNTS
from milepost.model.reports import ChangeKind, Changes, Report
from milepost.model.tracked import before
from milepost.model.wording import setting
from milepost.steps.compare import counted
from milepost.steps.order import Lines, Partition

_LIMITED = {
    Limited.REJECTED: (None, "would be rejected"),
    Limited.DELETED: (ChangeKind.DELETION, "would be deleted"),
    Limited.REGRESSED: (ChangeKind.REGRESSION, "would lose progress"),
    Limited.RESET: (ChangeKind.RESET, "would have values reset"),
    Limited.CHANGED: (ChangeKind.CHANGE, "would be changed"),
}

_KINDS = ("found", "superseded", "older", "planned", "stored")
_SEEDS = (0x243F6A8885A308D3, 0x13198A2E03707344)
"""Two hashes of 64 bits make 128 bits; the seeds are the first digits of pi."""
_FACTORS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
"""The multipliers of SplitMix64."""
_NULL = 0xA4093822299F31D0
_RANGE = 1 << 64


def passed_limits(report: Report, job: Job, before: int | None) -> tuple[str, ...]:
    """A sentence for each limit of `job` that the plan of `report` passes.

    `before` is the number of rows of the last import with the same configuration; None if there is none.
    """
    passed, limits = [], job.limits
    for limited, (kind, words) in _LIMITED.items():
        number = report.rejected if kind is None else report.changes.rows.get(kind, 0)
        if limited in limits and not limits[limited].allows(number, report.rows):
            most = f"at most {limits[limited]} may be (max{limited.title()})"
            passed.append(f"{number:,} of {report.rows:,} rows {words}; {most}.")
    rows, shrunk = report.rows - report.skipped, limits.get(Limited.SHRUNK)
    has = f"The file has {rows:,} {'row' if rows == 1 else 'rows'}"
    if rows < job.min_rows:
        passed.append(f"{has}; at least {job.min_rows:,} must be there (minRows).")
    if shrunk is not None and not rows:
        passed.append(f"{has}; none may be missing altogether (maxShrunk).")
    elif shrunk is not None and before is not None and not shrunk.allows(max(0, before - rows), before):
        fewer = f"{before - rows:,} fewer than the last import with the same configuration"
        passed.append(f"{has}, {fewer}; at most {shrunk} may be missing (maxShrunk).")
    return tuple(passed)


class FractionWatch:
    """Notices a file whose progressions look like fractions: all between 0 and 1, and at least one neither."""

    def __init__(self, unit: ProgressionUnit) -> None:
        """`unit` is the configured one."""
        self._may_be = unit is ProgressionUnit.PERCENT
        self._is_part = False

    def observe(self, lines: Lines) -> None:
        """Looks at the progressions of lines that were interpreted."""
        if not self._may_be or "progression" not in lines.texts.columns:
            return
        progression, found = lines.values["progression"], lines.findings
        is_beyond = (found["column"] == "progression") & (found["code"] == "out-of-range")
        has_sign = lines.texts["progression"].str.ends_with("%")
        self._may_be = not ((progression > 1).any() or is_beyond.any() or has_sign.any())
        self._is_part |= bool(((progression > 0) & (progression < 1)).any())

    def state(self) -> list[bool]:
        """What was noticed, for `add`."""
        return [self._may_be, self._is_part]

    def add(self, state: Sequence[bool]) -> None:
        """Adds what another one has noticed in other lines of the file."""
        may_be, is_part = state
        self._may_be &= may_be
        self._is_part |= is_part

    def suggestions(self) -> list[str]:
        """A sentence, if the progressions look like fractions."""
        remedy = setting("progressionUnit", ProgressionUnit.FRACTION)
        look = "Every progression of the file is between 0 and 1: they look like fractions, and are read as percent."
        return [f"{look} If 1 means that all is done: {remedy}."] if self._may_be and self._is_part else []


_ONE_FOR_ALL = {
    "the session": ("sessionGuid", "sessionId", "sessionTitle"),
    "the learning object": ("lovCode", "lovGuid"),
}


def lacking_identifiers(lacking: Collection[str]) -> list[str]:
    """A sentence for each identifier that no row can have, since all its columns are among `lacking`."""
    return [
        f"The file has no column for {what}. If it is the same for every row: {setting(f'{names[0]}.default', '…')}."
        for what, names in _ONE_FOR_ALL.items()
        if set(names) <= set(lacking)
    ]


class Tally:
    """Counts what becomes of the rows of one run, frame by frame."""

    def __init__(self, lacking: Collection[str]) -> None:
        """`lacking` are the value columns that the file lacks, in their order."""
        self._counts: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))
        self._lacking = lacking
        self._changed: Counter[tuple[ChangeKind, str | None]] = Counter()
        self._codes: Counter[str] = Counter()
        self._examples: dict[str, tuple[int, int, Finding]] = {}

    @property
    def accepted(self) -> int:
        """The rows so far that are neither rejected nor skipped."""
        return self._counts["rows"] - self._counts["rejected"] - self._counts["skipped"]

    def add_findings(self, findings: pl.DataFrame) -> None:
        """Counts findings as `line_frames.placed` returns them; those of one line and code must be in one frame."""
        first = findings.unique("code", keep="first", maintain_order=True).select("place", *FINDINGS)
        rows = findings.group_by("code").agg(pl.col("line").n_unique())
        self._codes.update(dict(rows.iter_rows()))
        for place, *fields in first.iter_rows():
            finding = Finding(*fields)
            known = self._examples.get(finding.code)
            if known is None or (finding.line, place) < known[:2]:
                self._examples[finding.code] = (finding.line, place, finding)

    def add_rows(self, **counts: int) -> None:
        """Counts rows (`rows`), and rows by outcome."""
        self._counts.update(counts)

    def add_partition(self, partition: Partition) -> None:
        """Counts the outcomes of a partition, and its changes of stored values."""
        self._counts.update(dict(partition.planned["outcome"].value_counts().iter_rows()))
        superseded = int((partition.findings["code"] == "superseded").sum())
        self._counts.update(rejected=partition.rejected, superseded=superseded)
        self._changed.update(counted(partition.compared))

    def state(self) -> list[list[Any]]:
        """What was counted of rows and changes, for `add`."""
        return [list(self._counts.items()), [[*key, number] for key, number in self._changed.items()]]

    def add(self, state: Sequence[Sequence[Any]]) -> None:
        """Adds what another one has counted of rows and changes."""
        counts, changed = state
        self._counts.update(dict(counts))
        self._changed.update({(ChangeKind(kind), column): number for kind, column, number in changed})

    def changes(self) -> Changes:
        """All changes of stored values."""
        fields: dict[ChangeKind, dict[str, int]] = {}
        for kind in ChangeKind:
            for column in VALUE_COLUMNS:
                if number := self._changed[kind, column]:
                    fields.setdefault(kind, {})[column] = number
        return Changes({kind: self._changed[kind, None] for kind in ChangeKind}, fields)

    def counted(self) -> dict[str, Any]:
        """Fields of a report: the number of rows, and of rows with each outcome; and of each code, the most frequent
        first, the number of lines (`findings`) and the first finding (`examples`)."""
        codes = dict(sorted(self._codes.items(), key=lambda one: (-one[1], RANK[one[0]])))
        examples = {code: self._examples[code][2] for code in codes}
        return {name: self._counts[name] for name in COUNTS} | {"findings": codes, "examples": examples}

    def resets(self, mode: Mode) -> list[str]:
        """One sentence on the stored values that the lacking columns reset; none if no column is lacking."""
        if mode is Mode.PATCH or not self._lacking:
            return []
        names = ", ".join(self._lacking)
        numbers = {name: self._changed[ChangeKind.RESET, name] for name in self._lacking}
        reset = [f"{number} of {name}" for name, number in numbers.items() if number]
        if not reset:
            return [f"The file lacks {names}; that resets no stored value."]
        remedy = f"To keep what is stored: {setting('updateMode', Mode.PATCH)}."
        return [f"The file lacks {names}; that resets {', '.join(reset)} stored. {remedy}"]


class PlanDigest:
    """A fingerprint of the outcome of each line, equal for a check and the import after it.

    It is a sum of strong hashes of rows, so neither batches, nor partitions, nor the order of either matters.
    """

    def __init__(self) -> None:
        self._sums = {kind: [0] * (1 + len(_SEEDS)) for kind in _KINDS}

    def add_findings(self, found: pl.DataFrame) -> None:
        """Adds findings: `line`, `code` and `column`."""
        for code, kind in (("superseded", "superseded"), ("older-than-stored", "older")):
            self._add(kind, found.filter(pl.col("code") == code).select("line"))
        others = found.filter(~pl.col("code").is_in(["superseded", "older-than-stored"]))
        self._add("found", others.select("line", "code", "column"))

    def add_plan(self, planned: pl.DataFrame) -> None:
        """Adds rows as `plan.plan` returns them."""
        # The instant of the run makes no difference.
        instant = pl.when("completes_now").then(None).otherwise("first_completed_at")
        columns = (*KEY, "line", "outcome", *VALUES, "completes_now")
        self._add("planned", planned.with_columns(first_completed_at=instant).select(columns))
        # What is stored of other rows follows from the outcome: the same values, or nothing.
        changing = planned.filter(pl.col("outcome").is_in(["updated", "deleted"]))
        self._add("stored", changing.select(*KEY, *map(before, VALUES)))

    def state(self) -> dict[str, list[int]]:
        """What was added, for `add`."""
        return self._sums

    def add(self, state: Mapping[str, Sequence[int]]) -> None:
        """Adds what was added to another one."""
        for kind, sums in state.items():
            self._sums[kind] = [(one + more) % _RANGE for one, more in zip(self._sums[kind], sums, strict=True)]

    def hexdigest(self) -> str:
        """The digest of all that was added, in 64 digits."""
        text = "\n".join(f"{kind} {count} {sums}" for kind, (count, *sums) in self._sums.items())
        return hashlib.sha256(text.encode()).hexdigest()

    def _add(self, kind: str, rows: pl.DataFrame) -> None:
        if rows.is_empty():
            return
        # Each place has a number of its own, since columns may have equal values.
        places = (pl.lit(place * _FACTORS[1] % _RANGE, pl.UInt64) for place in range(rows.width))
        bits = pl.concat(
            rows.select(_bits(values) ^ place for values, place in zip(rows, places, strict=True)).get_columns()
        )
        self.add({kind: (rows.height, *_hashed(bits, rows.height))})


def _hashed(bits: pl.Series, height: int) -> Iterator[int]:
    """The sums of both hashes of rows; `bits` has the values of the first column, then those of the second, and so on.

    A hash mixes a sum of mixed values. Those of the second are mixed once more, which is faster than to begin anew.
    """
    mixed = _mixed(bits ^ _SEEDS[0])
    for seed, values in zip(_SEEDS, (mixed, (mixed ^ (mixed // (1 << 32))) * _FACTORS[0]), strict=True):
        cut = (values.slice(start, height).alias(str(start)) for start in range(0, len(bits), height))
        yield int(_mixed(pl.DataFrame(cut).sum_horizontal() ^ seed).sum())


def _mixed(state: pl.Series) -> pl.Series:
    """The output function of SplitMix64 (Steele, Lea, Flood 2014)."""
    state = (state ^ (state // (1 << 30))) * _FACTORS[0]
    state = (state ^ (state // (1 << 27))) * _FACTORS[1]
    return state ^ (state // (1 << 31))


def _bits(values: pl.Series) -> pl.Expr:
    """Each value as a number of 64 bits."""
    column = pl.col(values.name)
    if values.dtype == pl.String():
        distinct = values.drop_nulls().unique()
        numbers = pl.Series([_of_text(text) for text in distinct], dtype=pl.UInt64)
        column = column.replace_strict(distinct, numbers, default=None, return_dtype=pl.UInt64)
    elif values.dtype.is_float():
        # 0.0 and -0.0 are equal.
        column = pl.when(column != 0.0).then(column).when(column == 0.0).then(0.0).reinterpret(dtype=pl.UInt64)
    elif values.dtype != pl.UInt64():
        column = column.cast(pl.Int64).reinterpret(dtype=pl.UInt64)
    return column.fill_null(pl.lit(_NULL, pl.UInt64))


@lru_cache(maxsize=1000)
def _of_text(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
