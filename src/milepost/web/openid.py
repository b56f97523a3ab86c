"""Log-in by a provider of OpenID Connect: the authorization code flow with PKCE, a state and a nonce."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from milepost.model.exceptions import UsageError
from milepost.model.wording import argument
from milepost.use_cases.identities import Identity, Welcome

CALLBACK = "/enter/openid/back"
"""Where the provider sends people back to."""

_DISCOVERY = "/.well-known/openid-configuration"
_SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Algorithms with a public key: with others, whoever knows the secret could sign."""
_SECONDS = 10.0
_LEEWAY = 60
_KEPT_FOR = 3600.0
_REFUSED = "The provider's answer cannot be accepted. Log in again; if that does not help, ask an administrator."


class ProviderError(Exception):
    """The provider cannot be asked, or what it says cannot be accepted; the message is for the person."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of OpenID Connect, and this application as one of its clients."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    name: str
    """What people call it."""
    welcome: Welcome = field(default_factory=Welcome)
    _known: dict[str, Any] = field(default_factory=dict, repr=False)
    """What it says of itself, its keys, and when that was asked."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def begin(self, address: str, secret: str) -> str:
        """The address at the provider to send somebody to, whose browser keeps `secret`. Raises ProviderError."""
        about = self._about()
        with self._client(address) as client:
            url, _ = client.create_authorization_url(
                about["authorization_endpoint"],
                state=_derived(secret, "state"),
                nonce=_derived(secret, "nonce"),
                code_verifier=_derived(secret, "verifier"),
            )
        return str(url)

    def finish(self, address: str, secret: str, answer: Mapping[str, str]) -> Identity:
        """Who came back with that answer. Raises ProviderError if it cannot be accepted."""
        # Others could have sent this browser here, with a code of their own.
        if not hmac.compare_digest(answer.get("state", "").encode(), _derived(secret, "state").encode()):
            raise ProviderError("This answer is not to a question of this browser. Log in again.")
        if answer.get("iss", self.issuer) != self.issuer:
            raise ProviderError(_REFUSED)
        if "code" not in answer:
            raise ProviderError(f"{self.name} has let nobody in. Log in again, or ask an administrator.")
        claims = self._claims(address, secret, answer["code"])
        email = claims.get("email") if claims.get("email_verified") is True else None
        name = claims.get("preferred_username") or claims.get("name")
        return Identity(self.issuer, str(claims["sub"]), email, name)

    def _claims(self, address: str, secret: str, code: str) -> Mapping[str, Any]:
        """What the signed token says that is given for the code."""
        from authlib.common.errors import AuthlibBaseError
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet
        from joserfc.jws import JWSRegistry

        about = self._about()
        supported = about.get("id_token_signing_alg_values_supported", ["RS256"])
        registry = JWSRegistry(algorithms=[one for one in _SIGNED_BY if one in supported], strict_check_header=False)
        options = {
            "iss": {"essential": True, "values": [self.issuer]},
            "aud": {"essential": True, "value": self.client_id},
        }
        try:
            with _asking(self.name), self._client(address) as client:
                token = client.fetch_token(
                    about["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=_derived(secret, "verifier"),
                )
            try:
                read = jwt.decode(token["id_token"], KeySet.import_key_set(self._keys()), registry=registry)
            except (JoseError, ValueError):
                # It may have other keys by now.
                read = jwt.decode(token["id_token"], KeySet.import_key_set(self._keys(fresh=True)), registry=registry)
            params = {"nonce": _derived(secret, "nonce"), "client_id": self.client_id}
            params["access_token"] = token["access_token"]
            claims = CodeIDToken(read.claims, read.header, options, params)
            claims.validate(leeway=_LEEWAY)
        except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError) as error:
            raise ProviderError(_REFUSED) from error
        return dict(claims)

    def _client(self, address: str) -> Any:  # noqa: ANN401 - Authlib has no types
        from authlib.integrations.httpx_client import OAuth2Client

        methods = self._about().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        how = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return OAuth2Client(
            self.client_id,
            self.secret,
            token_endpoint_auth_method=how,
            scope="openid email profile",
            redirect_uri=address + CALLBACK,
            code_challenge_method="S256",
            timeout=_SECONDS,
        )

    def _about(self) -> Mapping[str, Any]:
        """What the provider says of itself."""
        with self._lock:
            if time.monotonic() - self._known.get("asked", -_KEPT_FOR) >= _KEPT_FOR:
                about = self._read(self.issuer.rstrip("/") + _DISCOVERY)
                places = [about.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
                if about.get("issuer") != self.issuer or not all(isinstance(one, str) for one in places):
                    raise ProviderError(f"{self.issuer} does not describe itself as a provider of OpenID Connect.")
                if not all(is_safe(str(one)) for one in places):
                    raise ProviderError(f"{self.issuer} names addresses without HTTPS.")
                self._known.update(about=about, asked=time.monotonic(), keys=None)
            found: Mapping[str, Any] = self._known["about"]
            return found

    def _keys(self, *, fresh: bool = False) -> Any:  # noqa: ANN401 - as joserfc reads it
        about = self._about()
        with self._lock:
            if fresh or self._known["keys"] is None:
                self._known["keys"] = self._read(about["jwks_uri"])
            return self._known["keys"]

    def _read(self, url: str) -> dict[str, Any]:
        import httpx2

        with _asking(self.name):
            answer = httpx2.get(url, timeout=_SECONDS)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found


@contextmanager
def _asking(name: str) -> Iterator[None]:
    """Raises an error of the network as ProviderError."""
    import httpx2

    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise ProviderError(f"{name} cannot be reached now. Try again later.") from error


def require_provider(issuer: str, client_id: str, secret: str) -> None:
    """Raises UsageError if the settings of a provider cannot be right."""
    if not client_id or not secret:
        raise UsageError(
            f"A provider of OpenID Connect needs {argument('oidc_client_id')}, and the client's secret in "
            f"{argument('oidc_secret_file')} or in the variable MILEPOST_OIDC_SECRET."
        )
    if not is_safe(issuer):
        raise UsageError(f"{issuer} is no issuer of OpenID Connect. Name it like https://login.example.org.")


def is_safe(url: str) -> bool:
    """Whether nobody on the way can read or change what is sent there."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return True
    try:
        return parts.scheme == "http" and (
            parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
        )
    except ValueError:
        return False


def _derived(secret: str, what: str) -> str:
    """One of the three texts of a log-in: nobody can tell the secret, or another one, from it."""
    return hmac.new(secret.encode(), what.encode(), hashlib.sha256).hexdigest()
