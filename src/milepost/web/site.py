"""What a running application knows of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from starlette.requests import HTTPConnection

from milepost.use_cases.worker import Worker
from milepost.web.entrance import Entrance


@dataclass(frozen=True, slots=True)
class Site:
    """One application on one address."""

    database: str
    """The store: an SQLite file, or a URL."""
    data: Path
    """The folder for uploads and checks."""
    entrance: Entrance
    host: str = "127.0.0.1"
    port: int = 8080
    url: str | None = None
    """The address at which browsers know the application, without a path; None: that which it serves."""
    worker: Worker | None = None
    """What does the jobs; None: another process does."""
    schedules: Path | None = None
    """The folder of the configurations that can be scheduled; None: no job of a schedule is done here."""
    largest_upload: int = 1_000_000_000
    """Bytes that an uploaded file may have."""

    def wake(self) -> None:
        """Says that a job was added."""
        if self.worker is not None:
            self.worker.wake()

    @property
    def office(self) -> str:
        """The store of drafts and jobs, of accounts and sessions."""
        return self.entrance.office

    @property
    def address(self) -> str:
        """The address to open."""
        return self.url or f"http://{_bracketed(self.host)}:{self.port}"

    @property
    def origins(self) -> frozenset[str]:
        """The addresses under which browsers know the application, as `Origin` names them."""
        if self.url is not None:
            return frozenset({self.url})
        names = {"localhost", "127.0.0.1", "[::1]", _bracketed(self.host)}
        return frozenset(f"http://{name}:{self.port}" for name in names)

    @property
    def is_encrypted(self) -> bool:
        """Whether browsers come by HTTPS alone."""
        return self.address.startswith("https://")

    @property
    def cookie(self) -> str:
        """The name of the cookie of a session. Browsers share cookies between the ports of a host."""
        # With this beginning, no other host can set it.
        return "__Host-milepost" if self.is_encrypted else f"milepost-{self.port}"

    @property
    def link(self) -> str:
        """The secret link, which lets its holder in."""
        return f"{self.address}/enter?secret={self.entrance.secret}"


def site_of(connection: HTTPConnection) -> Site:
    """The site that a request is for."""
    found: Site = connection.app.state.site
    return found


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
