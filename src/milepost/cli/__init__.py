"""The command line: a door. Arguments in, exit status out."""

from milepost.cli.application import main, run

__all__ = ["main", "run"]
