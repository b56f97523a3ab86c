"""From XML and single settings to an `ExportJob`; every mistake with its line."""

from milepost.config.exports.build import format_of
from milepost.config.exports.loading import export_job
from milepost.config.exports.writing import write_export

__all__ = ["export_job", "format_of", "write_export"]
