"""`python -m benchmarks.competitors.django_project STORE FILE` imports the file twice; prints the seconds of each."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import tablib

from benchmarks.competitors.django_project import settings


def main(store: str, file: str) -> list[float]:
    """The seconds of importing new rows, then of importing them again."""
    settings.configure(store)
    # Models can be imported only now.
    from django.db import connection

    from benchmarks.competitors.django_project.models import Tracking
    from benchmarks.competitors.django_project.resources import TrackingResource

    with connection.schema_editor() as editor:
        editor.create_model(Tracking)
    dataset = tablib.Dataset().load(Path(file).read_text(), format="csv")
    seconds = []
    for outcome in ("new", "skip"):
        begin = time.perf_counter()
        result = TrackingResource().import_data(dataset, raise_errors=True)
        seconds.append(time.perf_counter() - begin)
        if result.totals[outcome] != len(dataset):
            raise RuntimeError(f"The outcomes should be {outcome}, and are {result.totals}.")
    if Tracking.objects.count() != len(dataset):
        raise RuntimeError("Not all rows are in the store.")
    return seconds


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
