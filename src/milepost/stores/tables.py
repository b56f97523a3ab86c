"""The tables of a store, described once for all stores: SQL and memory make theirs from it.

Instants are whole seconds since 1970-01-01T00:00:00Z. A column ending in `_key` holds the text beside it,
NFC and case-folded by Python: the databases' own folding knows too few letters, or differs between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from milepost.model.columns import KEY, STORED, Kind, Status
from milepost.model.phases import COUNTS
from milepost.model.roles import ROLE_WORDS

TEXT = pl.String()
WHOLE = pl.Int32()
LONG = pl.Int64()
"""Instants and checksums."""
NUMBER = pl.Float64()
FLAG = pl.Boolean()


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table."""

    name: str
    type: pl.DataType = TEXT
    is_required: bool = False
    is_unique: bool = False
    is_indexed: bool = False
    refers_to: str | None = None
    """The table whose ids the column holds."""
    default: int | None = None
    among: tuple[str, ...] = ()
    """The only texts that are allowed, if not all are."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table. A table whose key is `id` assigns ids, and never the same one again."""

    name: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    unique: tuple[str, ...] = ()
    """Columns that together are unique."""
    goes_with: str | None = None
    """The table with whose rows its own are deleted, by whomever: those with the same key."""
    is_filled_by_imports: bool = False
    """Whether foreign keys would cost too much: see `sql.migrations.guards`."""

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """What a frame holds of each column."""
        return {field.name: LONG if field.type == WHOLE else field.type for field in self.fields}

    @property
    def has_ids(self) -> bool:
        """Whether rows without an id get the next one."""
        return self.key == ("id",)


def _whole(name: str, *, refers_to: str | None = None, is_indexed: bool = False) -> Field:
    return Field(name, WHOLE, is_required=True, refers_to=refers_to, is_indexed=is_indexed)


def _optional(*names: str, kind: pl.DataType = TEXT) -> tuple[Field, ...]:
    return tuple(Field(name, kind) for name in names)


def _text(name: str, *, is_unique: bool = False, among: tuple[str, ...] = ()) -> Field:
    return Field(name, is_required=True, is_unique=is_unique, among=among)


_GUID = (_text("guid"), _text("guid_key", is_unique=True))
_TYPES = {Kind.TEXT: TEXT, Kind.STATUS: TEXT, Kind.NUMBER: NUMBER, Kind.DATETIME: LONG}
_STATES = ("running", "done", "failed", "interrupted", "held")
_KEY = tuple(_whole(name) for name in KEY)


def _values(*, is_current: bool) -> tuple[Field, ...]:
    """The columns that hold what is known of a learner on a learning object version."""
    statuses = tuple(status.value for status in Status if status is not Status.NOT_ATTEMPTED)
    return tuple(
        Field(
            name,
            _TYPES.get(column.kind, WHOLE),
            is_required=stored.required and is_current,
            among=statuses if column.kind is Kind.STATUS and is_current else (),
        )
        for name, (column, stored) in STORED.items()
    )


def _table(
    name: str,
    *fields: Field,
    key: tuple[str, ...] = ("id",),
    unique: tuple[str, ...] = (),
    goes_with: str | None = None,
    is_filled_by_imports: bool = False,
) -> Table:
    """A table that has an `id` before its `fields`, unless it has another key."""
    ids = (_whole("id"),) if key == ("id",) else ()
    return Table(name, key, (*ids, *fields), unique, goes_with, is_filled_by_imports)


