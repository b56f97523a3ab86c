"""The vendor's actions that load reference data: their columns, and the kind of reference data that each amounts to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from milepost.model.columns import IGNORED
from milepost.model.identifiers import LEARNER, SESSION, TRAINING
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


def _kind(name: str, *references: Reference, aliases: Mapping[str, str], passed_over: tuple[str, ...]) -> ReferenceKind:
    """The kind as the vendor's files have it: with other columns for its references, names and columns passed over."""
    kind = KINDS[name]
    other = {one.entity: one for one in references}
    parts = tuple(other.get(part.entity, part) if isinstance(part, Reference) else part for part in kind.parts)
    return replace(kind, parts=parts, aliases=aliases, counterparts=dict.fromkeys(passed_over))


_OF_LEARNERS = (
    *("managerLogin", "managerRefNumber", "entity", "entityName", "entityId", "entityRefNumber", "entityGuid"),
    *("candidateValidity", "enabledFrom", "enabledUntil", "candidateLanguages", "candidateTimeZone", "candidateLocale"),
    *("candidatePassword", "presentation", "custom", "customField", "candidateCustomFieldGuid", "candidateId"),
    *("hierarchyEntityName", "hieracrchyEntityName"),
)
_OF_SESSIONS = ("trainingTitle", "sessionStatus", "teacherLogin", "teacherRefNumber", "sessionAction")
_OF_REGISTRATIONS = (
    *("registerFlag", "candidateName", "candidateFirstname", "candidateGuid", "trainingTitle", "trainingGuid"),
    *("trainingId", "trainingPathCode", "sessionStartDate", "sessionEndDate", "sessionStatus", "teacherLogin"),
)
_OF_TRAININGS = (
    *("trainingAction", "trainingLocale", "lovCodes", "trainingDescription", "trainingObjectives", "trainingDuration"),
    *("trainingStatus", "trainingPublisher", "trainingKeywords", "trainingImage", "catalogVisibility"),
)
_SEARCH = ("traineeSearchField", "trainingSearchField", "sessionSearchField", "dontUpdateExistingSessions")

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
            *("traineeSearchField", "defaultEntityId", "defaultLangCode", "fullAccess", "enableAllLearners"),
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
        ("sessionSearchField", "fullAccess", "trainingSearchField", "sessionStatus"),
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
        (*_SEARCH, "fullAccess", "reactivateRegisteredLearners", "keepSession"),
        flag="registerFlag",
        flag_options={"registerValue": "Y", "unregisterValue": "N"},
        skipped=("unregisterValue",),
        done="the end of a registration",
    ),
    LoadAction(
        "createOrUpdateTrainingCourseAction",
        _kind("trainings", aliases={"trainingName": "trainingTitle"}, passed_over=_OF_TRAININGS),
        _OF_TRAININGS,
        ("fullAccess", "trainingSearchField"),
        flag="trainingAction",
        flag_options={"archiveValue": "A"},
        skipped=("archiveValue",),
        done="the deletion of a training",
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
        if self._action.flag is not None and wanted == folded(self._action.flag):
            return self._action.flag
        if wanted in self._known or wanted in self._aliases:
            return self._known.get(wanted) or self._aliases[wanted]
        is_ignored = wanted.startswith("_") or wanted == folded(IGNORED) or wanted in self._ignored
        return IGNORED if is_ignored else None

    def unknown(self, name: str) -> str:
        """The message about an unknown name."""
        known = (*self._known.values(), *self._ignored.values(), *self._aliases, IGNORED)
        return f"{in_quotes(name)} is not a column of <{self._action.name}>{suggestion(name, known)}"

    def note(self, name: str) -> str | None:
        """The note about a column without a counterpart; None for other names."""
        known = self._ignored.get(folded(name))
        if known is None or known == self._action.flag:
            return None
        return f"The column {known} of <{self._action.name}> has no counterpart in Milepost, and is passed over."
