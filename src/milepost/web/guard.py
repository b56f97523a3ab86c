"""What holds for every request and every response: the host, the origin, the headers that protect."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from milepost.web.entrance import token_of
from milepost.web.site import Site

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
PROTECTING = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    # Without a referrer, browsers would send `Origin: null` with forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""The headers of every response."""
ENCRYPTED_ALONE = {"strict-transport-security": "max-age=31536000; includeSubDomains"}
"""Those of a site that browsers know by HTTPS."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_FOREIGN_HOST = "This address is not that of the application. Open the one that `milepost serve` printed."
_FOREIGN_ORIGIN = "Another site sent this request, so it is refused. Open the page itself, and try again there."


class Guard:
    """Refuses foreign hosts and origins, and adds the headers that protect."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        """`app` gets the requests that are let through."""
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))
        is_static = scope["path"].startswith("/static/")

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(PROTECTING | (ENCRYPTED_ALONE if self._site.is_encrypted else {}))
                headers.setdefault("cache-control", "max-age=3600" if is_static else "no-store")
            await send(message)

        await (refusal or self._app)(scope, receive, protected)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        # A name that an attacker's DNS points to this machine is another host.
        if headers.get("host", "") not in {one.partition("://")[2] for one in self._site.origins}:
            return PlainTextResponse(_FOREIGN_HOST, 421)
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        is_own = origin is None or origin in self._site.origins
        is_from_here = origin is not None or site in ("same-origin", "none") or token_of(headers) is not None
        if not is_own or (method not in _READING and (not is_from_here or site in ("cross-site", "same-site"))):
            return PlainTextResponse(_FOREIGN_ORIGIN, 403)
        return None
