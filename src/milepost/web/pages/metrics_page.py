"""The metrics of whole configurations, for Prometheus."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from milepost.operations.night_metrics import CONTENT_TYPE, metrics_text
from milepost.web.site import site_of


def show_metrics(request: Request) -> Response:
    """The metrics, as text."""
    site = site_of(request)
    return Response(metrics_text(site.database, site.office), media_type=CONTENT_TYPE)
