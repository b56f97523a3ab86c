"""Identify: the identifiers of each row to its registration and learning object version. (Section 4.)

Each distinct combination of identifiers is looked up once per batch. A combination that fits nothing, or more than one
thing, is explained by looking at each of its identifiers alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from milepost.model.batch import no_findings
from milepost.model.columns import LEARNER_COLUMNS, OBJECT_COLUMNS, SESSION_COLUMNS, TRAINING_COLUMNS
from milepost.model.identifiers import LEARNER, OBJECT, SESSION, TRAINING, WholeReferences
from milepost.model.job import MEMORY
from milepost.model.text import fold_all
from milepost.steps.identify import explain
from milepost.steps.identify.by_former import Formers
from milepost.steps.identify.fitting import Fitting, Known, is_absent, number
from milepost.steps.identify.links import FEW, PART_OF_MEMORY, Links, PartRead
from milepost.steps.identify.named import Names
from milepost.steps.line_frames import found_on, has_value, is_readable

_CONTEXT = (*SESSION_COLUMNS, *TRAINING_COLUMNS)
_IDENTIFIERS = (*LEARNER_COLUMNS, *_CONTEXT, *OBJECT_COLUMNS)
_FOLDED = {one.column for entity in (LEARNER, SESSION, TRAINING, OBJECT) for one in entity.identifiers if one.is_folded}
_PAIR = ["learner_key", "context_key"]
_REGISTRATION = ("registration_id", "training_id")
_VERSION = ("learning_object_version_id", "publisher_key", "runtime_key")


class Resolver:
    """Looks up the lines of one run, batch by batch."""

    def __init__(
        self,
        references: WholeReferences,
        used: Collection[str],
        memory: int = MEMORY,
        few: int = FEW,
        part_read: PartRead = lambda: 1.0,
        *,
        former: bool = False,
        names: Names | None = None,
    ) -> None:
        """Reads nothing yet. `used` has the columns of the file.

        Indexes take a part of `memory`, in bytes, and are not made for fewer than `few` rows. `part_read` returns what
        part of the file has been read, above 0 and at most 1; by it goes how many rows are to be expected. `former`
        says whether former identifiers count. `names` suggests names; by default those of `references`.
        """
        self._formers = Formers(references, used) if former else None
        self._known = Known(references, used)
        self._names = names or Names(references)
        self._links = Links(
            references,
            used,
            sessions=self._only_session,
            objects=self._only_object,
            most_bytes=int(memory * PART_OF_MEMORY),
            few=few,
            part_read=part_read,
        )

    def identify(self, values: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """`values`, which has every column of an import file (`line_frames.complete`), with the targets; and findings.

        Columns of targets: `registration_id` and `learning_object_version_id`, null where unknown; `publisher_key` and
        `runtime_key`, folded. Findings have schema `model.batch.FINDINGS`.
        """
        given, found = (values, no_findings()) if self._formers is None else self._formers.replaced(values)
        rows, no_registration = self._registrations(_identifiers(given))
        rows, no_object = self._objects(rows)
        findings = [
            found_on(no_registration, "registration-not-found", pl.col("hint")),
            found_on(no_object, "learning-object-not-found", pl.col("hint")),
            found,
        ]
        targets = rows[["registration_id", "learning_object_version_id", "publisher_key", "runtime_key"]]
        return values.hstack(targets), pl.concat(findings)

    def _registrations(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """`rows` with `registration_id` and `training_id`, and the rows that have none: `line`, `hint`."""
        linked = self._links.registrations(rows)
        rows, wanted = _rest(rows, linked, "sought", _REGISTRATION)
        if linked is not None and wanted.is_empty():
            return rows, explain.nothing()
        learners, wanted = _numbered(wanted, LEARNER_COLUMNS, "learner_key")
        contexts, wanted = _numbered(wanted, _CONTEXT, "context_key")
        people, sessions = self._known.fitting(LEARNER, learners), self._known.fitting(SESSION, contexts)
        found = _counted(self._known.registrations(people.fits).join(_sessions(sessions), on="session_id"))
        wanted = wanted.join(found, on=_PAIR, how="left", maintain_order="left")
        rows, missing = _linked(rows, wanted, "registrations", _REGISTRATION)
        return rows, explain.registrations(self._known, self._names, missing, (learners, people), (contexts, sessions))

    def _objects(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """`rows` with the version's id, `publisher_key` and `runtime_key`, and the rows that have none: `line`, `hint`.

        Only rows whose registration is known are looked up.
        """
        rows = rows.with_columns(object_sought=pl.col("object_sought") & pl.col("registration_id").is_not_null())
        linked = self._links.objects(rows)
        rows, wanted = _rest(rows, linked, "object_sought", _VERSION)
        if linked is not None and wanted.is_empty():
            return rows, explain.nothing()
        combinations, wanted = _numbered(wanted, OBJECT_COLUMNS, "object_key", "training_id")
        versions = self._known.fitting(OBJECT, combinations)
        found = self._versions(versions, combinations["training_id"])
        wanted = wanted.join(found, on="object_key", how="left", maintain_order="left")
        rows, missing = _linked(rows, wanted, "objects", _VERSION)
        return rows, explain.objects(self._known, self._names, missing, (combinations, versions))

    def _versions(self, versions: Fitting, trainings: pl.Series) -> pl.DataFrame:
        """How many `objects` fit each combination, and _VERSION of one of them, by `object_key`."""
        content = ("training_id", "learning_object_version_id")
        contents = self._known.references.rows("training_content", content, training_id=trainings)
        found = (
            versions.fits.join(contents, on=content, how="semi")
            .group_by("object_key")
            .agg(pl.col("learning_object_version_id", "publisher", "runtime").first(), objects=pl.len())
        )
        return found.with_columns(fold_all(found[name]).alias(f"{name}_key") for name in ("publisher", "runtime"))

    def _only_session(self, keys: pl.DataFrame) -> pl.DataFrame:
        """See `Links`."""
        contexts = _combinations(keys, "context_key")
        sessions = _sessions(self._known.fitting(SESSION, contexts))
        only = sessions.filter(~pl.col("context_key").is_duplicated())
        found = contexts.select("context_key").join(only, on="context_key", how="left", maintain_order="left")
        return found.select("session_id", "training_id")

    def _only_object(self, keys: pl.DataFrame) -> pl.DataFrame:
        """See `Links`."""
        combinations = _combinations(keys, "object_key")
        versions = self._known.fitting(OBJECT, combinations)
        only = self._versions(versions, combinations["training_id"]).filter(pl.col("objects") == 1)
        found = combinations.select("object_key").join(only, on="object_key", how="left", maintain_order="left")
        return found.select(_VERSION)


def _identifiers(values: pl.DataFrame) -> pl.DataFrame:
    """`line` and every identifier, NAME as read and `NAME.key` as compared; `sought` and `object_sought`."""
    given = [name for name in _IDENTIFIERS if name in _FOLDED and not is_absent(values[name])]
    folded = {name: fold_all(values[name]) for name in given}
    keys = [pl.lit(folded.get(name, values[name])).alias(f"{name}.key") for name in _IDENTIFIERS]
    is_titled = has_value("sessionTitle") & has_value(*TRAINING_COLUMNS)
    has_context = has_value("sessionGuid", "sessionId") | is_titled
    return values.select(
        "line",
        *_IDENTIFIERS,
        *keys,
        sought=has_value(*LEARNER_COLUMNS) & has_context & is_readable(*LEARNER_COLUMNS, *_CONTEXT),
        object_sought=has_value(*OBJECT_COLUMNS) & is_readable(*OBJECT_COLUMNS),
    )


def _numbered(rows: pl.DataFrame, names: Sequence[str], key: str, *others: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The distinct combinations of identifiers and `others` with their number `key`; `rows` with that number."""
    combinations, rows = number(rows, [*(f"{name}.key" for name in names), *others], key)
    return combinations.rename({f"{name}.key": name for name in names}), rows


