"""Links by indexes are those that the resolver finds by joins, whatever is given and however much is ambiguous."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import TypeVar

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from milepost.model.columns import LEARNER_COLUMNS, OBJECT_COLUMNS, SESSION_COLUMNS, TRAINING_COLUMNS
from milepost.steps.identify import Resolver
from milepost.steps.identify.sorted_index import CHECK, HASH, Coder, Remembered, SortedIndex, pair
from milepost.steps.line_frames import complete
from milepost.stores.lookups import StoredReferences
from milepost.stores.opening import open_store
from milepost.stores.port import Access, Tables

LEARNERS, SESSIONS, TRAININGS, OBJECTS = 40, 12, 3, 8
NUMBERS = ("sessionId", "trainingId")
NEVER = 1 << 40
"""So many rows are never linked: no index is made."""

Value = TypeVar("Value")


class Counting(StoredReferences):
    """References that count the tables that are read whole."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.whole: list[str] = []

    def every(self, table: str, columns: object) -> Iterator[pl.DataFrame]:
        """See `model.identifiers.WholeReferences`."""
        self.whole.append(table)
        return super().every(table, columns)  # type: ignore[arg-type]


def frame(number: int, **columns: Callable[[int], object]) -> pl.DataFrame:
    """Rows with ids from 1, and columns that are functions of the id."""
    return pl.DataFrame({name: [make(one) for one in range(1, number + 1)] for name, make in columns.items()})


def fill(tables: Tables) -> None:
    """Learners that share e-mails and numbers, sessions that share titles, objects that share codes."""
    guid = {"guid": lambda one: f"G{one}", "guid_key": lambda one: f"g{one}"}
    email = {name: lambda one: None if one % 7 == 0 else f"team{one % 20}@x" for name in ("email", "email_key")}
    tables.insert(
        "learner",
        frame(
            LEARNERS,
            id=int,
            login=lambda one: f"P{one}",
            login_key=lambda one: f"p{one}",
            reference_number=lambda one: None if one % 5 == 0 else f"R{one // 2}",
            **email,
            **guid,
        ),
    )
    tables.insert("training", frame(TRAININGS, id=int, path_code=lambda one: f"T{one}", **guid))
    training = {"training_id": lambda one: one % TRAININGS + 1}
    tables.insert("session", frame(SESSIONS, id=int, title=lambda one: f"S{one // 2}", **training, **guid))
    tables.insert("learning_object_version", frame(OBJECTS, id=int, code=lambda one: f"C{one // 2}", **guid))
    contents = frame(OBJECTS, learning_object_version_id=int, mandatory=bool, points=float, **training)
    tables.insert("training_content", contents)
    pairs = [
        (learner, session) for learner in range(1, LEARNERS + 1) for session in range(learner % 3, SESSIONS + 1, 3)
    ]
    registered = {"learner_id": lambda one: pairs[one - 1][0], "session_id": lambda one: max(1, pairs[one - 1][1])}
    tables.insert("registration", frame(len(pairs), id=lambda one: one + 1_000, **registered, **guid))


@pytest.fixture(scope="module")
def tables() -> Iterator[Tables]:
    """A store with all of it."""
    with open_store("memory://links", Access.WRITE) as store, store.write() as opened:
        fill(opened)
        yield opened


def lines(chance: random.Random, number: int) -> pl.DataFrame:
    """Rows of a file: identifiers that exist, that do not, that contradict each other, and none."""

    def maybe(value: Value) -> Value | None:
        return value if chance.random() < 0.6 else None

    def row() -> dict[str, object]:
        learner, session = chance.randint(1, LEARNERS + 1), chance.randint(1, SESSIONS + 1)
        training, thing = session % TRAININGS + 1, session % TRAININGS + TRAININGS * chance.randint(0, 2)
        other = chance.randint(1, LEARNERS) if chance.random() < 0.1 else learner
        return {
            "candidateLogin": maybe(f"p{learner}"),
            "candidateRefNumber": maybe(f"R{other // 2}"),
            "candidateEmail": maybe(f"Team{other % 20}@X"),
            "sessionGuid": maybe(f"g{session}"),
            "sessionId": maybe(session),
            "sessionTitle": maybe(f"S{session // 2}"),
            "trainingPathCode": maybe(f"T{training}"),
            "trainingId": maybe(training),
            "trainingGuid": maybe(f"G{training}"),
            "lovCode": maybe(f"C{thing // 2}"),
            "lovGuid": maybe(f"g{thing}"),
        }

    names = (*LEARNER_COLUMNS, *SESSION_COLUMNS, *TRAINING_COLUMNS, *OBJECT_COLUMNS)
    schema = {name: pl.Int64() if name in NUMBERS else pl.String() for name in names}
    rows = pl.DataFrame([row() for _ in range(number)], schema=schema).with_row_index("line").cast({"line": pl.Int64})
    return rows.with_columns(
        pl.Series(f"{name}!", [chance.random() < 0.02 for _ in range(number)]) & pl.col(name).is_null()
        for name in names
    )


