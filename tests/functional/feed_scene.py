"""A whole night with every kind of server: fetched by SFTP, decrypted, unpacked, imported, backed up, told."""

from __future__ import annotations

import io
import os
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import polars as pl

from functional.night_scene import LEARNERS, REGISTRATIONS, SESSIONS, tracking
from functional.workbench import Outcome, run_here
from milepost.stores.opening import read_store
from servers.call_server import RunningCalls, serving_calls
from servers.key_ring import KeyRing
from servers.mail_server import RunningMail, serving_mail
from servers.sftp_server import LOGIN, PASSWORD, RunningSFTP, serving_sftp

_SERVER = f"<LEADhost>127.0.0.1</LEADhost><LEADport>PORT</LEADport><LEADlogin>{LOGIN}</LEADlogin>"
_TRUST = "<LEADpassword>env:FEED_PASSWORD</LEADpassword><hostKey>HOSTKEY</hostKey>"


def _server(lead: str = "") -> str:
    """The elements of a server, whose names begin with `lead`."""
    return re.sub(r"LEAD(\w)", lambda found: lead + (found[1].upper() if lead else found[1]), _SERVER + _TRUST)


_MAIL = "<emailReport><targetEmail>a@x.example</targetEmail></emailReport>"


def _import(name: str, action: str, provider: str, consolidators: str) -> str:
    source = f"<fileName>{name}_*.csv</fileName><stableSeconds>0</stableSeconds><onBadFile>stop</onBadFile>{provider}"
    return f"""<import guid="{name}">
    <providers><fileSystemSourceProvider>{source}</fileSystemSourceProvider></providers>
    <actions>{action}</actions><consolidators>{consolidators}</consolidators></import>"""


_ACTION_OF_SESSIONS = """<createOrUpdateSessionAction>
  <fields><sessionGuid/><sessionTitle/><trainingPathCode/><sessionStartDate/><sessionEndDate/><sessionAction/></fields>
  <parameters><dateTimeFormat>DD/MM/YYYY</dateTimeFormat></parameters></createOrUpdateSessionAction>"""
_ACTION_OF_REGISTRATIONS = """<registerLearnerAction>
  <fields><candidateLogin/><sessionGuid/><registerFlag/></fields></registerLearnerAction>"""
_DELETED = "<deleteProcessedFilesConsolidator/>"
IMPORTS = f"""<import-config name="feed"><preProcess>
  <remoteResourceDownloader>
    <protocol>sFTP</protocol>{_server()}<sourceFilesPath>*.pgp</sourceFilesPath>
    <destinationFolderPath>secret</destinationFolderPath>
  </remoteResourceDownloader>
  <pgpDecryption>
    <inputFolderPath>secret</inputFolderPath><outputFolderPath>packed</outputFolderPath><signer>SIGNER</signer>
  </pgpDecryption>
  <unpackager><inputFilePath>packed/*.zip</inputFilePath><outputFilePath>import</outputFilePath></unpackager>
</preProcess>
{_import("learners", "<createOrUpdateLearnerAction/>", "", _DELETED)}
{_import("sessions", _ACTION_OF_SESSIONS, "", _DELETED)}
{_import("registrations", _ACTION_OF_REGISTRATIONS, "", _DELETED)}
{
    _import(
        "tracking",
        "<createOrUpdateConsolidatedTrackingAction/>",
        _server("sftp"),
        "<timeStampedFileErrorLogger><location>LOGS</location></timeStampedFileErrorLogger>"
        f"<moveToBackupConsolidator><backupFolder>BACKUP</backupFolder></moveToBackupConsolidator>{_MAIL}"
        f"<removeFromSFTP>{_server('sftp')}<sftpFile>tracking_*</sftpFile></removeFromSFTP>",
    )
}</import-config>"""
"""A configuration of imports with names in capitals for what a failure changes."""
EXPORTS = f"""<export-config name="out"><export guid="all">
  <providers><trackingProvider><columns><candidateLogin/><lovCode/><progression/></columns></trackingProvider></providers>
  <consolidators>
    <moveToFolder><fileName>all.csv</fileName><folderPath>data</folderPath></moveToFolder>{_MAIL}
    <generateEndFile><fileName>done</fileName><folderPath>FOLDER</folderPath><fileContent>all</fileContent></generateEndFile>
  </consolidators>
  <postProcess>
    <packager><type>tgz</type><inputFolderPath>data</inputFolderPath><outputFilePath>packed/all</outputFilePath></packager>
    <pgpEncryption>
      <inputFolderPath>packed</inputFolderPath><outputFolderPath>secret</outputFolderPath><removeSources>yes</removeSources>
      <recipient>RECIPIENT</recipient><signer>SIGNER</signer>
    </pgpEncryption>
    <remoteResourceUploader>
      <protocol>sFTP</protocol>{_server()}<sourceFilesPath>secret/*</sourceFilesPath>
      <destinationFolderPath>/</destinationFolderPath>
    </remoteResourceUploader>
    <callBackUrl><url>URL</url><allowPrivateAddress>yes</allowPrivateAddress></callBackUrl>
  </postProcess></export>
<export guid="new">
  <providers><trackingProvider>
    <columns><candidateLogin/><lovCode/></columns><parameters><deltaMode>yes</deltaMode></parameters>
  </trackingProvider></providers>
  <actions><sftpExportAction>
    {_server("sftp")}<sftpFolder>/</sftpFolder><fileName>new.csv</fileName>
  </sftpExportAction></actions>
</export></export-config>"""
"""The same of exports: packed, encrypted, put on a server, which is told; and what is new put there as it is."""
_LEARNERS = LEARNERS.replace(
    "login;number;mail;name;first;entity",
    "candidateLogin;candidateRefNumber;candidateEmail;candidateName;candidateFirstname;entityName",
).replace(";4;;;;\n", "")
FEED = {"learners_1.csv": _LEARNERS, "sessions_1.csv": SESSIONS, "registrations_1.csv": REGISTRATIONS}


