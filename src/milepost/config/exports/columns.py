"""The columns of an export: their names, and lists of them with their labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from milepost.config import names
from milepost.model.columns import TRACKING
from milepost.model.export import Provider

Labelled = tuple[tuple[str, str | None], ...]
"""Names of columns, each with its label or None."""

_ALIASES = {names.folded(alias): name for alias, name in TRACKING.aliases.items()}
_COUNTERPARTS = {names.folded(name): other for name, other in TRACKING.passed_over.items() if other}
_COUNTERPARTS |= {names.folded(other): name for name, other in TRACKING.passed_over.items() if other}


@dataclass(frozen=True, slots=True)
class Known:
    """The columns that an export may have."""

    provider: Provider
    by_provider: Mapping[Provider, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """Those of the provider."""
        return self.by_provider[self.provider]

    def resolve(self, name: str) -> str | None:
        """The column that `name` means; None for a name that is unknown."""
        by_folded = names.by_folded(self.names)
        folded = names.folded(name)
        return by_folded.get(folded) or by_folded.get(names.folded(_ALIASES.get(folded, "")))

    def unknown(self, name: str) -> str:
        """The message about a column name that is unknown."""
        folded = names.folded(name)
        message = f"{names.quoted(name)} is not a column of <{self.provider}>"
        others = [one for one, known in self.by_provider.items() if folded in names.by_folded(known)]
        if others:
            message += f", but of {names.listing((f'<{one}>' for one in others), 'and')}"
        counterpart = _COUNTERPARTS.get(folded)
        if counterpart in self.names:
            return f"{message}; did you mean {counterpart}?"
        return message if others else message + names.suggestion(name, self.names)


def listed(text: str) -> Labelled:
    """Comma separated names, each alone or as `name=label`; raises ValueError for an empty one."""
    found: list[tuple[str, str | None]] = []
    for part in text.split(","):
        name, _, label = part.partition("=")
        if not name.strip():
            raise ValueError(f"{names.quoted(text)} has an empty name; write for example candidateLogin=Login,score")
        found.append((name.strip(), label.strip() or None))
    return tuple(found)


def text(columns: Labelled) -> str:
    """Columns as they are given on the command line."""
    return ",".join(name if label is None else f"{name}={label}" for name, label in columns)
