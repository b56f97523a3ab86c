"""Log-in by a provider of OpenID Connect."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost.model.exceptions import UsageError
from milepost.web.openid import Provider, ProviderError
from milepost.web.pages.door import ask_who, begun, own_path
from milepost.web.site import Site, site_of

_SECONDS = 600
"""How long somebody may take at the provider."""
_LARGEST = 3_000

Result = TypeVar("Result")


def ask_provider(request: Request) -> Response:
    """Sends somebody to the provider, with a secret in the browser that says what was asked for."""
    site = site_of(request)
    provider, secret = _provider(site), secrets.token_urlsafe(32)
    asked = {"secret": secret, "to": own_path(request.query_params.get("to", "/"))}
    asked["invitation"] = request.query_params.get("invitation", "")
    kept = base64.urlsafe_b64encode(json.dumps(asked).encode()).decode()
    if len(kept) > _LARGEST:
        raise HTTPException(400, "The address is too long.")
    response: Response = RedirectResponse(_said(lambda: provider.begin(site.address, secret)), 303)
    response.set_cookie(
        _cookie(site), kept, max_age=_SECONDS, httponly=True, samesite="lax", path="/", secure=site.is_encrypted
    )
    return response


def come_back(request: Request) -> Response:
    """Lets in whom the provider has identified."""
    site, asked = site_of(request), _asked(request)
    provider, address = _provider(site), site.entrance.address(request)
    with site.entrance.attempts.counted(f"by the provider from {address}", address) as attempt:
        who = _said(lambda: provider.finish(site.address, asked.get("secret", ""), dict(request.query_params)))
        try:
            session = site.entrance.identified(who, asked.get("invitation"))
        except UsageError as error:
            raise HTTPException(403, str(error)) from error
        attempt.has_failed = session is None
    if session is None:
        said = f"{provider.name} knows you as {who.email or who.name or who.subject}, but you are no user here. "
        return ask_who(request, 403, f"{said}Ask an administrator to invite you.")
    response = begun(request, session, own_path(asked.get("to", "/")))
    response.delete_cookie(_cookie(site), httponly=True, samesite="lax", path="/", secure=site.is_encrypted)
    return response


def _provider(site: Site) -> Provider:
    if site.entrance.provider is None:
        raise HTTPException(404, "Nobody logs in by a provider here.")
    return site.entrance.provider


def _said(ask: Callable[[], Result]) -> Result:
    try:
        return ask()
    except ProviderError as error:
        raise HTTPException(403, str(error)) from error


def _asked(request: Request) -> dict[str, str]:
    """What the browser has kept; empty if it has kept nothing that can be read."""
    try:
        kept = json.loads(base64.urlsafe_b64decode(request.cookies.get(_cookie(site_of(request)), "")))
    except ValueError:
        return {}
    is_ours = isinstance(kept, dict) and all(isinstance(one, str) for one in kept.values()) and kept.get("secret")
    return kept if is_ours else {}


def _cookie(site: Site) -> str:
    return f"{site.cookie}-openid"
