"""An FTP server, with or without TLS."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from servers.sftp_server import LOGIN, PASSWORD

with warnings.catch_warnings():
    # It uses asyncore, which Python 3.12 lacks; there it brings its own.
    warnings.simplefilter("ignore", DeprecationWarning)
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer


@dataclass(frozen=True, slots=True)
class RunningFTP:
    """Where the server is, and what it shows."""

    port: int
    folder: Path


@contextmanager
def serving_ftp(
    folder: Path, certificate: Path | None = None, *, is_implicit: bool = False, **members: object
) -> Iterator[RunningFTP]:
    """A server of `folder`; with TLS if there is a certificate. `members` change its handler of connections."""
    authorizer = DummyAuthorizer()
    authorizer.add_user(LOGIN, PASSWORD, str(folder), perm="elradfmwMT")
    base: Any = FTPHandler if certificate is None else TLS_FTPHandler
    if certificate is not None:
        members |= {"certfile": str(certificate), "tls_control_required": True, "tls_data_required": True}
    if is_implicit:
        members["handle"] = _begin_with_tls
    members |= {"authorizer": authorizer, "auth_failed_timeout": 0, "use_sendfile": False}
    loop = IOLoop()
    server = FTPServer(("127.0.0.1", 0), type("Handler", (base,), members), ioloop=loop)
    is_wanted = [True]

    def serve() -> None:
        while is_wanted:
            loop.loop(timeout=0.02, blocking=False)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield RunningFTP(server.socket.getsockname()[1], folder)
    finally:
        is_wanted.clear()
        thread.join()
        server.close_all()


def _begin_with_tls(handler: TLS_FTPHandler) -> None:
    """The server speaks when TLS has begun, without being asked for it."""
    handler.secure_connection(handler.get_ssl_context())
    TLS_FTPHandler.handle(handler)


def commands_without(name: str) -> dict[str, object]:
    """The commands of a server that lacks that one: its member `proto_cmds`."""
    return {command: facts for command, facts in FTPHandler.proto_cmds.items() if command != name}
