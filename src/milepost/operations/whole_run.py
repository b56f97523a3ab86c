"""Whole configurations of both kinds, of imports and of exports, by one function."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from milepost.model.phases import Progress
from milepost.operations.export_reading import is_export
from milepost.operations.export_run import run_exports
from milepost.operations.night_report import NightReport
from milepost.operations.night_run import run_night
from milepost.use_cases import template


def run_whole(
    configuration: str | Path,
    database: str,
    *,
    data: str | Path | None = None,
    only: str | None = None,
    dry_run: bool = False,
    strict: bool = False,
    import_again: bool = False,
    now: datetime | None = None,
    progress: Progress | None = None,
    wait: float = template.PATIENCE,
    waiting: Callable[[str], None] | None = None,
    actor: str | None = None,
    tell: Callable[..., None] = lambda _event, **_facts: None,
) -> NightReport:
    """Carries out the whole configuration at that path, of imports or of exports.

    Arguments, result and exceptions are those of `run_night`; `import_again`, `progress` and `actor` have no meaning
    for exports.
    """
    if is_export(configuration):
        return run_exports(
            configuration,
            database,
            data=data,
            only=only,
            dry_run=dry_run,
            strict=strict,
            now=now,
            wait=wait,
            waiting=waiting,
            tell=tell,
        )
    return run_night(
        configuration,
        database,
        data=data,
        only=only,
        dry_run=dry_run,
        strict=strict,
        import_again=import_again,
        now=now,
        progress=progress,
        wait=wait,
        waiting=waiting,
        actor=actor,
        tell=tell,
    )
