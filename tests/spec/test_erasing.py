"""Erasures: nothing of a person is left, what runs counted stays true, and nobody else loses anything."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import polars as pl
import psycopg
import pytest
import xlsxwriter  # type: ignore[import-untyped]

import milepost
from databases.stores import Stores, path_of
from databases.transactions import reading, writing
from milepost import Pair
from milepost.reading.everything import write_everything
from milepost.stores.opening import beside, open_store
from milepost.stores.port import Access
from milepost.stores.table_description import TEXT
from milepost.stores.tables import TABLES
from spec.people_bench import PeopleBench, filled

CANARIES = {
    "candidateLogin": "canary-login",
    "candidateRefNumber": "canary-number",
    "candidateEmail": "canary@mail.example",
    "candidateGuid": "canary-guid",
    "candidateName": "Canaryname",
    "candidateFirstname": "Canaryfirst",
}
FORMER = {"canary-login": "canary-married", "canary@mail.example": "canary.married@mail.example"}
OTHER = "canary-account"


@pytest.fixture
def planted(stores: Stores, tmp_path: Path) -> PeopleBench:
    """A store in which a person has left traces in every table."""
    return PeopleBench(tmp_path, stores.holding("planted", lambda url: _plant(PeopleBench(tmp_path, url))))


def _plant(people: PeopleBench) -> None:
    filled(people)
    people.load("learners", f"{' | '.join(CANARIES)}\n{' | '.join(CANARIES.values())}\n{OTHER} | | | | |")
    people.load("registrations", f"candidateLogin | sessionGuid\ncanary-login | s1\n{OTHER} | s1")
    head = "candidateLogin | sessionGuid | lovCode | progression | timeSpent | lastAccessDate\n"
    days = [f"canary-login | s1 | c1 | {day}0 | {day} | 2024-01-0{day} 10:00:00" for day in (1, 2)]
    for line in (*days, f"{OTHER} | s1 | c1 | 50 | 5 | 2024-01-03 10:00:00"):
        people.imports(head + line)
    # Findings that quote the person, and a file and a configuration that name her.
    people.imports(
        head + "canary-logan | s1 | c1 | 1 | |\ncanary-login | s3 | c1 | 1 | |\ncanary-login | s9 | c9 | 1 | |"
    )
    file = people.folder / "canary-login.csv"
    file.write_text("sessionGuid,lovCode,progression\ns1,c2,7\n", "utf-8")
    default = milepost.Job(parameters=milepost.Parameters(defaults={"candidateLogin": "canary-login"}))
    milepost.import_file(file, people.database, default)
    with writing(people.database) as tables:
        night = {"name": "canary-login", "started_at": 0, "status": 0, "report": '{"trouble": ["canary-guid is late"]}'}
        tables.add("night", night)
        taken = {"name": "nightly", "part": "1", "file": "import/canary-login.csv", "sha256": "0", "bytes": 1}
        tables.add("night_file", taken | {"changed_ns": 1, "last_run": 1, "taken_at": 0, "done": "[]"})
    milepost.rename_learners(people.database, [Pair(*pair) for pair in FORMER.items()])
    milepost.merge_pairs(people.database, "learner", [Pair(OTHER, "canary-married")])


def _texts(people: PeopleBench) -> list[str]:
    """Every text of every table that has a canary, with where it stands."""
    found = []
    with reading(people.database) as tables:
        for name, table in TABLES.items():
            columns = {one.name: one.type for one in table.fields if one.type == TEXT}
            for column in columns:
                values = tables.rows(name, {column: pl.String()})[column].drop_nulls()
                found += [f"{name}.{column}: {text}" for text in values if "canary" in text.casefold()]
    return [text for text in found if "canary-logan" not in text]


def _bytes(stores: Stores, url: str) -> bytes:
    """The files of a store."""
    if stores.kind == "sqlite":
        path = path_of(url)
        return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))
    if stores.kind == "memory":
        return b""
    if stores.kind in ("lake", "sail"):
        every = [one for one in Path(url.removeprefix("delta://")).rglob("*") if one.is_file()]
        # Compressed as they are, they would show nothing.
        rows = (pl.read_parquet(one).write_json().encode() for one in every if one.suffix == ".parquet")
        return b"".join(rows) + b"".join(one.read_bytes() for one in every if one.suffix != ".parquet")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        relations = connection.execute(
            "SELECT pg_relation_filepath(c.oid) FROM pg_class c WHERE relnamespace = current_schema()::regnamespace"
            " AND pg_relation_filepath(c.oid) IS NOT NULL"
            " UNION SELECT pg_relation_filepath(reltoastrelid) FROM pg_class"
            " WHERE relnamespace = current_schema()::regnamespace AND reltoastrelid <> 0"
        ).fetchall()
        statistics = connection.execute(
            "SELECT histogram_bounds::text, most_common_vals::text FROM pg_stats WHERE schemaname = current_schema()"
        ).fetchall()
    files = (Path(folder, one) for (one,) in relations)
    return b"".join(one.read_bytes() for one in files if one.is_file()) + str(statistics).encode()


def _data(folder: Path) -> Path:
    """The folder of the web application with traces of the person, and of somebody else."""
    made = {"a": b"login,score\ncanary-married,1\n", "b": "canary-guid;1\n".encode("utf-16"), "c": b"login\nbob\n"}
    for name, content in made.items():
        (folder / "uploads" / name).mkdir(parents=True)
        (folder / "uploads" / name / "file.csv").write_bytes(content)
    (folder / "uploads" / "d").mkdir()
    with xlsxwriter.Workbook(folder / "uploads" / "d" / "file.xlsx") as book:
        book.add_worksheet().write_string(0, 0, "canary@mail.example")
    (folder / "uploads" / "e").mkdir()
    (folder / "uploads" / "e" / "file.csv.gz").write_bytes(gzip.compress(b"canary-number\n"))
    (folder / "serve.log").write_text('{"who": "bob"}\n{"who": "canary-login"}\n', "utf-8")
    return folder


OFFICE: dict[str, dict[str, object]] = {
    "draft": {"file": "canary-login.csv", "folder": "a", "bytes": 1, "settings": "{}", "actor": "eve", "created_at": 0},
    "job": {"kind": "import", "state": "failed", "task": '{"name": "canary-login"}', "actor": "eve", "created_at": 0}
    | {"error": "canary-guid is nobody", "attempts": 1, "is_stopping": 0},
    "remembered": {"headers": "1", "settings": '{"values": {"candidateLogin": {"x": "canary-login"}}}', "actor": "eve"}
    | {"used_at": 0},
    "configuration": {"name": "n", "name_key": "n", "content": "<value>canary-married</value>", "actor": "eve"}
    | {"changed_at": 0},
}


def _office(people: PeopleBench, data: Path) -> str:
    """The application's own store, with traces of the person in every table that may have some."""
    office = beside(people.database, data)
    with open_store(office, Access.WRITE) as store, store.write() as tables:
        for table, row in OFFICE.items():
            tables.add(table, row)
    return office


