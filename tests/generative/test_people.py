"""Imports, renames, merges, undos and erasures in any order, held against a naive model of who learned what.

The model knows people by numbers: a rename changes a dictionary, a merge adds rows up, an undo is the state before. An
undo of an earlier import puts back what no later one has written.
"""

from __future__ import annotations

import io
from copy import deepcopy
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

import milepost
from databases.stores import Stores
from generative.effort import examples
from milepost import ExportJob, Pair, Provider

PEOPLE, SESSIONS, OBJECTS = 3, ("s1", "s2"), ("one", "two")
COLUMNS = ("candidateLogin", "sessionGuid", "lovCode", "progression", "timeSpent")

Key = tuple[int, str, str]


@dataclass
class State:
    """Who is called what, and the progression and the time of each row."""

    logins: dict[int, str] = field(default_factory=lambda: {one: f"p{one}" for one in range(PEOPLE)})
    objects: tuple[str, ...] = OBJECTS
    rows: dict[Key, tuple[int, int]] = field(default_factory=dict)
    merged: dict[int, set[int]] = field(default_factory=lambda: {one: {one} for one in range(PEOPLE)})

    def export(self) -> list[str]:
        """The lines of an export of tracking."""
        lines = [(self.logins[who], where, what, *values) for (who, where, what), values in self.rows.items()]
        return [",".join(map(str, line)) for line in sorted(lines, key=lambda line: (line[0], line[1], line[2]))]

    def add_up(self, move: dict[Key, Key]) -> None:
        """Moves rows to other keys, where the furthest and the sum count."""
        for key, target in sorted(move.items()):
            progression, time = self.rows.pop(key)
            there = self.rows.get(target, (0, 0))
            self.rows[target] = (max(progression, there[0]), time + there[1])

    def forget(self, gone: set[int]) -> None:
        """Takes people out."""
        self.rows = {key: values for key, values in self.rows.items() if key[0] not in gone}
        self.logins = {who: login for who, login in self.logins.items() if who not in gone}


@dataclass
class Course:
    """A store and its model, with the states that undos give back."""

    database: str
    state: State = field(default_factory=State)
    before: list[tuple[int, State]] = field(default_factory=list)
    imported: dict[int, dict[Key, tuple[int, int] | None]] = field(default_factory=dict)
    """What each import since the last other run has changed, with what was there before."""

    def did(self, run: int | None, after: State) -> None:
        """A run was done."""
        assert run is not None
        self.before.append((run, self.state))
        self.imported.clear()
        self.state = after

    def imports(self, rows: dict[tuple[int, str, str], tuple[int, int]]) -> None:
        """An import of rows."""
        after, lines = deepcopy(self.state), [",".join(COLUMNS)]
        for (place, where, what), values in rows.items():
            who = sorted(after.logins)[place % len(after.logins)]
            key = (who, where, what if what in after.objects else after.objects[0])
            after.rows[key] = values
            lines.append(",".join(map(str, (after.logins[who], *key[1:], *values))))
        last = dict.fromkeys(line.rsplit(",", 2)[0] for line in lines[1:])
        assert last
        was = self.state.rows
        changed = {key: was.get(key) for key, values in after.rows.items() if was.get(key) != values}
        run = milepost.import_file(io.BytesIO("\n".join(lines).encode()), self.database).run
        if changed:
            assert run is not None
            imported = self.imported | {run: changed}
            self.did(run, after)
            self.imported.update(imported)

    def rename(self, place: int, name: str) -> None:
        """A rename, unless the name is taken."""
        after = deepcopy(self.state)
        who = sorted(after.logins)[place % len(after.logins)]
        if name not in after.logins.values():
            pair = Pair(after.logins[who], name)
            after.logins[who] = name
            self.did(milepost.rename_learners(self.database, [pair]).run, after)

    def merge(self, first: int, second: int) -> None:
        """A merge of two learners."""
        after, known = deepcopy(self.state), sorted(self.state.logins)
        gone, stays = known[first % len(known)], known[second % len(known)]
        if gone != stays:
            pair = Pair(after.logins.pop(gone), after.logins[stays])
            after.add_up({key: (stays, *key[1:]) for key in after.rows if key[0] == gone})
            after.merged[stays] |= after.merged[gone]
            self.did(milepost.merge_pairs(self.database, "learner", [pair]).run, after)

    def replace(self) -> None:
        """A merge of the versions."""
        after = deepcopy(self.state)
        if len(after.objects) > 1:
            after.add_up({key: (*key[:2], "two") for key in after.rows if key[2] == "one"})
            after.objects = ("two",)
            self.did(milepost.merge_pairs(self.database, "lov", [Pair("one", "two")]).run, after)

    def undo(self) -> None:
        """An undo of the last run that is not undone."""
        if self.before:
            run, self.state = self.before.pop()
            self.imported.clear()
            report = milepost.undo_run(self.database, run)
            assert (report.kept, report.kept_references) == (0, ())

    def undo_earlier(self, place: int) -> None:
        """An undo of an import before the last one: what later ones have written stays, and is told."""
        if len(self.imported) < 2:
            return
        run = sorted(self.imported)[place % (len(self.imported) - 1)]
        later = {key for other, changed in self.imported.items() if other > run for key in changed}
        undone = {key: was for key, was in self.imported[run].items() if key not in later}
        report = milepost.undo_run(self.database, run)
        assert (report.rows, report.kept) == (len(self.imported[run]), len(self.imported[run]) - len(undone))
        for key, was in undone.items():
            if was is None:
                del self.state.rows[key]
            else:
                self.state.rows[key] = was
        # The states before are no more what undos give back.
        self.before.clear()
        self.imported.clear()

    def erase(self, place: int) -> None:
        """An erasure of a learner, and of those who were merged into it."""
        known = sorted(self.state.logins)
        if len(known) > 1:
            who = known[place % len(known)]
            gone = self.state.merged[who]
            self.imported.clear()
            milepost.erase_people(self.database, [self.state.logins[who]])
            for state in (self.state, *(one for _, one in self.before)):
                state.forget(gone)

    def judge(self) -> None:
        """The store has what the model has, and every run adds up."""
        found = io.BytesIO()
        milepost.export(self.database, found, ExportJob(Provider.TRACKING, tuple((one, None) for one in COLUMNS)))
        assert found.getvalue().decode().splitlines()[1:] == self.state.export()
        for run in milepost.runs(self.database):
            if run.kind in ("tracking", "merge", "rename"):
                verified = milepost.verify_run(self.database, run.id)
                assert (verified.missing, verified.differing, verified.surplus) == (0, 0, 0), run


