"""Load: lines of reference data to rows of a kind's table, each with its outcome. (Specification, section 9.)

Batches come in the order of the file. After its batch, everything about a line is known, except whether a later line
supersedes it. So the caller keeps the rows to write until all lines are settled.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import cast

import polars as pl

from milepost.model.batch import Interpreted, no_findings
from milepost.model.columns import LARGEST_INTEGER
from milepost.model.exceptions import StoreError
from milepost.model.identifiers import LEARNER, References
from milepost.model.job import Layout
from milepost.model.text import fold_all, sentence, utc_text
from milepost.model.tracked import before
from milepost.reference import ReferenceKind
from milepost.steps.line_frames import among, found_on, is_filled, rejected_lines
from milepost.steps.load import claims
from milepost.steps.load.references import Linker

_CREATED, _UPDATED, _UNCHANGED = "created", "updated", "unchanged"
_OUTCOMES = pl.Enum([_CREATED, _UPDATED, _UNCHANGED])
_WAITING = {"line": pl.Int64(), "row": pl.Int128(), "outcome": _OUTCOMES}
"""The data kept of each accepted line until the end: 25 bytes, and 8 for an `id` if the file has ids."""
_FINDINGS_AT_A_TIME = 25_000

_GUID_BYTES = 16
_MARKED = {6: bytes(byte & 0x0F | 0x40 for byte in range(256)), 8: bytes(byte & 0x3F | 0x80 for byte in range(256))}
"""The bytes of a GUID that hold its version and variant, with the value for each random byte."""


class Loading:
    """One load: its batches, and the outcome of its lines."""

    def __init__(
        self,
        kind: ReferenceKind,
        layout: Layout,
        references: References,
        stored: Callable[[pl.Series], None] | None = None,
    ) -> None:
        """Reads nothing yet; raises UsageError if the file lacks a column that the kind needs.

        `stored` is called with the ids of the stored rows that accepted lines are about.
        """
        self._kind, self._stored = kind, stored
        self._used = kind.within({column.name for column in layout.columns})
        self._references = references
        self._linker = Linker(kind, self._used, references)
        self._claims = claims.Index()
        self._accepted: list[pl.DataFrame] = []

    def take(self, interpreted: Interpreted) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Looks up and checks the lines of the next batch.

        Returns all findings on them but `superseded` (schema `model.batch.FINDINGS`); and the rows that accepted lines
        create or change, ascending by `line`: see `Settled.written`.
        """
        used, values = self._used, interpreted.values
        linked, not_found = self._linker.link(_named(used, values))
        taken = claims.find_taken(used, linked, self._references)
        found = [interpreted.findings, _findings(used, values), not_found, taken]
        if used.entity is LEARNER:
            found.append(_duplicates(used, linked, self._references))
        accepted = _without_errors(linked, pl.concat(found))
        accepted = accepted.with_columns(claims.fingerprints_of_rows(used, accepted).alias("row"))
        contested = claims.refuse(used, self._claims, accepted)
        planned = _planned(self._kind, used, _without_errors(accepted, contested))
        if self._stored is not None:
            self._stored(planned.filter(pl.col("outcome") != _CREATED)["id"])
        self._accepted.append(planned.select(*_WAITING, *(one.name for one in used.identities if one.name == "id")))
        return pl.concat([*found, contested]), planned.filter(pl.col("outcome") != _UNCHANGED).drop("row")

    def settle(self, highest_id: int) -> Settled:
        """Decides which lines win, after all batches; `highest_id` is the highest that the table has ever had.

        Raises StoreError if ids run out.
        """
        accepted, self._accepted = self._accepted, []
        self._claims = claims.Index()
        return Settled(self._kind, accepted, highest_id)


