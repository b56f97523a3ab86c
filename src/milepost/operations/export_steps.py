"""The steps of a whole export configuration after its files are written: each comes to the same when it is repeated."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from milepost.operations import export_table, night_folders
from milepost.operations.file_steps import clean_folders, files_told, move_folder
from milepost.operations.night_files import sha256
from milepost.operations.night_mail import mail_page, mail_sender, mail_server
from milepost.operations.night_plan import Step
from milepost.operations.remote_steps import key_folder, server_of
from milepost.transfer import archives, call_back, mail, pgp, remote
from milepost.transfer.data_folder import inside, matching
from milepost.transfer.unfinished import written


@dataclass(slots=True)
class ExportPlace:
    """Where the steps of an export work, and on what."""

    data: Path
    """The data folder."""
    now: datetime
    """In the zone of the export: what places such as `%d` stand for."""
    dry_run: bool
    pattern: str | None = None
    """What the names of the export's files fit, with wildcards."""
    folder: Path | None = None
    """Where they are."""
    files: list[Path] = field(default_factory=list)
    """Those that were written now."""
    is_failed: bool = False
    """Whether a file or a step failed."""
    told: list[str] = field(default_factory=list)
    """What was done so far, a sentence each."""

    def folder_of(self, path: str) -> Path:
        """A path of the configuration. Raises TransferError if it leads out of the data folder."""
        return inside(self.data, path)

    def said(self, path: Path) -> str:
        """A path as it is inside the data folder."""
        return str(path.relative_to(self.data.resolve()))

    def files_in(self, path: str) -> tuple[Path, ...]:
        """The files of a folder, without hidden ones."""
        return matching(self.data, f"{path}/*")


def stamped_name(pattern: str, now: datetime, number: int = 1) -> str:
    """A name with its places filled: `out_%d_%m_%Y_%i.csv`."""
    values = {place: f"{now:%{place}}" for place in "dmyYHMS"} | {"i": str(number), "%": "%"}
    return re.sub(r"%([dmyYHMSi%])", lambda found: values[found[1]], pattern)


def name_pattern(pattern: str) -> str:
    """The pattern of all names that `stamped_name` makes, with wildcards."""
    literal = re.sub(r"[\[*?]", lambda sign: f"[{sign[0]}]", pattern)
    return re.sub(r"%[dmyYHMSi]", "*", literal).replace("%%", "%")


def free_name(pattern: str, now: datetime, is_there: Callable[[str], bool]) -> str:
    """The name for the next file: with the first number of which there is none; without `%i`, always the same.

    `is_there` says whether there is a file of that name.
    """
    number = 1
    while "%i" in pattern and is_there(stamped_name(pattern, now, number)):
        number += 1
    return stamped_name(pattern, now, number)


def do_step(step: Step, place: ExportPlace) -> str:
    """Does one step, or says what it would do. Raises MilepostError."""
    return _STEPS[step.name](step, place)


def _archive(step: Step, place: ExportPlace) -> str:
    target, prefix = place.folder_of(step.options["folderPath"]), step.options["prefix"]
    pattern = f"{prefix}*" if prefix else place.pattern
    if place.folder is None or pattern is None:
        return "There is nothing to archive: the files are on a server."
    every = matching(place.data, f"{place.said(place.folder)}/{pattern}")
    newest = max((one for one in every), key=lambda one: (one in place.files, one.stat().st_mtime), default=None)
    old = [one for one in every if one != newest and one not in place.files]
    for one in old if not place.dry_run else ():
        night_folders.move(one, target, one.name, sha256(one))
    return f"{files_told(len(old))} {_done(place, 'moved')} to {step.options['folderPath']}."


def _end(step: Step, place: ExportPlace) -> str:
    folder = place.folder_of(step.options["folderPath"])
    target = folder / stamped_name(step.options["fileName"], place.now)
    if not place.dry_run:
        folder.mkdir(parents=True, exist_ok=True)
        with written(target) as stream:
            stream.write(step.options["fileContent"].encode())
    return f"{place.said(target)} {_done(place, 'written', 'is')}."


def _clean(step: Step, place: ExportPlace) -> str:
    return clean_folders(step, place.data, export_table.LOGS, dry_run=place.dry_run)


def _back_up(step: Step, place: ExportPlace) -> str:
    return move_folder(step, place.data, place.now, dry_run=place.dry_run)


