"""From the XML of an export, or from single settings, to an `ExportJob`; every mistake with its line."""

from milepost.config.exporting.loading import ROOT, check, job

__all__ = ["ROOT", "check", "job"]
