"""The steps in their order: an import of tracking, a load of reference data."""

from milepost.pipeline.importing import import_file
from milepost.pipeline.loading import load_file

__all__ = ["import_file", "load_file"]
