"""What a running application knows of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    host: str = "127.0.0.1"
    port: int = 8080
    office: str = ""
    """The store of drafts and jobs."""
    worker: Worker | None = None
    """What does the jobs; None: another process does."""
    largest_upload: int = 1_000_000_000
    """Bytes that an uploaded file may have."""
    entrance: Entrance = field(default_factory=Entrance)

    def wake(self) -> None:
        """Says that a job was added."""
        if self.worker is not None:
            self.worker.wake()

    @property
    def origins(self) -> frozenset[str]:
        """The addresses under which browsers know the application, as `Host` names them."""
        names = {"localhost", "127.0.0.1", "[::1]", f"[{self.host}]" if ":" in self.host else self.host}
        return frozenset(f"{name}:{self.port}" for name in names)

    @property
    def cookie(self) -> str:
        """The name of the cookie of a session. Browsers share cookies between the ports of a host."""
        return f"milepost-{self.port}"

    @property
    def link(self) -> str:
        """The secret link, which lets its holder in."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/enter?secret={self.entrance.secret}"


def site_of(connection: HTTPConnection) -> Site:
    """The site that a request is for."""
    found: Site = connection.app.state.site
    return found
