"""What is a lake store's own: files of bounded size, one commit for all tables, and what is left behind."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest

import milepost
from databases.stores import LakeStores
from milepost.model.exceptions import MilepostError, StoreError
from milepost.model.tracked import DAY, KEY_SCHEMA
from milepost.stores.frame_rules import key_schema
from milepost.stores.lake import data_files, delta_log, lake_store, lake_tables
from milepost.stores.lake.delta_log import DeltaLog
from milepost.stores.lake.lake_store import LakeStore
from milepost.stores.memory.memory_store import Contents, MemoryTables
from milepost.stores.opening import open_store
from milepost.stores.port import Access, Among, Between, OvertakenError, Patience, Store, Tables, Where
from milepost.stores.tables import TABLES

KEY = tuple(DAY)
DAYS = TABLES["tracking_log_day"].schema
CONTENT = TABLES["training_content"].schema
RUN = {"kind": "k", "state": "done", "file": "f", "actor": "a", "process": "p", "started_at": 0}


@pytest.fixture
def url(lake_stores: LakeStores) -> Iterator[str]:
    """The URL of a new store without rows."""
    yield lake_stores.empty()
    lake_stores.take_back()


@pytest.fixture
def _small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files have at most seven rows, and at most ten rows wait."""
    monkeypatch.setattr(lake_tables, "MOST_ROWS", 7)
    monkeypatch.setattr(lake_tables, "_PENDING_ROWS", 10)
    monkeypatch.setattr(lake_tables, "_SMALL_ROWS", 3)
    monkeypatch.setattr(data_files, "_FEW_ROWS", 2)


def days(keys: list[tuple[int, int, int]], time: int) -> pl.DataFrame:
    """Days of a log with those keys."""
    rows = [(*key, time + place, place / 4) for place, key in enumerate(keys)]
    return pl.DataFrame(rows, schema=DAYS, orient="row")


class Writer:
    """Does the same at random to the tables of two stores, and compares what both hold."""

    def __init__(self, seed: int, lake: Tables, memory: Tables) -> None:
        self.random = random.Random(seed)
        self.tables = (lake, memory)
        self.time = 0

    def step(self) -> None:
        """One write, and one read."""
        self.time += 1
        held = self.tables[1].rows("tracking_log_day", DAYS, order=KEY)
        keys = held.select(KEY).rows()
        some = self.random.sample(keys, k=min(len(keys), self.random.randint(0, 6)))
        match self.random.randint(0, 4):
            case 0 | 1:
                one = partial(self.random.randint, 1, 9)
                every = {(one(), one(), one()) for _ in range(self.random.randint(1, 12))}
                new = days([one for one in sorted(every) if one not in keys], self.time)
                self.both(lambda tables: tables.insert("tracking_log_day", new))
            case 2:
                rows = days(some, self.time).drop(self.random.choice([[], ["progression"]]))
                if "progression" not in rows.columns or not rows.is_empty():
                    self.both(lambda tables: tables.overwrite("tracking_log_day", rows))
            case 3:
                self.both(lambda tables: tables.delete("tracking_log_day", days(some, 0).select(KEY)))
            case 4:
                where: Where = {self.random.choice(KEY): Between(self.random.randint(1, 9), 3)}
                self.both(lambda tables: tables.remove("tracking_log_day", where))
        self.compare()

    def both(self, write: Callable[[Tables], None]) -> None:
        """Writes to both."""
        for tables in self.tables:
            write(tables)

    def compare(self) -> None:
        """Reads the same from both."""
        sought = pl.DataFrame(
            [(self.random.randint(1, 9), self.random.randint(1, 9)) for _ in range(3)], schema=KEY_SCHEMA, orient="row"
        )
        where: Where = self.random.choice(
            [{}, {"registration_id": 4}, {"day": Among(pl.Series([2, 3, 8]))}, {"time_spent": Between(3, 9)}]
        )
        lake, memory = self.tables
        for read in (
            lambda tables: tables.rows("tracking_log_day", DAYS, where, KEY).rows(),
            lambda tables: tables.find("tracking_log_day", sought, DAYS, where).sort(KEY).rows(),
            lambda tables: tables.count("tracking_log_day", where),
            lambda tables: tables.count("tracking_log_day", where, most=5),
            lambda tables: [one for part in tables.stream("tracking_log_day", DAYS, where, KEY) for one in part.rows()],
        ):
            assert read(lake) == read(memory)


@pytest.mark.usefixtures("_small_files")
@pytest.mark.parametrize("seed", range(3))
def test_any_writes_give_what_frames_in_memory_give(url: str, seed: int) -> None:
    memory = MemoryTables("memory", Contents())
    with open_store(url, Access.WRITE) as store:
        for turn in range(3):
            with store.write() as tables:
                writer = Writer(seed * 10 + turn, tables, memory)
                for _ in range(10):
                    writer.step()
            with store.read() as tables:
                Writer(seed, tables, memory).compare()
                files = tables.files["tracking_log_day"]  # type: ignore[attr-defined]
                assert all(one.rows <= 7 for one in files)
                ends = [end for one in files for end in (one.first, one.last)]
                assert ends == sorted(ends)


