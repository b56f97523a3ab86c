"""Files of servers: the same over SFTP, FTP and FTPS, whatever the server does."""

from __future__ import annotations

import asyncio
import hashlib
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from os import utime
from pathlib import Path
from typing import Any, BinaryIO

import asyncssh
import pytest

from milepost.model.exceptions import FileError, MilepostError, TransferError
from milepost.transfer.remote import Protocol, Server, connect
from milepost.transfer.secret import Secret
from servers.ftp_server import commands_without, serving_ftp
from servers.sftp_server import LOGIN, PASSWORD, Factory, host_key, serving_sftp

KINDS = ("SFTP", "FTP", "FTPS", "FTPS, implicit")


@dataclass(frozen=True)
class Scene:
    """A server that runs, its folder `out`, and a local folder."""

    server: Server
    out: Path
    local: Path


Serving = Callable[..., Any]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """The folder of a server, and a local one."""
    served, local = tmp_path / "served", tmp_path / "local"
    (served / "out").mkdir(parents=True)
    local.mkdir()
    return served, local


@contextmanager
def serving(kind: str, folders: tuple[Path, Path], certificate: Path, **members: Any) -> Iterator[Scene]:  # noqa: ANN401
    """A server of that kind; `members` are the methods that it has instead of its own."""
    served, local = folders
    given = Server(Protocol(kind[:4].rstrip(",")), "127.0.0.1", LOGIN, Secret(PASSWORD), stall_seconds=5)
    if kind == "SFTP":
        factory: Factory = type("Odd", (asyncssh.SFTPServer,), members)
        with serving_sftp(served, factory) as sftp:
            server = replace(given, port=sftp.port, host_keys=(sftp.fingerprint,))
            yield Scene(server, served / "out", local)
    else:
        is_implicit = kind.endswith("implicit")
        shown = certificate if kind.startswith("FTPS") else None
        with serving_ftp(served, shown, is_implicit=is_implicit, **members) as ftp:
            server = replace(given, port=ftp.port, ca_file=shown, implicit_tls=is_implicit)
            yield Scene(server, served / "out", local)


@pytest.fixture(params=KINDS)
def scene(request: pytest.FixtureRequest, folders: tuple[Path, Path], certificate: Path) -> Iterator[Scene]:
    """A server of each kind."""
    with serving(request.param, folders, certificate) as made:
        yield made


def failure(attempt: Callable[[], object]) -> MilepostError:
    """What `attempt` raises; it has no password."""
    with pytest.raises(MilepostError) as caught:
        attempt()
    assert PASSWORD not in str(caught.value)
    return caught.value


