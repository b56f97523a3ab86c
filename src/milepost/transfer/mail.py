"""Mail by SMTP."""

from __future__ import annotations

import mimetypes
import smtplib
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, localtime, make_msgid, parseaddr
from enum import StrEnum
from pathlib import Path

from milepost.model.exceptions import TransferError, UsageError
from milepost.model.wording import in_quotes
from milepost.transfer.secret import Secret, without
from milepost.transfer.unfinished import opened


class Security(StrEnum):
    """How a connection to a mail server is encrypted. Values compare without letter case."""

    STARTTLS = "starttls"
    """After a command; the usual port is 587."""
    TLS = "tls"
    """From the beginning; the usual port is 465."""
    NONE = "none"
    """Not at all; the usual port is 25. No password is sent this way."""

    @classmethod
    def _missing_(cls, value: object) -> Security | None:
        return next((one for one in cls if one.value == str(value).lower()), None)

    @property
    def port(self) -> int:
        """The usual port."""
        return {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}[self]


MOST_ATTACHED = 10_000_000
"""Bytes of all attachments of a mail, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that takes mail."""

    host: str
    security: Security = Security.STARTTLS
    port: int | None = None
    """None for the usual one."""
    login: str | None = None
    password: Secret | None = None
    ca_file: Path | None = None
    """The certificates to trust, in PEM form; None for those that the system trusts."""
    seconds: float = 30.0
    """How long the server may say nothing."""

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return f"{self.host}:{self.port or self.security.port}"


@dataclass(frozen=True, slots=True)
class Mail:
    """A message."""

    sender: str
    """An address, also as `Name <address>`."""
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str | None = None
    attachments: tuple[Path, ...] = ()
    most_attached: int = MOST_ATTACHED
    """Bytes of all attachments; those beyond are left out, and the text says so."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message."""

    refused: tuple[str, ...] = ()
    """Recipients that the server refused, while it took the message for the others."""
    left_out: tuple[Path, ...] = ()
    """Attachments that were too large."""


def send(server: MailServer, mail: Mail) -> Sent:
    """Send a message.

    Raises TransferError with the code `server-unreachable` (try again later), `server-untrusted`, `server-refused` or
    `transfer-broken`, FileError if an attachment cannot be read, and UsageError for an address, a subject or a way to
    log in that cannot be used.
    """
    message, left_out = composed(mail)
    if server.login is not None and server.security is Security.NONE:
        raise UsageError(
            f"The password for {server.place} would be sent without encryption. Set <smtpSecurity> to starttls or tls, "
            "or leave out the login."
        )
    password = server.password.reveal() if server.password is not None else ""
    try:
        with _connected(server) as connection:
            if server.login is not None:
                connection.login(server.login, password)
            refused = connection.send_message(message)
    except ssl.SSLCertVerificationError as error:
        raise TransferError(
            f"The certificate of {server.place} is not trusted: {error.verify_message}. If it is the right server, "
            "name a file with the certificate of its issuer in SSL_CERT_FILE. No mail was sent.",
            code="server-untrusted",
        ) from error
    except smtplib.SMTPRecipientsRefused as error:
        reasons = "; ".join(f"{in_quotes(whom)}: {_answer(*reply)}" for whom, reply in error.recipients.items())
        raise _refused(server, f"refuses the recipients ({without(reasons, password)})") from error
    except smtplib.SMTPNotSupportedError as error:
        raise _refused(server, f"cannot do what is needed ({error})") from error
    except smtplib.SMTPResponseException as error:
        said = without(_answer(error.smtp_code, error.smtp_error), password)
        is_log_in = isinstance(error, smtplib.SMTPAuthenticationError)
        raise _refused(server, f"refuses the {'log-in' if is_log_in else 'mail'} ({said})", error.smtp_code) from error
    except (OSError, smtplib.SMTPException) as error:
        # The library raises an error of its own where the connection is at an end, with this one as its context.
        is_silent = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
        reason = "it did not answer" if is_silent else without(str(error), password).rstrip(".")
        raise TransferError(
            f"{server.place} cannot be reached for mail: {reason}. No mail was sent. Try again later.",
            code="server-unreachable",
        ) from error
    return Sent(tuple(refused), left_out)


def composed(mail: Mail) -> tuple[EmailMessage, tuple[Path, ...]]:
    """The message, and the attachments that it has no room for. Raises as `send` does."""
    fitting, left_out = _fitting(mail)
    note = "".join(f"\n{path.name} is too large to be attached; it is at {path}.\n" for path in left_out)
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = _address(mail.sender)
        message["To"] = ", ".join(_address(one) for one in mail.recipients)
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(localtime())
        message["Message-ID"] = make_msgid(domain=parseaddr(mail.sender)[1].rpartition("@")[2])
        # No answer from those who are out of office.
        message["Auto-Submitted"] = "auto-generated"
    except (ValueError, MessageError) as error:
        raise UsageError(f"The mail cannot be written: {error}. Mend its subject, sender or recipients.") from error
    message.set_content(mail.text + note)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    for path, content in fitting:
        kind, encoding = mimetypes.guess_type(path.name)
        main, _, sub = ("application/octet-stream" if kind is None or encoding else kind).partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=path.name)
    return message, left_out


def _fitting(mail: Mail) -> tuple[list[tuple[Path, bytes]], tuple[Path, ...]]:
    """The attachments with their content, in their order, as far as they fit; and the others."""
    room, fitting, left_out = mail.most_attached, list[tuple[Path, bytes]](), list[Path]()
    for path in mail.attachments:
        with opened(path) as stream:
            content = stream.read(room + 1)
        if len(content) > room:
            left_out.append(path)
        else:
            fitting.append((path, content))
            room -= len(content)
    return fitting, tuple(left_out)


def _address(text: str) -> str:
    """`text`, which must have one address."""
    found = [address for _, address in getaddresses([text])]
    name, _, domain = found[0].rpartition("@")
    if len(found) != 1 or not name or not domain or any(ord(sign) < 32 for sign in text):
        raise UsageError(f"{in_quotes(text)} is no mail address. Write it as name@example.com.")
    return text


def _connected(server: MailServer) -> smtplib.SMTP:
    try:
        context = ssl.create_default_context(cafile=server.ca_file)
    except OSError as error:
        raise UsageError(
            f"The file of certificates {in_quotes(str(server.ca_file))} cannot be read: {error.strerror or error}."
        ) from error
    port = server.port or server.security.port
    if server.security is Security.TLS:
        return smtplib.SMTP_SSL(server.host, port, timeout=server.seconds, context=context)
    connection = smtplib.SMTP(server.host, port, timeout=server.seconds)
    if server.security is Security.STARTTLS:
        try:
            connection.starttls(context=context)
        except BaseException:
            connection.close()
            raise
    return connection


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return in_quotes(f"{code} {text}")


def _refused(server: MailServer, what: str, code: int = 0) -> TransferError:
    """An error for now with a code from 400 to 499, else for good."""
    is_passing = 400 <= code < 500
    then = "Try again later." if is_passing else "Check the settings of the mail."
    return TransferError(
        f"{server.place} {what}. No mail was sent. {then}", code="transfer-broken" if is_passing else "server-refused"
    )
