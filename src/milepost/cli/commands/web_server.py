"""`serve` and `worker`: the web application, and what does its jobs."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import click

from milepost.cli import options, shape, terminal
from milepost.model.exceptions import UsageError

WHERE = "Where it is served"


_data = options.option(
    "--data",
    default="milepost-data",
    show_default=True,
    metavar="FOLDER",
    type=shape.PATH,
    group=WHERE,
    help="The folder for uploads and checks. It holds personal data.",
)


@click.command(cls=shape.Command)
@options.option("--host", default="127.0.0.1", show_default=True, group=WHERE, help="An address of this machine alone.")
@options.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    group=WHERE,
    help="The port; 0 is any that is free.",
)
@_data
@options.database
def serve(host: str, port: int, data: str, db: str) -> None:
    """Serve the web application, and print the secret link that opens it."""
    try:
        from milepost.web import serving
    except ImportError as error:
        raise UsageError(
            f"The web application needs {error.name}, which is not installed. "
            "Install Milepost with the extra `web`, as pipx install --force 'WHEEL.whl[web]' does."
        ) from error

    def say(link: str) -> None:
        terminal.say([f"Open {link}", "Whoever has this link can change the store. Ctrl-C ends the application."])

    # Nothing is left undone when it is told to end.
    with suppress(KeyboardInterrupt):
        serving.serve(db, Path(data), host, port, say)


@click.command(cls=shape.Command)
@_data
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
