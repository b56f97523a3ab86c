"""Pages from templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import resources
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse

from milepost.model.roles import Role
from milepost.web.problems import told

NAVIGATION = (
    ("/", "Overview", Role.VIEWER),
    ("/imports", "Import", Role.IMPORTER),
    ("/runs", "Runs", Role.VIEWER),
    ("/learners", "Learners", Role.VIEWER),
    ("/registrations", "Registrations", Role.VIEWER),
    ("/exports", "Export", Role.VIEWER),
    ("/reference", "Reference data", Role.IMPORTER),
    ("/configurations", "Configurations", Role.IMPORTER),
    ("/schedules", "Schedules", Role.VIEWER),
)
"""The links at the top of every page, each for a role and those above it.

A page is under the longest of them that its address begins with.
"""
_ASIDE = ("/users", "/account")
"""Those beside the name of the person, likewise."""

FORM_FIELD = "csrf"
"""The field of every form that says whose session it was made for."""

_STATIC = resources.files("milepost.web") / "static"


_FORM = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>')
_NOTHING: Mapping[str, object] = MappingProxyType({})


def _number(value: float | None) -> str:
    """A number with thousands apart; nothing for None."""
    return "" if value is None else f"{value:,}"


def _moment(value: datetime | None) -> str:
    return "" if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _iso(value: datetime | None) -> str:
    return "" if value is None else value.isoformat()


def _duration(seconds: float | None) -> str:
    """Seconds as people say them."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def _size(size: int) -> str:
    """A number of bytes as people say it."""
    for unit, each in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= each:
            return f"{size / each:.3g} {unit}"
    return f"{size} bytes"


def _value(value: object) -> str:
    """A stored value as text."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return _moment(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _query(path: str, some: Mapping[str, object] = _NOTHING, /, **more: object) -> str:
    """A link with parameters; empty ones are left out."""
    given = {name: value for name, value in (*some.items(), *more.items()) if value not in (None, "", ())}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("milepost.web"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {
    "number": _number,
    "moment": _moment,
    "iso": _iso,
    "duration": _duration,
    "value": _value,
    "size": _size,
    "told": told,
}
_ENVIRONMENT.globals |= {"navigation": NAVIGATION, "query": _query}


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:  # noqa: ANN401 - what templates show is of every kind
    """The page that `template` makes of `context`."""
    path = request.url.path
    links = (*(link for link, _, _ in NAVIGATION), *_ASIDE)
    under = max((link for link in links if path == link or path.startswith(f"{link}/")), key=len, default="")
    person = getattr(request.state, "person", None)
    text = _ENVIRONMENT.get_template(template).render(request=request, person=person, under=under, **context)
    if person is not None and person.form_secret is not None:
        # Here, so that no template can forget it.
        hidden = f'<input type="hidden" name="{FORM_FIELD}" value="{person.form_secret}">'
        text = _FORM.sub(lambda found: found[0] + hidden, text)
    return HTMLResponse(text, status)


def field(request: Request, name: str) -> str:
    """A field of the form that was sent, without white space around it; empty if it is not there."""
    return exact_field(request, name).strip()


def exact_field(request: Request, name: str) -> str:
    """A field of the form as it was sent, as for a password; empty if it is not there."""
    value = request.state.form.get(name)
    return value if isinstance(value, str) else ""


def static(name: str) -> bytes | None:
    """The content of a file that browsers may have; None if there is none of that name."""
    known = {one.name: one for one in _STATIC.iterdir() if one.is_file()}
    return known[name].read_bytes() if name in known else None
