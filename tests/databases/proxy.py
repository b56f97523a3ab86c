"""Something between a client and a PostgreSQL server that knows when the client commits, and can keep that from it."""

from __future__ import annotations

import enum
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

_COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
"""The whole message. It comes alone, since a client waits for the answer before it sends the next."""
_PORT = 5432
"""Unless the URL has another one; part of the socket's name."""
_MOST = 1 << 16


class Fate(enum.Enum):
    """What becomes of the COMMIT."""

    PASSED = "passed"
    """It reaches the server, and its answer the client."""
    DROPPED = "dropped"
    """It never reaches the server: both connections are closed instead."""
    UNANSWERED = "unanswered"
    """The server carries it out and answers; the client is cut off instead of hearing that."""


@dataclass
class Proxy:
    """Forwards everything, but for the one COMMIT that comes after a statement which contains `mark`."""

    server: Path
    """The server's socket."""
    mark: bytes
    fate: Fate
    act: Callable[[], None]
    """Called when that statement has come, before it is passed on."""
    has_come: threading.Event = field(default_factory=threading.Event)
    """Whether the COMMIT has come."""

    def serve(self, listener: socket.socket) -> None:
        """Takes connections until the listener is closed."""
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self.server))
            threading.Thread(target=self._forward, args=(client, server), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            answering = threading.Thread(target=self._to_client, args=(client, server), daemon=True)
            answering.start()
            self._to_server(client, server)
            answering.join()

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        is_marked = False
        while data := _received(client):
            if is_marked and data == _COMMIT and not self.has_come.is_set():
                self.has_come.set()
                if self.fate is Fate.DROPPED:
                    break
            if not is_marked and self.mark in data:
                is_marked = True
                self.act()
            if not _sent(server, data):
                break
        _shut(client, server)

    def _to_client(self, client: socket.socket, server: socket.socket) -> None:
        while data := _received(server):
            if self.fate is Fate.UNANSWERED and self.has_come.is_set():
                break
            if not _sent(client, data):
                break
        _shut(client, server)


@contextmanager
def between(
    url: str, mark: bytes, fate: Fate = Fate.PASSED, act: Callable[[], None] = lambda: None
) -> Iterator[tuple[str, Proxy]]:
    """A proxy before the server of `url`, which listens on a Unix socket; gives the URL to use instead, and the proxy.

    `mark`, `fate` and `act` are the proxy's.
    """
    given = conninfo_to_dict(url)
    name = f".s.PGSQL.{given.get('port') or _PORT}"
    server = Path(str(given["host"]), name)
    # Not in the test's own folder: the name of a socket can have a hundred characters at most.
    with tempfile.TemporaryDirectory(prefix="proxy-") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/{name}")
        listener.listen()
        proxy = Proxy(server, mark, fate, act)
        serving = threading.Thread(target=proxy.serve, args=(listener,), daemon=True)
        serving.start()
        try:
            yield url.replace(str(given["host"]), folder), proxy
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            serving.join()


def _received(source: socket.socket) -> bytes:
    """What has come; nothing when the connection is over."""
    try:
        return source.recv(_MOST)
    except OSError:
        return b""


def _sent(target: socket.socket, data: bytes) -> bool:
    try:
        target.sendall(data)
    except OSError:
        return False
    return True


def _shut(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
