"""How long data are kept: the rules, what a prune by them would remove, and the prune."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost.model.exceptions import UsageError
from milepost.model.retained import KINDS, days_of
from milepost.use_cases import retention
from milepost.web.rendering import field, page
from milepost.web.site import site_of

PATIENCE = 5.0
"""Seconds that a person waits for another run."""


def show_retention(request: Request) -> Response:
    """The rules, and what a prune would remove now."""
    return _rules(request)


def change_retention(request: Request) -> Response:
    """Sets every rule, or none if one of them is wrong."""
    try:
        days = {kind: days_of(field(request, kind)) for kind in KINDS if field(request, kind)}
        retention.set_rules(site_of(request).database, days, wait=PATIENCE)
    except (ValueError, UsageError) as error:
        return _rules(request, 400, problem=f"{str(error).rstrip('.')}. No rule is changed.")
    return RedirectResponse("/retention", 303)


def prune_now(request: Request) -> Response:
    """Removes what the rules say, and shows how much that was."""
    site = site_of(request)
    try:
        report = retention.apply_rules(site.database, site.data, wait=PATIENCE)
    except UsageError as error:
        return _rules(request, 400, problem=str(error))
    return _rules(request, done=report)


def _rules(
    request: Request, status: int = 200, *, problem: str | None = None, done: retention.RetentionReport | None = None
) -> Response:
    site = site_of(request)
    rules = retention.rules(site.database)
    report = retention.apply_rules(site.database, site.data, dry_run=True) if rules else None
    return page(
        request,
        "retention.html",
        status=status,
        kinds=KINDS,
        rules=rules,
        report=report,
        done=done,
        problem=problem,
    )
