"""`serve` and `worker`: the web application, and what does its jobs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from milepost.cli import options, shape, terminal, voice
from milepost.model.exceptions import UsageError

WHERE = "Where it is served"


data = options.option(
    "--data",
    default="milepost-data",
    show_default=True,
    metavar="FOLDER",
    type=shape.PATH,
    group=WHERE,
    help="The folder for uploads and checks. It holds personal data.",
)
"""The folder of the application, which has its users too if the store is an SQLite file."""


@contextmanager
def needing_web() -> Iterator[None]:
    """Raises UsageError if a package of the extra `web` is missing that the block imports."""
    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"The web application needs {error.name}, which is not installed. "
            "Install Milepost with the extra `web`, as pipx install --force 'WHEEL.whl[web]' does."
        ) from error


@click.command(cls=shape.Command)
@options.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    group=WHERE,
    help="The address to listen at. One that others reach needs users.",
)
@options.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    group=WHERE,
    help="The port; 0 is any that is free.",
)
@data
@options.option(
    "--url", metavar="URL", group=WHERE, help="The address that browsers open, such as https://milepost.example.org."
)
@options.option(
    "--proxy-address",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    group=WHERE,
    help="A proxy before the application, or a range of addresses, whose headers are believed. Repeatable.",
)
@options.option(
    "--proxy-header",
    "header",
    metavar="NAME",
    group=WHERE,
    help="The header in which that proxy names the user who has logged in.",
)
@options.database
def serve(
    host: str, port: int, data: str, url: str | None, proxies: tuple[str, ...], header: str | None, db: str
) -> None:
    """Serve the web application, and print the address or the secret link that opens it."""
    with needing_web():
        from milepost.web import serving
        from milepost.web.site import Site

    def say(site: Site) -> None:
        if not (site.is_encrypted or site.entrance.is_local):
            terminal.note("passwords travel unencrypted; put a proxy with HTTPS before it, and name it by --url")
        ending = "Ctrl-C ends the application."
        if site.entrance.is_open():
            terminal.say([f"Open {site.link}", f"Whoever has this link can change the store. {ending}"])
        else:
            terminal.say([f"Open {site.address}", ending])

    place = serving.Place(host, port, url, proxies, header)
    # Nothing is left undone when it is told to end.
    with suppress(KeyboardInterrupt):
        serving.serve(db, Path(data), place, say, voice.current().tell)


@click.command(cls=shape.Command)
@data
@options.database
def worker(data: str, db: str) -> None:
    """Do the jobs of the web application, until it is told to end; the application does them itself too."""
    from milepost.use_cases import worker as working

    folder = Path(data)
    doing = working.Worker(working.open_office(db, folder), db, folder)
    doing.start()
    try:
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
    finally:
        doing.stop()
