"""What a whole export configuration encrypts, tells by mail, and calls back."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from typing import Any

import pytest

import programs
from milepost.operations.export_run import run_exports
from milepost.operations.run_options import RunOptions
from milepost.stores.memory import URL
from servers.call_server import RunningCalls, serving_calls
from spec import tables
from spec.tables import SCHOOL, Tables

XML = """<export-config>
  <export guid="told">
    <providers><trackingProvider><columns><candidateLogin/></columns></trackingProvider></providers>
    <consolidators>
      <moveToFolder><fileName>told.csv</fileName><folderPath>out</folderPath></moveToFolder>
      <emailReport>
        <targetEmail>ops@x.example</targetEmail><includeDownloadLink>yes</includeDownloadLink>
        <from>night@x.example</from><smtpHost>127.0.0.1</smtpHost><smtpPort>{smtp}</smtpPort>
        <smtpSecurity>none</smtpSecurity><when>{when}</when>
      </emailReport>
    </consolidators>
    <postProcess>
      <callBackUrl>
        <url>{http}/done</url><allowPrivateAddress>yes</allowPrivateAddress>
        <joinFileList><folderPath>out</folderPath><fieldName>files</fieldName></joinFileList>
        <fields><field><name>client</name><value>a b</value></field></fields>
      </callBackUrl>
    </postProcess>
  </export>
</export-config>"""


@pytest.fixture
def called() -> Iterator[RunningCalls]:
    """A server for call-backs."""
    with serving_calls() as running:
        yield running


@pytest.fixture
def mailed() -> Iterator[tuple[int, list[Any]]]:
    """The port of a mail server, and the messages that it takes."""
    controllers = pytest.importorskip("aiosmtpd.controller")
    taken: list[Any] = []

    class Taking:
        async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: ANN401, N802 - as the library calls it
            taken.append(envelope)
            return "250 taken"

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = controllers.Controller(Taking(), hostname="127.0.0.1", port=port)
    controller.start()
    yield port, taken
    controller.stop()


def _run(school: Tables, xml: str) -> list[str]:
    path = school.folder / "told.xml"
    path.write_text(xml)
    return run_exports(path, school.database, RunOptions()).trouble


@pytest.fixture
def school(tmp_path: Path) -> Tables:
    """A store without tracking, in memory: nothing here depends on the database."""
    url = f"{URL}messengers-{tmp_path.name}"
    tables.fill(SCHOOL, tmp_path, url)
    return Tables(url, tmp_path)


def test_a_call_back_and_a_mail(school: Tables, called: RunningCalls, mailed: tuple[int, list[Any]]) -> None:
    facts = {"http": called.url.removeprefix("http://"), "smtp": mailed[0], "when": "always"}
    assert _run(school, XML.format(**facts)) == []
    assert [one.path for one in called.requests] == ["/done?client=a+b&files=told.csv"]
    (envelope,) = mailed[1]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("night@x.example", ["ops@x.example"])
    content = envelope.content.decode()
    assert "Subject: Export told: 0 rows." in content
    assert "trackingProvider: 0 rows written to out/told.csv." in content
    assert "answered 200." in content
    assert "File: out/told.csv" in content

    assert _run(school, XML.format(**facts | {"when": "trouble"})) == []
    assert len(mailed[1]) == 1
    refused = XML.format(**facts | {"when": "trouble"}).replace("<allowPrivateAddress>yes", "<allowPrivateAddress>no")
    (trouble,) = _run(school, refused)
    assert trouble.startswith("<callBackUrl> failed: ")
    assert "callBackUrl: " in mailed[1][1].content.decode()


def test_a_call_back_by_post_sends_the_files(school: Tables, called: RunningCalls) -> None:
    start, end = XML.index("<emailReport>"), XML.index("</emailReport>") + len("</emailReport>")
    xml = (XML[:start] + XML[end:]).replace("<allowPrivateAddress>", "<method>POST</method><allowPrivateAddress>")
    (school.folder / "out").mkdir()
    (school.folder / "out" / "done.txt").write_text("done")
    assert _run(school, xml.format(http=called.url.removeprefix("http://"))) == []
    (request,) = called.requests
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    parts = list(message_from_bytes(head + request.body, policy=HTTP).iter_parts())
    told = [(one.get_param("name", header="Content-Disposition"), one.get_filename()) for one in parts]
    assert told == [("client", None), ("files", "done.txt"), ("files", "told.csv")]
    assert [one.get_payload(decode=True) for one in parts] == [b"a b", b"done", b"candidateLogin\n"]


def test_a_file_is_encrypted_and_signed(
    school: Tables, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs.GNUPG.needed()
    gnupg = pytest.importorskip("gnupg")
    # The path of a socket of GnuPG may have a hundred characters.
    home = tmp_path_factory.mktemp("g")
    home.chmod(0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    keys = gnupg.GPG(gnupghome=str(home))
    made = keys.gen_key(keys.gen_key_input(name_email="a@x.example", key_type="EDDSA", key_curve="ed25519",
        subkey_type="ECDH", subkey_curve="cv25519", no_protection=True))  # fmt: skip
    step = (
        f"<pgpEncryption><inputFolderPath>out</inputFolderPath><outputFolderPath>safe</outputFolderPath>"
        f"<recipient>{made.fingerprint}</recipient><removeSources>yes</removeSources></pgpEncryption>"
    )
    start, end = XML.index("<emailReport>"), XML.index("</emailReport>") + len("</emailReport>")
    xml = XML[:start] + XML[end:]
    start, end = xml.index("<callBackUrl>"), xml.index("</callBackUrl>") + len("</callBackUrl>")
    assert _run(school, xml[:start] + step + xml[end:]) == []
    assert list((school.folder / "out").iterdir()) == []
    plain = keys.decrypt((school.folder / "safe/told.csv.pgp").read_bytes())
    assert (plain.data, plain.valid, plain.fingerprint) == (b"candidateLogin\n", True, made.fingerprint)
