"""The use cases: import tracking, load reference data, undo, prune, verify; and kept checks."""

from milepost.runs.importing import import_file
from milepost.runs.loading import load_file
from milepost.runs.pruning import prune_runs
from milepost.runs.undoing import undo_run
from milepost.runs.verifying import verify_run

__all__ = ["import_file", "load_file", "prune_runs", "undo_run", "verify_run"]
