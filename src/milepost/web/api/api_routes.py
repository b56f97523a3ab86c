"""Every address of the API, with the role that it needs; and the application that answers there."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.responses import Response

from milepost.model.exceptions import MilepostError
from milepost.model.roles import Role
from milepost.web.api import (
    api_configurations,
    api_imports,
    api_people,
    api_problems,
    api_runs,
    api_schedules,
    api_stored,
)
from milepost.web.entrance import FORM_HEADER
from milepost.web.site import Site, site_of

PREFIX = "/api/v1"
LARGEST_BODY = 1_100_000
"""Bytes of the body of a request that is no upload."""

_DEBUG = "MILEPOST_DEBUG"
_PROBLEM = {"description": "A problem (RFC 9457).", "content": {"application/problem+json": {}}}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API."""

    method: str
    path: str
    endpoint: Callable[..., Any]
    role: Role
    """Who may ask: this role and those above it."""
    status: int = 200
    is_upload: bool = False


OPERATIONS = (
    Operation("POST", "/uploads", api_imports.create_upload, Role.IMPORTER, 201),
    Operation("GET", "/uploads", api_imports.list_uploads, Role.IMPORTER),
    Operation("PUT", "/uploads/{upload}", api_imports.send_upload, Role.IMPORTER, is_upload=True),
    Operation("GET", "/uploads/{upload}", api_imports.read_upload, Role.IMPORTER),
    Operation("DELETE", "/uploads/{upload}", api_imports.delete_upload, Role.IMPORTER, 204),
    Operation("GET", "/uploads/{upload}/rejects", api_imports.read_rejects, Role.IMPORTER),
    Operation("GET", "/uploads/{upload}/configuration", api_imports.read_configuration, Role.IMPORTER),
    Operation("POST", "/loads", api_imports.create_load, Role.IMPORTER, 202),
    Operation("POST", "/checks", api_imports.create_check, Role.IMPORTER, 202),
    Operation("GET", "/checks/{check}", api_imports.read_check, Role.IMPORTER),
    Operation("GET", "/checks/{check}/findings", api_imports.list_check_findings, Role.IMPORTER),
    Operation("GET", "/checks/{check}/changes", api_imports.list_check_changes, Role.IMPORTER),
    Operation("POST", "/imports", api_imports.create_import, Role.IMPORTER, 202),
    Operation("GET", "/configurations", api_configurations.list_configurations, Role.IMPORTER),
    Operation("POST", "/configurations", api_configurations.create_configuration, Role.IMPORTER, 201),
    Operation("GET", "/configurations/{configuration}", api_configurations.read_saved_configuration, Role.IMPORTER),
    Operation("PUT", "/configurations/{configuration}", api_configurations.change_configuration, Role.IMPORTER),
    Operation("DELETE", "/configurations/{configuration}", api_configurations.delete_configuration, Role.IMPORTER, 204),
    Operation("GET", "/schedules", api_schedules.list_schedules, Role.VIEWER),
    Operation("POST", "/schedules", api_schedules.create_schedule, Role.ADMINISTRATOR, 201),
    Operation("GET", "/schedules/{schedule}", api_schedules.read_schedule, Role.VIEWER),
    Operation("PATCH", "/schedules/{schedule}", api_schedules.change_schedule, Role.ADMINISTRATOR),
    Operation("DELETE", "/schedules/{schedule}", api_schedules.delete_schedule, Role.ADMINISTRATOR, 204),
    Operation("POST", "/schedules/{schedule}/run", api_schedules.run_schedule, Role.ADMINISTRATOR, 202),
    Operation("GET", "/jobs", api_imports.list_jobs, Role.IMPORTER),
    Operation("GET", "/jobs/{job}", api_imports.read_job, Role.IMPORTER),
    Operation("POST", "/jobs/{job}/stop", api_imports.stop_job, Role.IMPORTER, 202),
    Operation("GET", "/runs", api_runs.list_runs, Role.VIEWER),
    Operation("GET", "/runs/{run}", api_runs.read_one_run, Role.VIEWER),
    Operation("GET", "/runs/{run}/findings", api_runs.list_findings, Role.VIEWER),
    Operation("GET", "/runs/{run}/changes", api_runs.list_changes, Role.VIEWER),
    Operation("GET", "/runs/{run}/verification", api_runs.verify_one_run, Role.VIEWER),
    Operation("GET", "/runs/{run}/verification/report", api_stored.read_audit, Role.VIEWER),
    Operation("POST", "/runs/{run}/undo", api_runs.create_undo, Role.IMPORTER, 202),
    Operation("GET", "/counts", api_stored.read_counts, Role.VIEWER),
    Operation("GET", "/reference/{kind}", api_stored.list_reference, Role.VIEWER),
    Operation("GET", "/learners", api_runs.read_learner, Role.VIEWER),
    Operation("POST", "/renames", api_people.create_rename, Role.IMPORTER),
    Operation("POST", "/merges", api_people.create_merge, Role.IMPORTER),
    Operation("POST", "/erasures", api_people.create_erasure, Role.ADMINISTRATOR),
    Operation("GET", "/retention", api_people.read_retention, Role.ADMINISTRATOR),
    Operation("PUT", "/retention", api_people.change_retention, Role.ADMINISTRATOR),
    Operation("POST", "/prunes", api_people.create_prune, Role.ADMINISTRATOR),
    Operation("GET", "/exports/{what}", api_runs.read_export, Role.VIEWER),
)


class _Route(APIRoute):
    """A route whose bugs are problems too."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """What answers a request."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except (HTTPException, MilepostError, RequestValidationError):
                raise
            except Exception as error:
                if os.environ.get(_DEBUG):
                    raise
                return api_problems.of_bug(error)

        return answer


def create_api(site: Site) -> FastAPI:
    """The application of the API."""
    api = FastAPI(
        title="Milepost",
        version="1",
        description="Imports learning history into consolidated tracking. See docs/api.md.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        servers=[{"url": PREFIX}],
    )
    api.state.site = site
    api.router.route_class = _Route
    for one in OPERATIONS:
        api.add_api_route(
            one.path,
            one.endpoint,
            methods=[one.method],
            status_code=one.status,
            operation_id=one.endpoint.__name__,
            dependencies=[Depends(_needs(one.role))],
            responses={"default": _PROBLEM},
            response_class=Response,
            response_model=None,
        )
    uploads = {one.path for one in OPERATIONS if one.is_upload}
    for route in api.routes:
        if isinstance(route, APIRoute) and route.path not in uploads:
            route.app = RequestBodyLimitMiddleware(route.app, max_body_size=LARGEST_BODY)
    api.add_route("/openapi.json", lambda _request: api_problems.JSONDocument.plain(api.openapi()))
    api.add_exception_handler(MilepostError, api_problems.of_milepost_error)
    api.add_exception_handler(HTTPException, api_problems.of_http_error)
    api.add_exception_handler(RequestValidationError, api_problems.of_wrong_request)
    return api


def _needs(role: Role) -> Callable[[Request], None]:
    """What refuses everybody below a role."""

    def require(request: Request) -> None:
        site = site_of(request)
        person = site.entrance.person(request, site.cookie)
        if person is None:
            raise HTTPException(401, "Send a token, or the secret of the link: `Authorization: Bearer TOKEN`.")
        if person.role < role:
            raise HTTPException(403, f"This needs the role {role.word}.")
        if request.method != "GET" and not person.has_made(request.headers.get(FORM_HEADER, "")):
            raise HTTPException(403, f"Send a token; or, with a cookie, {FORM_HEADER} as forms send it.")
        request.state.person = person

    return require
