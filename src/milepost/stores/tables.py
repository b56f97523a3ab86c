"""The tables of a store, described once for all stores: SQL and memory make theirs from it.

Instants are whole seconds since 1970-01-01T00:00:00Z. A column ending in `_key` holds the text beside it,
NFC and case-folded by Python: the databases' own folding knows too few letters, or differs between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from milepost.model.columns import KEY, STORED, Kind, Status
from milepost.model.phases import COUNTS
from milepost.model.roles import ROLE_WORDS
from milepost.stores.table_description import (
    FLAG,
    LONG,
    NUMBER,
    TEXT,
    WHOLE,
    Field,
    Table,
    optional,
    table,
    text,
    whole,
)

_GUID = (text("guid"), text("guid_key", is_unique=True))
_TYPES = {Kind.TEXT: TEXT, Kind.STATUS: TEXT, Kind.NUMBER: NUMBER, Kind.DATETIME: LONG}
_STATES = ("running", "done", "failed", "interrupted", "held")
_KEY = tuple(whole(name) for name in KEY)


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


_EVERY = (
    table(
        "learner",
        text("login"),
        text("login_key", is_unique=True),
        Field("reference_number", is_indexed=True),
        Field("email"),
        Field("email_key", is_indexed=True),
        *_GUID,
        *optional("name", "first_name", "time_zone"),
        Field("disabled_at", LONG),
    ),
    table(
        "learning_object_version",
        *_GUID,
        Field("code", is_indexed=True),
        *optional("title", "publisher", "runtime", "locale", "object_guid"),
    ),
    table(
        "training",
        *_GUID,
        text("path_code", is_unique=True),
        *optional("title", "modality", "publisher", "status", "duration"),
    ),
    table(
        "training_content",
        whole("training_id", refers_to="training"),
        whole("learning_object_version_id", refers_to="learning_object_version", is_indexed=True),
        Field("mandatory", FLAG, is_required=True),
        Field("points", NUMBER, is_required=True),
        Field("position", WHOLE),
        Field("folder"),
        key=("training_id", "learning_object_version_id"),
    ),
    table(
        "session",
        *_GUID,
        Field("title", is_indexed=True),
        whole("training_id", refers_to="training", is_indexed=True),
        *optional("starts_at", "ends_at", kind=LONG),
    ),
    table(
        "registration",
        *_GUID,
        whole("learner_id", refers_to="learner"),
        whole("session_id", refers_to="session", is_indexed=True),
        Field("registered_at", LONG),
        Field("time_spent_cbt", WHOLE, is_required=True, default=0),
        Field("time_spent_digital", WHOLE, is_required=True, default=0),
        unique=("learner_id", "session_id"),
    ),
    table(
        "import_run",
        # `tracking`, `undo`, `rename`, `merge`, `erase`, `clear`, or the reference data that was loaded
        text("kind", is_indexed=True),
        text("state", is_indexed=True, among=_STATES),
        text("file"),
        *optional("sha256", "configuration"),
        text("actor"),
        text("process"),  # what tells a live run from a dead one
        Field("started_at", LONG, is_required=True),
        Field("finished_at", LONG),
        Field("seconds", NUMBER),
        *optional(*COUNTS, kind=WHOLE),
        Field("error"),
        Field("digest"),  # of the plan that was carried out, or held
        Field("undoes", WHOLE),  # the run that this one undid
        Field("mends", WHOLE),  # the run whose rejects file was imported
        Field("pruned_at", LONG),  # when its journal was removed
        Field("reference_rows", WHOLE),  # how many rows of reference data a rename, a merge, or an undo of one changed
        Field("findings"),  # how many lines have each code, as JSON; null: they are to be counted
    ),
    table(
        "import_finding",
        whole("run_id", refers_to="import_run"),
        whole("line"),
        whole("place"),  # orders the findings of a line
        text("level"),
        text("code"),
        *optional("column", "value"),
        text("message"),
        Field("hint"),
        key=("run_id", "line", "place"),
        is_filled_by_imports=True,
    ),
    table(
        "tracking",
        whole("registration_id", refers_to="registration"),
        whole("learning_object_version_id", refers_to="learning_object_version"),
        *_values(is_current=True),
        whole("run_id", refers_to="import_run"),  # the run that last wrote the row,
        whole("line"),  # and the line of its file
        Field("checksum", LONG),  # over the key and the values, as they were written
        Field("logged_on", WHOLE),  # the newest day of the row's log, in days since 1970-01-01,
        Field("logged_time", WHOLE),  # and the seconds spent on it
        Field("checksum_rule", WHOLE),  # by which `checksum` was made; null: the first
        key=KEY,
        is_filled_by_imports=True,
    ),
    # What a run did to existing rows, as they were before. It refers to what may be gone since: so no references.
    table(
        "tracking_change",
        whole("run_id"),
        whole("registration_id", is_indexed=True),
        whole("learning_object_version_id"),
        whole("line"),  # the line that did it; of an undo, that which it undid
        text("change", among=("created", "updated", "deleted")),
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
    table(
        "tracking_log_day",
        *_KEY,
        whole("day"),  # in days since 1970-01-01
        Field("time_spent", WHOLE, is_required=True),
        Field("progression", NUMBER, is_required=True),
        key=(*KEY, "day"),
        goes_with="tracking",
    ),
    # Such days as they were before a run changed them; without a time, there was none.
    table(
        "tracking_log_change",
        whole("run_id"),
        *_KEY,
        whole("day"),
        Field("time_spent", WHOLE),
        Field("progression", NUMBER),
        key=("run_id", *KEY, "day"),
    ),
    # What a rename, a merge, or an undo of one did to rows of reference data: each as JSON, before and after.
    table(
        "reference_change",
        whole("run_id"),
        text("entity"),  # the table of the row
        Field("row_id", LONG, is_required=True, is_indexed=True),  # its id; of a content, both ids of its key
        text("change", among=("created", "updated", "deleted")),
        *optional("before", "after"),
        Field("into_id", LONG, is_indexed=True),  # the row into which a deleted one was merged; whose a former one is
        key=("run_id", "entity", "row_id"),
    ),
    # What a row was known by before it was renamed or merged.
    table(
        "former_identifier",
        text("entity"),  # the table of the row
        whole("owner_id", is_indexed=True),  # the row
        text("identifier"),  # the column of that table
        text("value"),
        Field("value_key", is_required=True, is_indexed=True),
        Field("ended_at", LONG, is_required=True),
    ),
    # How much of a run an erasure has removed, so that what the run has counted still adds up.
    table(
        "erased_part",
        whole("run_id"),
        whole("erased_by"),  # the run that erased
        whole("written"),  # rows of tracking that the run wrote
        whole("entries"),  # of its journal
        whole("reference_rows"),
        key=("run_id", "erased_by"),
    ),
    # How many days data of a kind are kept.
    table("retention_rule", text("kind"), whole("days"), key=("kind",)),
    # A line that a run has rejected and that came back in a rejects file, and which line it was there.
    table(
        "returned_line",
        whole("source_run_id"),
        whole("source_line"),
        whole("run_id"),
        whole("line"),
        key=("source_run_id", "source_line", "run_id", "line"),
    ),
    # A file that somebody is about to import in the web application.
    table(
        "draft",
        text("file"),
        text("folder"),  # of the uploaded file, among those of the application
        Field("bytes", LONG, is_required=True),  # that are there so far
        Field("sha256"),  # once all are there
        text("settings"),  # what was chosen, as JSON
        *optional("checked", "digest"),  # the kept check of these settings, and the plan that it found
        text("actor"),
        Field("created_at", LONG, is_required=True),
        Field("began_with"),  # the name of the saved configuration that it was begun with
    ),
    # A configuration that imports can begin with.
    table(
        "configuration",
        text("name"),
        text("name_key", is_unique=True),
        text("content"),  # XML
        text("actor"),
        Field("changed_at", LONG, is_required=True),
    ),
    # What was chosen for the last file with some headers.
    table(
        "remembered",
        text("headers", is_unique=True),  # their fingerprint
        text("settings"),  # as JSON
        text("actor"),
        Field("used_at", LONG, is_required=True),
    ),
    # Work that waits, is being done, or is done; one after the other.
    table(
        "job",
        text("kind"),
        text("state", among=("waiting", "running", "done", "failed", "cancelled")),
        Field("draft_id", WHOLE, is_indexed=True),
        text("task"),  # what is to be done, as JSON
        text("actor"),
        Field("request", is_indexed=True),  # by which the one who asks knows it again
        Field("created_at", LONG, is_required=True),
        *optional("started_at", "finished_at", kind=LONG),
        Field("process"),
        Field("beat_at", LONG),  # when the process was last heard of
        whole("attempts"),
        Field("last_run", WHOLE),  # the newest run before it began
        whole("is_stopping"),
        Field("phase"),
        *optional("done", "total", kind=LONG),
        Field("run", WHOLE),  # that came of it, or a kept check
        *optional("checked", "error_code", "error"),
        Field("schedule_id", WHOLE, is_indexed=True),  # what has asked for it, if no person alone
        Field("night", WHOLE),  # the run of a whole configuration that it began
    ),
    # When a whole configuration runs by itself. It may be gone while its jobs are not.
    table(
        "schedule",
        text("configuration"),  # the path inside the folder of schedules
        Field("data"),  # of the data folder, likewise; null: the folder of the configuration
        text("name"),  # of the configuration
        text("cron"),
        text("zone"),
        whole("is_paused"),
        Field("next_at", LONG),  # when it is due; null: never, or it is paused
        text("actor"),
        Field("changed_at", LONG, is_required=True),
    ),
    # How far exports have come of which each writes what is new since the one before.
    table(
        "export_mark",
        text("guid_key"),  # of the configuration's export
        text("provider"),
        text("guid"),
        whole("last_run"),
        whole("last_registration"),
        Field("exported_at", LONG, is_required=True),
        key=("guid_key", "provider"),
    ),
    # Who may use the web application.
    table(
        "account",
        text("name"),
        text("name_key", is_unique=True),
        text("role", among=ROLE_WORDS),
        Field("password"),  # hashed by Argon2; without one, nobody can log in by a password
        Field("created_at", LONG, is_required=True),
        *optional("issuer", "subject"),  # who it is to a provider of OpenID Connect
    ),
    # A secret that says who asks, of which the hash alone is stored.
    table(
        "credential",
        whole("account_id", is_indexed=True),  # 0: the one local person
        text("kind", among=("session", "token", "invitation")),
        text("hash", is_unique=True),
        text("role", among=ROLE_WORDS),  # the most that may be done with it
        Field("label"),
        Field("created_at", LONG, is_required=True),
        Field("used_at", LONG, is_required=True),
        Field("ends_at", LONG, is_required=True),
    ),
    # One run of a whole configuration.
    table(
        "night",
        Field("name", is_required=True, is_indexed=True),  # of the configuration
        Field("started_at", LONG, is_required=True),
        Field("finished_at", LONG),
        Field("status", WHOLE),  # the exit status; null: it was interrupted, or is at work
        Field("report"),  # as JSON
    ),
    # A file that an import of a whole configuration has taken.
    table(
        "night_file",
        Field("name", is_required=True, is_indexed=True),  # of the configuration
        text("part"),  # which of its imports
        text("file"),  # the path inside the data folder
        Field("sha256", is_required=True, is_indexed=True),
        Field("bytes", LONG, is_required=True),
        Field("changed_ns", LONG, is_required=True),  # the time of the file, in nanoseconds since 1970
        whole("last_run"),  # the newest run before it was taken
        Field("run", WHOLE),  # that imported it
        Field("taken_at", LONG, is_required=True),
        text("done"),  # the steps after the import that are done, as JSON
        Field("settled_at", LONG),  # when all of them were
    ),
)

TABLES: Mapping[str, Table] = MappingProxyType({one.name: one for one in _EVERY})
"""Every table by its name; those that others refer to come first."""