def _combinations(keys: pl.DataFrame, key: str) -> pl.DataFrame:
    """Distinct combinations of identifiers, called NAME.key, as `_numbered` returns them."""
    return keys.select(pl.all().name.map(lambda name: name.removesuffix(".key"))).with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).alias(key)
    )


def _rest(
    rows: pl.DataFrame, linked: pl.DataFrame | None, sought: str, result: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with the columns `result`, which indexes have found row by row; and the rows that are still sought."""
    if linked is None:
        return rows, rows.filter(sought)
    found = linked.select(pl.when(rows[sought]).then(name).alias(name) for name in result)
    return pl.concat([rows, found], how="horizontal"), rows.filter(rows[sought] & found[result[0]].is_null())


def _linked(
    rows: pl.DataFrame, wanted: pl.DataFrame, count: str, result: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with the columns `result` of the wanted rows whose `count` is 1; and the other wanted rows."""
    is_one = pl.col(count) == 1
    found = wanted.filter(is_one)[["line", *result]]
    missing = wanted.filter(~is_one.fill_null(value=False)) if found.height < wanted.height else wanted.clear()
    both = [name for name in result if name in rows.columns]
    if both and found.is_empty():
        return rows, missing
    rows = rows.join(found, on="line", how="left", maintain_order="left", suffix=".found")
    return rows.with_columns(pl.coalesce(name, f"{name}.found") for name in both) if both else rows, missing


def _sessions(found: Fitting) -> pl.DataFrame:
    """The sessions that fit each context: `context_key`, `session_id`, `training_id`."""
    return found.fits.select("context_key", session_id="sessionId", training_id="trainingId")


def _counted(fitting: pl.DataFrame) -> pl.DataFrame:
    """For each pair of keys: the number of registrations, learners and sessions that fit; one registration, training.

    Pairs with one registration, which are most of them, need no grouping.
    """
    is_several = fitting.select(pl.struct(_PAIR).is_duplicated()).to_series()
    ones = dict.fromkeys(("registrations", "learners", "sessions"), pl.lit(1, pl.UInt32))
    one = fitting.filter(~is_several).select(*_PAIR, "registration_id", "training_id", **ones)
    if one.height == fitting.height:
        return one
    several = (
        fitting.filter(is_several)
        .group_by(_PAIR)
        .agg(
            pl.col("registration_id", "training_id").min(),
            registrations=pl.len().cast(pl.UInt32),
            learners=pl.col("learner_id").n_unique(),
            sessions=pl.col("session_id").n_unique(),
        )
    )
    return pl.concat([one, several])
