"""Serving the application at an address of this machine."""

from __future__ import annotations

import ipaddress
import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import uvicorn

from milepost.model.exceptions import UsageError
from milepost.use_cases.worker import Worker, open_office, upgrade
from milepost.web.asgi import create
from milepost.web.site import Site


def serve(database: str, data: Path, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serves the store `database` at `host` and `port` until the process is interrupted.

    `data` is the folder for uploads and checks; a missing one is created. Port 0 is any free one. `say` is called with
    the secret link. Raises UsageError if the address is not one of this machine alone, or is taken, FileError if the
    folder cannot be used.
    """
    _require_loopback(host)
    with _listening(host, port) as listener:
        upgrade(database)
        office = open_office(database, data)
        worker = Worker(office, database, data)
        site = Site(database, data, host, listener.getsockname()[1], office, worker)
        # Uploads wait on the disk where they are kept, not where there may be no room for them.
        tempfile.tempdir = str(data)
        configuration = uvicorn.Config(
            create(site), log_level="error", access_log=False, server_header=False, lifespan="on"
        )
        say(site.link)
        uvicorn.Server(configuration).run(sockets=[listener])


def _require_loopback(host: str) -> None:
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise UsageError(
            f"{host} is not an address of this machine alone. There are no users to log in, so anybody could change "
            "the store. Serve 127.0.0.1, and let others in with an SSH tunnel."
        )


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number else str(error)
        raise UsageError(f"{host}, port {port} cannot be served: {reason}. Name another port.") from error
