"""From XML and single settings to a `Job`; every mistake with its line."""

from milepost.config.exporting import job as export_job
from milepost.config.loading import Checked, check, job
from milepost.config.writing import write

__all__ = ["Checked", "check", "export_job", "job", "write"]
