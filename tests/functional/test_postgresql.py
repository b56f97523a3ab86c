"""What can go wrong with a PostgreSQL database is told in a sentence; nothing is half done, no password is shown."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import polars as pl
import psycopg
import pytest
from psycopg import errors
from sqlalchemy import func, literal, select

import milepost
from databases.connections import open_database
from databases.stores import PostgreSQLStores
from functional.workbench import CLEAN, REFERENCE, run_here, run_program
from milepost.model import phases
from milepost.model.exceptions import StoreError
from milepost.model.wording import page
from milepost.stores.port import Access
from milepost.stores.sql import dialect, postgresql, postgresql_errors

pytestmark = pytest.mark.usefixtures("folder")

PASSWORD = "open sesame"  # noqa: S105 - of a role that lives as long as a test
SERIES = {"one": pl.Int64(), "number": pl.Int64()}
COMMANDS = (("import", "tracking.csv"), ("check", "tracking.csv"), ("runs",), ("export", "tracking"))


def _fill(database: str) -> None:
    for kind, content in REFERENCE.items():
        Path(f"{kind}.csv").write_text(content)
        milepost.load_file(kind, f"{kind}.csv", database)


@pytest.fixture
def database(postgresql_stores: PostgreSQLStores, folder: Path) -> Iterator[str]:
    """A store with reference data, and a file for it."""
    (folder / "tracking.csv").write_text(CLEAN)
    yield postgresql_stores.holding("postgresql", _fill)
    postgresql_stores.take_back()


@contextmanager
def _server(database: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The server's own user, outside of any transaction."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def _as(database: str, user: str, password: str = "") -> str:
    """The same store for another user."""
    parts = urlsplit(database)
    secret = f":{password.replace(' ', '%20')}" if password else ""
    return urlunsplit(parts._replace(netloc=f"{user}{secret}@"))


def _schema(database: str) -> str:
    with _server(database) as server:
        row = server.execute("SELECT current_schema()").fetchone()
        assert row is not None
        return str(row[0])


@contextmanager
def _role(database: str, *grants: str) -> Iterator[str]:
    """The store as a role of its own sees it, which has those rights; `{}` in them stands for the schema."""
    schema = _schema(database)
    with _server(database) as server:
        server.execute(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'".encode())
        try:
            for grant in (f"USAGE ON SCHEMA {schema}", *grants):
                server.execute(f"GRANT {grant.format(schema)} TO guest".encode())
            yield _as(database, "guest", PASSWORD)
        finally:
            server.execute("DROP OWNED BY guest")
            server.execute("DROP ROLE guest")


def _assert_told(message: str, *words: str, database: str) -> None:
    outcome = run_here(*words, "--db", database)
    assert (outcome.status, outcome.stdout, outcome.stderr) == (2, "", message + "\n")
    if words[0] != "export":
        assert run_here(*words, "--db", database, "--json").error == message


def _runs(database: str) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = run_here("runs", "--json", "--db", database).document["runs"]
    return listed


def test_the_same_words_do_the_same_as_with_a_file(database: str) -> None:
    assert run_here("import", "tracking.csv", "--db", database).status == 0
    again = run_here("import", "tracking.csv", "--db", database, "--json").document
    assert again["unchanged"] == again["rows"]
    exported = run_here("export", "tracking", "--db", database).stdout
    assert exported.count("\n") == again["rows"] + 1
    assert [run["state"] for run in _runs(database)] == ["done"] * (len(REFERENCE) + 2)


def test_the_variable_names_the_database(database: str) -> None:
    outcome = run_program("import", "tracking.csv", "--json", env={**os.environ, "MILEPOST_DB": database}, cwd=Path())
    assert outcome.status == 0, outcome.stderr


def test_a_schema_can_be_named(postgresql_stores: PostgreSQLStores) -> None:
    plain = postgresql_stores.url
    with _server(plain) as server:
        server.execute('CREATE SCHEMA "Another One"')
    try:
        Path("learners.csv").write_text("candidateLogin\nada\n")
        words = ("load", "learners", "learners.csv", "--db", plain, "--schema", "Another One")
        assert run_here(*words).status == 0
        assert run_here("runs", "--db", plain, "--schema", "Another One").status == 0
        with _server(plain) as server:
            row = server.execute('SELECT login FROM "Another One".learner').fetchone()
        assert row == ("ada",)
        _assert_told(
            f'{_called(plain)} has no schema "nowhere" that this user may use. '
            "Make it (CREATE SCHEMA), or name another.",
            *("runs", "--schema", "nowhere"),
            database=plain,
        )
    finally:
        with _server(plain) as server:
            server.execute('DROP SCHEMA "Another One" CASCADE')


def test_an_sqlite_file_has_no_schemas() -> None:
    _assert_told(
        "--schema is for PostgreSQL; an SQLite file has no schemas.", "runs", "--schema", "x", database="milepost.db"
    )


def _called(database: str) -> str:
    return f"postgresql://{urlsplit(database).path}"


@pytest.mark.parametrize("words", COMMANDS)
def test_a_server_that_is_not_there(words: tuple[str, ...]) -> None:
    Path("tracking.csv").write_text(CLEAN)
    outcome = run_here(*words, "--db", f"postgresql://bob:{PASSWORD.replace(' ', '%20')}@localhost:1/lms")
    assert outcome.status == 4
    assert outcome.stderr.startswith("postgresql://localhost:1/lms cannot be reached: ")
    assert "Connection refused" in outcome.stderr
    assert "sesame" not in outcome.stdout + outcome.stderr


def test_a_database_and_a_user_that_are_not_there(database: str) -> None:
    parts = urlsplit(database)
    for url, why in (
        (urlunsplit(parts._replace(path="/nowhere")), 'database "nowhere" does not exist'),
        (_as(database, "nobody", PASSWORD), 'role "nobody" does not exist'),
    ):
        outcome = run_here("runs", "--db", url)
        assert outcome.status == 2
        assert why in outcome.stderr
        assert outcome.stderr.endswith("Check the names of the database and of the user in the URL.\n")
        assert "sesame" not in outcome.stderr


@pytest.mark.parametrize(
    "url", ["postgresql://bob:open%zzsesame@/lms", "postgresql://[:open sesame/lms", "postgresql://a:sesame@h:x/lms"]
)
def test_a_url_that_is_none(url: str) -> None:
    outcome = run_here("runs", "--db", url)
    assert outcome.status == 2
    assert "sesame" not in outcome.stderr


def test_a_wrong_password(database: str) -> None:
    with _role(database, "SELECT ON ALL TABLES IN SCHEMA {}") as guest, _password_needed(database):
        assert run_here("runs", "--db", guest).status == 0
        outcome = run_here("runs", "--db", _as(database, "guest", "please open"))
        assert outcome.status == 2
        assert 'password authentication failed for user "guest"' in outcome.stderr
        assert outcome.stderr.endswith("Check the user and the password: in the URL, PGPASSWORD or ~/.pgpass.\n")
        assert "please" not in outcome.stderr
        outcome = run_here("runs", "--db", _as(database, "guest"))
        assert outcome.status == 2
        assert outcome.stderr.endswith("Give the password in PGPASSWORD, in ~/.pgpass or in the URL.\n")


@contextmanager
def _password_needed(database: str) -> Iterator[None]:
    """The server asks the role `guest` for its password."""
    with _server(database) as server:
        row = server.execute("SHOW hba_file").fetchone()
        assert row is not None
        path = Path(str(row[0]))
        before = path.read_bytes()
        path.write_bytes(b"local all guest scram-sha-256\n" + before)
        server.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            path.write_bytes(before)
            server.execute("SELECT pg_reload_conf()")


READING = ("SELECT ON ALL TABLES IN SCHEMA {}",)
IMPORTING = (
    *READING,
    "INSERT, UPDATE, DELETE ON {0}.tracking, {0}.tracking_log_day",
    "INSERT ON {0}.tracking_change, {0}.tracking_log_change, {0}.import_finding, {0}.returned_line",
    "INSERT, UPDATE ON {}.import_run",
    "USAGE ON SEQUENCE {}.import_run_id_seq",
)
"""As docs/postgresql.md has it."""


def test_one_who_may_only_read(database: str) -> None:
    with _role(database, *READING) as guest:
        for words in COMMANDS[1:]:
            assert run_here(*words, "--db", guest).status == 0
        _assert_told(
            f"{_called(database)}, schema {_schema(database)} refused (permission denied for table import_run). "
            "Nothing was changed. Ask for the rights listed in "
            f"{page('postgresql.md')}, or name another store with --db.",
            *COMMANDS[0],
            database=guest,
        )


def test_one_who_may_import_and_nothing_else(database: str) -> None:
    with _role(database, *IMPORTING) as guest:
        assert run_here("import", "tracking.csv", "--db", guest).status == 0
        changed = CLEAN.replace("100", "99.5")
        assert changed != CLEAN
        Path("changed.csv").write_text(changed)
        assert run_here("import", "changed.csv", "--db", guest, "--json").document["updated"] > 0
        Path("learners.csv").write_text(REFERENCE["learners"])
        outcome = run_here("load", "learners", "learners.csv", "--db", guest)
        assert outcome.status == 2
        assert "permission denied for" in outcome.stderr


def test_one_who_may_import_may_undo(database: str) -> None:
    with _role(database, *IMPORTING) as guest:
        assert run_here("import", "tracking.csv", "--db", guest).status == 0
        Path("changed.csv").write_text(CLEAN.replace("100", "99.5").replace("50,incomplete", ",notAttempted"))
        imported = run_here("import", "changed.csv", "--db", guest, "--json").document
        assert imported["updated"] * imported["deleted"] == 1
        assert run_here("undo", str(imported["run"]), "--db", guest, "--json").document["rows"] == 2
        assert run_here("undo", str(imported["run"] + 1), "--db", guest, "--json").document["rows"] == 2
        with _server(database) as server:
            server.execute("UPDATE import_run SET finished_at = 0")
        outcome = run_here("prune", "--older-than", "1d", "--db", guest)
        assert outcome.status == 2
        assert "permission denied for table tracking_change" in outcome.stderr


def test_one_who_may_prune_and_nothing_else(database: str) -> None:
    assert run_here("import", "tracking.csv", "--db", database).status == 0
    with _server(database) as server:
        server.execute("UPDATE import_run SET finished_at = 0")
    with _role(
        database, *READING, "DELETE ON {0}.tracking_change, {0}.tracking_log_change", "UPDATE ON {}.import_run"
    ) as guest:
        assert run_here("prune", "--older-than", "1d", "--db", guest, "--json").document["runs"] == [7]


def test_a_server_that_can_only_be_read(database: str) -> None:
    with _role(database, *IMPORTING) as guest, _server(database) as server:
        server.execute("ALTER ROLE guest SET default_transaction_read_only = on")
        outcome = run_here("import", "tracking.csv", "--db", guest)
        assert outcome.status == 2
        assert outcome.stderr.endswith(
            "It can only be read from here: it may be a standby. Name the primary with --db.\n"
        )
        for words in COMMANDS[1:]:
            assert run_here(*words, "--db", guest).status == 0


def _cut(database: str) -> None:
    """Ends the connection of the command, as an administrator would."""
    with _server(database) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'milepost'"
        )


LOST = {
    phases.STORING: r"\. Nothing was changed\. Try again\.$",
    phases.COMMITTING: " while the work was being committed: either all of it is done, or nothing was changed"
    r"\. `milepost runs` lists a run that is done as done\. Running it again is safe\.$",
}


@pytest.mark.parametrize("phase", LOST)
def test_a_connection_that_is_lost(phase: str, database: str) -> None:
    def cut(reached: str, _done: int, _total: int | None) -> None:
        if reached == phase:
            _cut(database)

    before = run_here("export", "tracking", "--db", database).stdout
    with pytest.raises(StoreError, match=rf"^The connection to .* was lost{LOST[phase]}"):
        milepost.import_file("tracking.csv", database, progress=cut)
    assert run_here("export", "tracking", "--db", database).stdout == before
    assert _runs(database)[0]["state"] == "interrupted"
    again = milepost.import_file("tracking.csv", database)
    assert again.created == again.rows


def test_a_connection_that_is_lost_when_all_is_done(
    database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def end_turn(driver: psycopg.Connection[Any]) -> None:
        ended.append(1)
        if len(ended) == 2:  # the first ends the transaction in which the run is entered
            _cut(database)
        end(driver)

    ended: list[int] = []
    end = postgresql._end_turn
    monkeypatch.setattr(postgresql, "_end_turn", end_turn)
    report = milepost.import_file("tracking.csv", database)
    assert (report.created, len(ended)) == (2, 2)
    assert _runs(database)[0]["state"] == "done"
    assert not caplog.records


def test_a_connection_that_is_lost_while_it_is_made(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def choose_schema(driver: psycopg.Connection[Any], called: str) -> str:
        _cut(database)
        return choose(driver, called)

    choose = postgresql._choose_schema
    monkeypatch.setattr(postgresql, "_choose_schema", choose_schema)
    with pytest.raises(StoreError, match=rf"^The connection to \S+ was lost{LOST[phases.STORING]}"):
        milepost.import_file("tracking.csv", database)


def test_the_database_of_another_program(postgresql_stores: PostgreSQLStores) -> None:
    place = postgresql_stores.place()
    Path("tracking.csv").write_text(CLEAN)
    with _server(place) as server:
        server.execute("CREATE TABLE learner (name text)")
    called = f"{_called(place)}, schema {_schema(place)}"
    _assert_told(
        f"{called} is the database of another program. Name another database, or a schema of its own, with --db.",
        *COMMANDS[0],
        database=place,
    )
    for words in COMMANDS[1:]:
        _assert_told(
            f"{called} holds no store yet. Load or import something first, or name another with --db.",
            *words,
            database=place,
        )
    postgresql_stores.take_back()


def test_no_password_is_shown_or_kept(database: str) -> None:
    Path("wrong.csv").write_text(CLEAN + "nobody,x,y,,,,,\n")
    with _role(database, *IMPORTING, "CREATE ON SCHEMA {}") as guest:
        said = ""
        for words in (
            ("check", "wrong.csv"),
            ("import", "wrong.csv"),
            ("runs",),
            ("runs", "7"),
            ("runs", "7", "--json"),
        ):
            outcome = run_here(*words, "--db", guest)
            said += outcome.stdout + outcome.stderr
        with _server(database) as server:
            kept = server.execute("SELECT * FROM import_run").fetchall()
    assert "guest@" in said  # the commands to go on with name the store
    assert "sesame" not in said
    assert "sesame" not in str(kept)


FAILURES: dict[type[psycopg.Error], str] = {
    errors.DiskFull: "has no room left",
    errors.OutOfMemory: "has no memory left",
    errors.QueryCanceled: "statement_timeout",
    errors.DeadlockDetected: "changes the same rows",
    errors.SerializationFailure: "has changed the same rows meanwhile",
    errors.UniqueViolation: "has written the same rows meanwhile",
    errors.AdminShutdown: "was lost",
    errors.ConnectionFailure: "was lost",
    errors.InternalError_: "failed",
}


@pytest.mark.parametrize("kind", FAILURES, ids=lambda kind: kind.__name__)
def test_every_failure_says_what_to_do(kind: type[psycopg.Error]) -> None:
    told = str(postgresql_errors.explain(kind("words\nDETAIL: the rows"), "postgresql://h/d"))
    assert FAILURES[kind] in told
    assert "the rows" not in told
    assert told.endswith(".")


def test_a_query_that_fails_amid_its_rows_is_told_and_the_connection_goes_on(database: str) -> None:
    number = func.generate_series(1, 30_000).column_valued("number")
    failing = select(literal(1) // (literal(20_000) - number), number)
    with open_database(database, Access.READ) as store:
        for _ in range(2):
            with pytest.raises(StoreError, match="division by zero"), store.read() as tables:
                list(dialect.of(tables.connection).stream(tables.connection, failing, SERIES, 1_000))
        with store.read() as tables:
            whole = select(literal(1), number)
            parts = list(dialect.of(tables.connection).stream(tables.connection, whole, SERIES, 7_000))
            assert [part.height for part in parts] == [7_000] * 4 + [2_000]
            assert pl.concat(parts)["number"].to_list() == list(range(1, 30_001))
