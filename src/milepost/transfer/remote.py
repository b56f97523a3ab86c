"""Files of a server: list, fetch, put, remove; over SFTP, FTP and FTPS alike."""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Self

from milepost.model.exceptions import TransferError, writing
from milepost.model.wording import in_quotes, page
from milepost.transfer.data_folder import fits, safe_name, split_pattern
from milepost.transfer.secret import Secret, without
from milepost.transfer.unfinished import opened, written

CHUNK = 1024 * 1024
"""Bytes that are asked for at once; a server that takes longer for them than `stall_seconds` is given up."""


class Protocol(StrEnum):
    """How to speak to a server. Values compare without letter case: `Protocol("sFTP")`."""

    SFTP = "SFTP"
    FTP = "FTP"
    FTPS = "FTPS"
    """FTP with TLS: implicit at port 990, explicit at other ones."""

    @classmethod
    def _missing_(cls, value: object) -> Protocol | None:
        return next((one for one in cls if one.value == str(value).upper()), None)

    @property
    def port(self) -> int:
        """The usual port."""
        return {Protocol.SFTP: 22, Protocol.FTP: 21, Protocol.FTPS: 990}[self]


@dataclass(frozen=True, slots=True)
class Server:
    """A server with files, and how to log in there."""

    protocol: Protocol
    host: str
    login: str = "anonymous"
    password: Secret | None = None
    port: int | None = None
    """None for the usual one of the protocol."""
    key_file: Path | None = None
    """SFTP: the private key to log in with, in OpenSSH's or PEM form."""
    key_passphrase: Secret | None = None
    """SFTP: the passphrase of `key_file`."""
    host_keys: tuple[str, ...] = ()
    """SFTP: fingerprints of host keys to trust, as `SHA256:…`."""
    known_hosts: Path | None = None
    """SFTP: a file of host keys to trust, as OpenSSH has it."""
    ca_file: Path | None = None
    """FTPS: the certificates to trust, in PEM form; None for those that the system trusts."""
    implicit_tls: bool | None = None
    """FTPS: whether TLS begins with the connection, and not by a command; None for: at port 990."""
    connect_seconds: float = 15.0
    """How long connecting and logging in may take each."""
    stall_seconds: float = 60.0
    """How long the server may say nothing in the middle of something."""

    @property
    def tls_is_implicit(self) -> bool:
        """Whether TLS of FTPS begins with the connection."""
        return (self.port or self.protocol.port) == 990 if self.implicit_tls is None else self.implicit_tls

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return f"{self.host}:{self.port or self.protocol.port}"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A regular file of a server."""

    folder: str
    """As the pattern had it: absolute, or relative to the folder of the log-in; "" for that folder."""
    name: str
    """As the server says it, not yet judged: `fetch` does."""
    size: int | None
    """Bytes; None if the server does not say."""
    modified: datetime | None
    """In UTC; None if the server does not say."""

    @property
    def path(self) -> str:
        """The path on the server."""
        return joined(self.folder, self.name)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched."""

    path: Path
    size: int
    """Bytes."""
    sha256: str


