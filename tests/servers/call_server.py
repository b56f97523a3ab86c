"""A web server that keeps the requests it gets."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class RunningCalls:
    """Where the server is, what it got, and what it answers."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    status: int = 200
    location: str | None = None


@contextmanager
def serving_calls(certificate: Path | None = None) -> Iterator[RunningCalls]:
    """A server, with TLS if there is a certificate."""
    running = RunningCalls()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            running.requests.append(Request(self.command, self.path, dict(self.headers), body))
            self.send_response(running.status)
            if running.location is not None:
                self.send_header("Location", running.location)
            self.end_headers()
            self.wfile.write(b"done")

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    running.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
