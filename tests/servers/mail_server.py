"""A mail server that keeps what it gets."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Thread
from typing import cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from servers.sftp_server import LOGIN, PASSWORD


@dataclass(slots=True)
class RunningMail:
    """Where the server is, and what it got."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    answer: str = "250 OK"
    """To a mail."""

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Nobody is called nobody."""
        if address.startswith("nobody@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail."""
        if self.answer.startswith("250"):
            content = cast("bytes", envelope.content)
            self.mails.append(message_from_bytes(content, policy=default))
            self.recipients.append(envelope.rcpt_tos)
        return self.answer


def _authenticated(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: LoginPassword) -> AuthResult:
    is_right = (data.login.decode(), data.password.decode()) == (LOGIN, PASSWORD)
    return AuthResult(success=is_right, handled=False, message=None if is_right else "535 wrong password")


@contextmanager
def serving_mail(certificate: Path | None = None, *, is_implicit: bool = False) -> Iterator[RunningMail]:
    """A server; with TLS, it demands it and a log-in."""
    running = RunningMail()
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)

    def protocol() -> SMTP:
        if context is None:
            return SMTP(running)
        with warnings.catch_warnings():
            # It does not see that TLS has begun before.
            warnings.simplefilter("ignore", UserWarning)
            return SMTP(
                running,
                authenticator=_authenticated,
                auth_required=True,
                auth_require_tls=not is_implicit,
                tls_context=None if is_implicit else context,
                require_starttls=not is_implicit,
            )

    loop = asyncio.new_event_loop()
    tls = context if is_implicit else None
    server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0, ssl=tls))
    running.port = server.sockets[0].getsockname()[1]
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        asyncio.run_coroutine_threadsafe(_ended(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _ended(server: asyncio.Server) -> None:
    server.close()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