class Remote(ABC):
    """A connection to a server; a context manager. `connect` opens one.

    Paths on the server are relative to the folder of the log-in, or begin with `/`. Every method raises TransferError,
    with one of the codes `server-refused`, `server-unreachable` (try again later) and `transfer-broken` (the same).
    """

    def __init__(self, server: Server) -> None:
        """Opened by `connect`."""
        self.server = server
        self._password = server.password.reveal() if server.password is not None else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def list(self, pattern: str) -> tuple[RemoteFile, ...]:
        """The regular files that fit `pattern`, by name; no folders, links or hidden files.

        Only the last component of `pattern` may have wildcards. A folder that does not exist is an error.
        """
        folder, name = split_pattern(_sendable(pattern))
        with self.errors(f"list {in_quotes(folder or 'the folder of the log-in')}"):
            found = [one for one in self._entries(folder) if fits(one.name, name)]
        return tuple(sorted(found, key=lambda one: one.name))

    def fetch(self, file: RemoteFile, folder: Path) -> Fetched:
        """Fetch a file into the existing local `folder`, under its own name; one that is there is replaced.

        The file appears when all of it is there and its size is what the server says, before and after. A name that is
        not safe raises TransferError, and a local file that cannot be written FileError.
        """
        target = folder / safe_name(file.name)
        told = in_quotes(file.path)
        with written(target) as stream, self.errors(f"fetch {told}"):
            before = self._size(_sendable(file.path))
            digest, size = hashlib.sha256(), 0
            for chunk in self._chunks(file.path):
                size += len(chunk)
                if before is not None and size > before:
                    break
                digest.update(chunk)
                with writing(f"{target} cannot be written", "Nothing unfinished was kept."):
                    stream.write(chunk)
            after = self._size(file.path)
            if before != after or size != (size if after is None else after):
                raise TransferError(
                    f"{told} of {self.server.place} is not whole: {size:,} bytes came, and the server says "
                    f"{before or 0:,} before and {after or 0:,} after. Nothing was kept. Somebody may still be writing "
                    "the file: try again later.",
                    code="transfer-broken",
                )
        return Fetched(target, size, digest.hexdigest())

    def put(self, path: Path, folder: str, name: str | None = None) -> str:
        """Put the local file `path` into `folder` of the server, and return its path there; one there is replaced.

        It has a temporary name, a dot before and `.part` behind, until all of it is there and its size is right.
        """
        target = _sendable(joined(folder, name or path.name))
        part = joined(folder, f".{name or path.name}.part")
        told = in_quotes(target)
        with opened(path) as stream, self.errors(f"put {told}"):
            size = os.fstat(stream.fileno()).st_size
            self._put(stream, part)
            there = self._size(part)
            if there is not None and there != size:
                raise TransferError(
                    f"{told} of {self.server.place} is not whole: {size:,} bytes were sent, and {there:,} are there. "
                    "Try again later.",
                    code="transfer-broken",
                )
            self._rename(part, target)
        return target

    def remove(self, path: str) -> bool:
        """Remove a file of the server; whether it was there."""
        with self.errors(f"remove {in_quotes(path)}"):
            return self._remove(_sendable(path))

    def errors(self, deed: str) -> AbstractContextManager[None]:
        """Raises errors of the library of the block, which does `deed`, as TransferError."""
        return self._errors(deed)

    def refused(self, deed: str, error: BaseException) -> TransferError:
        """The server says no."""
        return TransferError(
            f"{self.server.place} does not let {in_quotes(self.server.login)} {deed}: {self.said(error)}.",
            code="server-refused",
        )

    def broken(self, deed: str, error: BaseException) -> TransferError:
        """The connection is lost, or the server has stopped answering."""
        what = (
            f"said nothing for {self.server.stall_seconds:g} seconds"
            if isinstance(error, TimeoutError)
            else f"broke the connection ({self.said(error)})"
        )
        return TransferError(
            f"{self.server.place} {what}, when it was to {deed}. Nothing unfinished was kept. Try again later.",
            code="transfer-broken",
        )

    def said(self, error: BaseException) -> str:
        """What the server or the library said, in quotes and without the password."""
        return in_quotes(without(str(error) or type(error).__name__, self._password).strip())

    @abstractmethod
    def close(self) -> None:
        """End the connection; no error of that is raised."""

    @abstractmethod
    def _errors(self, deed: str) -> AbstractContextManager[None]:
        """What `errors` does."""

    @abstractmethod
    def _entries(self, folder: str) -> Iterator[RemoteFile]:
        """The regular files of a folder."""

    @abstractmethod
    def _size(self, path: str) -> int | None:
        """The size of a file in bytes; None if the server does not say."""

    @abstractmethod
    def _chunks(self, path: str) -> Iterator[bytes]:
        """The content of a file."""

    @abstractmethod
    def _put(self, stream: BinaryIO, path: str) -> None:
        """Write all of `stream` to a file."""

    @abstractmethod
    def _rename(self, path: str, target: str) -> None:
        """Rename a file; one that has the name is replaced."""

    @abstractmethod
    def _remove(self, path: str) -> bool:
        """Remove a file; whether it was there."""


def connect(server: Server) -> Remote:
    """A connection to `server`, logged in.

    Raises TransferError with the code `server-unreachable`, `server-untrusted` (its key or certificate is not the
    expected one) or `server-refused` (the log-in), and UsageError if a library is missing.
    """
    if server.protocol is Protocol.SFTP:
        from milepost.transfer.sftp_remote import SFTPRemote

        return SFTPRemote(server)
    from milepost.transfer.ftp_remote import FTPRemote

    return FTPRemote(server)


def unreachable(server: Server, error: BaseException) -> TransferError:
    """The TransferError for a server to which no connection could be made."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    reason = "it did not answer" if isinstance(error, TimeoutError) else said.rstrip(".")
    return TransferError(
        f"{server.place} cannot be reached by {server.protocol}: {reason}. Try again later, or check the host and the "
        "port.",
        code="server-unreachable",
    )


def log_in_refused(server: Server, said: str) -> TransferError:
    """The TransferError for a log-in that the server refused."""
    return TransferError(
        f"{server.place} refuses the log-in {in_quotes(server.login)}: {said}. "
        "Check the login and the password or key.",
        code="server-refused",
    )


def untrusted(sentence: str) -> TransferError:
    """The TransferError for a server whose host key or certificate is not trusted."""
    return TransferError(f"{sentence} See {page('transfer.md')}.", code="server-untrusted")


def joined(folder: str, name: str) -> str:
    """The path on a server of a file in a folder."""
    return f"{folder}{'' if folder.endswith('/') or not folder else '/'}{name}"


def _sendable(path: str) -> str:
    """`path`, which must not end a command of the protocol."""
    if any(ord(sign) < 32 for sign in path):
        raise TransferError(f"The path {in_quotes(path)} has a control character.", code="path-refused")
    return path