def test_nothing_of_a_person_is_left_and_runs_still_add_up(
    planted: PeopleBench, stores: Stores, tmp_path: Path
) -> None:
    people, data = planted, _data(tmp_path / "data")
    others = [line for line in people.tracking() if not line.startswith("canary")]
    milepost.import_file(tmp_path / "table.csv", people.database, dry_run=True, keep=data / "checks")
    office = _office(people, data)
    assert len(_texts(people)) > 20
    assert len(_texts(PeopleBench(tmp_path, office))) == 5
    checked = milepost.erase_people(people.database, ["canary-number"], dry_run=True)
    done = milepost.erase_people(people.database, ["canary-number"], data=data)
    assert checked.counts == done.counts
    assert done.counts == {"learners": 1, "registrations": 1, "tracking": 2, "former rows": 3}
    assert (done.people, done.files) == (1, 6)
    assert _texts(people) == _texts(PeopleBench(tmp_path, office)) == []
    assert _found(_bytes(stores, people.database)) == []
    if stores.kind == "sqlite":
        assert _found(b"".join(path.read_bytes() for path in data.glob("web.db*"))) == []
    left = [path for path in data.rglob("*") if path.is_file() and ".db" not in path.name]
    assert sorted(path.name for path in left) == ["file.csv", "serve.log"]
    assert _found(b"".join(path.read_bytes() for path in left)) == []
    assert people.tracking() == others
    for run in milepost.runs(people.database):
        if run.kind in ("tracking", "merge"):
            found = milepost.verify_run(people.database, run.id)
            assert (found.missing, found.differing, found.surplus) == (0, 0, 0), run
    (last, *_) = milepost.runs(people.database)
    assert (last.kind, last.file) == ("erase", "erasure of 1 learner")
    with pytest.raises(milepost.UsageError, match="erased people, which cannot be undone"):
        milepost.undo_run(people.database, last.id)
    first = next(run for run in milepost.runs(people.database)[::-1] if run.kind == "tracking")
    assert milepost.undo_run(people.database, first.id).kept == 0
    assert people.tracking() == []


def _found(content: bytes) -> list[str]:
    names = [*CANARIES.values(), *FORMER.values(), OTHER]
    return [name for name in names if name.casefold().encode() in content.lower()]


def test_many_are_erased_at_once_or_nobody(planted: PeopleBench) -> None:
    before = planted.export()
    with pytest.raises(milepost.UsageError, match=r'line 2: no learner has the log-in name.*"eve"'):
        milepost.erase_people(planted.database, ["ada", "eve", "bob"])
    assert planted.export() == before
    done = milepost.erase_people(planted.database, ["ada", "bob@x"])
    assert (done.people, done.counts["tracking"]) == (2, 2)
    assert [line.split(",")[0] for line in planted.tracking()] == ["adele"] * 3 + ["canary-married"] * 2


def test_everything_about_a_person_is_in_one_document(planted: PeopleBench, tmp_path: Path) -> None:
    for name in ("person.json", "person.html"):
        write_everything(planted.database, "canary-number", tmp_path / name)
        text = (tmp_path / name).read_text("utf-8").casefold()
        assert [one for one in (*CANARIES.values(), *FORMER.values(), OTHER) if one.casefold() not in text] == []
        assert "lovelace" not in text
    document = json.loads((tmp_path / "person.json").read_text("utf-8"))
    assert [row["history"][0]["file"] for row in document["tracking"]][:1] == ["table.csv"]
    assert {run["kind"] for run in document["runs"]} >= {"tracking", "rename", "merge"}
