"""Opening a store: which kind of store a URL means, and where it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy.engine import Engine

from milepost.model.exceptions import StoreError, UsageError
from milepost.model.wording import argument
from milepost.stores import lake, memory
from milepost.stores.port import Access, Patience, Store, Tables
from milepost.stores.sql import kept_engines, sqlite, store, urls

_SQLITE = "sqlite:///"
_KNOWN = "an SQLite file, postgresql://HOST/DATABASE or delta:///FOLDER"


@contextmanager
def open_store(url: str, access: Access, *, patience: Patience | None = None) -> Iterator[Store]:
    """The store at `url`: `postgresql://…`, `sqlite:///file`, the bare path of an SQLite file, `memory://name`,
    `delta:///folder`, or `delta+s3://bucket/prefix`.

    In PostgreSQL, the tables are in the first schema of the search path. `patience` says how long a write waits for
    another one.

    Raises StoreError when there is no store to read, when it cannot be opened, or when it was made by a
    newer Milepost; UsageError when the URL is of no known database.
    """
    patience = patience or Patience()
    if url.startswith(memory.URL):
        from milepost.stores.memory import memory_store

        with memory_store.opened(url, access, patience) as in_memory:
            yield in_memory
        return
    if url.startswith(lake.URLS):
        from milepost.stores.lake import lake_store

        with lake_store.opened(url, access, patience) as in_lake:
            yield in_lake
        return
    engine, name = _engine(url, access)
    with store.opened(engine, name, access, patience) as found:
        yield found


@contextmanager
def read_store(url: str) -> Iterator[Tables]:
    """One read-only view of the store at `url`. Raises what `open_store` raises."""
    with open_store(url, Access.READ) as found, found.read() as tables:
        yield tables


@contextmanager
def write_store(url: str, patience: Patience | None) -> Iterator[Tables]:
    """One transaction of the store at `url`, which waits as `patience` says. Raises what `open_store` raises."""
    with open_store(url, Access.WRITE, patience=patience) as found, found.write() as tables:
        yield tables


def keep_connections() -> AbstractContextManager[None]:
    """Until the block ends, this process keeps some connections to read stores in PostgreSQL, for all its threads."""
    return kept_engines.kept()


def beside(url: str, folder: Path, *, is_made: bool = True) -> str:
    """The URL of the store in which the web application keeps what is its own: drafts and jobs.

    It has a turn of its own, so that it can be written while an import writes to the store at `url`. Beside an SQLite
    file it is a file in `folder`, in PostgreSQL a schema, which is created if `is_made`. Raises StoreError if that
    fails.
    """
    if url.startswith(memory.URL):
        return f"{url}-web"
    if url.startswith(urls.POSTGRESQL):
        from milepost.stores.sql import postgresql

        return postgresql.beside(url, is_made=is_made)
    return str(folder / "web.db")


def lacks_file(url: str) -> bool:
    """Whether `url` is that of a store in a file, and the file is missing."""
    others = (memory.URL, *lake.URLS, *urls.POSTGRESQL)
    return not url.startswith(others) and not _sqlite_path(url).is_file()


def _engine(url: str, access: Access) -> tuple[Engine, str]:
    if url.startswith(urls.POSTGRESQL):
        # The driver takes a tenth of a second to import.
        from milepost.stores.sql import postgresql

        kept = kept_engines.found(url, postgresql.pooled_engine) if access is Access.READ else None
        return kept or postgresql.engine(url)
    path = _sqlite_path(url)
    if access is Access.READ and not path.is_file():
        remedy = f"Load or import something first, or name another with {argument('database')}."
        raise StoreError(f"There is no store at {path}. {remedy}", code="store-missing")
    if not path.parent.is_dir():
        said = f"There is no folder {path.parent} to keep the store {path.name} in. Make it first."
        raise StoreError(said, code="store-missing")
    return sqlite.engine(path, writable=access is Access.WRITE), str(path)


def _sqlite_path(url: str) -> Path:
    if ":memory:" in url:
        raise UsageError(f"{url} is a database in memory, which would end with the command. Name {_KNOWN}.")
    if url.startswith(_SQLITE):
        url = url.removeprefix(_SQLITE)
    elif url.startswith("sqlite:"):
        name = url.removeprefix("sqlite:").lstrip("/") or "milepost.db"
        raise UsageError(f"{url} is no URL of an SQLite file. Write {_SQLITE}{name}, or its path alone.")
    elif "://" in url:
        scheme = url.partition("://")[0]
        raise UsageError(f"{scheme}:// is not a database that Milepost knows; give {_KNOWN}.")
    if not url or "\0" in url:
        raise UsageError(f"The name of the database is empty; give {_KNOWN}.")
    path = Path(url)
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a store. Name a file in it.", code="store-unusable")
    return path
