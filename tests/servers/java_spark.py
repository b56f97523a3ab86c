"""A real Spark, which needs a Java: its server, started from the environment that `make test-java-spark` installs."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

HOME = "MILEPOST_SPARK_HOME"
"""The environment variable that names the folder of the package pyspark."""
_CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"
_LONGEST_START = 180


@contextmanager
def running(cores: int) -> Iterator[str]:
    """The address of a server with so many cores; the test fails without a Java or a Spark."""
    home = os.environ.get(HOME)
    if home is None or shutil.which("java") is None:
        pytest.fail(f"A real Spark needs a Java (apt-get install openjdk-17-jre-headless), and {HOME}.")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
    }
    words = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    server = subprocess.Popen(
        [str(Path(home, "bin", "spark-submit")), "--class", _CLASS, "--master", f"local[{cores}]", *words],
        env=os.environ | {"PYSPARK_PYTHON": sys.executable, "POLARS_MAX_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, server)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(60)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _LONGEST_START
    while time.monotonic() < end and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.5)
    pytest.fail("Spark does not start.")
