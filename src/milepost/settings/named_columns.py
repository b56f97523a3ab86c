"""The names of columns in settings, and the columns that they mean in an import and in an export."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from milepost.model.columns import IGNORED, TRACKING
from milepost.model.export import PROVIDER_COLUMNS, Provider
from milepost.model.likeness import by_folded, folded, suggestion
from milepost.model.wording import in_quotes, listed

_ALIASES = {folded(alias): name for alias, name in TRACKING.aliases.items()}
_PASSED_OVER = by_folded(TRACKING.passed_over)


class Names(ABC):
    """The possible columns of a job."""

    example: str
    """What to write instead of an empty name."""

    @abstractmethod
    def resolve(self, name: str) -> str | None:
        """The column that `name` means, IGNORED for a skipped one; None for an unknown name."""

    @abstractmethod
    def unknown(self, name: str) -> str:
        """The message about an unknown name."""

    def note(self, name: str) -> str | None:  # noqa: ARG002 - for those who have notes
        """The note about a known column that is not imported; None for other names."""
        return None


class ImportNames(Names):
    """The possible columns of a file to import."""

    example = f"{IGNORED} for a column to skip"
    _columns = by_folded(column.name for column in TRACKING.columns)

    def resolve(self, name: str) -> str | None:
        key = folded(name)
        if key.startswith("_") or key == folded(IGNORED) or key in _PASSED_OVER:
            return IGNORED
        return self._columns.get(key) or _ALIASES.get(key)

    def unknown(self, name: str) -> str:
        known = (*self._columns.values(), *TRACKING.aliases, IGNORED)
        return f"{in_quotes(name)} is not a column{suggestion(name, known)}"

    def note(self, name: str) -> str | None:
        known = _PASSED_OVER.get(folded(name))
        if known is None:
            return None
        counterpart = TRACKING.passed_over[known]
        instead = f"; its counterpart is {counterpart}" if counterpart else ""
        return f"The column {known} is known, but not imported{instead}."


_COUNTERPARTS = {folded(name): other for name, other in TRACKING.passed_over.items() if other}
_COUNTERPARTS |= {folded(other): name for name, other in TRACKING.passed_over.items() if other}


@dataclass(frozen=True)
class ExportNames(Names):
    """The possible columns of an export of `provider`."""

    provider: Provider
    example = "for example candidateLogin=Login,score"

    def resolve(self, name: str) -> str | None:
        known = by_folded(PROVIDER_COLUMNS[self.provider])
        return known.get(folded(name)) or known.get(folded(_ALIASES.get(folded(name), "")))

    def unknown(self, name: str) -> str:
        known = PROVIDER_COLUMNS[self.provider]
        message = f"{in_quotes(name)} is not a column of <{self.provider}>"
        others = [one for one, columns in PROVIDER_COLUMNS.items() if folded(name) in by_folded(columns)]
        if others:
            message += f", but of {listed((f'<{one}>' for one in others), 'and')}"
        counterpart = _COUNTERPARTS.get(folded(name))
        if counterpart in known:
            return f"{message}; did you mean {counterpart}?"
        return message if others else message + suggestion(name, known)
