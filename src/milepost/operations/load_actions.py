"""The vendor's actions that load reference data: their columns, and the kind of reference data that each amounts to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from milepost.model.columns import IGNORED
from milepost.model.exceptions import UsageError
from milepost.model.identifiers import LEARNER, SESSION, TRAINING, Entity
from milepost.model.likeness import by_folded, folded, suggestion
from milepost.model.wording import in_quotes
from milepost.reference import KINDS, Reference, ReferenceKind, Role
from milepost.settings.bag import ImportNames


@dataclass(frozen=True, slots=True)
class LoadAction:
    """One action of the vendor that loads reference data."""

    name: str
    kind: ReferenceKind
    columns: tuple[str, ...]
    """Its columns without a counterpart in the store."""
    options: tuple[str, ...]
    """Its options without a counterpart."""
    flag: str | None = None
    """The column that says what is done with a row."""
    flag_options: Mapping[str, str] = field(default_factory=dict)
    """The options with words of that column, each with its default."""
    skipped: tuple[str, ...] = ()
    """Those of `flag_options` whose rows are skipped, since Milepost deletes nothing here."""
    done: str = ""
    """What skipped rows ask for."""
    own_columns: tuple[str, ...] = ()
    """Its columns that are carried out by a step after the load."""

    @property
    def followed(self) -> tuple[str, ...]:
        """The columns that the load of the kind does not take, but Milepost regards."""
        return self.own_columns if self.flag is None else (self.flag, *self.own_columns)


def found_by(kind: ReferenceKind, search: str, columns: tuple[str, ...]) -> ReferenceKind:
    """The kind whose rows, or the rows to which they refer, are found by those columns alone, as `search` says.

    Raises UsageError if they cannot be.
    """
    entity = _SEARCHES[search]
    if kind.entity is entity:
        if len(columns) > 1:
            raise UsageError(f"{kind.name} are found by one column, not by several")
        key = next(one.column.name for one in kind.fields if one.role is Role.KEY)
        return kind if columns == (key,) else kind.keyed_by(columns[0])
    reference = next((one for one in kind.references if one.entity is entity), None)
    if reference is None:
        raise UsageError(f"{kind.name} refer to no {entity.noun}")
    unknown = [name for name in columns if name not in reference.columns]
    if unknown:
        raise UsageError(f"{unknown[0]} does not find a {entity.noun}; what does: {', '.join(reference.columns)}")
    parts = tuple(replace(one, columns=columns) if one is reference else one for one in kind.parts)
    others = dict.fromkeys(name for name in reference.columns if name not in columns)
    return replace(kind, parts=parts, counterparts={**kind.counterparts, **others})


def _kind(name: str, *references: Reference, aliases: Mapping[str, str], passed_over: tuple[str, ...]) -> ReferenceKind:
    """The kind as the vendor's files have it: with other columns for its references, names and columns passed over."""
    kind = KINDS[name]
    other = {one.entity: one for one in references}
    parts = tuple(other.get(part.entity, part) if isinstance(part, Reference) else part for part in kind.parts)
    return replace(kind, parts=parts, aliases=aliases, counterparts=dict.fromkeys(passed_over))


_OF_LEARNERS = (
    *("managerLogin", "managerRefNumber", "entity", "entityName", "entityId", "entityRefNumber", "entityGuid"),
    *("candidateValidity", "enabledFrom", "enabledUntil", "candidateLanguages", "candidateLocale"),
    *("candidatePassword", "presentation", "custom", "customField", "candidateCustomFieldGuid", "candidateId"),
    *("hierarchyEntityName", "hieracrchyEntityName"),
)
_OF_SESSIONS = ("trainingTitle", "sessionStatus", "teacherLogin", "teacherRefNumber", "sessionAction")
_OF_REGISTRATIONS = (
    *("registerFlag", "candidateName", "candidateFirstname", "candidateGuid", "trainingTitle", "trainingGuid"),
    *("trainingId", "trainingPathCode", "sessionStartDate", "sessionEndDate", "sessionStatus", "teacherLogin"),
)
_OF_TRAININGS = (
    *("trainingAction", "trainingLocale", "trainingDescription", "trainingObjectives", "trainingKeywords"),
    *("trainingImage", "catalogVisibility"),
)
LOV_CODES = "lovCodes"
"""The column of trainings that names their contents."""
_SEARCHES: Mapping[str, Entity] = MappingProxyType(
    {"traineeSearchField": LEARNER, "trainingSearchField": TRAINING, "sessionSearchField": SESSION}
)
SEARCHES = tuple(_SEARCHES)
"""The options that say by which columns something is found."""

