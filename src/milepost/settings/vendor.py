"""The names of the vendor's configurations that are passed over with a note; their content is not judged."""

from __future__ import annotations

import itertools

from milepost.model.likeness import by_folded, folded


def _products(*parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("".join(choice) for choice in itertools.product(*parts))


PROVIDERS = by_folded(
    _products(
        ("fileSystem", "sftp", "ftp", "ftps", "http", "https", "webService", "url", "email", "s3", "database"),
        ("SourceProvider", "Provider"),
    )
)
"""The elements of `<providers>`; all kinds have the same settings."""

PROVIDER_ELEMENTS = by_folded(
    (
        *("path", "filePath", "folder", "directory", "subFolder", "basePath", "url", "uri", "protocol", "mode"),
        *("host", "port", "login", "user", "username", "password", "passphrase", "privateKey", "publicKey", "key"),
        *("keyFile", "token", "apiKey", "fingerprint", "timeout", "retries", "method", "headers", "passive", "ssl"),
        *("archive", "archivePath", "archiveFolder", "archiveFiles", "archiveFile", "archiveRetention"),
        *("backup", "backupPath", "backupFolder", "backupFiles", "errorPath", "errorFolder", "successPath"),
        *("processedPath", "processedFolder", "moveTo", "moveFile", "moveFiles", "rename", "renameFile"),
        *("deleteFile", "deleteFiles", "deleteAfterImport", "deleteSource", "removeSource", "removeSources"),
        *("recursive", "sort", "sortBy", "sortOrder", "order", "limit", "maxFiles", "latestOnly", "lastFileOnly"),
        *("fileOrder", "stableSeconds", "doneMarker", "onBadFile", "importAgain", "hostKey", "knownHosts", "sftpPort"),
        *("autoDetectLineEndings", "fileMandatory", "mandatoryFile", "failIfMissing", "ignoreMissingFile"),
        *("encrypted", "pgp", "compressed", "compression", "unzip", "zip", "zipPassword", "temporaryFolder"),
        *_products(
            ("sftp", "ftp", "ftps", "ssh", "http", "https", "proxy", "remote", "local"),
            (
                *("Host", "Hostname", "Server", "Port", "Login", "User", "Username", "Password", "Passphrase"),
                *("PrivateKey", "PrivateKeyPath", "PrivateKeyFile", "PublicKey", "PublicKeyPath", "Key", "KeyFile"),
                *("KeyPath", "HostKey", "Fingerprint", "Path", "Folder", "Directory", "File", "FileName", "Root"),
                *("Url", "Protocol", "Method", "Headers", "Token", "Timeout", "Retries", "Mode", "Passive", "Ssl"),
                *("Archive", "ArchivePath", "Backup", "BackupPath", "Delete", "DeleteFile", "Auth", "AuthType"),
            ),
        ),
    )
)
"""The elements of a provider about the source of files and their treatment."""

SECTIONS = by_folded(("preProcess", "consolidators", "postProcess", "expectations"))
"""The elements allowed beside providers and actions, or beside the imports."""

ACTIONS = by_folded(
    (
        *_products(
            ("create", "update", "createOrUpdate", "delete", "disable", "enable", "archive", "import", "merge"),
            (
                *("Learner", "Candidate", "Trainee", "User", "Admin", "Administrator", "Teacher", "Tutor", "Manager"),
                *("Group", "GroupMember", "Entity", "Organization", "Profile", "Population", "Hierarchy"),
                *("Training", "TrainingPath", "TrainingContent", "Session", "Registration", "Intervention", "Room"),
                *("LearningObject", "LearningObjectVersion", "Lov", "Content", "Resource", "Catalog", "Category"),
                *("Skill", "Competency", "Certificate", "Tracking", "TrackingLog", "TrackingLogs", "Attendance"),
                *("ConsolidatedRegistration", "Domain", "Location", "Translation", "CustomField"),
            ),
            ("Action",),
        ),
        *("deleteConsolidatedTrackingAction", "createConsolidatedTrackingAction", "updateConsolidatedTrackingAction"),
        *("registerLearnerAction", "unregisterLearnerAction", "registerLearnersAction", "registerTeacherAction"),
        *("registerGroupAction", "unregisterGroupAction", "registerCandidateAction", "registerTraineeAction"),
        *("addLearnerToGroupAction", "removeLearnerFromGroupAction", "assignManagerAction", "assignTeacherAction"),
        *("addContentToTrainingAction", "sendEmailAction", "sendMailAction", "synchronizeLearnersAction"),
        *("changeLoginAction", "updateLoginAction", "mergeLearnersAction", "anonymizeLearnerAction"),
    )
)
"""Actions of other programs."""

EXPORT_OTHERS = {
    folded(f"{what}Provider"): f"provider {what}Provider"
    for what in (
        *("learner", "candidate", "trainee", "user", "admin", "teacher", "tutor", "manager", "group", "entity"),
        *("training", "trainingPath", "trainingContent", "session", "registration", "intervention", "attendance"),
        *("learningObject", "learningObjectVersion", "content", "catalog", "skill", "certificate", "evaluation"),
    )
} | {
    folded(f"{where}{action}"): f"action {where}{action}"
    for where in ("sftp", "ftp", "ftps", "http", "https", "webService", "url", "email", "mail", "s3", "database")
    for action in ("ExportAction", "Action")
}
"""Providers that Milepost does not export, and actions of other programs."""
