"""Whole configurations of both kinds, of imports and of exports, by one function."""

from __future__ import annotations

from pathlib import Path

from milepost.operations.export_reading import is_export
from milepost.operations.export_run import run_exports
from milepost.operations.night_report import NightReport
from milepost.operations.night_run import run_night
from milepost.operations.run_options import RunOptions


def run_whole(configuration: str | Path, database: str, options: RunOptions) -> NightReport:
    """Carries out the whole configuration at that path, of imports or of exports, with the store `database`.

    Result and exceptions are those of `run_night`.
    """
    run = run_exports if is_export(configuration) else run_night
    return run(configuration, database, options)