_EVERY = (
    LoadAction(
        "createOrUpdateLearnerAction",
        _kind(
            "learners",
            aliases={"candidateLastname": "candidateName", "candidateLastName": "candidateName"},
            passed_over=_OF_LEARNERS,
        ),
        _OF_LEARNERS,
        (
            *("defaultEntityId", "defaultLangCode", "fullAccess", "enableAllLearners"),
            *("disableImportFlag", "candidateValidity", "defaultLanguage", "sendEmail"),
        ),
    ),
    LoadAction(
        "createOrUpdateSessionAction",
        _kind(
            "sessions",
            Reference(
                TRAINING,
                ("trainingPathCode", "trainingId", "trainingGuid"),
                missing="context-missing",
                held_by=("registration", "session_id"),
            ),
            aliases={"sessionStartDate": "startDate", "sessionEndDate": "endDate"},
            passed_over=_OF_SESSIONS,
        ),
        _OF_SESSIONS,
        ("fullAccess", "sessionStatus"),
        flag="sessionAction",
        flag_options={"archiveValue": "A"},
        skipped=("archiveValue",),
        done="the deletion of a session",
    ),
    LoadAction(
        "registerLearnerAction",
        _kind(
            "registrations",
            Reference(
                LEARNER, ("candidateLogin", "candidateRefNumber", "candidateEmail"), Role.KEY, missing="learner-missing"
            ),
            Reference(SESSION, ("sessionGuid", "sessionId", "sessionTitle"), Role.KEY, missing="context-missing"),
            aliases={},
            passed_over=_OF_REGISTRATIONS,
        ),
        _OF_REGISTRATIONS,
        ("dontUpdateExistingSessions", "fullAccess", "reactivateRegisteredLearners", "keepSession"),
        flag="registerFlag",
        flag_options={"registerValue": "Y", "unregisterValue": "N"},
        skipped=("unregisterValue",),
        done="the end of a registration",
    ),
    LoadAction(
        "createOrUpdateTrainingCourseAction",
        _kind("trainings", aliases={"trainingName": "trainingTitle"}, passed_over=(*_OF_TRAININGS, LOV_CODES)),
        _OF_TRAININGS,
        ("fullAccess",),
        flag="trainingAction",
        flag_options={"archiveValue": "A"},
        skipped=("archiveValue",),
        done="the deletion of a training",
        own_columns=(LOV_CODES,),
    ),
)
LOAD_ACTIONS: Mapping[str, LoadAction] = MappingProxyType({folded(one.name): one for one in _EVERY})
"""The actions by their folded names."""


class LoadNames(ImportNames):
    """The possible columns of a file of reference data, as the vendor's configurations name them."""

    def __init__(self, action: LoadAction) -> None:
        """The columns of `action`."""
        vocabulary = action.kind.vocabulary
        self._action = action
        self._known = by_folded(column.name for column in vocabulary.columns)
        self._aliases = {folded(name): column for name, column in vocabulary.aliases.items()}
        self._ignored = by_folded(name for name in action.columns if folded(name) not in self._known)

    def resolve(self, name: str) -> str | None:
        """The column that `name` means, IGNORED for one without a counterpart; None for an unknown name."""
        wanted = folded(name)
        followed = by_folded(self._action.followed)
        if wanted in followed:
            return followed[wanted]
        if wanted in self._known or wanted in self._aliases:
            return self._known.get(wanted) or self._aliases[wanted]
        is_ignored = wanted.startswith("_") or wanted == folded(IGNORED) or wanted in self._ignored
        return IGNORED if is_ignored else None

    def unknown(self, name: str) -> str:
        """The message about an unknown name."""
        known = (*self._known.values(), *self._action.followed, *self._ignored.values(), *self._aliases, IGNORED)
        return f"{in_quotes(name)} is not a column of <{self._action.name}>{suggestion(name, known)}"

    def note(self, name: str) -> str | None:
        """The note about a column without a counterpart; None for other names."""
        known = self._ignored.get(folded(name))
        if known is None or known in self._action.followed:
            return None
        return f"The column {known} of <{self._action.name}> has no counterpart in Milepost, and is passed over."
