"""The steps that go to a server, or need a program of their own: fetching, decrypting, unpacking, removal there."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from milepost.model.exceptions import MilepostError, TransferError
from milepost.operations.file_steps import Place, files_told
from milepost.operations.night_plan import Remote as RemoteFolder
from milepost.operations.night_plan import Step
from milepost.transfer import archives, pgp
from milepost.transfer.data_folder import inside, matching
from milepost.transfer.remote import Protocol, RemoteFile, Server, connect, joined

_ENCRYPTED = (".pgp", ".gpg", ".asc")


def download(step: Step, place: Place, *, dry_run: bool) -> str:
    """Fetches the files of `remoteResourceDownloader`, and removes each from the server when it is here."""
    options = step.options
    server = server_of(options, place.data)
    folder = inside(place.data, options["destinationFolderPath"])
    return _fetched(server, options["sourceFilesPath"], folder, removes=options["removeSources"], dry_run=dry_run)


def fetch(remote: RemoteFolder, pattern: str, folder: str, place: Place, *, dry_run: bool) -> str:
    """Fetches the files of a provider with an `sftpHost` into its folder; they stay on the server."""
    where = joined(remote.folder, pattern)
    target = inside(place.data, folder)
    return _fetched(server_of(remote.options, place.data), where, target, removes=False, dry_run=dry_run)


def server_of(options: Mapping[str, Any], data: Path) -> Server:
    """The server of `sftpHost` and the options beside it, or of `protocol`, `host` and those."""
    is_sftp = "sftpHost" in options
    host, login, password, port = (
        options[f"sftp{name.title()}" if is_sftp else name] for name in ("host", "login", "password", "port")
    )
    protocol = Protocol.SFTP if is_sftp else Protocol(options["protocol"])
    return Server(protocol, host, login, password, port, **_trust(options, data))


def _trust(options: Mapping[str, Any], data: Path) -> dict[str, Any]:
    """The attributes of a `Server` that `night_table.KEYS` are about. Relative paths begin in the data folder."""
    paths = {
        name: None if options[name] is None else data / options[name] for name in ("knownHosts", "keyFile", "caFile")
    }
    known = Path.home() / ".ssh" / "known_hosts"
    if not options["hostKey"] and paths["knownHosts"] is None and known.is_file():
        paths["knownHosts"] = known
    return {
        "host_keys": options["hostKey"],
        "known_hosts": paths["knownHosts"],
        "key_file": paths["keyFile"],
        "key_passphrase": options["keyPassphrase"],
        "ca_file": paths["caFile"],
    }


def _fetched(server: Server, pattern: str, folder: Path, *, removes: bool, dry_run: bool) -> str:
    with connect(server) as remote:
        files = remote.list(pattern)
        if dry_run:
            return f"{files_told(len(files))} would be fetched from {server.place}."
        _make(folder)

        def one(file: RemoteFile) -> None:
            came = remote.fetch(file, folder)
            if file.modified is not None:
                # It is whole, so its age is that of the file on the server.
                os.utime(came.path, (file.modified.timestamp(),) * 2)
            if removes:
                remote.remove(file.path)

        _each(files, one, lambda file: file.name)
    return f"{files_told(len(files))} fetched from {server.place}."


def remove(step: Step, imported: Mapping[str, Collection[int]], place: Place, *, dry_run: bool) -> str:
    """Removes files from the server of `removeFromSFTP`: only those whose import is committed.

    `imported` has their names, each with the sizes of what was imported under it.
    """
    pattern = step.options["sftpFileName"]
    server = server_of(step.options, place.data)
    with connect(server) as remote:
        files = remote.list(joined(step.options["sftpFolder"], pattern))
        gone = [one for one in files if one.size in imported.get(one.name, ())]
        if not dry_run:
            _each(gone, lambda file: remote.remove(file.path), lambda file: file.name)
    left = f"; {files_told(len(files) - len(gone))} not imported and left" if len(files) > len(gone) else ""
    return f"{files_told(len(gone))} {'would be ' if dry_run else ''}removed from {server.place}{left}."


def decrypt(step: Step, place: Place, *, dry_run: bool) -> str:
    """Decrypts the files of a folder into another one."""
    options = step.options
    sources = matching(place.data, f"{options['inputFolderPath']}/*")
    if dry_run:
        return f"{files_told(len(sources))} would be decrypted."
    target = inside(place.data, options["outputFolderPath"])
    _make(target)
    keys = pgp.Keys(key_folder(options, place.data), options["passphrase"], options["signer"])

    def one(source: Path) -> None:
        name = source.stem if source.suffix.casefold() in _ENCRYPTED else source.name
        done = pgp.decrypt(source, target / name, keys, pgp.Signature(options["signature"]))
        _as_old(done.path, source)
        if options["removeSources"] and done.path != source:
            source.unlink(missing_ok=True)

    _each(sources, one, lambda source: source.name)
    return f"{files_told(len(sources))} decrypted into {options['outputFolderPath']}."


def key_folder(options: Mapping[str, Any], data: Path) -> Path:
    """The folder of GnuPG's keys: `keyFolder`, else GNUPGHOME, else the user's."""
    if options["keyFolder"] is not None:
        return inside(data, options["keyFolder"])
    return Path(os.environ.get("GNUPGHOME") or Path.home() / ".gnupg")


def unpack(step: Step, place: Place, *, dry_run: bool) -> str:
    """Unpacks archives into a folder."""
    options = step.options
    packed = matching(place.data, options["inputFilePath"])
    if dry_run:
        return f"{files_told(len(packed))} would be unpacked."
    target = inside(place.data, options["outputFolderPath"])
    _make(target)

    def one(archive: Path) -> None:
        for path in archives.unpack(archive, target):
            _as_old(path, archive)
        if options["removeSources"]:
            archive.unlink(missing_ok=True)

    _each(packed, one, lambda archive: archive.name)
    return f"{files_told(len(packed))} unpacked into {options['outputFolderPath']}."


def _as_old(path: Path, source: Path) -> None:
    """Gives a file that was made from `source`, and is whole, its time."""
    at = source.stat()
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns))


def _each(files: Iterable[Any], work: Callable[[Any], object], named: Callable[[Any], str]) -> None:
    """Does the work for every file. Raises one TransferError about all that failed, when the others are done."""
    failed: list[tuple[str, MilepostError]] = []
    count = 0
    for file in files:
        count += 1
        try:
            work(file)
        except MilepostError as error:
            failed.append((named(file), error))
    if failed:
        said = " ".join(f"{name}: {error}" for name, error in failed[:3])
        code = failed[0][1].code
        raise TransferError(f"{len(failed)} of {files_told(count)} failed. {said}", code=code) from failed[0][1]


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
