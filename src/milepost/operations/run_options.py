"""How a whole configuration is carried out, of imports or of exports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from milepost.model.phases import Progress
from milepost.use_cases import template


def _unheard(_event: str, **_facts: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of one run. `import_again`, `progress` and `actor` have no meaning for exports."""

    data: str | Path | None = None
    """The data folder; None: the folder of the configuration."""
    only: str | None = None
    """The guid, name or number of the one import or export that is carried out."""
    dry_run: bool = False
    """Whether nothing is touched, and the report says what would happen."""
    strict: bool = False
    """Whether a configuration is refused of which a part would be passed over."""
    import_again: bool = False
    """Whether bytes that were imported already are imported once more."""
    now: datetime | None = None
    """The instant at which the run begins; None: the clock's."""
    progress: Progress | None = None
    """As for `import_file`, like the next three."""
    wait: float = template.PATIENCE
    waiting: Callable[[str], None] | None = None
    actor: str | None = None
    tell: Callable[..., None] = _unheard
    """Called with an event and its facts, which name no person."""
