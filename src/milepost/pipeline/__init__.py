"""The steps in their order: an import of tracking, a load of reference data, an undo; pruning, and verifying."""

from milepost.pipeline.importing import import_file
from milepost.pipeline.loading import load_file
from milepost.pipeline.pruning import prune_runs
from milepost.pipeline.undoing import undo_run
from milepost.pipeline.verifying import verify_run

__all__ = ["import_file", "load_file", "prune_runs", "undo_run", "verify_run"]