def _enter(store: Store, file: str) -> None:
    with store.write() as tables:
        tables.add("import_run", RUN | {"file": file})


def files_of(url: str, table: str) -> set[str]:
    """The files of a table."""
    with open_store(url, Access.READ) as store, store.read() as tables:
        return {one.path for one in tables.files[table]}  # type: ignore[attr-defined]


@pytest.mark.usefixtures("_small_files")
def test_only_the_files_of_changed_rows_are_written_anew(url: str) -> None:
    with open_store(url, Access.WRITE) as store:
        with store.write() as tables:
            tables.insert("tracking_log_day", days([(number, 1, 1) for number in range(1, 29)], 0))
        before = files_of(url, "tracking_log_day")
        with store.write() as tables:
            tables.overwrite("tracking_log_day", days([(10, 1, 1)], 99))
        after = files_of(url, "tracking_log_day")
        with store.write() as tables:
            tables.insert("tracking_log_day", days([(50, 1, 1)], 0))
        assert (len(before), len(before & after), len(after)) == (4, 3, 4)
        assert files_of(url, "tracking_log_day") > after


def test_a_writer_is_refused_when_another_one_has_committed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LakeStore, "_turn", lambda _: nullcontext())
    with open_store(url, Access.WRITE) as one, open_store(url, Access.WRITE) as other:
        with pytest.raises(OvertakenError) as told, ExitStack() as mine:  # noqa: PT012 - it is refused at its end
            mine.enter_context(one.write()).add("import_run", RUN)
            _enter(other, "other")
        with one.read() as tables:
            assert tables.rows("import_run", {"id": pl.Int64(), "file": pl.String()}).rows() == [(1, "other")]
    assert told.value.code == "store-busy"
    assert told.value.retry


@pytest.fixture
def school(url: str, tmp_path: Path) -> Callable[[str, str], milepost.Report]:
    """Loads a table of reference data, or imports one."""

    def taken(kind: str, text: str, **options: float) -> milepost.Report:
        file = tmp_path / f"{kind}.csv"
        file.write_text(text)
        if kind == "tracking":
            return milepost.import_file(file, url, milepost.configure(None, settings={"delimiter": "comma"}), **options)  # type: ignore[arg-type]
        return milepost.load_file(kind, file, url)

    taken("learners", "candidateLogin\nada\nbob\n")
    taken("learning-objects", "lovGuid\nintro\n")
    taken("trainings", "trainingPathCode\nMATHS\n")
    taken("contents", "trainingPathCode,lovGuid\nMATHS,intro\n")
    taken("sessions", "sessionGuid,sessionTitle,trainingPathCode\nspring,Spring,MATHS\n")
    taken("registrations", "candidateLogin,sessionGuid\nada,spring\nbob,spring\n")
    return taken


TRACKING = "candidateLogin,lovGuid,sessionGuid,progression\nada,intro,spring,{}\nbob,intro,spring,{}\n"