_EVERY = (
    _table(
        "learner",
        _text("login"),
        _text("login_key", is_unique=True),
        Field("reference_number", is_indexed=True),
        Field("email"),
        Field("email_key", is_indexed=True),
        *_GUID,
        *_optional("name", "first_name", "time_zone"),
        Field("disabled_at", LONG),
    ),
    _table(
        "learning_object_version",
        *_GUID,
        Field("code", is_indexed=True),
        *_optional("title", "publisher", "runtime", "locale", "object_guid"),
    ),
    _table(
        "training",
        *_GUID,
        _text("path_code", is_unique=True),
        *_optional("title", "modality", "publisher", "status", "duration"),
    ),
    _table(
        "training_content",
        _whole("training_id", refers_to="training"),
        _whole("learning_object_version_id", refers_to="learning_object_version", is_indexed=True),
        Field("mandatory", FLAG, is_required=True),
        Field("points", NUMBER, is_required=True),
        Field("position", WHOLE),
        Field("folder"),
        key=("training_id", "learning_object_version_id"),
    ),
    _table(
        "session",
        *_GUID,
        Field("title", is_indexed=True),
        _whole("training_id", refers_to="training", is_indexed=True),
        *_optional("starts_at", "ends_at", kind=LONG),
    ),
    _table(
        "registration",
        *_GUID,
        _whole("learner_id", refers_to="learner"),
        _whole("session_id", refers_to="session", is_indexed=True),
        Field("registered_at", LONG),
        Field("time_spent_cbt", WHOLE, is_required=True, default=0),
        Field("time_spent_digital", WHOLE, is_required=True, default=0),
        unique=("learner_id", "session_id"),
    ),
    _table(
        "import_run",
        _text("kind"),  # `tracking`, `undo`, `rename`, `merge`, `erase`, `clear`, or the reference data that was loaded
        _text("state", among=_STATES),
        _text("file"),
        *_optional("sha256", "configuration"),
        _text("actor"),
        _text("process"),  # what tells a live run from a dead one
        Field("started_at", LONG, is_required=True),
        Field("finished_at", LONG),
        Field("seconds", NUMBER),
        *_optional(*COUNTS, kind=WHOLE),
        Field("error"),
        Field("digest"),  # of the plan that was carried out, or held
        Field("undoes", WHOLE),  # the run that this one undid
        Field("mends", WHOLE),  # the run whose rejects file was imported
        Field("pruned_at", LONG),  # when its journal was removed
        Field("reference_rows", WHOLE),  # how many rows of reference data a rename, a merge, or an undo of one changed
    ),
    _table(
        "import_finding",
        _whole("run_id", refers_to="import_run"),
        _whole("line"),
        _whole("place"),  # orders the findings of a line
        _text("level"),
        _text("code"),
        *_optional("column", "value"),
        _text("message"),
        Field("hint"),
        key=("run_id", "line", "place"),
        is_filled_by_imports=True,
    ),
    _table(
        "tracking",
        _whole("registration_id", refers_to="registration"),
        _whole("learning_object_version_id", refers_to="learning_object_version"),
        *_values(is_current=True),
        _whole("run_id", refers_to="import_run"),  # the run that last wrote the row,
        _whole("line"),  # and the line of its file
        Field("checksum", LONG),  # over the key and the values, as they were written
        Field("logged_on", WHOLE),  # the newest day of the row's log, in days since 1970-01-01,
        Field("logged_time", WHOLE),  # and the seconds spent on it
        Field("checksum_rule", WHOLE),  # by which `checksum` was made; null: the first
        key=KEY,
        is_filled_by_imports=True,
    ),
    # What a run did to existing rows, as they were before. It refers to what may be gone since: so no references.
    _table(
        "tracking_change",
        _whole("run_id"),
        _whole("registration_id", is_indexed=True),
        _whole("learning_object_version_id"),
        _whole("line"),  # the line that did it; of an undo, that which it undid
        _text("change", among=("created", "updated", "deleted")),
        *_values(is_current=False),
        Field("previous_run_id", WHOLE),  # the run that had last written the row,
        Field("previous_line", WHOLE),  # the line of its file,
        Field("previous_checksum", LONG),  # its checksum,
        Field("previous_logged_on", WHOLE),  # and the newest day of its log
        Field("previous_logged_time", WHOLE),
        Field("previous_checksum_rule", WHOLE),
        key=("run_id", *KEY),
    ),
    # The days of a tracking row's log before its newest one, which is in the row itself. They are deleted with the row.
    _table(
        "tracking_log_day",
        *_KEY,
        _whole("day"),  # in days since 1970-01-01
        Field("time_spent", WHOLE, is_required=True),
        Field("progression", NUMBER, is_required=True),
        key=(*KEY, "day"),
        goes_with="tracking",
    ),
    # Such days as they were before a run changed them; without a time, there was none.
    _table(
        "tracking_log_change",
        _whole("run_id"),
        *_KEY,
        _whole("day"),
        Field("time_spent", WHOLE),
        Field("progression", NUMBER),
        key=("run_id", *KEY, "day"),
    ),
    # What a rename, a merge, or an undo of one did to rows of reference data: each as JSON, before and after.
    _table(
        "reference_change",
        _whole("run_id"),
        _text("entity"),  # the table of the row
        Field("row_id", LONG, is_required=True, is_indexed=True),  # its id; of a content, both ids of its key
        _text("change", among=("created", "updated", "deleted")),
        *_optional("before", "after"),
        Field("into_id", LONG, is_indexed=True),  # the row into which a deleted one was merged; whose a former one is
        key=("run_id", "entity", "row_id"),
    ),
    # What a row was known by before it was renamed or merged.
    _table(
        "former_identifier",
        _text("entity"),  # the table of the row
        _whole("owner_id", is_indexed=True),  # the row
        _text("identifier"),  # the column of that table
        _text("value"),
        Field("value_key", is_required=True, is_indexed=True),
        Field("ended_at", LONG, is_required=True),
    ),
    # How much of a run an erasure has removed, so that what the run has counted still adds up.
    _table(
        "erased_part",
        _whole("run_id"),
        _whole("erased_by"),  # the run that erased
        _whole("written"),  # rows of tracking that the run wrote
        _whole("entries"),  # of its journal
        _whole("reference_rows"),
        key=("run_id", "erased_by"),
    ),
    # How many days data of a kind are kept.
    _table("retention_rule", _text("kind"), _whole("days"), key=("kind",)),
    # A line that a run has rejected and that came back in a rejects file, and which line it was there.
    _table(
        "returned_line",
        _whole("source_run_id"),
        _whole("source_line"),
        _whole("run_id"),
        _whole("line"),
        key=("source_run_id", "source_line", "run_id", "line"),
    ),
    # A file that somebody is about to import in the web application.
    _table(
        "draft",
        _text("file"),
        _text("folder"),  # of the uploaded file, among those of the application
        Field("bytes", LONG, is_required=True),  # that are there so far
        Field("sha256"),  # once all are there
        _text("settings"),  # what was chosen, as JSON
        *_optional("checked", "digest"),  # the kept check of these settings, and the plan that it found
        _text("actor"),
        Field("created_at", LONG, is_required=True),
        Field("began_with"),  # the name of the saved configuration that it was begun with
    ),
    # A configuration that imports can begin with.
    _table(
        "configuration",
        _text("name"),
        _text("name_key", is_unique=True),
        _text("content"),  # XML
        _text("actor"),
        Field("changed_at", LONG, is_required=True),
    ),
    # What was chosen for the last file with some headers.
    _table(
        "remembered",
        _text("headers", is_unique=True),  # their fingerprint
        _text("settings"),  # as JSON
        _text("actor"),
        Field("used_at", LONG, is_required=True),
    ),
    # Work that waits, is being done, or is done; one after the other.
    _table(
        "job",
        _text("kind"),
        _text("state", among=("waiting", "running", "done", "failed", "cancelled")),
        Field("draft_id", WHOLE, is_indexed=True),
        _text("task"),  # what is to be done, as JSON
        _text("actor"),
        Field("request", is_indexed=True),  # by which the one who asks knows it again
        Field("created_at", LONG, is_required=True),
        *_optional("started_at", "finished_at", kind=LONG),
        Field("process"),
        Field("beat_at", LONG),  # when the process was last heard of
        _whole("attempts"),
        Field("last_run", WHOLE),  # the newest run before it began
        _whole("is_stopping"),
        Field("phase"),
        *_optional("done", "total", kind=LONG),
        Field("run", WHOLE),  # that came of it, or a kept check
        *_optional("checked", "error_code", "error"),
        Field("schedule_id", WHOLE, is_indexed=True),  # what has asked for it, if no person alone
        Field("night", WHOLE),  # the run of a whole configuration that it began
    ),
    # When a whole configuration runs by itself. It may be gone while its jobs are not.
    _table(
        "schedule",
        _text("configuration"),  # the path inside the folder of schedules
        Field("data"),  # of the data folder, likewise; null: the folder of the configuration
        _text("name"),  # of the configuration
        _text("cron"),
        _text("zone"),
        _whole("is_paused"),
        Field("next_at", LONG),  # when it is due; null: never, or it is paused
        _text("actor"),
        Field("changed_at", LONG, is_required=True),
    ),
    # How far exports have come of which each writes what is new since the one before.
    _table(
        "export_mark",
        _text("guid_key"),  # of the configuration's export
        _text("provider"),
        _text("guid"),
        _whole("last_run"),
        _whole("last_registration"),
        Field("exported_at", LONG, is_required=True),
        key=("guid_key", "provider"),
    ),
    # Who may use the web application.
    _table(
        "account",
        _text("name"),
        _text("name_key", is_unique=True),
        _text("role", among=ROLE_WORDS),
        Field("password"),  # hashed by Argon2; without one, nobody can log in by a password
        Field("created_at", LONG, is_required=True),
        *_optional("issuer", "subject"),  # who it is to a provider of OpenID Connect
    ),
    # A secret that says who asks, of which the hash alone is stored.
    _table(
        "credential",
        _whole("account_id", is_indexed=True),  # 0: the one local person
        _text("kind", among=("session", "token", "invitation")),
        _text("hash", is_unique=True),
        _text("role", among=ROLE_WORDS),  # the most that may be done with it
        Field("label"),
        Field("created_at", LONG, is_required=True),
        Field("used_at", LONG, is_required=True),
        Field("ends_at", LONG, is_required=True),
    ),
    # One run of a whole configuration.
    _table(
        "night",
        Field("name", is_required=True, is_indexed=True),  # of the configuration
        Field("started_at", LONG, is_required=True),
        Field("finished_at", LONG),
        Field("status", WHOLE),  # the exit status; null: it was interrupted, or is at work
        Field("report"),  # as JSON
    ),
    # A file that an import of a whole configuration has taken.
    _table(
        "night_file",
        Field("name", is_required=True, is_indexed=True),  # of the configuration
        _text("part"),  # which of its imports
        _text("file"),  # the path inside the data folder
        Field("sha256", is_required=True, is_indexed=True),
        Field("bytes", LONG, is_required=True),
        Field("changed_ns", LONG, is_required=True),  # the time of the file, in nanoseconds since 1970
        _whole("last_run"),  # the newest run before it was taken
        Field("run", WHOLE),  # that imported it
        Field("taken_at", LONG, is_required=True),
        _text("done"),  # the steps after the import that are done, as JSON
        Field("settled_at", LONG),  # when all of them were
    ),
)

TABLES: Mapping[str, Table] = MappingProxyType({table.name: table for table in _EVERY})
"""Every table by its name; those that others refer to come first."""