@pytest.mark.parametrize("seed", range(4))
def test_indexes_find_what_joins_find(tables: Tables, seed: int) -> None:
    chance = random.Random(seed)
    used = [name for name in LEARNER_COLUMNS if chance.random() < 0.7] or ["candidateEmail"]
    names = {*used, *SESSION_COLUMNS, *TRAINING_COLUMNS, *OBJECT_COLUMNS}
    references = Counting(tables)
    by_index, by_join = Resolver(references, names, few=0), Resolver(StoredReferences(tables), names, few=NEVER)
    linked = 0
    for _ in range(3):
        rows = lines(chance, 300)
        absent = [name for name in LEARNER_COLUMNS if name not in used]
        rows = complete(rows.drop(*absent, *(f"{name}!" for name in absent)))
        (found, hints), (wanted, wanted_hints) = by_index.identify(rows), by_join.identify(rows)
        assert_frame_equal(found, wanted)
        assert_frame_equal(hints, wanted_hints)
        linked += found["learning_object_version_id"].count()
    assert linked > 50
    assert references.whole[0] == "registration"
    assert references.whole.count("learner") >= 1


def test_no_table_is_read_whole_for_a_few_rows_or_beyond_the_memory(tables: Tables) -> None:
    names = {*LEARNER_COLUMNS, *SESSION_COLUMNS, *TRAINING_COLUMNS, *OBJECT_COLUMNS}
    rows = complete(lines(random.Random(1), 300))
    wanted, _ = Resolver(StoredReferences(tables), names, few=NEVER).identify(rows)
    few, large = Counting(tables), Counting(tables)
    for references, resolver in (
        (few, Resolver(few, names)),
        (large, Resolver(large, names, memory=1_000, few=0)),
    ):
        assert_frame_equal(resolver.identify(rows)[0], wanted)
        assert references.whole == []


@pytest.mark.parametrize(("part", "is_indexed"), [(1.0, False), (0.02, True)])
def test_indexes_are_made_for_the_rows_that_are_to_be_expected(tables: Tables, part: float, is_indexed: bool) -> None:
    names = {*LEARNER_COLUMNS, *SESSION_COLUMNS, *TRAINING_COLUMNS, *OBJECT_COLUMNS}
    references = Counting(tables)
    Resolver(references, names, few=0, part_read=lambda: part).identify(complete(lines(random.Random(1), 10)))
    assert ("registration" in references.whole) == is_indexed


def test_rows_that_share_a_key_are_left_out_of_an_index() -> None:
    index = SortedIndex([pl.DataFrame({"key": [5, 3, 5, 9, 1, 1], "id": [0, 1, 2, 3, 4, 5]})], "key")
    places = index.places(pl.Series([9, 5, 3, 1, 0, 10]))
    assert index.rows["id"].gather(places).to_list() == [3, None, 1, None, None, None]
    assert SortedIndex([pl.DataFrame(schema={"key": pl.Int64})], "key").places(pl.Series([1])).to_list() == [None]


def test_pairs_of_ids_differ() -> None:
    ids = [-(1 << 31), -1, 0, 1, (1 << 31) - 1]
    both = pl.DataFrame({"one": ids}).join(pl.DataFrame({"other": ids}), how="cross")
    assert both.select(pair(pl.col("one"), pl.col("other"))).to_series().n_unique() == len(ids) ** 2


def test_what_is_remembered_is_found_once_and_bounded() -> None:
    asked: list[list[int]] = []

    def find(rows: pl.DataFrame) -> pl.DataFrame:
        asked.append(rows["a"].to_list())
        return rows.select(double=pl.col("a") * 2)

    remembered = Remembered(Coder(), find, most=4)
    for values in ([1, 2, 1], [2, 3], [3, 2, 1], [4, 5, 4], [5, 4], [1]):
        assert remembered.look_up(pl.DataFrame({"a": values}))["double"].to_list() == [2 * one for one in values]
    assert asked == [[1, 2], [3], [4, 5], [1]]


class Colliding(Coder):
    """Codes of numbers whose first halves are equal for even numbers."""

    def codes(self, rows: pl.DataFrame) -> pl.DataFrame:
        """See Coder."""
        number = pl.col(rows.columns[0])
        return rows.select(
            pl.when(number % 2 == 0).then(0).otherwise(number).cast(pl.UInt64).alias(HASH),
            number.cast(pl.UInt64).alias(CHECK),
        )


def test_rows_whose_hashes_collide_are_never_taken_for_each_other() -> None:
    remembered = Remembered(Colliding(), lambda rows: rows.select(found="a"), most=9)
    for values, found in (([1, 2], [1, 2]), ([4, 3], [None, 3]), ([2, 1], [2, 1])):
        assert remembered.look_up(pl.DataFrame({"a": values}))["found"].to_list() == found
