"""The elements of whole configurations, each with its options: one table for reading, the pages and the tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from milepost.model.clear_report import MOST
from milepost.model.likeness import folded
from milepost.model.retained import KINDS as RETAINED
from milepost.operations.data_path import DataPath
from milepost.operations.night_kinds import (
    AGE,
    CLOCK,
    DAYS,
    ENDING,
    FILES,
    FINGERPRINT,
    FOLDER,
    LOCAL,
    PATTERN,
    SECRET,
    TEXT,
)
from milepost.operations.night_plan import BadFile, FileOrder, Stage
from milepost.settings import value_kinds
from milepost.settings.value_kinds import Kind


@dataclass(frozen=True, slots=True)
class NightOption:
    """One option of an element."""

    name: str
    kind: Kind
    default: Any = None
    """Its value if it is not given, as `kind` reads it."""
    synonyms: tuple[str, ...] = ()
    """Other spellings, where the vendor's pages contradict themselves."""
    is_required: bool = False
    repeats: bool = False
    """Whether it may be given several times; its value is a tuple then."""
    empty: Any = None
    """Its value if it is given without a text; None: as if it were not given."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name, and the synonyms."""
        return (self.name, *self.synonyms)


@dataclass(frozen=True, slots=True)
class NightElement:
    """One element of preProcess, consolidators or postProcess."""

    name: str
    stages: tuple[Stage, ...]
    described: str
    """What it does, for the page."""
    options: tuple[NightOption, ...] = ()
    synonyms: tuple[str, ...] = ()
    is_repeatable: bool = False
    refusal: str | None = None
    """Why a configuration with it is refused; None if it is carried out."""


_SIGNED = value_kinds.choice(
    "a kind of signature", {one: one for one in ("signed", "not_signed", "clearsigned")}, compared=folded
)
_PROTOCOL = value_kinds.choice("a protocol", {"sFTP": "sftp", "FTP": "ftp", "FTPS": "ftps"}, compared=folded)
_ORDER = value_kinds.words_of(FileOrder, "an order of files")
_BAD = value_kinds.words_of(BadFile, "what becomes of the files after a bad one")


def yes_no(name: str, *, default: bool) -> NightOption:
    """An option that is `yes` or `no`."""
    return NightOption(name, value_kinds.FLAG, default)


def removes_sources(*, default: bool) -> NightOption:
    """The option that files are removed when a step is done with them, in both spellings of the vendor's pages."""
    return NightOption("removeSources", value_kinds.FLAG, default, ("removeSouces",))


def _needed(name: str, kind: Kind = FOLDER, *synonyms: str, repeats: bool = False) -> NightOption:
    return NightOption(name, kind, None, synonyms, is_required=True, repeats=repeats)


_DISABLED = yes_no("disabled", default=False)
_FULL_ACCESS = yes_no("fullAccess", default=False)
_BRAKE = Kind("a number, or a percentage of all of them in the store", value_kinds.LIMIT.read)
_MAX_DELETED = NightOption("maxDeleted", _BRAKE, MOST)
KEYS = (
    NightOption("hostKey", TEXT, repeats=True),
    NightOption("knownHosts", LOCAL),
    NightOption("keyFile", LOCAL),
    NightOption("keyPassphrase", SECRET),
    NightOption("caFile", LOCAL),
)
"""The options of a step that goes to a server: which server to trust, and the private key to log in with."""
SFTP = (
    NightOption("sftpHost", TEXT),
    NightOption("sftpPort", value_kinds.whole(1, 65535), 22),
    NightOption("sftpLogin", TEXT),
    NightOption("sftpPassword", SECRET),
    NightOption("sftpFolder", TEXT, "/"),
    *KEYS,
)
"""The options of a step that goes to an SFTP server."""

