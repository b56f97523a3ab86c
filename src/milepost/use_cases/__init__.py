"""The use cases: import tracking, load reference data, undo, prune, verify; and kept checks."""

from milepost.use_cases.importing import import_file
from milepost.use_cases.loading import load_file
from milepost.use_cases.undoing import prune_runs, undo_run
from milepost.use_cases.verifying import verify_run

__all__ = ["import_file", "load_file", "prune_runs", "undo_run", "verify_run"]
