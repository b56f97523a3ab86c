"""Engines that a server keeps, so that whoever reads next finds a connection that is open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool

_kept: dict[str, tuple[Engine, str]] | None = None
_lock = threading.Lock()


@contextmanager
def kept() -> Iterator[None]:
    """Engines that are found by `found` are kept until the block ends. Inside another such block it does nothing."""
    global _kept
    with _lock:
        is_first = _kept is None
        _kept = {} if is_first else _kept
    try:
        yield
    finally:
        if is_first:
            with _lock:
                engines, _kept = list((_kept or {}).values()), None
            for engine, _ in engines:
                engine.dispose()


def found(url: str, make: Callable[[str], tuple[Engine, str]]) -> tuple[Engine, str] | None:
    """The engine for `url` with what to call its store, which `make` makes at first; None if none is kept."""
    with _lock:
        if _kept is None:
            return None
        if url not in _kept:
            _kept[url] = make(url)
        return _kept[url]


def let_go(engine: Engine) -> None:
    """Ends the connection of an engine, if it has a single one."""
    if isinstance(engine.pool, StaticPool):
        engine.dispose()
