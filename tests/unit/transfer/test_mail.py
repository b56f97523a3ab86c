"""Mail: what arrives, what is left out, and what is refused."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from milepost.model.exceptions import MilepostError, UsageError
from milepost.transfer.mail import Mail, MailServer, Security, Sent, send
from milepost.transfer.secret import Secret
from servers.mail_server import serving_mail
from servers.sftp_server import LOGIN, PASSWORD

MAIL = Mail("Milepost <milepost@example.com>", ("ada@example.com", "Bob <bob@example.com>"), "Nächtlich", "Gut.\n")


def failure(attempt: Callable[[], object]) -> MilepostError:
    """What `attempt` raises; it has no password."""
    with pytest.raises(MilepostError) as caught:
        attempt()
    assert PASSWORD not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("security", Security)
def test_a_mail_arrives_with_its_parts(security: Security, certificate: Path, tmp_path: Path) -> None:
    rejects, large = tmp_path / "rejects ü.csv", tmp_path / "large.csv"
    rejects.write_bytes(b"login\r\nada\r\n")
    large.write_bytes(bytes(1000))
    mail = replace(MAIL, html="<p>Gut.</p>", attachments=(rejects, large), most_attached=100)
    is_safe = security is not Security.NONE
    with serving_mail(certificate if is_safe else None, is_implicit=security is Security.TLS) as running:
        server = MailServer("127.0.0.1", security, running.port)
        if is_safe:
            server = replace(server, login=LOGIN, password=Secret(PASSWORD), ca_file=certificate)
        assert send(server, mail) == Sent(left_out=(large,))
    (got,) = running.mails
    assert (got["From"], got["Subject"]) == (MAIL.sender, MAIL.subject)
    assert running.recipients == [["ada@example.com", "bob@example.com"]]
    assert got["Auto-Submitted"] == "auto-generated"
    text, html = got.get_body(("plain",)), got.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Gut.\n\nlarge.csv is too large to be attached" in text.get_content().replace("\r\n", "\n")
    assert html.get_content().strip() == "<p>Gut.</p>"
    (attached,) = got.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == (rejects.name, "text/csv")
    assert attached.get_payload(decode=True) == rejects.read_bytes()


def test_what_is_refused_is_told(certificate: Path) -> None:
    with serving_mail() as running:
        server = MailServer("127.0.0.1", Security.NONE, running.port)
        some = replace(MAIL, recipients=("ada@example.com", "nobody@example.com"))
        assert send(server, some).refused == ("nobody@example.com",)
        nobody = failure(lambda: send(server, replace(MAIL, recipients=("nobody@example.com",))))
        assert (nobody.code, nobody.retry) == ("server-refused", False)
        assert '"nobody@example.com": "550 no such user"' in str(nobody)
        running.answer = "452 mailbox full"
        full = failure(lambda: send(server, MAIL))
        assert (full.code, full.retry) == ("transfer-broken", True)
        assert "452 mailbox full" in str(full)
        lacking = failure(lambda: send(replace(server, security=Security.STARTTLS), MAIL))
        assert "cannot do what is needed (STARTTLS extension not supported by server.)" in str(lacking)
        assert len(running.mails) == 1
    with serving_mail(certificate) as running:
        server = MailServer("127.0.0.1", Security.STARTTLS, running.port, LOGIN, Secret("n0t-it"), certificate)
        assert 'refuses the log-in ("535 wrong password")' in str(failure(lambda: send(server, MAIL)))
        assert failure(lambda: send(replace(server, ca_file=None), MAIL)).code == "server-untrusted"
        assert running.mails == []
    gone = failure(lambda: send(server, MAIL))
    assert (gone.code, gone.retry) == ("server-unreachable", True)


def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = MailServer("127.0.0.1", Security.NONE, silent.getsockname()[1], seconds=0.2)
        assert "it did not answer" in str(failure(lambda: send(server, MAIL)))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"subject": "Hello\nBcc: eve@example.com"}, "cannot be written"),
        ({"recipients": ("ada@example.com\r\nBcc: eve@example.com",)}, "no mail address"),
        ({"recipients": ("ada@example.com, eve@example.com",)}, "no mail address"),
        ({"recipients": ("ada",)}, "no mail address"),
        ({"sender": "a@b\nX: y"}, "no mail address"),
    ],
)
def test_no_header_can_be_smuggled_in(changes: dict[str, object], told: str) -> None:
    mail = replace(MAIL, **changes)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=told):
        send(MailServer("127.0.0.1", port=9), mail)


def test_no_password_is_sent_without_encryption() -> None:
    server = MailServer("127.0.0.1", Security.NONE, 9, LOGIN, Secret(PASSWORD))
    assert "without encryption" in str(failure(lambda: send(server, MAIL)))
