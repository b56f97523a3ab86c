"""From XML and single settings to a `Job` or an `ExportJob`; every mistake with its line."""

from milepost.config.exports import export_job, format_of, write_export
from milepost.config.loading import Checked, check, job
from milepost.config.writing import write

__all__ = ["Checked", "check", "export_job", "format_of", "job", "write", "write_export"]