_PLACE = st.integers(0, PEOPLE - 1)
_VALUES = st.tuples(st.integers(1, 99), st.integers(1, 500))
_ROWS = st.dictionaries(
    st.tuples(_PLACE, st.sampled_from(SESSIONS), st.sampled_from(OBJECTS)), _VALUES, min_size=1, max_size=5
)
_STEP = st.one_of(
    st.tuples(st.just("imports"), _ROWS),
    st.tuples(st.just("imports"), _ROWS),
    st.tuples(st.just("rename"), _PLACE, st.sampled_from(["p0", "eva", "ida"])),
    st.tuples(st.just("merge"), _PLACE, _PLACE),
    st.tuples(st.just("replace")),
    st.tuples(st.just("undo")),
    st.tuples(st.just("undo_earlier"), _PLACE),
    st.tuples(st.just("erase"), _PLACE),
)


def _fill(url: str) -> None:
    logins = "".join(f"p{one}\n" for one in range(PEOPLE))
    registered = "".join(f"p{one},{session}\n" for one in range(PEOPLE) for session in SESSIONS)
    for kind, text in {
        "learners": f"candidateLogin\n{logins}",
        "learning-objects": "lovGuid,lovCode\ng1,one\ng2,two\n",
        "trainings": "trainingPathCode\nT\n",
        "contents": "trainingPathCode,lovGuid\nT,g1\nT,g2\n",
        "sessions": "sessionGuid,sessionTitle,trainingPathCode\ns1,One,T\ns2,Two,T\n",
        "registrations": f"candidateLogin,sessionGuid\n{registered}",
    }.items():
        milepost.load_file(kind, io.BytesIO(text.encode()), url)


@given(steps=st.lists(_STEP, min_size=3, max_size=8))
@examples(3)
def test_any_sequence_agrees_with_the_model(all_stores: Stores, steps: list[tuple[object, ...]]) -> None:
    course = Course(all_stores.holding("people", _fill))
    try:
        for name, *given_ in steps:
            getattr(course, str(name))(*given_)
            course.judge()
        while course.before:
            course.undo()
            course.judge()
    finally:
        all_stores.take_back()