class Unruly(asyncssh.SFTPServer):
    """A server that hangs up where it is told to."""

    hangs_up_at: str | None = None

    def _judge(self, deed: str) -> None:
        if deed == Unruly.hangs_up_at:
            self.channel.get_connection().abort()

    def read(self, file: Any, offset: int, size: int) -> Any:  # noqa: ANN401
        self._judge("read")
        return super().read(file, offset, size // 2 or 1 if Unruly.hangs_up_at == "read" else size)

    def write(self, file: Any, offset: int, data: bytes) -> Any:  # noqa: ANN401
        self._judge("write")
        return super().write(file, offset, data)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:  # noqa: ANN401
        self._judge("rename")
        return super().posix_rename(oldpath, newpath)

    def remove(self, path: bytes) -> Any:  # noqa: ANN401
        self._judge("remove")
        return super().remove(path)


@dataclass
class FeedScene:
    """A data folder, a store, the servers, and what the configuration says of them."""

    data: Path
    db: str
    ring: KeyRing
    text: str
    sftp: RunningSFTP
    mail: RunningMail
    calls: RunningCalls
    values: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the configuration."""
        return "feed.xml" if self.text is IMPORTS else "out.xml"

    @property
    def right(self) -> dict[str, str]:
        """What the configuration must say."""
        return {
            "PORT": str(self.sftp.port),
            "HOSTKEY": self.sftp.fingerprint,
            "SIGNER": self.ring.theirs,
            "RECIPIENT": self.ring.ours,
            "BACKUP": "backup",
            "LOGS": "logs",
            "FOLDER": "data",
            "URL": self.calls.url,
        }

    def configure(self, **wrong: str) -> None:
        """Writes the configuration, with what is wrong in it."""
        text = self.text
        for name, value in (self.right | wrong).items():
            text = text.replace(name, value)
        (self.data / self.name).write_text(text, encoding="utf-8")

    def send_feed(self, *, cut: str | None = None) -> None:
        """Puts the files of one day on the server; the one called `cut` is half of what it must be."""
        zipped, secret = self.data.parent / "feed.zip", self.data.parent / "feed.zip.pgp"
        with zipfile.ZipFile(zipped, "w") as archive:
            for name, text in FEED.items():
                archive.writestr(name, text)
        _halve(zipped, when=cut == "zip")
        ring = self.ring
        words = ("-u", ring.theirs, "-r", ring.ours, "--sign", "-o", secret, "--encrypt", zipped)
        ring.run("--passphrase", "", "--pinentry-mode", "loopback", *words)
        (self.sftp.folder / "feed.zip.pgp").write_bytes(secret.read_bytes())
        _halve(self.sftp.folder / "feed.zip.pgp", when=cut == "pgp")
        for day in (1, 2):
            text = tracking(day).replace("nobody;intro", '"nobody";intro')
            text = text.partition('body"')[0] if cut == "tracking" and day == 1 else text
            path = self.sftp.folder / f"tracking_2024030{day}.csv"
            path.write_text(text, encoding="utf-8")
            os.utime(path, (1_700_000_000, 1_700_000_000 + len(text)))

    def run(self, *words: str) -> Outcome:
        """One night."""
        return run_here("run", self.data / self.name, "--data", self.data, "--db", self.db, "--json", *words)

    def exported(self) -> dict[str, object]:
        """What a night of exports comes to: the files, and the server's folder with what is packed and encrypted."""
        there = {one.name: one for one in sorted(self.sftp.folder.iterdir())}
        found: dict[str, object] = {"files": _files(self.data), "server": sorted(there)}
        if (secret := there.pop("all.tgz.pgp", None)) is not None:
            plain = self.ring.run("--passphrase", "", "--pinentry-mode", "loopback", "--decrypt", secret)
            with tarfile.open(fileobj=io.BytesIO(plain)) as packed:
                members = [(one.name, packed.extractfile(one)) for one in packed.getmembers()]
                found["packed"] = sorted((name, file.read().decode()) for name, file in members if file is not None)
        return found | {name: one.read_text("utf-8", "replace") for name, one in there.items()}

    def imported(self) -> dict[str, object]:
        """What a night of imports comes to: the store, the files, the server's folder."""
        with read_store(self.db) as tables:
            text, number = pl.String(), pl.Int64()
            where = {"state": "done"}
            runs = tables.rows("import_run", {"file": text, "kind": text, "rejected": number}, where)
            settled = tables.rows("night_file", {"file": text, "settled_at": number})
            learners = tables.rows("learner", {"login": text, "email": text, "name": text})
        return {
            "files": _files(self.data),
            "server": _files(self.sftp.folder),
            "tracking": run_here("export", "tracking", "--db", self.db).stdout,
            "learners": sorted(learners.rows(), key=str),
            "runs": sorted(runs.filter(pl.col("file").str.contains("_")).rows(), key=str),
            "settled": sorted(settled.with_columns(pl.col("settled_at").is_not_null()).unique().rows()),
        }


def _halve(path: Path, *, when: bool) -> None:
    if when:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])


