"""What a whole export configuration encrypts, tells by mail, and calls back."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from milepost.operations.export_run import run_exports
from milepost.stores.memory import URL
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
        <url>127.0.0.1:{http}/done</url><allowPrivateAddress>yes</allowPrivateAddress>
        <joinFileList><folderPath>out</folderPath><fieldName>files</fieldName></joinFileList>
        <fields><field><name>client</name><value>a b</value></field></fields>
      </callBackUrl>
    </postProcess>
  </export>
</export-config>"""


@pytest.fixture
def called() -> Iterator[tuple[int, list[str]]]:
    """The port of a server, and the addresses that it is asked for; it refuses those that say so."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port, paths
        server.shutdown()
        thread.join()


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
    return run_exports(path, school.database).trouble


@pytest.fixture
def school(tmp_path: Path) -> Tables:
    """A store without tracking, in memory: nothing here depends on the database."""
    url = f"{URL}messengers-{tmp_path.name}"
    tables.fill(SCHOOL, tmp_path, url)
    return Tables(url, tmp_path)


def test_a_call_back_and_a_mail(school: Tables, called: tuple[int, list[str]], mailed: tuple[int, list[Any]]) -> None:
    facts = {"http": called[0], "smtp": mailed[0], "when": "always"}
    assert _run(school, XML.format(**facts)) == []
    assert called[1] == ["/done?client=a+b&files=told.csv"]
    (envelope,) = mailed[1]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("night@x.example", ["ops@x.example"])
    content = envelope.content.decode()
    assert "Subject: Export told: 0 rows." in content
    assert "trackingProvider: 0 rows written to out/told.csv." in content
    assert "answered 204." in content
    assert "File: out/told.csv" in content

    assert _run(school, XML.format(**facts | {"when": "trouble"})) == []
    assert len(mailed[1]) == 1
    refused = XML.format(**facts | {"when": "trouble"}).replace("<allowPrivateAddress>yes", "<allowPrivateAddress>no")
    (trouble,) = _run(school, refused)
    assert trouble.startswith("<callBackUrl> failed: ")
    assert "callBackUrl: " in mailed[1][1].content.decode()


@pytest.mark.skipif(shutil.which("gpg") is None, reason="GnuPG is not installed")
def test_a_file_is_encrypted_and_signed(
    school: Tables, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
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
