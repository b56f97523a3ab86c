"""Call-backs: a web address is told that something is done, with fields and files."""

from __future__ import annotations

import http.client
import ipaddress
import os
import secrets
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import BinaryIO
from urllib.parse import SplitResult, urlencode, urlsplit

from milepost.model.exceptions import TransferError, UsageError
from milepost.model.wording import in_quotes
from milepost.transfer.unfinished import opened

_CHUNK = 256 * 1024
_LONGEST_ANSWER = 65_536
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class CallBack:
    """A request to a web address."""

    url: str
    """Begins with http:// or https://."""
    method: str = "GET"
    """GET or POST."""
    fields: tuple[tuple[str, str], ...] = ()
    """Names and values; a GET has them in the address."""
    files: tuple[tuple[str, Path], ...] = ()
    """Names of fields and their files, for a POST."""
    is_private_allowed: bool = False
    """Whether the host may have an address of this machine or of a private network."""
    ca_file: Path | None = None
    """The certificates to trust, in PEM form; None for those that the system trusts."""
    seconds: float = 30.0
    """How long the host may say nothing."""
    most_seconds: float = 600.0
    """How long all of it may take."""


def checked(call: CallBack) -> SplitResult:
    """The parts of the address. Raises UsageError if `call` cannot be made as it is; asks no network."""
    try:
        parts = urlsplit(call.url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"The address of the call-back is no web address: {error}.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise UsageError(f"The address of the call-back, {in_quotes(told(call))}, must begin with http:// or https://.")
    if parts.username is not None or parts.password is not None:
        raise UsageError(f"The address of the call-back, {in_quotes(told(call))}, must not have a user or a password.")
    if any(ord(sign) <= 32 or ord(sign) > 126 for sign in call.url):
        raise UsageError(
            f"The address of the call-back, {in_quotes(told(call))}, has a blank or another odd character."
        )
    if call.method not in ("GET", "POST"):
        raise UsageError(f"{in_quotes(call.method)} is no method of a call-back. Use GET or POST.")
    if call.files and call.method == "GET":
        raise UsageError("A call-back by GET cannot send files. Use POST.")
    return parts


def told(call: CallBack) -> str:
    """The address for messages and logs: without its query, which may have a secret."""
    parts = urlsplit(call.url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def make_call(call: CallBack) -> int:
    """Make the request and return the status of the answer, from 200 to 299. No redirect is followed.

    Raises UsageError as `checked` does, FileError if a file cannot be read, and TransferError with the code
    `server-unreachable` or `transfer-broken` (try again later), `server-untrusted`, or `server-refused` for another
    status or a host that may not be asked.
    """
    parts = checked(call)
    with ExitStack() as stack:
        files = [(name, path.name, stack.enter_context(opened(path))) for name, path in call.files]
        body = _Form(call.fields, files) if call.method == "POST" else None
        query = "&".join(filter(None, (parts.query, urlencode(call.fields) if body is None else "")))
        target = (parts.path or "/") + (f"?{query}" if query else "")
        try:
            return _answered(call, parts, target, body)
        except ssl.SSLCertVerificationError as error:
            raise TransferError(
                f"The certificate of {told(call)} is not trusted: {error.verify_message}. If it is the right server, "
                "name a file with the certificate of its issuer in SSL_CERT_FILE.",
                code="server-untrusted",
            ) from error
        except (OSError, http.client.HTTPException) as error:
            reason = "it did not answer" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
            raise TransferError(
                f"{told(call)} cannot be reached: {reason.rstrip('.')}. Try again later.", code="server-unreachable"
            ) from error


def _answered(call: CallBack, parts: SplitResult, target: str, body: _Form | None) -> int:
    connection = _connection(call, parts)
    # A host that says a byte now and then would hold the night up.
    limit = Timer(call.most_seconds, lambda: _cut(connection))
    limit.daemon = True
    limit.start()
    try:
        headers = {"User-Agent": "milepost", "Accept": "*/*", "Connection": "close"}
        if body is not None:
            headers |= {"Content-Type": body.content_type, "Content-Length": str(body.length)}
        connection.request(call.method, target, body=iter(body) if body is not None else None, headers=headers)
        with connection.getresponse() as answer:
            answer.read(_LONGEST_ANSWER)
    finally:
        limit.cancel()
        connection.close()
    if 200 <= answer.status < 300:
        return answer.status
    if 300 <= answer.status < 400:
        where = (answer.getheader("Location") or "").partition("?")[0]
        what = f"leads on to {in_quotes(where)}, which is not followed. Name that address in the configuration"
    else:
        what = f"answers {answer.status} ({in_quotes(answer.reason)})"
    is_passing = answer.status in (408, 425, 429) or answer.status >= 500
    raise TransferError(f"{told(call)} {what}.", code="transfer-broken" if is_passing else "server-refused")


def _connection(call: CallBack, parts: SplitResult) -> http.client.HTTPConnection:
    """A connection, to an address that was judged: a name is looked up only once."""
    host, is_safe = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_safe else 80)
    made = socket.create_connection((_judged(call, host, port), port), call.seconds)
    kind = http.client.HTTPSConnection if is_safe else http.client.HTTPConnection
    connection = kind(host, port, timeout=call.seconds)
    try:
        connection.sock = _context(call).wrap_socket(made, server_hostname=host) if is_safe else made
    except BaseException:
        made.close()
        raise
    return connection


def _context(call: CallBack) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=call.ca_file)
    except OSError as error:
        raise UsageError(
            f"The file of certificates {in_quotes(str(call.ca_file))} cannot be read: {error.strerror or error}."
        ) from error