def _pack(step: Step, place: ExportPlace) -> str:
    form = step.options["type"]
    named = stamped_name(step.options["outputFilePath"], place.now)
    ending = f".{form}"
    target = place.folder_of(named if named.casefold().endswith((ending, ".tar.gz")) else named + ending)
    files = tuple(one for one in place.files_in(step.options["inputFolderPath"]) if one != target)
    if files and not place.dry_run:
        target.parent.mkdir(parents=True, exist_ok=True)
        archives.pack(files, target, form)
        _remove(step, files)
    return f"{files_told(len(files))} {_done(place, 'packed')} into {place.said(target)}."


def _encrypt(step: Step, place: ExportPlace) -> str:
    given = step.options
    folder = place.folder_of(given["outputFolderPath"])
    files = place.files_in(given["inputFolderPath"])
    if folder == place.folder_of(given["inputFolderPath"]):
        files = tuple(one for one in files if one.suffix != ".pgp")
    keys = pgp.Keys(key_folder(given, place.data), given["passphrase"])
    for one in files if not place.dry_run else ():
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{one.name}.pgp"
        pgp.encrypt(one, target, keys, given["recipient"], given["signature"], given["signer"])
        _remove(step, (one,))
    return f"{files_told(len(files))} {_done(place, 'encrypted')} to {given['outputFolderPath']}."


def _upload(step: Step, place: ExportPlace) -> str:
    files = matching(place.data, step.options["sourceFilesPath"])
    server = server_of(step.options, place.data)
    if files and not place.dry_run:
        with remote.connect(server) as there:
            for one in files:
                there.put(one, step.options["destinationFolderPath"])
                _remove(step, (one,))
    return f"{files_told(len(files))} {_done(place, 'put')} on {server.place}."


def _call(step: Step, place: ExportPlace) -> str:
    fields = [(one["name"], one["value"] or "") for one in step.options["fields"]]
    joined = [(one["fieldName"], place.files_in(one["folderPath"])) for one in step.options["folders"]]
    is_sent = step.options["method"] == "POST"
    names = [] if is_sent else [(name, ",".join(file.name for file in files)) for name, files in joined]
    call = call_back.CallBack(
        step.options["url"],
        step.options["method"],
        (*fields, *names),
        tuple((name, file) for name, files in joined for file in files) if is_sent else (),
        is_private_allowed=step.options["allowPrivateAddress"],
    )
    call_back.checked(call)
    if place.dry_run:
        return f"{call_back.told(call)} would be called."
    return f"{call_back.told(call)} answered {call_back.make_call(call)}."


def _mail(step: Step, place: ExportPlace) -> str:
    given = step.options
    whom: tuple[str, ...] = given["targetEmail"]
    if (given["when"] == "trouble" and not place.is_failed) or (given["when"] == "files" and not place.files):
        return f"No mail is sent: there is no {'trouble' if given['when'] == 'trouble' else 'file'}."
    if place.dry_run:
        return f"A mail would be sent to {_people(len(whom))}."
    links = [f"File: {place.said(one)}" for one in place.files] if given["includeDownloadLink"] else []
    subject = place.told[0] if place.told else "Export"
    lines = [*place.told, *links]
    message = mail.Mail(mail_sender(given), whom, subject, "\n".join((*lines, "")), mail_page(subject, lines))
    sent = mail.send(mail_server(given), message)
    refused = f" The server refused {_people(len(sent.refused))}." if sent.refused else ""
    return f"A mail is sent to {_people(len(whom) - len(sent.refused))}.{refused}"


def _remove(step: Step, files: tuple[Path, ...]) -> None:
    for one in files if step.options["removeSources"] else ():
        one.unlink(missing_ok=True)


def _done(place: ExportPlace, deed: str, now: str = "") -> str:
    return f"would be {deed}" if place.dry_run else f"{now} {deed}".strip()


def _people(count: int) -> str:
    return f"{count} address{'' if count == 1 else 'es'}"


_STEPS: Mapping[str, Callable[[Step, ExportPlace], str]] = MappingProxyType(
    {
        "archive": _archive,
        "generateEndFile": _end,
        "cleanFolder": _clean,
        "moveToBackup": _back_up,
        "packager": _pack,
        "pgpEncryption": _encrypt,
        "remoteResourceUploader": _upload,
        "callBackUrl": _call,
        "emailReport": _mail,
    }
)
