"""FTP and FTPS, by the standard library."""

from __future__ import annotations

import ftplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from socket import create_connection, socket
from typing import BinaryIO, TypeVar

from milepost.model.exceptions import UsageError
from milepost.model.wording import in_quotes
from milepost.transfer.remote import (
    Protocol,
    Remote,
    RemoteFile,
    Server,
    log_in_refused,
    unreachable,
    untrusted,
)

_T = TypeVar("_T")
_BLOCK = 65_536
_UNKNOWN = ("500", "501", "502", "504")
"""Replies of a server that lacks a command."""


class FTPRemote(Remote):
    """A connection by FTP or FTPS."""

    def __init__(self, server: Server) -> None:
        """Connect and log in."""
        super().__init__(server)
        self._ftp: ftplib.FTP
        if server.protocol is Protocol.FTPS:
            self._ftp = _TLS(_context(server), is_implicit=server.tls_is_implicit)
        else:
            self._ftp = ftplib.FTP(encoding="utf-8")  # noqa: S321 - for those who have no other server
        try:
            self._connect()
            self._log_in()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> None:
        server = self.server
        try:
            port, seconds = server.port or server.protocol.port, server.connect_seconds
            (self._ftp.reach if isinstance(self._ftp, _TLS) else self._ftp.connect)(server.host, port, seconds)
        except ssl.SSLCertVerificationError as error:
            raise untrusted(
                f"The certificate of {server.place} is not trusted: {error.verify_message}. If it is the right server, "
                "name a file with the certificate of its issuer in <caFile>. Nothing was sent to it."
            ) from error
        except (OSError, EOFError, ftplib.Error) as error:
            raise unreachable(server, error) from error

    def _log_in(self) -> None:
        try:
            self._ftp.login(self.server.login, self._password or "")
            if isinstance(self._ftp, _TLS):
                self._ftp.prot_p()
        except ftplib.error_perm as error:
            raise log_in_refused(self.server, self.said(error)) from error
        except (OSError, EOFError, ftplib.Error) as error:
            raise self.broken("log in", error) from error
        if self._ftp.sock is not None:
            self._ftp.sock.settimeout(self.server.stall_seconds)
        self._ftp.timeout = self.server.stall_seconds

    def close(self) -> None:
        """End the connection."""
        with suppress(OSError, EOFError, ftplib.Error, AttributeError):
            if self._ftp.sock is not None:
                self._ftp.sock.settimeout(1)
                self._ftp.quit()
        self._ftp.close()

    @contextmanager
    def _errors(self, deed: str) -> Iterator[None]:
        try:
            yield
        except (ftplib.error_perm, ftplib.error_reply, UnicodeError) as error:
            raise self.refused(deed, error) from error
        except (OSError, EOFError, ftplib.Error) as error:
            raise self.broken(deed, error) from error

    def _entries(self, folder: str) -> Iterator[RemoteFile]:
        try:
            # Without a path: some servers take one literally that others read as a pattern or as options.
            here = self._ftp.pwd()
            if folder:
                self._ftp.cwd(folder)
            yield from self._listed(folder)
        finally:
            with suppress(OSError, EOFError, ftplib.Error):
                self._ftp.cwd(here)

    def _listed(self, folder: str) -> Iterator[RemoteFile]:
        try:
            lines = list(self._ftp.mlsd(facts=["type", "size", "modify"]))
        except ftplib.error_perm as error:
            if not str(error).startswith(_UNKNOWN):
                raise
            yield from self._named(folder)
            return
        for name, facts in lines:
            if facts.get("type", "").lower() == "file":
                size = facts.get("size", "")
                yield RemoteFile(folder, name, int(size) if size.isdecimal() else None, _instant(facts.get("modify")))

    def _named(self, folder: str) -> Iterator[RemoteFile]:
        """What `_listed` yields, of a server that lacks MLSD."""
        for name in self._names():
            size = self._size(name)
            if size is not None:  # a folder has none
                reply = self._asked(partial(self._ftp.sendcmd, f"MDTM {name}"))
                yield RemoteFile(folder, name, size, _instant((reply or "").removeprefix("213 ")))

    def _names(self) -> list[str]:
        try:
            return [name.rpartition("/")[2] for name in self._ftp.nlst()]
        except ftplib.error_perm as error:
            if str(error).startswith("550"):  # how some servers say that a folder is empty
                return []
            raise

    def _asked(self, question: Callable[[], _T | None]) -> _T | None:
        """The answer; None if the server refuses or does not know how."""
        try:
            return question()
        except ftplib.error_perm:
            return None

    def _size(self, path: str) -> int | None:
        # Lists are asked for as text; sizes and contents of text would be those with other ends of lines.
        self._ftp.voidcmd("TYPE I")
        return self._asked(partial(self._ftp.size, path))

    def _chunks(self, path: str) -> Iterator[bytes]:
        self._ftp.voidcmd("TYPE I")
        with self._ftp.transfercmd(f"RETR {path}") as data:
            while chunk := data.recv(_BLOCK):
                yield chunk
            _end_tls(data)
        self._ftp.voidresp()

    def _put(self, stream: BinaryIO, path: str) -> None:
        self._ftp.storbinary(f"STOR {path}", stream, _BLOCK)

    def _rename(self, path: str, target: str) -> None:
        try:
            self._ftp.rename(path, target)
        except ftplib.error_perm:
            # Such a server replaces no file when it renames.
            if not self._remove(target):
                raise
            self._ftp.rename(path, target)

    def _remove(self, path: str) -> bool:
        try:
            self._ftp.delete(path)
        except ftplib.error_perm:
            if not self._is_there(path):
                return False
            raise
        return True

    def _is_there(self, path: str) -> bool:
        try:
            return any(self._ftp.nlst(path))
        except ftplib.error_perm:
            return False


class _TLS(ftplib.FTP_TLS):
    """FTP with TLS, whose data connections continue the session of the control connection: many servers demand that."""

    def __init__(self, context: ssl.SSLContext, *, is_implicit: bool) -> None:
        super().__init__(context=context, encoding="utf-8")
        self._tls = context
        self._is_implicit = is_implicit

    def reach(self, host: str, port: int, seconds: float) -> None:
        """Connect, and begin TLS at once or by AUTH."""
        if not self._is_implicit:
            self.connect(host, port, seconds)
            self.auth()
            return
        self.host, self.port, self.timeout = host, port, seconds
        self.sock = self._tls.wrap_socket(create_connection((host, port), seconds), server_hostname=host)
        self.af = self.sock.family
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket, int | None]:
        """A data connection."""
        plain, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321 - TLS follows
        session = self.sock.session if isinstance(self.sock, ssl.SSLSocket) else None
        return self._tls.wrap_socket(plain, server_hostname=self.host, session=session), size


def _context(server: Server) -> ssl.SSLContext:
    """Certificates are verified, by the file of the server or by those that the system trusts."""
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except OSError as error:  # an SSLError is one
        raise UsageError(
            f"The file of certificates {in_quotes(str(server.ca_file))} cannot be read: {error.strerror or error}."
        ) from error


def _end_tls(data: socket) -> None:
    """Some servers wait for the end of TLS before they confirm, others have already hung up."""
    if isinstance(data, ssl.SSLSocket):
        with suppress(OSError):
            data.unwrap()


def _instant(text: str | None) -> datetime | None:
    """A time of RFC 3659, `YYYYMMDDHHMMSS[.sss]` in UTC; None for anything else."""
    try:
        return datetime.strptime((text or "")[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
