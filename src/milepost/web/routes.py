"""Every address of the application, with the role that it needs. A test holds that each is tried by every role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from milepost.web.entrance import Role
from milepost.web.pages import door, learner, overview, registered, run_detail, run_list

Endpoint: TypeAlias = Callable[[Request], Response] | Callable[[Request], Awaitable[Response]]
"""Answers a request. A function that is not async runs in a thread of its own."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One address."""

    method: str
    path: str
    endpoint: Endpoint
    role: Role | None
    """Who may ask: this role and those above it; None: everybody."""


ROUTES = (
    Entry("GET", "/enter", door.enter, None),
    Entry("POST", "/enter", door.enter_by_form, None),
    Entry("POST", "/leave", door.leave, Role.VIEWER),
    Entry("GET", "/static/{name}", door.static_file, None),
    Entry("GET", "/", overview.show_overview, Role.VIEWER),
    Entry("GET", "/runs", run_list.show_runs, Role.VIEWER),
    Entry("GET", "/runs/{run:int}", run_detail.show_run, Role.VIEWER),
    Entry("GET", "/runs/{run:int}/findings", run_detail.show_findings, Role.VIEWER),
    Entry("GET", "/runs/{run:int}/changes", run_detail.show_changes, Role.VIEWER),
    Entry("GET", "/learners", learner.show_learner, Role.VIEWER),
    Entry("GET", "/registrations", registered.show_registrations, Role.VIEWER),
)
"""The table. A page is one entry here, one function in `pages`, and one template."""
