"""An SFTP server without root; its folder is all that it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from threading import Thread

import asyncssh

LOGIN, PASSWORD = "milepost", "corr3ct-h0rse"


@dataclass(frozen=True, slots=True)
class RunningSFTP:
    """Where the server is, and what it shows."""

    port: int
    fingerprint: str
    folder: Path
    connections: list[asyncssh.SSHServerConnection]
    loop: asyncio.AbstractEventLoop

    def hang_up(self) -> None:
        """End all connections, from the server's thread or another one."""
        for one in self.connections:
            self.loop.call_soon_threadsafe(one.abort)


@cache
def host_key() -> asyncssh.SSHKey:
    """The host key of all servers of a session."""
    return asyncssh.generate_private_key("ssh-ed25519")


class _Server(asyncssh.SSHServer):
    def __init__(self, running: list[asyncssh.SSHServerConnection]) -> None:
        self._running = running

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._running.append(conn)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (LOGIN, PASSWORD)


Factory = Callable[..., asyncssh.SFTPServer]


@contextmanager
def serving_sftp(
    folder: Path, factory: Factory = asyncssh.SFTPServer, authorized: asyncssh.SSHKey | None = None
) -> Iterator[RunningSFTP]:
    """A server of `folder`; `factory` makes what serves a connection, `authorized` is a key that may log in."""
    loop = asyncio.new_event_loop()
    connections: list[asyncssh.SSHServerConnection] = []
    keys = None
    if authorized is not None:
        keys = asyncssh.import_authorized_keys(authorized.export_public_key().decode())
    listening = asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=partial(_Server, connections),
        server_host_keys=[host_key()],
        sftp_factory=lambda channel: factory(channel, chroot=str(folder)),
        authorized_client_keys=keys,
    )
    acceptor = loop.run_until_complete(_awaited(listening))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    running = RunningSFTP(acceptor.get_port(), host_key().get_fingerprint(), folder, connections, loop)
    try:
        yield running
    finally:
        asyncio.run_coroutine_threadsafe(_ended(acceptor, connections), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _awaited(listening: object) -> asyncssh.SSHAcceptor:
    return await listening  # type: ignore[misc, no-any-return]


async def _ended(acceptor: asyncssh.SSHAcceptor, connections: list[asyncssh.SSHServerConnection]) -> None:
    acceptor.close()
    for one in connections:
        one.abort()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    if rest:
        # They close their files.
        _, stuck = await asyncio.wait(rest, timeout=0.2)
        for task in stuck:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