def _judged(call: CallBack, host: str, port: int) -> str:
    """An address of the host, all of whose addresses may be asked."""
    found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    private = [one for one in found if not is_public(one)]
    if private and not call.is_private_allowed:
        raise TransferError(
            f"{told(call)} is at the address {private[0]}, which belongs to this machine or to a private network. "
            "It was not called. If that is meant, set <allowPrivateAddress> to yes.",
            code="server-refused",
        )
    return found[0]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to neither this machine nor a private, local or reserved network."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo or (None, None))[1]
        if parsed in _NAT64:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return parsed.is_global and not parsed.is_multicast


def _cut(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


class _Form:
    """Fields and files as multipart/form-data, read while it is sent."""

    def __init__(self, fields: tuple[tuple[str, str], ...], files: list[tuple[str, str, BinaryIO]]) -> None:
        self._boundary = secrets.token_hex(16)
        heads: list[tuple[bytes, BinaryIO | None]] = []
        heads += [(self._head(name, None) + value.encode(), None) for name, value in fields]
        heads += [(self._head(name, file_name), stream) for name, file_name, stream in files]
        self._parts = heads
        self._end = f"--{self._boundary}--\r\n".encode()
        sizes = (os.fstat(stream.fileno()).st_size if stream is not None else 0 for _, stream in heads)
        self.length = sum(len(head) + 2 for head, _ in heads) + sum(sizes) + len(self._end)
        self.content_type = f"multipart/form-data; boundary={self._boundary}"

    def _head(self, name: str, file_name: str | None) -> bytes:
        more = (
            "" if file_name is None else f'; filename="{_escaped(file_name)}"\r\nContent-Type: application/octet-stream'
        )
        return f'--{self._boundary}\r\nContent-Disposition: form-data; name="{_escaped(name)}"{more}\r\n\r\n'.encode()

    def __iter__(self) -> Iterator[bytes]:
        for head, stream in self._parts:
            yield head
            while stream is not None and (chunk := stream.read(_CHUNK)):
                yield chunk
            yield b"\r\n"
        yield self._end


def _escaped(name: str) -> str:
    """As browsers write names."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