class Settled:
    """All accepted lines: of equal keys the last wins; missing ids follow the highest, in the order of lines."""

    def __init__(self, kind: ReferenceKind, accepted: Sequence[pl.DataFrame], highest_id: int) -> None:
        """`accepted` has the columns _WAITING, and maybe `id`, ascending by line.

        `highest_id` is the highest that the table has ever had. Raises StoreError if new rows would get ids above the
        largest integer.
        """
        self._kind = kind
        lines = pl.concat(accepted) if accepted else pl.DataFrame(schema=_WAITING)
        lines = lines.sort("row", maintain_order=True)
        is_last = (lines["row"] != lines["row"].shift(-1)).fill_null(value=True)
        winner = pl.when(is_last).then("line").backward_fill()
        self._superseded = lines.select("line", winner=winner).filter(~is_last).sort("line")
        lines = lines.filter(is_last)
        self.outcomes: dict[str, int] = dict(lines["outcome"].value_counts().iter_rows())
        """The number of winning lines with each outcome, and of superseded lines."""
        self.outcomes["superseded"] = self._superseded.height
        self._highest_id = highest_id
        count = self.outcomes.get(_CREATED, 0)
        if "id" in lines.columns:
            given = lines.filter(pl.col("outcome") == _CREATED)["id"].drop_nulls()
            self._highest_id = max(highest_id, cast("int", given.max() or 0))
            count -= len(given)
        if kind.has_id and count and self._highest_id + count > LARGEST_INTEGER:
            raise StoreError(
                f"There are no ids left for {count} new {kind.name}: {self._highest_id} has been used, and "
                f"{LARGEST_INTEGER} is the highest possible id. Give every new row an id in the file."
            )

    def findings(self) -> Iterator[pl.DataFrame]:
        """A finding on each superseded line; schema `model.batch.FINDINGS`."""
        for part in self._superseded.iter_slices(_FINDINGS_AT_A_TIME):
            yield found_on(part, "superseded", sentence("line {} wins", "winner"))

    def written(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The rows to insert and those to overwrite, with the columns of the table; the latter with their `line` too.

        `rows` is as `Loading.take` returns it. Call this in the order of lines.
        """
        rows = rows.filter(~among(rows["line"], self._superseded["line"]))
        new = rows.filter(pl.col("outcome") == _CREATED).select(*self._kind.schema)
        changed = rows.filter(pl.col("outcome") == _UPDATED).select(*self._kind.schema, "line")
        if self._kind.has_id:
            is_free = new["id"].is_null()
            ids = is_free.cum_sum().cast(pl.Int64) + self._highest_id
            self._highest_id += int(is_free.sum())
            new = new.with_columns(id=pl.when(is_free).then(ids).otherwise("id"))
        if "guid" in self._kind.schema:
            new = new.with_columns(pl.col("guid", "guid_key").fill_null(new_guids(new.height)))
        return new, changed


def _named(used: ReferenceKind, values: pl.DataFrame) -> pl.DataFrame:
    """`values` (as in `Interpreted.values`) with the columns of the table, defaults filled in."""
    columns = []
    for field in used.fields:
        given = values[field.column.name]
        if field.default is not None:
            given = given.fill_null(field.default)
        columns.append(given.alias(field.name))
        if field.is_folded:
            columns.append(fold_all(given).alias(field.key))
    return values.with_columns(columns)


def _findings(used: ReferenceKind, values: pl.DataFrame) -> pl.DataFrame:
    """The findings on empty cells, and on dates that contradict each other; schema `model.batch.FINDINGS`."""
    required = [one.column.name for one in used.fields if one.required]
    found = [no_findings()]
    for reference in used.references:
        if reference.missing is None:
            required += reference.columns
        else:
            found.append(found_on(values.filter(~is_filled(*reference.columns)), reference.missing))
    found += [found_on(values.filter(~is_filled(name)), "mandatory-field-empty", column=name) for name in required]
    if used.in_order is not None and set(used.in_order) <= set(values.columns):
        first, second = used.in_order
        hint = sentence(f"{second} is before {first}, {{}}", utc_text(first))
        wrong = values.filter(pl.col(second) < pl.col(first))
        found.append(found_on(wrong, "dates-out-of-order", hint, second, utc_text(second)))
    return pl.concat(found)


def _duplicates(used: ReferenceKind, lines: pl.DataFrame, references: References) -> pl.DataFrame:
    """`possible-duplicate` where a new learner has the reference number or the e-mail of a stored one."""
    new, found = lines.filter("is_new"), [no_findings()]
    for one in (LEARNER.by_column("candidateRefNumber"), LEARNER.by_column("candidateEmail")):
        if one.column not in {field.column.name for field in used.fields} or new.is_empty():
            continue
        held = references.rows(LEARNER.table, tuple(dict.fromkeys(("login", one.key))), **{one.key: new[one.key]})
        held = held.group_by(one.key).agg(pl.col("login").sort().first().alias("holder"))
        both = new.join(held.drop_nulls(), on=one.key, maintain_order="left")
        said = (
            f'the new learner "{{}}" and the stored learner "{{}}" have the {one.noun} "{{}}"; if they are one person: '
        )
        hint = pl.concat_str(
            sentence(said, "login", "holder", one.name),
            sentence("milepost learner merge {} {}", "login", "holder"),
        )
        found.append(found_on(both, "possible-duplicate", hint, one.column, pl.col(one.column)))
    return pl.concat(found)


def _without_errors(lines: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    return lines.filter(~pl.col("line").is_in(rejected_lines(findings).implode()))


def _planned(kind: ReferenceKind, used: ReferenceKind, lines: pl.DataFrame) -> pl.DataFrame:
    """The row that each line amounts to: `line`, `row`, `outcome`, and the columns of the kind's table.

    `lines` is as `references.Linker.link` returns it, with `row`. A column that the file lacks, which `used` has not,
    keeps the stored value; ids and GUIDs never change. Ids and GUIDs that no line gives to a new row are null.
    """
    columns = {name: pl.col(before(name)) for name in kind.schema}
    for field in kind.fields:
        for name in dict.fromkeys((field.name, field.key)):
            if field in used.fields:
                given = pl.col(name)
                # A stored id or GUID never changes, not even in letter case.
                columns[name] = pl.coalesce(columns[name], given) if field.name in ("id", "guid") else given
            elif field.default is not None:
                columns[name] = columns[name].fill_null(field.default)
    columns |= {reference.name: pl.col(reference.name) for reference in kind.references}
    rows = lines.select("line", "row", *(pl.col(before(name)) for name in kind.schema), **columns)
    is_stored = pl.col(before(kind.key[0])).is_not_null()
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(before(name))) for name in kind.schema)
    old = pl.when(differs).then(pl.lit(_UPDATED)).otherwise(pl.lit(_UNCHANGED))
    outcome = pl.when(is_stored).then(old).otherwise(pl.lit(_CREATED)).cast(_OUTCOMES)
    return rows.select("line", "row", outcome.alias("outcome"), *kind.schema)


def new_guids(count: int) -> pl.Series:
    """`count` random GUIDs (UUID version 4)."""
    made = bytearray(os.urandom(_GUID_BYTES * count))
    for place, marked in _MARKED.items():
        made[place::_GUID_BYTES] = made[place::_GUID_BYTES].translate(marked)
    digits = made.hex("|", _GUID_BYTES).split("|") if count else []
    return pl.Series(digits, dtype=pl.String).str.replace("(.{8})(.{4})(.{4})(.{4})", "${1}-${2}-${3}-${4}-")
