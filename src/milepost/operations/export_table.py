"""The elements of whole export configurations, each with its options: one table for reading, the page and the tests."""

from __future__ import annotations

import re
from collections.abc import Mapping

from milepost.model.wording import in_quotes
from milepost.operations.data_path import PATH, DataPath, read_data_path
from milepost.operations.night_kinds import FINGERPRINT, SECRET, TEXT
from milepost.operations.night_plan import Stage
from milepost.operations.night_table import KEYS, NightElement, NightOption, element, of_stage, removes_sources, yes_no
from milepost.settings import value_kinds
from milepost.settings.value_kinds import Kind
from milepost.transfer.archives import Packing
from milepost.transfer.pgp import Signature
from milepost.transfer.remote import Protocol

LOGS = "exports/logs"
"""The folder of `cleanLogs`."""
ARCHIVE = DataPath("exports/archive")

PLACES = {
    "d": "the day",
    "m": "the month",
    "y": "the year, two digits",
    "Y": "the year, four digits",
    "H": "the hour",
    "M": "the minute",
    "S": "the second",
    "i": "the first number, from 1, of which there is no file yet",
    "%": "a percent sign",
}
"""What stands for something in the name of a file, after `%`."""


def _stamped(text: str) -> str:
    unknown = sorted({place for place in re.findall(r"%(.?)", text, re.DOTALL) if place not in PLACES})
    if unknown:
        known = ", ".join(f"%{place}" for place in PLACES)
        raise ValueError(f"{in_quotes(text)} has %{unknown[0]}, which stands for nothing; there are {known}")
    return text


def _stamped_path(text: str) -> DataPath:
    return DataPath(_stamped(read_data_path(text)))


def _name(text: str) -> str:
    if "/" in text or "\\" in text or text.startswith("."):
        raise ValueError(f"{in_quotes(text)} is no name of a file; give the folder beside it")
    return _stamped(text)


def _url(text: str) -> str:
    return text if "://" in text else f"http://{text}"


STAMPED_PATH = Kind("a path inside the data folder, with places such as `%d`", _stamped_path)
NAME = Kind("the name of a file, with places such as `%d`", _name)
_SIGNATURE = value_kinds.words_of(Signature, "a kind of signature")
_PROTOCOL = value_kinds.choice("a protocol", {"sFTP": Protocol.SFTP, "FTP": Protocol.FTP, "FTPS": Protocol.FTPS})
_PACKING = Kind("`zip`, `tar` or `tgz`", lambda text: _packing(text))
_METHOD = value_kinds.choice("a method", {"GET": "GET", "POST": "POST"})


def _packing(text: str) -> Packing:
    found = Packing(text.casefold()) if text.casefold() in ("zip", "tar", "tgz") else None
    if found is None:
        rar = "; no free program writes rar" if text.casefold() == "rar" else ""
        raise ValueError(f"{in_quotes(text)} cannot be written; write zip, tar or tgz{rar}")
    return found


def _needed(name: str, kind: Kind = PATH) -> NightOption:
    return NightOption(name, kind, is_required=True)


_FILE = _needed("fileName", NAME)
SFTP_ACTION = NightElement(
    "sftpExportAction",
    (Stage.CONSOLIDATOR,),
    "writes the file, and puts it on an SFTP server",
    (
        _needed("sftpHost", TEXT),
        NightOption("sftpPort", value_kinds.whole(1, 65535)),
        _needed("sftpLogin", TEXT),
        NightOption("sftpPassword", SECRET),
        _needed("sftpFolder", TEXT),
        _FILE,
        *KEYS,
    ),
)
"""The action that sends its file; the options about the file's content are in the table of settings."""

_EVERY = (
    NightElement("timeLogger", (Stage.CONSOLIDATOR,), "reports how long the export took"),
    NightElement(
        "moveToFolder",
        (Stage.CONSOLIDATOR,),
        "says where the file goes, and its name",
        (_FILE, _needed("folderPath"), yes_no("deleteEmptyFiles", default=False)),
    ),
    element(Stage.CONSOLIDATOR, "emailReport"),
    NightElement(
        "archive",
        (Stage.CONSOLIDATOR,),
        "moves all files of the export but the newest to another folder",
        (NightOption("folderPath", PATH, ARCHIVE), NightOption("prefix", TEXT)),
    ),
    NightElement(
        "generateEndFile",
        (Stage.CONSOLIDATOR,),
        "writes a file that says that the export is done",
        (_FILE, _needed("folderPath"), _needed("fileContent", TEXT)),
        is_repeatable=True,
    ),
    element(Stage.CONSOLIDATOR, "cleanFolder"),
    element(Stage.AFTER, "moveToBackup"),
    NightElement(
        "packager",
        (Stage.AFTER,),
        "packs the files of a folder into an archive",
        (
            _needed("type", _PACKING),
            _needed("inputFolderPath"),
            _needed("outputFilePath", STAMPED_PATH),
            removes_sources(default=True),
        ),
        is_repeatable=True,
    ),
    NightElement(
        "pgpEncryption",
        (Stage.AFTER,),
        "encrypts the files of a folder",
        (
            _needed("inputFolderPath"),
            _needed("outputFolderPath"),
            NightOption("signature", _SIGNATURE, Signature.SIGNED),
            NightOption("recipient", FINGERPRINT, is_required=True, repeats=True),
            NightOption("signer", FINGERPRINT),
            NightOption("keyFolder", PATH),
            NightOption("passphrase", SECRET),
            removes_sources(default=False),
        ),
        is_repeatable=True,
    ),
    NightElement(
        "remoteResourceUploader",
        (Stage.AFTER,),
        "puts files on a server",
        (
            _needed("protocol", _PROTOCOL),
            _needed("host", TEXT),
            NightOption("port", value_kinds.whole(1, 65535)),
            _needed("login", TEXT),
            NightOption("password", SECRET),
            _needed("sourceFilesPath"),
            _needed("destinationFolderPath", TEXT),
            removes_sources(default=True),
            *KEYS,
        ),
        is_repeatable=True,
    ),
    NightElement(
        "callBackUrl",
        (Stage.AFTER,),
        "calls a web address",
        (
            _needed("url", Kind("an address", _url)),
            NightOption("method", _METHOD, "GET"),
            yes_no("allowPrivateAddress", default=False),
        ),
        is_repeatable=True,
    ),
    NightElement(
        "HRISExportPostProcess",
        (Stage.AFTER,),
        "hands the file to a connector of the vendor",
        (NightOption("type", TEXT),),
        refusal="it is a connector of the vendor, which Milepost does not have; send the file by another step",
    ),
)

FILES = (_needed("folderPath"), _needed("fieldName", TEXT))
"""The options of `joinFileList` in `callBackUrl`: the files of a folder, or by GET their names, become a field."""
FIELD = (_needed("name", TEXT), NightOption("value", TEXT, ""))
"""The options of a `field` in `callBackUrl`."""


def export_elements(stage: Stage) -> Mapping[str, NightElement]:
    """The elements of exports of a stage, as `of_stage` gives them, in the vendor's order."""
    return of_stage(_EVERY, stage)


def every_export_element() -> tuple[NightElement, ...]:
    """All elements, in the vendor's order."""
    return (SFTP_ACTION, *_EVERY)