def _files(folder: Path) -> dict[str, str]:
    """The files of a folder with their content; time stamps as `STAMP`."""
    every = {str(one.relative_to(folder)): one for one in sorted(folder.rglob("*")) if one.is_file()}
    kept = {name: one for name, one in every.items() if not name.endswith((".lock", ".xml"))}
    return {re.sub(r"\d{14}_", "STAMP_", name): one.read_text("utf-8", "replace") for name, one in kept.items()}


@contextmanager
def feed_scene(
    folder: Path, db: str, ring: KeyRing, text: str, setenv: Callable[[str, str], None]
) -> Iterator[FeedScene]:
    """The scene, whose servers run meanwhile; `setenv` sets an environment variable."""
    for name in ("data", "server"):
        (folder / name).mkdir(parents=True)
    Unruly.hangs_up_at = None
    with ExitStack() as stack:
        sftp = stack.enter_context(serving_sftp(folder / "server", Unruly))
        mail = stack.enter_context(serving_mail())
        calls = stack.enter_context(serving_calls())
        given = {"HOST": "127.0.0.1", "PORT": str(mail.port), "SECURITY": "none", "FROM": "m@x.example"}
        for name, value in given.items():
            setenv(f"MILEPOST_SMTP_{name}", value)
        setenv("FEED_PASSWORD", PASSWORD)
        setenv("GNUPGHOME", str(ring.home))
        scene = FeedScene(folder / "data", db, ring, text, sftp, mail, calls)
        scene.configure()
        yield scene
