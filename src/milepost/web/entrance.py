"""Who is at the other end: a session, a token, or a name that a trusted proxy gives; and how a session begins."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from starlette.datastructures import Headers
from starlette.requests import Request

from milepost.model.roles import Role
from milepost.use_cases import accounts, identities
from milepost.use_cases.accounts import LOCAL, Account, Kind
from milepost.use_cases.identities import Identity, Welcome
from milepost.web.attempts import Attempts
from milepost.web.openid import Provider

FORM_HEADER = "x-csrf-token"
"""Where a program that has a session sends what forms send in a field."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks."""

    name: str
    """Who is recorded as the actor of a run."""
    role: Role
    account: int = LOCAL
    credential: int | None = None
    """The session or token that says so; None if a proxy does."""
    form_secret: str | None = field(default=None, repr=False)
    """What every form of the session must send back; None if there is no session."""

    def has_made(self, given: str) -> bool:
        """Whether what a form has sent back is that of the session."""
        return self.form_secret is None or hmac.compare_digest(given.encode(), self.form_secret.encode())


def _silent(_event: str, **_facts: object) -> None:
    return


@dataclass(frozen=True, slots=True)
class Entrance:
    """Knows people, and lets them in."""

    office: str
    """The store of accounts, sessions and tokens."""
    is_local: bool = True
    """Whether the secret link lets in one local person, who may do everything, as long as nobody can log in."""
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    proxies: Sequence[IPv4Network | IPv6Network] = ()
    """The addresses whose headers are believed."""
    header: str | None = None
    """The header in which a proxy names the person; nobody can log in by a password then."""
    provider: Provider | None = None
    """Who logs people in, beside passwords."""
    tell: Callable[..., None] = _silent
    """Called with an event and its facts, for the log: numbers and codes alone."""
    attempts: Attempts = field(default_factory=Attempts)

    def person(self, request: Request, cookie: str) -> Person | None:
        """Who asks; None if nobody can tell. `cookie` is the name of the cookie of sessions."""
        token = token_of(request.headers)
        if token is not None:
            return self._program(token)
        if self.header is not None:
            return self._named_by_proxy(request, self.header)
        secret = request.cookies.get(cookie)
        return None if secret is None else self._holder(secret, Kind.SESSION)

    def is_open(self) -> bool:
        """Whether the secret link lets in."""
        return self.is_local and not accounts.is_guarded(self.office)

    def enter(self, secret: str) -> str | None:
        """The secret of a new session of the local person; None if the secret of the link is wrong."""
        if self._is_of_link(secret):
            return self._begun(LOCAL)
        self.tell("log-in refused")
        return None

    def log_in(self, request: Request, name: str, password: str) -> str | None:
        """The secret of a new session; None if the name or the password is wrong.

        Raises HTTPException after too many attempts.
        """
        account = None if self.header else self.verified(request, name, password)
        return None if account is None else self._begun(account.id)

    def verified(self, request: Request, name: str, password: str) -> Account | None:
        """The account of that name, if the password is its own. Raises HTTPException after too many attempts."""
        with self.attempts.counted(name.strip().casefold(), self.address(request)) as attempt:
            account = accounts.verified(self.office, name, password)
            attempt.has_failed = account is None
        if account is None:
            self.tell("log-in refused")
        return account

    def invited(self, invitation: str) -> str | None:
        """Who was invited; None if the invitation has been used or has ended."""
        found = accounts.holder(self.office, invitation, Kind.INVITATION)
        return None if found is None else found[1].name

    def join(self, invitation: str, password: str) -> str:
        """The secret of a new session, once an invitation has been accepted. Raises UsageError."""
        return self._begun(accounts.join(self.office, invitation, password).id)

    def identified(self, who: Identity, invitation: str | None) -> str | None:
        """The secret of a new session of somebody whom the provider has identified; None for somebody unknown.

        Raises UsageError if the invitation has ended, or is for somebody else.
        """
        welcome = Welcome() if self.provider is None else self.provider.welcome
        account = identities.recognised(self.office, who, welcome, invitation)
        if account is None:
            self.tell("log-in refused")
            return None
        return self._begun(account.id)

    def leave(self, person: Person) -> None:
        """Ends the session that says who asks."""
        if person.credential is not None:
            accounts.end(self.office, person.credential)
            self.tell("log-out", user=person.account)

    def address(self, request: Request) -> str:
        """Where a request comes from: that which a trusted proxy names, else the other end."""
        named = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return named if named and self._is_from_proxy(request) else _peer(request)

    def _program(self, secret: str) -> Person | None:
        if self._is_of_link(secret):
            local = accounts.local_person()
            return Person(local.name, local.role)
        return self._holder(secret, Kind.TOKEN)

    def _is_of_link(self, secret: str) -> bool:
        return hmac.compare_digest(secret.encode(), self.secret.encode()) and self.is_open()

    def _begun(self, account: int) -> str:
        self.tell("log-in", user=account)
        return accounts.issue(self.office, account, Kind.SESSION, seconds=accounts.SESSION_SECONDS)

    def _holder(self, secret: str, kind: Kind) -> Person | None:
        found = accounts.holder(self.office, secret, kind)
        if found is None:
            return None
        credential, account = found
        if account.id == LOCAL and not self.is_local:
            return None
        role = min(account.role, credential.role)
        return Person(
            account.name, role, account.id, credential.id, form_secret_of(secret) if kind is Kind.SESSION else None
        )

    def _named_by_proxy(self, request: Request, header: str) -> Person | None:
        names = request.headers.getlist(header)
        # A second one may come from whoever asks the proxy.
        if len(names) != 1 or not self._is_from_proxy(request):
            return None
        account: Account | None = accounts.named(self.office, names[0])
        return None if account is None else Person(account.name, account.role, account.id)

    def _is_from_proxy(self, request: Request) -> bool:
        try:
            peer = ipaddress.ip_address(_peer(request))
        except ValueError:
            return False
        return any(peer in network for network in self.proxies)


def token_of(headers: Headers) -> str | None:
    """The token that a program sends; None if it sends none. Other words than `Bearer` are for a proxy."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.casefold() == "bearer" else None


def form_secret_of(session: str) -> str:
    """What the forms of a session send back. Other sites cannot know it, and it does not tell the session's secret."""
    return hmac.new(session.encode(), b"form", hashlib.sha256).hexdigest()


def _peer(request: Request) -> str:
    return request.client.host if request.client is not None else ""
