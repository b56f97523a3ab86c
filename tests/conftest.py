"""What all tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from hypothesis import settings

from databases import server
from databases.stores import LakeStores, MemoryStores, PostgreSQLStores, SailStores, SQLiteStores, Stores
from functional import reading_server
from milepost.formats.read import spreadsheet_reader
from servers import spark_server as spark_server_process
from servers.key_ring import KeyRing, made_keys

# Workers of parallel runs have it, and lines would be wrapped to it.
os.environ.pop("COLUMNS", None)
# What `nohup` ignores, programs that tests start would ignore too.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# The same cases every time, so that a change is judged by what it changes; campaigns look for new ones.
_IS_CAMPAIGN = bool(os.environ.get("MILEPOST_EXAMPLES"))
settings.register_profile(
    "milepost", derandomize=not _IS_CAMPAIGN, deadline=None, max_examples=1_000 if _IS_CAMPAIGN else 60
)
settings.load_profile("milepost")


_ON_LAKE = (
    "test_port",
    "test_looking_up",
    "test_undo",
    "test_erasing",
    "test_load",
    "test_replace_and_patch",
    "test_verify",
)
"""The modules whose tests are run on lake stores too. All are where MILEPOST_LAKE says so: `make test-lake`."""


_ON_SAIL = ("test_hints",)
"""The modules whose tests are run with a Spark server too. All are where MILEPOST_SPARK says so: `make test-spark`."""


def _is_left_out(item: pytest.Item) -> bool:
    """Whether a test on lake stores shows what others show."""
    match getattr(item, "callspec", SimpleNamespace(params={})).params.get("all_stores"):
        case "lake":
            return not os.environ.get("MILEPOST_LAKE") and item.path.stem not in _ON_LAKE
        case "sail":
            return not os.environ.get("MILEPOST_SPARK") and item.path.stem not in _ON_SAIL
    return False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the tests on lake stores that take a minute and show what others show."""
    left_out = [one for one in items if _is_left_out(one)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [one for one in items if one not in set(left_out)]


@pytest.fixture(scope="session")
def reading_process() -> Iterator[SimpleNamespace]:
    """Where `read_by_server` reads."""
    with reading_server.running() as process:
        yield process


@pytest.fixture(scope="module")
def read_by_server(reading_process: SimpleNamespace) -> Iterator[None]:
    """Spreadsheets are read by one process that forks, in a module whose tests are not about that process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spreadsheet_reader, "subprocess", reading_process)
        yield


@pytest.fixture(scope="session")
def key_ring() -> Iterator[KeyRing]:
    """Keys of GnuPG for tests of PGP."""
    with made_keys() as made:
        yield made


@pytest.fixture(scope="session")
def sqlite_stores(tmp_path_factory: pytest.TempPathFactory) -> SQLiteStores:
    """Where SQLite stores come from."""
    return SQLiteStores(tmp_path_factory.mktemp("stores"))


@pytest.fixture(scope="session")
def postgresql_stores() -> Iterator[PostgreSQLStores]:
    """Where PostgreSQL stores come from."""
    with server.running() as url:
        made = PostgreSQLStores(url)
        yield made
        made.close()


@pytest.fixture(scope="session")
def memory_stores() -> MemoryStores:
    """Where stores in memory come from."""
    return MemoryStores()


@pytest.fixture(scope="session")
def lake_stores(tmp_path_factory: pytest.TempPathFactory) -> LakeStores:
    """Where lake stores come from."""
    return LakeStores(tmp_path_factory.mktemp("lakes"))


@pytest.fixture(scope="session")
def spark_server() -> Iterator[str]:
    """The address of a Spark server."""
    with spark_server_process.running() as address:
        yield address


@pytest.fixture(scope="session")
def sail_stores(tmp_path_factory: pytest.TempPathFactory) -> SailStores:
    """Where lake stores come from, into which imports are done by a Spark server."""
    return SailStores(tmp_path_factory.mktemp("lakes"))


@pytest.fixture(autouse=True)
def engine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Imports of a test on `sail` stores run on a Spark server."""
    if getattr(request.node, "callspec", SimpleNamespace(params={})).params.get("all_stores") != "sail":
        yield
        return
    with spark_server_process.in_use(request.getfixturevalue("spark_server")):
        yield


@pytest.fixture(scope="session", params=["memory", "sqlite", "postgresql", "lake", "sail"])
def all_stores(request: pytest.FixtureRequest) -> Stores:
    """Where stores come from, of each kind in turn; for those who take them back themselves."""
    found: Stores = request.getfixturevalue(f"{request.param}_stores")
    return found


@pytest.fixture
def stores(all_stores: Stores) -> Iterator[Stores]:
    """Where stores come from, of each kind in turn."""
    yield all_stores
    all_stores.take_back()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def all_databases(request: pytest.FixtureRequest) -> Stores:
    """Where stores come from, on each database in turn; for those who take them back themselves."""
    found: Stores = request.getfixturevalue(f"{request.param}_stores")
    return found


@pytest.fixture
def on_databases(all_databases: Stores) -> Iterator[Stores]:
    """Where stores come from, on each database in turn."""
    yield all_databases
    all_databases.take_back()
