"""Serving the application at an address."""

from __future__ import annotations

import ipaddress
import os
import socket
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from milepost.model.exceptions import UsageError
from milepost.model.wording import argument
from milepost.operations.scheduling import worker_of
from milepost.use_cases import accounts
from milepost.use_cases.accounts import Kind
from milepost.use_cases.sweeping import KEEP_DAYS
from milepost.use_cases.worker import open_office, upgrade
from milepost.web.asgi import create
from milepost.web.entrance import Entrance
from milepost.web.openid import Provider, require_provider
from milepost.web.site import Site

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the application is served, and who may be before it."""

    host: str = "127.0.0.1"
    port: int = 8080
    """0 is any that is free."""
    url: str | None = None
    """The address at which browsers know the application."""
    proxies: Sequence[str] = ()
    """The addresses, or ranges of them, whose headers are believed."""
    header: str | None = None
    """The header in which they name the person."""
    provider: Provider | None = None
    """Who logs people in, beside passwords."""
    keep_days: int = KEEP_DAYS
    """How long uploads are kept."""
    schedules: Path | None = None
    """The folder of the configurations that can be scheduled."""


def serve(database: str, data: Path, place: Place, say: Callable[[Site], None], tell: Callable[..., None]) -> None:
    """Serves the store `database` until the process is interrupted.

    `data` is the folder for uploads and checks; a missing one is created. `say` is called with the site when it can be
    opened, `tell` with what is for the log. Raises UsageError if the place is wrong or taken, or not of this machine
    alone and nobody can log in, FileError if a folder cannot be used.
    """
    url = None if place.url is None else _origin(place.url)
    proxies = [_network(one) for one in place.proxies]
    if place.header is not None and not proxies:
        raise UsageError(f"{argument('proxy_header')} needs {argument('proxy_address')}: whose header is believed.")
    if place.provider is not None:
        if place.header is not None:
            raise UsageError(f"{argument('proxy_header')} and {argument('oidc_issuer')} are two ways in. Keep one.")
        require_provider(place.provider.issuer, place.provider.client_id, place.provider.secret)
    is_own = place.header is None and place.provider is None
    is_local = _is_of_this_machine(place.host) and url is None and is_own
    if url is None and place.host in ("0.0.0.0", "::", ""):  # noqa: S104 - refused
        raise UsageError(f"{place.host} is every address. Name the one that browsers open with {argument('url')}.")
    if not is_local:
        _require_users(open_office(database, data), place)
    with _listening(place.host, place.port) as listener:
        upgrade(database)
        office = open_office(database, data)
        # Those of the local person end with the application, however it ended.
        accounts.end_all(office, accounts.LOCAL, Kind.SESSION)
        entrance = Entrance(
            office, is_local=is_local, proxies=proxies, header=place.header, provider=place.provider, tell=tell
        )
        port = listener.getsockname()[1]
        worker = worker_of(office, database, data, place.keep_days, place.schedules, tell)
        site = Site(database, data, entrance, place.host, port, url, worker, place.schedules)
        # Uploads wait on the disk where they are kept, not where there may be no room for them.
        tempfile.tempdir = str(data)
        configuration = uvicorn.Config(
            create(site),
            log_level="error",
            access_log=False,
            server_header=False,
            lifespan="on",
            # Who is believed is decided by the entrance.
            proxy_headers=False,
        )
        say(site)
        uvicorn.Server(configuration).run(sockets=[listener])


def _require_users(office: str, place: Place) -> None:
    remedy = "Add an administrator first: `milepost user add NAME --role administrator"
    if place.header is not None:
        if not accounts.listing(office):
            raise UsageError(f"There are no users whom a proxy could name. {remedy} --no-password`.")
    elif place.provider is not None:
        if not accounts.listing(office):
            raise UsageError(f"There are no users yet. {remedy}`.")
    elif not accounts.is_guarded(office):
        where = place.url or place.host
        raise UsageError(f"{where} is not an address of this machine alone, and nobody can log in yet. {remedy}`.")


def _is_of_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(url: str) -> str:
    """An address as browsers send it in `Origin`. Raises UsageError if it is none, or has a path."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    is_whole = parts.scheme in _PORTS and parts.hostname and not (parts.username or parts.query or parts.fragment)
    if not is_whole or parts.path not in ("", "/"):
        raise UsageError(f"{url} is not the address of a site. Name it like https://milepost.example.org.")
    name = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{name}" + ("" if port in (None, _PORTS[parts.scheme]) else f":{port}")


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise UsageError(f"{text} is neither an address (192.0.2.7) nor a range of them (192.0.2.0/28).") from error


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number and number > 0 else str(error)
        raise UsageError(f"{host}, port {port} cannot be served: {reason}. Name another port.") from error
    # Else an answer in two parts waits for the client's receipt of the first one, which takes 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
