"""SFTP, by asyncssh. Its coroutines run in a thread of their own, so that callers need not be asynchronous."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Thread
from typing import BinaryIO, TypeVar, cast

from milepost.model.exceptions import TransferError, UsageError
from milepost.model.wording import in_quotes, listed
from milepost.transfer.needing import needing
from milepost.transfer.remote import CHUNK, Remote, RemoteFile, Server, log_in_refused, unreachable, untrusted

with needing("SFTP"):
    import asyncssh

_T = TypeVar("_T")


class SFTPRemote(Remote):
    """A connection by SFTP."""

    def __init__(self, server: Server) -> None:
        """Connect and log in."""
        super().__init__(server)
        self._loop = asyncio.new_event_loop()
        # The library leaves errors of the parts of a read to it, after it has raised the first one.
        self._loop.set_exception_handler(lambda *_: None)
        self._thread = Thread(target=self._loop.run_forever, name="sftp", daemon=True)
        self._thread.start()
        self._connection: asyncssh.SSHClientConnection | None = None
        try:
            self._connection = self._connected()
            with self.errors("begin SFTP"):
                self._sftp: asyncssh.SFTPClient = self._done(self._connection.start_sftp_client())
        except BaseException:
            self.close()
            raise

    def _connected(self) -> asyncssh.SSHClientConnection:
        server, guard = self.server, _Guard(self.server)
        keys = [self._key()] if server.key_file is not None else None
        connecting = asyncssh.connect(
            server.host,
            server.port or server.protocol.port,
            # Nothing of the account that runs this: no configuration, agent or keys.
            config=None,
            agent_path=None,
            gss_host=None,
            client_keys=keys,
            username=server.login,
            password=self._password,
            known_hosts=guard.known,
            x509_trusted_certs=None,
            client_factory=lambda: guard,
            connect_timeout=server.connect_seconds,
            login_timeout=server.connect_seconds,
            keepalive_interval=server.stall_seconds,
        )
        try:
            return self._done(connecting, 2 * server.connect_seconds + 1)
        except asyncssh.HostKeyNotVerifiable as error:
            raise untrusted(guard.sentence(error.reason)) from error
        except asyncssh.PermissionDenied as error:
            raise log_in_refused(server, self.said(error)) from error
        except (OSError, TimeoutError, asyncssh.Error) as error:
            raise unreachable(server, error) from error

    def _key(self) -> asyncssh.SSHKey:
        path, passphrase = self.server.key_file, self.server.key_passphrase
        try:
            return asyncssh.read_private_key(str(path), passphrase.reveal() if passphrase is not None else None)
        except (OSError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise TransferError(f"The private key {path} cannot be read: {reason}.", code="secret-missing") from error

    def _done(self, awaitable: Awaitable[_T], seconds: float | None = None) -> _T:
        """What the awaitable gives; TimeoutError after `seconds`, by default those of the server."""
        limited = _within(awaitable, self.server.stall_seconds if seconds is None else seconds)
        future = asyncio.run_coroutine_threadsafe(limited, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """End the connection and the thread."""
        if not self._thread.is_alive():
            return
        with suppress(OSError, TimeoutError, asyncssh.Error):
            asyncio.run_coroutine_threadsafe(_all_ended(self._connection), self._loop).result(2)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @contextmanager
    def _errors(self, deed: str) -> Iterator[None]:
        try:
            yield
        except (asyncssh.SFTPNoConnection, asyncssh.SFTPConnectionLost, asyncssh.ChannelOpenError) as error:
            raise self.broken(deed, error) from error
        except asyncssh.SFTPError as error:
            raise self.refused(deed, error) from error
        except (asyncssh.Error, TimeoutError, ConnectionError) as error:
            raise self.broken(deed, error) from error

    def _entries(self, folder: str) -> Iterator[RemoteFile]:
        for entry in self._done(_listed(self._sftp, folder or ".")):
            kind = entry.attrs.permissions
            if entry.attrs.type == asyncssh.FILEXFER_TYPE_REGULAR or (kind is not None and stat.S_ISREG(kind)):
                name, seconds = entry.filename, entry.attrs.mtime
                modified = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
                text = name if isinstance(name, str) else name.decode("utf-8", "surrogateescape")
                yield RemoteFile(folder, text, entry.attrs.size, modified)

    def _size(self, path: str) -> int | None:
        size: int | None = self._done(self._sftp.stat(path)).size
        return size

    def _chunks(self, path: str) -> Iterator[bytes]:
        file = self._done(self._sftp.open(path, "rb"))
        try:
            while chunk := self._done(file.read(CHUNK)):
                yield cast("bytes", chunk)
        finally:
            with suppress(OSError, TimeoutError, asyncssh.Error):
                self._done(file.close())

    def _put(self, stream: BinaryIO, path: str) -> None:
        file = self._done(self._sftp.open(path, "wb"))
        try:
            while chunk := stream.read(CHUNK):
                self._done(file.write(chunk))
        finally:
            self._done(file.close())

    def _rename(self, path: str, target: str) -> None:
        try:
            self._done(self._sftp.posix_rename(path, target))
        except asyncssh.SFTPOpUnsupported:
            # Such a server replaces no file when it renames.
            self._remove(target)
            self._done(self._sftp.rename(path, target))

    def _remove(self, path: str) -> bool:
        try:
            self._done(self._sftp.remove(path))
        except asyncssh.SFTPNoSuchFile:
            return False
        return True


class _Guard(asyncssh.SSHClient):
    """Judges the key that the server shows."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._known = _known_hosts(server)
        self._shown: asyncssh.SSHKey | None = None
        self._expected = server.host_keys

    @property
    def known(self) -> asyncssh.SSHKnownHosts:
        """The keys of the file of host keys; none without a file."""
        return self._known

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Whether a fingerprint of the configuration is that of the key."""
        self._shown = key
        others = asyncssh.match_known_hosts(self._known, host, addr, port)[0]
        self._expected = (*self._server.host_keys, *dict.fromkeys(other.get_fingerprint() for other in others))
        return key.get_fingerprint() in self._server.host_keys

    def sentence(self, reason: str) -> str:
        """Why the server is not trusted, and what to do."""
        server = self._server
        if self._shown is None:
            return f"The host key of {server.place} is not trusted: {reason}."
        shown = f"{self._shown.get_fingerprint()} ({self._shown.get_algorithm()})"
        accept = (
            "If its operator confirms that fingerprint, name it in <hostKey>"
            + (f", or add the key to {server.known_hosts}" if server.known_hosts else "")
            + ". Nothing was sent to it."
        )
        if self._expected:
            return (
                f"{server.place} shows the host key {shown}, but {listed(self._expected, 'or')} is expected. "
                f"It may be another server that pretends to be this one. {accept}"
            )
        return f"{server.place} shows a host key that is not known: {shown}. {accept}"


def _known_hosts(server: Server) -> asyncssh.SSHKnownHosts:
    """The keys of the file; none without a file."""
    if server.known_hosts is None:
        return asyncssh.import_known_hosts("")
    try:
        return asyncssh.read_known_hosts(str(server.known_hosts))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"The file of host keys {in_quotes(str(server.known_hosts))} cannot be read: {reason}."
        ) from error


async def _listed(sftp: asyncssh.SFTPClient, folder: str) -> list[asyncssh.SFTPName]:
    return [entry async for entry in sftp.scandir(folder)]


async def _within(awaitable: Awaitable[_T], seconds: float) -> _T:
    return await asyncio.wait_for(awaitable, seconds)


async def _all_ended(connection: asyncssh.SSHClientConnection | None) -> None:
    if connection is not None:
        connection.abort()
        await connection.wait_closed()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
