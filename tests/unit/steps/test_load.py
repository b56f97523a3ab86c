"""Loading reference data: what holds for every kind, whatever stands in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import polars as pl
import pytest

from milepost.model.batch import Batch
from milepost.model.job import Layout, Parameters
from milepost.reference import KINDS
from milepost.steps import interpret, load
from milepost.steps.load import references
from milepost.steps.load.claims import Index, fingerprints

FILES = {
    "learners": ["candidateLogin candidateGuid", "ada g-1", "bob g-1", "ada g-1", "cy -", "ada g-1"],
    "learning-objects": ["lovGuid lovCode", "l-1 one", "l-2 one", "l-1 two"],
    "trainings": ["trainingPathCode trainingId trainingGuid", "A 5 t-1", "B 5 t-2", "C - -"],
    "contents": ["trainingPathCode lovGuid lovCode mandatory", "A l-1 - N", "A - two -", "C l-2 two Y", "X l-3 - Y"],
    "sessions": ["sessionGuid sessionTitle trainingPathCode sessionId", "s-1 One A 9", "s-2 Two C -", "s-1 One C -"],
    "registrations": ["candidateLogin sessionGuid timeSpentCBT", "ada s-1 60", "cy s-1 -", "ada s-2 1:00", "xx s-2 1"],
}
"""One file for each kind, in the order in which they build on one another; `-` is an empty cell."""


class Memory:
    """A store of reference data without a database."""

    def __init__(self) -> None:
        self.tables = {kind.entity.table: pl.DataFrame(schema=kind.schema) for kind in KINDS.values()}

    def rows(self, table: str, columns: Sequence[str], **keys: pl.Series) -> pl.DataFrame:
        """See `model.identifiers.References`."""
        is_sought = pl.any_horizontal(
            pl.lit(value=False), *(pl.col(name).is_in(one.implode()) for name, one in keys.items())
        )
        return self.tables[table].filter(is_sought).select(columns)

    def names(self, table: str, column: str, most: int) -> pl.Series | None:
        """See `model.identifiers.References`."""
        found = self.tables[table][column].drop_nulls().unique().sort()
        return found if len(found) <= most else None

    def load(
        self, kind: str, lines: Sequence[str], *, rows: int = 2, highest_id: int = 0
    ) -> tuple[dict[str, int], pl.DataFrame]:
        """Loads a file, `rows` lines at a time; gives the number of lines of each outcome, and the findings."""
        known = KINDS[kind]
        loading = load.Loading(known, _layout(kind, lines[0]), self)
        taken = [
            loading.take(interpret.interpret(batch, _layout(kind, lines[0]), Parameters()))
            for batch in _batches(lines, rows)
        ]
        own = self.tables[known.entity.table]
        settled = loading.settle(max([highest_id, *(own["id"] if known.has_id else ())]))
        for _, rows_of_batch in taken:
            created, updated = settled.written(rows_of_batch)
            primary = ["id"] if known.has_id else list(known.key)
            own = pl.concat([own.update(updated, on=primary, include_nulls=True), created.cast(own.schema)])
        self.tables[known.entity.table] = own
        findings = pl.concat([findings for findings, _ in taken] + list(settled.findings()))
        return settled.outcomes, findings


def _layout(kind: str, header: str) -> Layout:
    names = header.split()
    columns = KINDS[kind].vocabulary.columns
    return Layout(tuple(names), {column: names.index(column.name) for column in columns if column.name in names})


def _batches(lines: Sequence[str], rows: int) -> Iterator[Batch]:
    cells = [["" if cell == "-" else cell for cell in line.split()] for line in lines[1:]]
    frame = pl.DataFrame(cells, schema=[str(place) for place in range(len(cells[0]))], orient="row")
    frame = frame.with_row_index("line", 2).with_columns(pl.col("line").cast(pl.Int64))
    for start in range(0, frame.height, rows):
        yield Batch(frame.slice(start, rows))


@pytest.fixture
def memory() -> Memory:
    """A store in which every file of FILES was loaded."""
    made = Memory()
    for kind, lines in FILES.items():
        made.load(kind, lines)
    return made


@pytest.mark.parametrize("rows", [1, 2, 100])
@pytest.mark.parametrize("kind", FILES)
def test_every_row_has_one_outcome(kind: str, rows: int) -> None:
    memory = Memory()
    for before in list(FILES)[: list(FILES).index(kind)]:
        memory.load(before, FILES[before])
    outcomes, findings = memory.load(kind, FILES[kind], rows=rows)
    assert outcomes["created"] > 0
    rejected = findings.filter(pl.col("code") != "superseded")["line"].n_unique()
    assert sum(outcomes.values()) + rejected == len(FILES[kind]) - 1


def test_the_size_of_batches_changes_nothing() -> None:
    every = []
    for rows in (1, 2, 100):
        memory = Memory()
        told = [memory.load(kind, lines, rows=rows) for kind, lines in FILES.items()]
        stored = [table.drop("guid", "guid_key", strict=False).rows() for table in memory.tables.values()]
        every.append(
            (stored, [(outcomes, findings.sort("line", "code", "column").rows()) for outcomes, findings in told])
        )
    assert every[0] == every[1] == every[2]


@pytest.mark.parametrize("kind", FILES)
def test_loading_the_same_again_changes_nothing(memory: Memory, kind: str) -> None:
    before = memory.tables[KINDS[kind].entity.table]
    outcomes, _ = memory.load(kind, FILES[kind])
    assert "created" not in outcomes
    if kind != "sessions":  # whose last line names another training than the first
        assert "updated" not in outcomes
        assert memory.tables[KINDS[kind].entity.table].equals(before)


def test_two_loads_at_a_time_do_not_mix() -> None:
    memory = Memory()
    loadings = [load.Loading(KINDS["learners"], _layout("learners", FILES["learners"][0]), memory) for _ in range(2)]
    for batch in _batches(FILES["learners"], 2):
        for loading in loadings:
            loading.take(interpret.interpret(batch, _layout("learners", FILES["learners"][0]), Parameters()))
    assert [loading.settle(0).outcomes["created"] for loading in loadings] == [2, 2]


def test_what_is_made_is_what_is_stored(memory: Memory) -> None:
    learners = memory.tables["learner"]
    assert learners.select("id", "login").rows() == [(1, "cy"), (2, "ada")]
    assert (learners["guid"] == learners["guid_key"]).all()
    times = memory.tables["registration"].select("learner_id", "time_spent_cbt")
    assert sorted(times.rows()) == [(1, 0), (2, 60), (2, 3600)]


def test_ids_follow_the_highest_that_was_ever_used_and_those_of_the_file() -> None:
    memory = Memory()
    memory.load("trainings", ["trainingPathCode trainingId", "A -", "B 40", "C -", "D -3", "A -"], highest_id=30)
    assert memory.tables["training"].select("path_code", "id").rows() == [("B", 40), ("C", 41), ("D", -3), ("A", 42)]


def test_an_id_of_a_superseded_line_is_not_used() -> None:
    memory = Memory()
    memory.load("trainings", ["trainingPathCode trainingId", "A 70", "A 7", "B -"])
    assert memory.tables["training"].select("path_code", "id").rows() == [("A", 7), ("B", 8)]


def test_no_more_names_are_compared_than_is_said(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "MOST_SUGGESTIONS", 1)
    _, findings = memory.load(
        "registrations", ["candidateLogin sessionGuid", "adaa s-1", "adda s-1", "adaa s-2"], rows=1
    )
    nearest = 'no learner has the login "adaa"; nearest: "ada"'
    assert findings["hint"].to_list() == [nearest, 'no learner has the login "adda"', nearest]


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_ids_and_guids_go_to_the_first_line_that_keeps_all_it_gives(rows: int) -> None:
    memory = Memory()
    lines = ["A 1 g", "B 2 g", "C 2 h", "C 2 h", "D 3 h", "A 1 g", "E 3 i", "F 1 i", "A - h", "G - i"]
    _, findings = memory.load("trainings", ["trainingPathCode trainingId trainingGuid", *lines], rows=rows)
    taken = findings.filter(pl.col("code") == "already-taken").sort("line", "column")
    assert taken.select("line", "column", "hint").rows() == [
        (3, "trainingGuid", "line 2 has it first"),
        (6, "trainingGuid", "line 4 has it first"),
        (9, "trainingGuid", "line 8 has it first"),
        (9, "trainingId", "line 2 has it first"),
        (10, "trainingGuid", "line 4 has it first"),
        (11, "trainingGuid", "line 8 has it first"),
    ]


def test_new_guids_are_random_uuids() -> None:
    guids = load.new_guids(5_000)
    assert guids.n_unique() == 5_000
    pattern = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    assert all(pattern.fullmatch(guid) for guid in guids)
    assert set(guids.str.slice(19, 1)) == set("89ab")
    assert load.new_guids(1).len() == 1
    assert load.new_guids(0).is_empty()


def test_fingerprints_are_the_same_for_equal_rows_alone() -> None:
    rows = pl.DataFrame({"key": ["a", "b", "a", ""], "id": [1, 1, 1, -1]})
    found = fingerprints(rows).to_list()
    assert found[0] == found[2]
    assert len(set(found)) == 3
    assert fingerprints(rows.tail(1)).to_list() == found[3:]


def test_an_index_finds_what_was_added_in_any_number_of_parts() -> None:
    index = Index()
    values = pl.int_range(-500, 500, eager=True).shuffle(seed=1).cast(pl.Int128)
    claims = pl.DataFrame({"value": values, "line": range(1_000), "row": values})
    assert index.find(claims["value"]).is_empty()
    for first, rows in ((0, 1), (1, 0), (1, 300), (301, 2), (303, 697)):
        index.add(claims.slice(first, rows))
    found = index.find(pl.int_range(-2_000, 2_000, eager=True).cast(pl.Int128)).sort("value")
    assert found.rows() == claims.sort("value").rows()
