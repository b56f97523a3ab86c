"""Whole configurations with servers, archives, PGP and mail, on free ports of this machine."""

from __future__ import annotations

import os
import socket
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import cast

import asyncssh
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, Envelope, Session

from functional.night_scene import files, put, tracking
from functional.workbench import Outcome, run_here
from servers.key_ring import KeyRing
from servers.sftp_server import LOGIN, PASSWORD, RunningSFTP, host_key, serving_sftp


def configure(folder: Path, before: str = "", provider: str = "", steps: str = "") -> None:
    text = f"""<import-config>{before}<import guid="tracking">
    <providers><fileSystemSourceProvider><fileName>tracking_*.csv</fileName>{provider}</fileSystemSourceProvider></providers>
    <actions><createOrUpdateConsolidatedTrackingAction/></actions>
    <consolidators>{steps}</consolidators></import></import-config>"""
    (folder / "nightly.xml").write_text(text, encoding="utf-8")


def run(*words: str) -> Outcome:
    return run_here("run", "nightly.xml", "--json", *words)


def said(outcome: Outcome) -> list[tuple[str, str, str]]:
    """The steps with what became of them."""
    document = outcome.document
    every = [*document["before"], *(step for one in document["imports"] for step in one["steps"])]
    return [(step["step"], step["state"], step["message"]) for step in every]


@pytest.fixture
def remote(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSFTP]:
    """A server whose folder has two files of tracking, one of which is not to be fetched."""
    shown = tmp_path_factory.mktemp("server")
    for name in ("tracking_1.csv", "tracking_2.csv"):
        (shown / name).write_text(tracking(int(name[9])), encoding="utf-8")
        os.utime(shown / name, (1_700_000_000, 1_700_000_000))
    (shown / "other.csv").write_text("x")
    monkeypatch.setenv("FEED_PASSWORD", PASSWORD)
    with serving_sftp(shown) as running:
        yield running


def server(remote: RunningSFTP, prefix: str, more: str = "", given: str = "env:FEED_PASSWORD") -> str:
    """The elements of an SFTP server."""
    names = {"host": "127.0.0.1", "port": remote.port, "login": LOGIN, "password": given}
    elements = {f"{prefix}{name.title() if prefix else name}": value for name, value in names.items()}
    elements["hostKey"] = remote.fingerprint
    return "".join(f"<{name}>{value}</{name}>" for name, value in elements.items()) + more


def test_files_of_a_server_are_imported_once_and_removed_there(folder: Path, store: Path, remote: RunningSFTP) -> None:
    where = server(remote, "sftp")
    removal = f"<removeFromSFTP>{where}<sftpFile>*</sftpFile></removeFromSFTP>"
    configure(folder, provider=where, steps=f"<moveToBackupConsolidator/>{removal}")
    before = sorted(path.name for path in remote.folder.iterdir())
    assert run("--check").document["imports"][0]["steps"][0]["message"].startswith("2 files would be fetched")
    assert (sorted(path.name for path in remote.folder.iterdir()), files(folder)) == (before, [])
    outcome = run()
    assert [state for _, state, _ in said(outcome)] == ["done"] * 4
    assert said(outcome)[-1][2].startswith("2 files removed from 127.0.0.1")
    assert said(outcome)[-1][2].endswith("; 1 file not imported and left.")
    assert [path.name for path in remote.folder.iterdir()] == ["other.csv"]
    assert files(folder) == ["imports/backup/tracking_1.csv", "imports/backup/tracking_2.csv"]
    assert PASSWORD not in outcome.stdout + outcome.stderr
    assert store.is_file()


def test_a_server_that_is_gone_is_tried_again(folder: Path, store: Path, remote: RunningSFTP) -> None:
    wrong = server(remote, "sftp").replace(remote.fingerprint, "SHA256:" + "A" * 43)
    configure(folder, provider=wrong)
    outcome = run()
    ((step, state, message),) = said(outcome)
    assert (outcome.status, step, state) == (3, "fileSystemSourceProvider", "failed")
    assert remote.fingerprint in message
    configure(folder, provider=server(remote, "sftp", given=PASSWORD))
    outcome = run()
    assert outcome.status == 1
    assert any("sftpPassword" in one["message"] for one in outcome.document["notes"])
    assert PASSWORD not in outcome.stdout + outcome.stderr
    assert store.is_file()


