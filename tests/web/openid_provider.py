"""A small provider of OpenID Connect, for tests: `python -m web.openid_provider PORT` with tests on the path.

It lets everybody in as whoever `POST /who` has named, and signs what `POST /who` asks for, right or wrong.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import sys
import time
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "milepost", "the client's secret"
KEYS = {name: RSAKey.generate_key(2048, {"kid": name, "use": "sig"}) for name in ("first", "second", "foreign")}


class Provider:
    """The provider, with what it has given out."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.who: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.published = ["first"]

    async def name(self, request: Request) -> Response:
        """Says who logs in next, and what is wrong."""
        self.who = await request.json()
        self.published = self.who.pop("published", self.published)
        return Response(status_code=204)

    def describe(self, _request: Request) -> Response:
        """The description of the provider."""
        places = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in ("authorization", "token")}
        about = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **places}
        return JSONResponse(about | {"id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]})

    def keys(self, _request: Request) -> Response:
        """The public keys."""
        return JSONResponse(KeySet([KEYS[name] for name in self.published]).as_dict(private=False))

    def authorize(self, request: Request) -> Response:
        """Sends the browser back with a code."""
        asked = dict(request.query_params)
        assert (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) == (CLIENT, "code", "S256")
        assert "openid" in asked["scope"].split()
        back = {"state": asked["state"]}
        if self.who.get("denied"):
            back["error"] = "access_denied"
        else:
            back["code"] = secrets.token_urlsafe()
            self.codes[back["code"]] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back | self.who.get('back', {}))}", 302)

    async def give_token(self, request: Request) -> Response:
        """Gives the tokens for a code, once, to the client that can prove that it asked for it."""
        form = await request.form()
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(str(form["code"]), None)
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        is_client = request.headers.get("authorization") == f"Basic {expected}"
        if asked is None or not is_client or asked["code_challenge"] != challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": asked["nonce"]}
        claims |= self.who.get("claims", {})
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": self.signed(claims)})

    def signed(self, claims: dict[str, Any]) -> str:
        """The claims, signed as asked."""
        name = self.who.get("key", self.published[0])
        if name == "none":
            parts = ({"alg": "none"}, claims)
            return (
                ".".join(base64.urlsafe_b64encode(JSONResponse(one).body).decode().rstrip("=") for one in parts) + "."
            )
        if name == "secret":
            return jwt.encode({"alg": "HS256", "kid": "first"}, claims, OctKey.import_key(SECRET))
        key = KEYS[name]
        return jwt.encode({"alg": "RS256", "kid": self.who.get("kid", name)}, claims, key)


def main(port: int) -> None:
    """Serves until the process is ended."""
    provider = Provider(port)
    routes = [
        Route("/.well-known/openid-configuration", provider.describe),
        Route("/keys", provider.keys),
        Route("/authorization", provider.authorize),
        Route("/token", provider.give_token, methods=["POST"]),
        Route("/who", provider.name, methods=["POST"]),
    ]
    uvicorn.run(Starlette(routes=routes), port=port, log_level="error")


if __name__ == "__main__":
    main(int(sys.argv[1]))
