"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import milepost
from databases.stores import Stores

ROOT = Path(__file__).parents[2]
COLUMNS = "src/milepost/model/columns.py"
MIGRATIONS = "src/milepost/stores/sql/migrations/versions/"


@dataclass(frozen=True)
class NewColumn:
    """A stored column to add, with values for a file."""

    before: str
    """The entry of `TRACKING` that it is put before."""
    entry: str
    sql_type: str
    first: str
    second: str
    tampered: str
    """As Python has it."""


TEXT = NewColumn(
    before="    ),\n    aliases=",
    entry='        Column("remark", stored=Stored("remark", rule=2)),\n',
    sql_type="sa.Text()",
    first="Good, with 100 %",
    second="é",
    tampered="'bad'",
)
NUMBER = NewColumn(
    before='        Column("lastAccessDate"',
    entry='        Column("remark", Kind.INTEGER, minimum=0, maximum=9, stored=Stored("remark", Loss.LESS, rule=2)),\n',
    sql_type="sa.Integer()",
    first="3",
    second="4",
    tampered="5",
)
MIGRATION = '''"""A new column."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{head}"


def upgrade() -> None:
    for table in ("tracking", "tracking_change"):
        op.add_column(table, sa.Column("remark", {sql_type}, nullable=True))
'''

USED = """
import csv, io, sys
import milepost
from milepost.stores.opening import open_store
from milepost.stores.port import Access

copy, url, old, file = sys.argv[1:5]
assert milepost.__file__.startswith(copy), milepost.__file__
job = milepost.configure(None, settings={"delimiter": "semicolon"})


def counts(report):
    return report.created, report.updated, report.unchanged, report.rejected


def exported():
    out = io.BytesIO()
    milepost.export_tracking(url, out)
    return {row["candidateLogin"]: row for row in csv.DictReader(io.StringIO(out.getvalue().decode()))}


old = int(old)
report = milepost.import_file(file, url, job)
assert counts(report) == (1, 1, 0, 0), report
assert milepost.import_file(file, url, job).unchanged == 2
found = milepost.verify_run(url, old)
assert (found.is_sound, found.standing, found.changed_since) == (True, 1, {report.run: 1}), found
assert milepost.verify_run(url, report.run).standing == 2
(row,) = milepost.read_history(url, "ada")
first, second = row.events
assert first.after["remark"] is None
assert str(second.after["remark"]) == sys.argv[5]
assert exported()["ada"]["remark"] == sys.argv[5]
with open_store(url, Access.WRITE) as store, store.write() as tables:
    tables.change("tracking", {"remark": TAMPERED}, {"run_id": report.run})
assert milepost.verify_run(url, report.run).differing == 2
milepost.undo_run(url, report.run)
found = milepost.verify_run(url, old)
assert (found.is_sound, found.standing) == (True, 2), found
milepost.undo_run(url, old)
assert exported() == {}
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the program, to be changed."""
    made = tmp_path / "copy"
    shutil.copytree(ROOT / "src", made / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return made


def recipe(what: str) -> str:
    """What CONTRIBUTING.md says to do to add something."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (found,) = re.findall(rf"^\| {re.escape(what)} \| (.*) \|$", page, re.MULTILINE)
    return str(found)


@pytest.mark.parametrize("column", [TEXT, NUMBER], ids=["text at the end", "number in the middle"])
def test_a_stored_column_is_an_entry_and_a_migration(
    on_databases: Stores, copy: Path, tmp_path: Path, column: NewColumn
) -> None:
    places = re.findall(r"`(src/[^`]+)`", recipe("a column of the import file"))
    assert places == [COLUMNS, MIGRATIONS]
    url = on_databases.place()
    old = _fill(url, tmp_path)
    _add(copy, column)
    file = tmp_path / "new.csv"
    file.write_text(
        "candidateLogin;sessionGuid;lovCode;progression;remark\n"
        f"ada;spring;intro;10;{column.first}\ncyd;spring;intro;30;{column.second}\n",
        "utf-8",
    )
    script = USED.replace("TAMPERED", column.tampered)
    _run(copy, "-c", script, copy, url, old, file, column.first)


def _fill(url: str, folder: Path) -> int:
    """Makes a store with a run by the program as it is, and gives the number of the run."""
    for kind, text in (
        ("learners", "candidateLogin\nada\nbob\ncyd\n"),
        ("learning-objects", "lovGuid,lovCode\ng,intro\n"),
        ("trainings", "trainingPathCode\nMATHS\n"),
        ("contents", "trainingPathCode,lovCode\nMATHS,intro\n"),
        ("sessions", "sessionGuid,sessionTitle,trainingPathCode\nspring,Spring,MATHS\n"),
        ("registrations", "candidateLogin,sessionGuid\nada,spring\nbob,spring\ncyd,spring\n"),
    ):
        (folder / "reference.csv").write_text(text)
        milepost.load_file(kind, folder / "reference.csv", url)
    (folder / "old.csv").write_text(
        "candidateLogin,sessionGuid,lovCode,progression\nada,spring,intro,10\nbob,spring,intro,20\n"
    )
    run = milepost.import_file(folder / "old.csv", url, milepost.configure(None, settings={"delimiter": ","})).run
    assert run is not None
    return run


def _add(copy: Path, column: NewColumn) -> None:
    columns = copy / COLUMNS
    text = columns.read_text("utf-8")
    assert text.count(column.before) == 1
    columns.write_text(text.replace(column.before, column.entry + column.before), "utf-8")
    head = max(path.name[:4] for path in (copy / MIGRATIONS).glob("0*.py"))
    revision = f"{int(head) + 1:04}"
    migration = MIGRATION.format(revision=revision, head=head, sql_type=column.sql_type)
    (copy / MIGRATIONS / f"{revision}_remark.py").write_text(migration, "utf-8")


def _run(copy: Path, *words: object) -> None:
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        env=os.environ | {"PYTHONPATH": str(copy / "src")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_nothing_but_its_class_asks_which_database_it_is() -> None:
    stores = ROOT / "src/milepost/stores"
    assert "src/milepost/stores/sql/" in recipe("a database")
    of_databases = {
        "sqlite.py",
        "postgresql.py",
        "postgresql_errors.py",
        "urls.py",
        "opening.py",
        "metadata.py",
        "tables.py",
    }
    asking = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "src/milepost").rglob("*.py")
        if not (path.name in of_databases and path.is_relative_to(stores))
        and not path.is_relative_to(stores / "sql/migrations")
        and re.search(r"dialect\.name|[\"'](sqlite|postgresql)[\"']", path.read_text("utf-8"))
    ]
    assert asking == []
