"""Loads of learners by a key of choice, held against a naive model that goes through the lines one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

import milepost
from databases.stores import Stores
from databases.transactions import reading
from generative.effort import examples
from milepost.stores.tables import TABLES

COLUMNS = ("candidateLogin", "candidateRefNumber", "candidateGuid")
OUTCOMES = ("created", "updated", "unchanged", "superseded", "rejected")


@dataclass(frozen=True)
class Person:
    """A learner, or a line of a file; letter case counts in neither the log-in name nor the GUID."""

    login: str | None
    reference_number: str | None
    guid: str | None
    id: int = 0

    @property
    def folded(self) -> str | None:
        """The log-in name as it is compared."""
        return self.login and self.login.casefold()

    @property
    def folded_guid(self) -> str | None:
        """The GUID as it is compared."""
        return self.guid and self.guid.casefold()


KEYS: dict[str, Callable[[Person], str | None]] = {
    "candidateGuid": lambda one: one.folded_guid,
    "candidateRefNumber": lambda one: one.reference_number,
}


@dataclass
class Model:
    """The learners of a store, and what they were called before."""

    people: list[Person] = field(default_factory=list)
    former: set[tuple[int, str]] = field(default_factory=set)

    def load(self, lines: list[Person], key: str) -> dict[str, int]:
        """Loads lines; gives the number of each outcome."""
        claims: dict[str, str] = {}
        last: dict[str, Person] = {}
        counts = dict.fromkeys(OUTCOMES, 0)
        for line in lines:
            own = [one for one in self.people if KEYS[key](line) and KEYS[key](one) == KEYS[key](line)]
            row = f"key {KEYS[key](line)}" if KEYS[key](line) else f"name {line.folded}"
            gains = self._gains(line, own)
            if line.login is None or len(own) > 1 or gains is None or any(claims.get(one, row) != row for one in gains):
                counts["rejected"] += 1
                continue
            claims |= dict.fromkeys(gains, row)
            counts["superseded"] += row in last
            last.pop(row, None)
            last[row] = replace(line, id=own[0].id if own else 0)
        for line in last.values():
            counts[self._write(line)] += 1
        return counts

    def _gains(self, line: Person, own: list[Person]) -> list[str] | None:
        """The names and GUIDs that a line gives anew; None if it cannot."""
        others = [one for one in self.people if one not in own]
        if line.folded in {one.folded for one in others}:
            return None
        if line.guid and (own[0].folded_guid != line.folded_guid if own else self._is_known(line)):
            return None
        gains = [f"name {line.folded}"] if not own or own[0].folded != line.folded else []
        return gains + ([f"guid {line.folded_guid}"] if line.guid and not own else [])

    def _is_known(self, line: Person) -> bool:
        return line.folded_guid in {one.folded_guid for one in self.people}

    def _write(self, line: Person) -> str:
        if not line.id:
            self.people.append(replace(line, id=len(self.people) + 1))
            return "created"
        was = self.people[line.id - 1]
        now = replace(line, guid=was.guid)
        if now == was:
            return "unchanged"
        for before, after in ((was.folded, now.folded), (was.reference_number, now.reference_number)):
            self.former |= {(line.id, before)} if before and before != after else set()
            self.former -= {(line.id, after or "")}
        self.people[line.id - 1] = now
        return "updated"


def _stored(database: str, model: Model) -> tuple[list[Person], set[tuple[int, str]]]:
    """What is stored, where a GUID that was made is none; and the former names."""
    with reading(database) as tables:
        names = ("login", "reference_number", "guid", "id")
        found = tables.rows("learner", {name: TABLES["learner"].schema[name] for name in names}, order=("id",))
        former = tables.rows("former_identifier", {"owner_id": pl.Int64(), "value_key": pl.String()})
    people = [Person(*row) for row in found.rows()]
    given = {one.id for one in model.people if one.guid}
    return [replace(one, guid=one.guid if one.id in given else None) for one in people], set(former.rows())


_LINES = st.lists(
    st.builds(
        Person,
        st.sampled_from(["a", "A", "b", "c", "d", "e", None]),
        st.sampled_from(["1", "2", "3", None]),
        st.sampled_from(["g1", "G1", "g2", "g3", None]),
    ).filter(lambda line: bool(line.login or line.reference_number or line.guid)),
    min_size=1,
    max_size=8,
)


_LOADS = st.lists(st.tuples(_LINES, st.sampled_from(list(KEYS)), st.sampled_from([1, 3, 50])), min_size=2, max_size=3)


@given(loads=_LOADS)
@examples(25)
def test_loads_by_key_agree_with_lines_one_by_one(
    memory_stores: Stores, loads: list[tuple[list[Person], str, int]]
) -> None:
    database, model = memory_stores.empty(), Model()
    try:
        for lines, key, batch_rows in loads:
            rows = [(one.login, one.reference_number, one.guid) for one in lines]
            frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String()), orient="row")
            report = milepost.load_file("learners", frame, database, key=key, batch_rows=batch_rows)
            assert {name: getattr(report, name) for name in OUTCOMES} == model.load(lines, key)
            people, former = _stored(database, model)
            assert people == model.people
            assert former == model.former
    finally:
        memory_stores.take_back()
