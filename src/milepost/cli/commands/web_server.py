"""`serve` and `worker`: the web application, and what does its jobs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack
from urllib.parse import urlsplit

import click

from milepost.cli import options, shape, terminal, voice
from milepost.model.exceptions import UsageError, writing
from milepost.model.roles import Role

if TYPE_CHECKING:
    from milepost.web.openid import Provider

WHERE = "Where it is served"
WHO = "Log-in by OpenID Connect"


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


keep_days = options.option(
    "--keep-days",
    default=30,
    show_default=True,
    type=click.IntRange(1, 36500),
    metavar="N",
    group=WHERE,
    help="How long uploaded files are kept.",
)


schedule_folder = options.option(
    "--schedule-folder",
    "schedules",
    metavar="FOLDER",
    type=shape.PATH,
    group=WHERE,
    help="The folder of the configurations that can be scheduled, with their data folders.",
)


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


openid = options.together(
    options.option("--oidc-issuer", metavar="URL", group=WHO, help="A provider of OpenID Connect that logs people in."),
    options.option("--oidc-client-id", metavar="ID", group=WHO, help="What this application is called there."),
    options.option(
        "--oidc-secret-file",
        metavar="FILE",
        type=shape.PATH,
        group=WHO,
        help="The file with the client's secret; or it is in the variable MILEPOST_OIDC_SECRET.",
    ),
    options.option("--oidc-name", metavar="NAME", group=WHO, help="What people call the provider."),
    options.option(
        "--oidc-match-email",
        is_flag=True,
        group=WHO,
        help="Whoever has a verified e-mail address there is the user of that name.",
    ),
    options.option(
        "--oidc-default-role",
        type=click.Choice([role.word for role in Role if role < Role.ADMINISTRATOR]),
        group=WHO,
        help="The role of somebody who is no user yet; without it, nobody becomes one by logging in.",
    ),
)


class WhoOptions(TypedDict):
    """The options of `serve` that say who may come in."""

    proxies: tuple[str, ...]
    header: str | None
    oidc_issuer: str | None
    oidc_client_id: str | None
    oidc_secret_file: str | None
    oidc_name: str | None
    oidc_match_email: bool
    oidc_default_role: str | None


def _provider(who: WhoOptions) -> Provider | None:
    issuer = who["oidc_issuer"]
    if issuer is None:
        return None
    with needing_web():
        from milepost.use_cases.identities import Welcome
        from milepost.web.openid import Provider
    word, file = who["oidc_default_role"], who["oidc_secret_file"]
    secret = os.environ.get("MILEPOST_OIDC_SECRET", "")
    if file is not None:
        with writing(f"The file of the secret, {file}, cannot be read", "Name another one."):
            secret = Path(file).read_text("utf-8")
    welcome = Welcome(who["oidc_match_email"], None if word is None else Role.of(word))
    name = who["oidc_name"] or urlsplit(issuer).hostname or issuer
    return Provider(issuer, who["oidc_client_id"] or "", secret.strip(), name, welcome)


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
@keep_days
@schedule_folder
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
@openid
@options.database
def serve(
    *,
    host: str,
    port: int,
    data: str,
    url: str | None,
    keep_days: int,
    schedules: str | None,
    db: str,
    **who: Unpack[WhoOptions],
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

    folder = None if schedules is None else Path(schedules)
    place = serving.Place(host, port, url, who["proxies"], who["header"], _provider(who), keep_days, folder)
    # Nothing is left undone when it is told to end.
    with suppress(KeyboardInterrupt):
        serving.serve(db, Path(data), place, say, voice.current().tell)


@click.command(cls=shape.Command)
@data
@keep_days
@schedule_folder
@options.database
def worker(data: str, keep_days: int, schedules: str | None, db: str) -> None:
    """Do the jobs of the web application, until it is told to end; the application does them itself too."""
    from milepost.operations.scheduling import worker_of
    from milepost.use_cases.worker import open_office

    folder = None if schedules is None else Path(schedules)
    office = open_office(db, Path(data))
    doing = worker_of(office, db, Path(data), keep_days, folder, voice.current().tell)
    doing.start()
    try:
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
    finally:
        doing.stop()
