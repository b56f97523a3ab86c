"""A Sail server that tests share, and imports that run their steps on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from milepost.engines.spark import cluster, spark_engine
from milepost.use_cases import importing
from servers import java_spark

_CORES = 2
_RANGE_BYTES = 300
"""Ranges so small that files of a few lines have several."""
_ROWS = 3
"""Partitions of so few rows."""


@contextmanager
def running() -> Iterator[str]:
    """The address of a server: the one that MILEPOST_SPARK names, else one of Sail or of Spark that starts here."""
    given = os.environ.get("MILEPOST_SPARK", "")
    if given.startswith(cluster.CONNECT):
        yield given
        return
    with java_spark.running(_CORES) if given == "java" else cluster.embedded(_CORES) as address:
        yield address


@contextmanager
def in_use(address: str) -> Iterator[None]:
    """Imports run their steps on the server at `address`, in very small ranges, unless they name an engine."""
    function = importing.import_file.__wrapped__  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spark_engine, "RANGE_BYTES", _RANGE_BYTES)
        patch.setattr(spark_engine, "SAMPLED", 1)
        patch.setattr(spark_engine, "PARTITION_ROWS", _ROWS)
        for name, value in (("engine", address), ("cores", _CORES)):
            patch.setitem(function.__kwdefaults__, name, value)
        yield