def test_files_are_listed_fetched_put_and_removed(scene: Scene) -> None:
    content = bytes(range(256)) * 10_000
    (scene.out / "b.csv").write_bytes(content)
    (scene.out / "a.csv").touch()
    utime(scene.out / "a.csv", (0, datetime(2024, 2, 29, 12, 30, tzinfo=UTC).timestamp()))
    (scene.out / ".hidden.csv").touch()
    (scene.out / "c.txt").touch()
    (scene.out / "folder.csv").mkdir()
    with connect(scene.server) as remote:
        first, second = remote.list("/out/*.csv")
        assert (first.name, first.size, first.modified) == ("a.csv", 0, datetime(2024, 2, 29, 12, 30, tzinfo=UTC))
        assert [one.path for one in remote.list("out/?.csv")] == ["out/a.csv", "out/b.csv"]
        (scene.local / "b.csv").write_text("older")
        fetched = remote.fetch(second, scene.local)
        assert fetched.path == scene.local / "b.csv"
        assert (fetched.size, fetched.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert fetched.path.read_bytes() == content
        assert remote.put(fetched.path, "/out", "new.csv") == "/out/new.csv"
        (scene.local / "other.csv").write_text("other")
        remote.put(scene.local / "other.csv", "/out", "new.csv")
        assert (scene.out / "new.csv").read_text() == "other"
        assert remote.remove("/out/new.csv")
        assert not remote.remove("/out/new.csv")
        remote.put(scene.local / "other.csv", "")
    assert (scene.out.parent / "other.csv").read_text() == "other"
    assert {one.name for one in scene.out.iterdir()} == {"a.csv", "b.csv", ".hidden.csv", "c.txt", "folder.csv"}
    assert {one.name for one in scene.local.iterdir()} == {"b.csv", "other.csv"}


def test_what_the_server_refuses_is_told(scene: Scene) -> None:
    (scene.local / "a.csv").touch()
    with connect(scene.server) as remote:
        for attempt in (lambda: remote.list("/nowhere/*"), lambda: remote.put(scene.local / "a.csv", "/nowhere")):
            refused = failure(attempt)
            assert refused.code == "server-refused"
            assert "No such file" in str(refused)
        assert failure(lambda: remote.put(scene.local / "b.csv", "")).code == "file-missing"
        assert failure(lambda: remote.remove("a\r\nDELE b")).code == "path-refused"
    wrong = failure(lambda: connect(replace(scene.server, password=Secret("wrong"))))
    assert wrong.code == "server-refused"
    assert 'refuses the log-in "milepost"' in str(wrong)
    assert not wrong.retry


@pytest.mark.parametrize("protocol", Protocol)
def test_a_server_that_is_not_there_may_be_there_later(protocol: Protocol) -> None:
    server = Server(protocol, "127.0.0.1", port=9, connect_seconds=1)
    unreachable = failure(lambda: connect(server))
    assert unreachable.code == "server-unreachable"
    assert unreachable.retry


def test_a_host_key_must_be_known(folders: tuple[Path, Path], certificate: Path) -> None:
    with serving("SFTP", folders, certificate) as scene:
        shown = host_key().get_fingerprint()
        unknown = failure(lambda: connect(replace(scene.server, host_keys=())))
        assert unknown.code == "server-untrusted"
        assert f"a host key that is not known: {shown} (ssh-ed25519)" in str(unknown)
        assert "name it in <hostKey>" in str(unknown)
        other = failure(lambda: connect(replace(scene.server, host_keys=("SHA256:other",))))
        assert f"{shown} (ssh-ed25519), but SHA256:other is expected" in str(other)
        known = folders[1] / "known_hosts"
        line = f"[127.0.0.1]:{scene.server.port} %s"
        known.write_text(line % host_key().export_public_key().decode())
        with connect(replace(scene.server, host_keys=(), known_hosts=known)):
            pass
        changed = asyncssh.generate_private_key("ssh-ed25519")
        known.write_text(line % changed.export_public_key().decode())
        imposter = failure(lambda: connect(replace(scene.server, host_keys=(), known_hosts=known)))
        assert f"but {changed.get_fingerprint()} is expected" in str(imposter)
        known.unlink()
        assert "file of host keys" in str(failure(lambda: connect(replace(scene.server, known_hosts=known))))


def test_a_private_key_logs_in(folders: tuple[Path, Path]) -> None:
    served, local = folders
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(local / "id", passphrase="sesame", rounds=1, ignore_few_rounds=True)  # noqa: S106
    with serving_sftp(served, authorized=key) as running:
        server = Server(
            Protocol.SFTP,
            "127.0.0.1",
            LOGIN,
            port=running.port,
            host_keys=(running.fingerprint,),
            key_file=local / "id",
        )
        with connect(replace(server, key_passphrase=Secret("sesame"))) as remote:
            assert remote.list("/*.csv") == ()
        for wrong in (Secret("wrong"), None):
            error = failure(lambda wrong=wrong: connect(replace(server, key_passphrase=wrong)))  # type: ignore[misc]
            assert error.code == "secret-missing"


@pytest.mark.parametrize("kind", KINDS[2:])
def test_a_certificate_is_verified(
    kind: str, folders: tuple[Path, Path], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(kind, folders, certificate) as scene:
        untrusted = failure(lambda: connect(replace(scene.server, ca_file=None)))
        assert untrusted.code == "server-untrusted"
        assert "self-signed certificate" in str(untrusted)
        # The certificate is one of 127.0.0.1.
        assert failure(lambda: connect(replace(scene.server, host="localhost"))).code == "server-untrusted"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with connect(replace(scene.server, ca_file=None)):
            pass


def _hang_up_sftp(self: Any, _file: object, offset: int, size: int) -> bytes:  # noqa: ANN401
    if offset:
        self.channel.get_connection().abort()
    return b"x" * size


async def _stall_sftp(_self: object, file: BinaryIO, _offset: int, _size: int) -> bytes:
    file.close()
    await asyncio.sleep(60)
    return b""


def _grow_sftp(self: Any, path: bytes) -> asyncssh.SFTPAttrs:  # noqa: ANN401
    found = asyncssh.SFTPAttrs.from_local(Path(self.map_path(path).decode()).stat())
    found.size = (found.size or 0) + 1
    return found


ODD: dict[str, dict[str, dict[str, object]]] = {
    "SFTP": {"hang up": {"read": _hang_up_sftp}, "stall": {"read": _stall_sftp}, "half": {"stat": _grow_sftp}},
    "FTP": {
        "hang up": {"ftp_RETR": lambda self, _: self.close()},
        "stall": {"ftp_RETR": lambda _self, _: None},
        "half": {"ftp_SIZE": lambda self, _: self.respond("213 3000001")},
    },
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("oddity", ODD["SFTP"])
def test_of_a_file_that_does_not_arrive_whole_nothing_is_kept(
    kind: str, oddity: str, folders: tuple[Path, Path], certificate: Path
) -> None:
    with serving(kind, folders, certificate, **ODD[kind][oddity]) as scene:
        (scene.out / "a.csv").write_bytes(b"x" * 3_000_000)
        (scene.local / "a.csv").write_text("older")
        with connect(replace(scene.server, stall_seconds=0.3 if oddity == "stall" else 5)) as remote:
            (file,) = remote.list("out/*")
            broken = failure(lambda: remote.fetch(file, scene.local))
        assert (broken.code, broken.retry) == ("transfer-broken", True)
        told = {"hang up": "broke the connection", "stall": "said nothing for 0.3 seconds", "half": "is not whole"}
        assert told[oddity] in str(broken)
        assert [one.read_text() for one in scene.local.iterdir()] == ["older"]


def test_of_a_file_that_finds_no_room_nothing_is_kept(scene: Scene) -> None:
    (scene.out / "a.csv").write_bytes(b"x" * 3_000_000)
    with connect(scene.server) as remote:
        (file,) = remote.list("out/*")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
        try:
            with pytest.raises(FileError, match=r"a\.csv cannot be written: File too large"):
                remote.fetch(file, scene.local)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(scene.local.iterdir()) == []


def test_a_name_that_could_do_harm_is_listed_but_not_fetched(folders: tuple[Path, Path], certificate: Path) -> None:
    with serving("SFTP", folders, certificate) as scene:
        (scene.out / "a\nb.csv").touch()
        (scene.out / "good.csv").touch()
        with connect(scene.server) as remote:
            bad, good = remote.list("out/*.csv")
            assert failure(lambda: remote.fetch(bad, scene.local)).code == "path-refused"
            assert remote.fetch(good, scene.local).size == 0


def test_servers_that_lack_newer_commands_are_used_too(folders: tuple[Path, Path], certificate: Path) -> None:
    odd: dict[str, dict[str, object]] = {
        "FTP": {"proto_cmds": commands_without("MLSD")},
        "SFTP": {"posix_rename": _unsupported},
    }
    for kind, members in odd.items():
        with serving(kind, folders, certificate, **members) as scene:
            (scene.out / "a.csv").write_text("abc")
            with connect(scene.server) as remote:
                assert [(one.name, one.size) for one in remote.list("out/*")] == [("a.csv", 3)]
                fetched = remote.fetch(remote.list("out/*")[0], scene.local)
                remote.put(fetched.path, "out")
            assert [one.name for one in scene.out.iterdir()] == ["a.csv"]


def _unsupported(*_: object) -> None:
    raise asyncssh.SFTPOpUnsupported("no")


def test_what_a_server_says_of_the_password_is_not_repeated(folders: tuple[Path, Path], certificate: Path) -> None:
    def refuse(self: Any, word: str) -> None:  # noqa: ANN401
        self.respond(f"530 {word} is wrong.")

    with serving("FTP", folders, certificate, ftp_PASS=refuse) as scene:
        assert '"530 … is wrong."' in str(failure(lambda: connect(scene.server)))


def test_without_the_extra_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.delitem(sys.modules, "milepost.transfer.sftp_remote", raising=False)
    monkeypatch.setitem(sys.modules, "asyncssh", None)
    missing = failure(lambda: connect(Server(Protocol.SFTP, "127.0.0.1")))
    assert "SFTP needs asyncssh, which is not installed. Install Milepost with the extra `run`" in str(missing)


def test_transfer_errors_are_errors_of_milepost() -> None:
    assert issubclass(TransferError, MilepostError)