def test_a_private_key_logs_in_where_the_user_knows_the_host(
    folder: Path, store: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, shown = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("server")
    (home / ".ssh").mkdir()
    monkeypatch.setenv("HOME", str(home))
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(folder / "key")
    (shown / "tracking_1.csv").write_text(tracking(1), encoding="utf-8")
    with serving_sftp(shown, authorized=key) as running:
        known = f"[127.0.0.1]:{running.port} {host_key().export_public_key().decode()}"
        (home / ".ssh" / "known_hosts").write_text(known)
        where = {"sftpHost": "127.0.0.1", "sftpPort": running.port, "sftpLogin": LOGIN, "keyFile": "key"}
        provider = "".join(f"<{name}>{value}</{name}>" for name, value in where.items())
        configure(folder, provider=provider + "<stableSeconds>0</stableSeconds>")
        outcome = run()
    assert [one["state"] for one in outcome.document["imports"][0]["files"]] == ["imported"]
    assert store.is_file()


def test_downloads_are_unpacked(folder: Path, store: Path, remote: RunningSFTP) -> None:
    with zipfile.ZipFile(remote.folder / "feed.zip", "w") as archive:
        archive.write(remote.folder / "tracking_1.csv", "tracking_1.csv")
    (remote.folder / "bad.zip").write_bytes(b"no archive")
    where = "<sourceFilesPath>*.zip</sourceFilesPath><destinationFolderPath>in</destinationFolderPath>"
    download = (
        f"<remoteResourceDownloader><protocol>sFTP</protocol>{server(remote, '', where)}</remoteResourceDownloader>"
    )
    unpack = "<unpackager><inputFilePath>in/*.zip</inputFilePath><outputFilePath>import</outputFilePath></unpackager>"
    configure(folder, f"<preProcess>{download}{unpack}</preProcess>", "<stableSeconds>0</stableSeconds>")
    outcome = run()
    assert [state for _, state, _ in said(outcome)] == ["done", "failed"]
    assert "1 of 2 files failed. bad.zip: " in said(outcome)[1][2]
    assert [one["state"] for one in outcome.document["imports"][0]["files"]] == ["imported"]
    assert sorted(path.name for path in remote.folder.iterdir()) == ["other.csv", "tracking_1.csv", "tracking_2.csv"]
    assert files(folder) == ["import/tracking_1.csv", "in/bad.zip"]
    assert store.is_file()


def test_encrypted_files_need_the_signature_of_a_known_key(
    folder: Path, store: Path, key_ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNUPGHOME", str(key_ring.home))
    key = key_ring.ours
    plain = put(folder, "tracking_1.csv", tracking(1))
    for name, sign in (("tracking_1.csv.pgp", ["-u", key, "--sign"]), ("tracking_2.csv.pgp", [])):
        (folder / "secret").mkdir(exist_ok=True)
        key_ring.run("-r", key, *sign, "-o", folder / "secret" / name, "--encrypt", plain)
    plain.unlink()
    where = "<inputFolderPath>secret</inputFolderPath><outputFolderPath>import</outputFolderPath>"
    decryption = f"<pgpDecryption>{where}<signer>{key}</signer></pgpDecryption>"
    configure(folder, f"<preProcess>{decryption}</preProcess>", "<stableSeconds>0</stableSeconds>")
    outcome = run()
    assert [(step, state) for step, state, _ in said(outcome)] == [("pgpDecryption", "failed")]
    assert [one["state"] for one in outcome.document["imports"][0]["files"]] == ["imported"]
    assert files(folder) == ["import/tracking_1.csv", "secret/tracking_2.csv.pgp"]
    assert store.is_file()


class _Box(Sink):
    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self.is_refusing = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        if self.is_refusing:
            return "451 not now"
        self.messages.append(message_from_bytes(cast("bytes", envelope.content), policy=default))
        return "250 OK"


@contextmanager
def mail_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Box]:
    box = _Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        for name, value in (("HOST", "127.0.0.1"), ("PORT", str(port)), ("SECURITY", "none"), ("FROM", "m@x.example")):
            monkeypatch.setenv(f"MILEPOST_SMTP_{name}", value)
        yield box
    finally:
        controller.stop()


def test_the_report_is_mailed_and_tried_again(folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = "<emailReport><targetEmail>a@x.example</targetEmail><targetEmail>b@x.example</targetEmail>"
    logger = "<timeStampedFileErrorLogger><location>logs</location></timeStampedFileErrorLogger>"
    more = "<includeDownloadLink>yes</includeDownloadLink><attachRejects>yes</attachRejects></emailReport>"
    configure(folder, steps=f"{logger}{report}{more}<deleteProcessedFilesConsolidator/>")
    put(folder, "tracking_1.csv", tracking(1))
    with mail_server(monkeypatch) as box:
        box.is_refusing = True
        outcome = run()
        assert [(step, state) for step, state, _ in said(outcome)][1] == ("emailReport", "failed")
        assert (outcome.status, files(folder)) == (3, ["logs/STAMP_tracking_1.csv.log"])
        box.is_refusing = False
        outcome = run()
        assert (outcome.status, [state for _, state, _ in said(outcome)]) == (1, ["done"])
        (message,) = box.messages
    assert message["To"] == "a@x.example, b@x.example"
    body = message.get_body(("plain",))  # type: ignore[attr-defined]
    assert "import/tracking_1.csv: resumed, run 7" in body.get_content()
    assert "2 registration-not-found: " in body.get_content()
    assert "nobody" not in body.get_content()
    assert [part.get_filename() is not None for part in message.iter_attachments()] == [True]  # type: ignore[attr-defined]
    assert store.is_file()


def test_rejects_are_attached_without_a_log(folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = "<emailReport><targetEmail>a@x.example</targetEmail><attachRejects>yes</attachRejects></emailReport>"
    configure(folder, steps=f"<moveToBackupConsolidator/>{report}")
    put(folder, "tracking_1.csv", tracking(1))
    with mail_server(monkeypatch) as box:
        assert [state for _, state, _ in said(run())] == ["done", "done"]
        (message,) = box.messages
    (part,) = message.iter_attachments()  # type: ignore[attr-defined]
    assert part.get_filename().endswith("_tracking_1.csv.log")
    assert part.get_content().startswith(b"Line number:3,ERROR,nobody,intro,guid-2024,")
    assert (files(folder), store.is_file()) == (["imports/backup/tracking_1.csv"], True)


def test_files_that_are_put_on_a_server_are_numbered_there(folder: Path, store: Path, remote: RunningSFTP) -> None:
    (folder / "out.xml").write_text(
        f"""<export-config><export guid="all">
        <providers><trackingProvider/><trackingLogProvider/></providers>
        <actions><sftpExportAction>
          {server(remote, "sftp")}<sftpFolder>/</sftpFolder><fileName>out_%i.csv</fileName>
        </sftpExportAction></actions></export></export-config>"""
    )
    for _ in range(2):
        assert run_here("run", "out.xml").status == 0
    assert [path.name for path in sorted(remote.folder.glob("out*"))] == [f"out_{number}.csv" for number in range(1, 5)]
    assert store.is_file()