SOURCE = (
    _needed("fileName", PATTERN),
    NightOption("path", FOLDER, DataPath("import")),
    NightOption("fileOrder", _ORDER, FileOrder.DATE_IN_NAME),
    NightOption("stableSeconds", value_kinds.whole(0, 86_400), 10),
    NightOption("doneMarker", ENDING),
    NightOption("onBadFile", _BAD, BadFile.CONTINUE),
    yes_no("importAgain", default=False),
    yes_no("autoDetectLineEndings", default=False),
    *SFTP,
)
"""The options of a provider about its files. How a file is read is in the table of settings."""

EXPECTATIONS = (
    NightOption("fileBy", CLOCK),
    NightOption("days", DAYS, frozenset(range(7))),
    NightOption("timeZone", value_kinds.ZONE, "UTC"),
    NightOption("minRows", value_kinds.whole(0)),
    NightOption("maxShrunk", value_kinds.LIMIT),
    NightOption("maxRejected", value_kinds.LIMIT),
)
"""The options of `<expectations>`."""

_EVERY = (
    NightElement(
        "remoteResourceDownloader",
        (Stage.BEFORE,),
        "fetches files from a server",
        (
            NightOption("protocol", _PROTOCOL, is_required=True),
            _needed("host", TEXT),
            NightOption("port", value_kinds.whole(1, 65535)),
            _needed("login", TEXT),
            NightOption("password", SECRET),
            _needed("sourceFilesPath", TEXT),
            _needed("destinationFolderPath"),
            removes_sources(default=True),
            *KEYS,
        ),
        is_repeatable=True,
    ),
    NightElement(
        "pgpDecryption",
        (Stage.BEFORE,),
        "decrypts the files of a folder",
        (
            _needed("inputFolderPath"),
            _needed("outputFolderPath"),
            NightOption("signature", _SIGNED, "signed"),
            NightOption("signer", FINGERPRINT, repeats=True),
            NightOption("keyFolder", FOLDER),
            NightOption("passphrase", SECRET),
            removes_sources(default=True),
        ),
        is_repeatable=True,
    ),
    NightElement(
        "unpackager",
        (Stage.BEFORE,),
        "unpacks archives",
        (
            _needed("inputFilePath", FILES),
            _needed("outputFolderPath", FOLDER, "outputFilePath"),
            removes_sources(default=True),
        ),
        is_repeatable=True,
    ),
    NightElement(
        "custom",
        (Stage.BEFORE, Stage.AFTER),
        "runs a program of the vendor's customer",
        (
            NightOption("moduleName", TEXT),
            NightOption("process", TEXT),
            NightOption("param", TEXT, repeats=True),
        ),
        is_repeatable=True,
        refusal="it runs a program of the vendor, which Milepost does not have. Do its work before `milepost run`, and "
        "remove the element.",
    ),
    NightElement(
        "timeStampedFileErrorLogger",
        (Stage.CONSOLIDATOR,),
        "writes the errors and warnings of each file to a log of its own",
        (_needed("location"), _DISABLED),
        synonyms=("timeStampedFileErrorLoggerConsolidator",),
    ),
    NightElement(
        "massDisableLearners",
        (Stage.CONSOLIDATOR,),
        "disables learners",
        (
            _FULL_ACCESS,
            *(
                NightOption(name, value_kinds.FLAG, default=False, empty=True)
                for name in ("noInscriptions", "inscriptionsWithExpiredSession", "oldLearners")
            ),
            NightOption("maxDisabled", _BRAKE, MOST),
        ),
        synonyms=("massDisableLearnersConsolidator",),
        is_repeatable=True,
    ),
    NightElement(
        "moveToBackupConsolidator",
        (Stage.CONSOLIDATOR,),
        "moves each file to a folder",
        (
            NightOption("backupFolder", FOLDER, DataPath("imports/backup")),
            yes_no("timestamp", default=False),
            _DISABLED,
        ),
        synonyms=("moveToBackup",),
    ),
    NightElement(
        "deleteOldSessions",
        (Stage.CONSOLIDATOR,),
        "deletes registrations that are not in the files, with their tracking",
        (_FULL_ACCESS, _MAX_DELETED),
        synonyms=("deleteOldRegistrations", "deleteOldSessionsConsolidator"),
    ),
    NightElement(
        "deleteEmptySessions",
        (Stage.CONSOLIDATOR,),
        "deletes sessions without learners",
        (_FULL_ACCESS, _MAX_DELETED),
        synonyms=("deleteEmptySessionsConsolidator",),
    ),
    NightElement(
        "timeLogger",
        (Stage.CONSOLIDATOR,),
        "reports how long each step took",
        synonyms=("timeLoggerConsolidator",),
    ),
    NightElement(
        "emailReport",
        (Stage.CONSOLIDATOR,),
        "sends a summary by mail",
        (
            NightOption("targetEmail", TEXT, None, is_required=True, repeats=True),
            NightOption("includeDownloadLink", value_kinds.FLAG, default=False),
            yes_no("attachRejects", default=False),
            NightOption("from", TEXT),
            NightOption("smtpHost", TEXT),
            NightOption("smtpPort", value_kinds.whole(1, 65535)),
            NightOption("smtpLogin", TEXT),
            NightOption("smtpPassword", SECRET),
            NightOption(
                "smtpSecurity",
                value_kinds.choice("a kind of security", {one: one for one in ("starttls", "tls", "none")}),
                "starttls",
            ),
            NightOption(
                "when",
                value_kinds.choice("when a mail is sent", {one: one for one in ("always", "trouble", "files")}),
                "always",
            ),
            _DISABLED,
        ),
        synonyms=("emailReportConsolidator",),
        is_repeatable=True,
    ),
    NightElement(
        "deleteProcessedFilesConsolidator",
        (Stage.CONSOLIDATOR,),
        "deletes each file",
        (_DISABLED,),
        synonyms=("deleteProcessedFiles",),
    ),
    NightElement(
        "removeFromSFTP",
        (Stage.CONSOLIDATOR,),
        "deletes files on the server",
        (*SFTP, _needed("sftpFileName", TEXT, "sftpFile")),
        synonyms=("removeFromSFTPConsolidator",),
        is_repeatable=True,
    ),
    NightElement(
        "cleanFolder",
        (Stage.CONSOLIDATOR,),
        "deletes old files of a folder",
        (
            NightOption("dataFolderPath", FOLDER),
            yes_no("cleanLogs", default=False),
            NightOption("cleanOlderThan", value_kinds.whole(1, 36_525, "a number of days"), 30),
        ),
        synonyms=("cleanFolderConsolidator",),
        is_repeatable=True,
    ),
    NightElement(
        "retention",
        (Stage.AFTER,),
        "keeps the rules in the store, and removes what is older than they say",
        (
            *(NightOption(kind, AGE) for kind in RETAINED),
            NightOption("dataFolderPath", FOLDER, "milepost-data"),
        ),
    ),
    NightElement(
        "moveToBackup",
        (Stage.AFTER,),
        "moves the files of a folder to another one",
        (_needed("inputFolderPath"), _needed("outputFolderPath"), yes_no("timestamp", default=False)),
        is_repeatable=True,
    ),
)

LOGS = "imports/logs"
"""The folder of `cleanLogs`."""


def of_stage(every_element: Iterable[NightElement], stage: Stage) -> Mapping[str, NightElement]:
    """The elements of a stage by their folded names, other spellings included, in their order."""
    own = [one for one in every_element if stage in one.stages]
    return MappingProxyType({folded(name): one for one in own for name in (one.name, *one.synonyms)})


def elements(stage: Stage) -> Mapping[str, NightElement]:
    """The elements of imports of a stage, as `of_stage` gives them, in the vendor's order."""
    return of_stage(_EVERY, stage)


def element(stage: Stage, name: str) -> NightElement:
    """The element with that name in a stage."""
    return elements(stage)[folded(name)]


def every() -> tuple[NightElement, ...]:
    """All elements, in the vendor's order."""
    return _EVERY