def test_what_was_overtaken_is_planned_again(
    url: str, school: Callable[..., milepost.Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, left = DeltaLog.commit, [1]

    def overtaken(self: DeltaLog, *arguments: object) -> None:
        if len(arguments[1]["tracking"]) and left and left.pop():  # type: ignore[index]
            raise delta_log.conflict(url)
        commit(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(DeltaLog, "commit", overtaken)
    report = school("tracking", TRACKING.format(50, 60))
    assert (report.created, report.run) == (2, 8)
    assert [run.state for run in milepost.runs(url)][:2] == [milepost.State.DONE, milepost.State.FAILED]
    left.append(1)
    with pytest.raises(StoreError, match="Try again"):
        school("tracking", TRACKING.format(51, 61), wait=-1.0)
    assert len(milepost.runs(url)) == 8


def test_what_no_commit_names_is_removed(
    url: str, school: Callable[..., milepost.Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    school("tracking", TRACKING.format(50, 60))
    folder = Path(url.removeprefix("delta://"))
    with monkeypatch.context() as patch:
        # As if the process had been killed before the commit.
        patch.setattr(lake_tables.LakeTables, "discard", lambda *_, **__: None)
        patch.setattr(DeltaLog, "commit", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            school("tracking", TRACKING.format(51, 61))
    before = milepost.registrations(url)
    named = sum(len(files_of(url, table)) for table in TABLES)
    found = len(list(folder.glob("*/*.parquet")))
    assert found > named
    assert milepost.vacuum_store(url).files == 0
    monkeypatch.setattr("milepost.use_cases.vacuuming.UNNAMED_FOR", timedelta(0))
    assert milepost.vacuum_store(url, dry_run=True).files == found - named
    assert milepost.vacuum_store(url).files == found - named
    assert len(list(folder.glob("*/*.parquet"))) == named
    assert milepost.registrations(url).equals(before)


def test_only_a_lake_store_is_vacuumed(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "store.db"), Access.WRITE):
        pass
    with pytest.raises(MilepostError, match="there is nothing to remove"):
        milepost.vacuum_store(str(tmp_path / "store.db"))


def test_writers_on_one_disk_take_turns(url: str) -> None:
    told: list[str] = []
    with open_store(url, Access.WRITE) as one, one.write() as tables:
        one.own_runs.add(tables.add("import_run", RUN | {"state": "running"}))
        with (
            open_store(url, Access.WRITE, patience=Patience(0.0, told.append)) as other,
            pytest.raises(StoreError, match="has been writing to the store for 0 seconds"),
            other.write(),
        ):
            pass
    assert told == ["waiting for another process, which is writing to the store, for at most 0 seconds"]


def test_an_older_store_gets_the_new_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"delta://{tmp_path}/old"
    older = {name: kind for name, kind in data_files.COLUMNS.items() if name != "pruned_at"}
    with monkeypatch.context() as patch:
        patch.setattr(delta_log, "COLUMNS", older)
        with open_store(url, Access.WRITE) as store, store.write() as tables:
            tables.add("import_run", RUN)
    with pytest.raises(StoreError, match="Any load or import upgrades it"):
        milepost.runs(url)
    with open_store(url, Access.WRITE):
        pass
    assert [run.pruned_at for run in milepost.runs(url)] == [None]


def test_what_is_wrong_with_a_place_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(url: str, access: Access = Access.READ) -> tuple[str, str]:
        with pytest.raises(MilepostError) as error, open_store(url, access):
            pass
        return error.value.code, str(error.value)

    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("")
    missing, no_parent = f"delta://{tmp_path}/none", f"delta://{tmp_path}/none/store"
    assert told(missing)[0] == "store-missing"
    assert told(missing)[1].startswith(f"There is no store at {missing}. Load or import something first")
    assert not (tmp_path / "none").exists()
    assert told(no_parent, Access.WRITE)[0] == "store-missing"
    assert told(f"delta://{tmp_path}/file", Access.WRITE)[0] == "store-unusable"
    assert told(f"delta://{tmp_path}/full", Access.WRITE)[0] == "store-unusable"
    assert told("delta://")[0] == "wrong-usage"
    pl.DataFrame({"a": [1]}).write_delta(tmp_path / "other")
    assert told(f"delta://{tmp_path}/other", Access.WRITE) == (
        "store-unusable",
        f'delta://{tmp_path}/other is a Delta table of another program. Name another folder with argument "database".',
    )
    with monkeypatch.context() as patch:
        patch.setattr(delta_log, "VERSION", delta_log.VERSION + 1)
        with open_store(missing, Access.WRITE):
            pass
    code, sentence = told(missing)
    assert (code, "was made by a newer Milepost" in sentence) == ("store-version", True)


def test_columns_have_one_type_in_all_tables() -> None:
    for table in TABLES.values():
        for one in table.fields:
            kind = data_files.COLUMNS[data_files.NAMES[table.name][one.name]]
            assert kind == one.type or (kind, one.type) == (pl.Int64(), pl.Int32())
    assert all(data_files.COLUMNS[name] == pl.Int32() for name in data_files.RANGED)


def test_any_folder_may_be_named() -> None:
    assert lake_store.place_of("delta:///srv/lake/").root == "/srv/lake"
    assert lake_store.place_of("delta://lake").root == str(Path("lake").absolute())
    assert lake_store.place_of("delta+s3://bucket/a/b").root == "s3://bucket/a/b"


def test_keys_may_be_texts(url: str) -> None:
    mark = {"guid": "a", "last_run": 1, "last_registration": 2, "exported_at": 3}
    with open_store(url, Access.WRITE) as store:
        for keys in ([("b", "x"), ("a", "y")], [("a", "x")]):
            with store.write() as tables:
                tables.insert(
                    "export_mark", pl.DataFrame([mark | {"guid_key": one, "provider": two} for one, two in keys])
                )
        with store.write() as tables:
            tables.overwrite("export_mark", pl.DataFrame([{"guid_key": "a", "provider": "x", **mark, "last_run": 9}]))
            tables.delete("export_mark", pl.DataFrame([{"guid_key": "b", "provider": "x"}]))
        with store.read() as tables:
            schema = key_schema(TABLES["export_mark"]) | {"last_run": pl.Int64()}
            rows = tables.rows("export_mark", schema, order=("guid_key", "provider"))
    assert rows.rows() == [("a", "x", 9), ("a", "y", 1)]
