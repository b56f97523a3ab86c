"""Saved configurations over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from milepost.model import documents
from milepost.use_cases import configurations
from milepost.use_cases.configurations import SavedConfiguration
from milepost.web.api.api_problems import JSONDocument
from milepost.web.api.api_wanted import Key
from milepost.web.site import site_of

_EXAMPLE = (
    "<createOrUpdateConsolidatedTrackingAction><parameters><timeZone>Europe/London</timeZone></parameters>"
    "</createOrUpdateConsolidatedTrackingAction>"
)


class NewConfiguration(BaseModel):
    """A configuration that is to be saved."""

    name: Annotated[str, Field(min_length=1, max_length=100, examples=["Monthly results"])]
    configuration: Annotated[str, Field(max_length=1_000_000, examples=[_EXAMPLE])]
    """XML."""


def list_configurations(request: Request) -> Response:
    """The saved configurations, by their names."""
    listing = configurations.listing(site_of(request).office)
    return JSONDocument({"configurations": [_document(one) for one in listing]})


def create_configuration(request: Request, new: NewConfiguration) -> Response:
    """Saves a configuration."""
    actor = request.state.person.name
    saved = configurations.save(site_of(request).office, new.name, new.configuration, actor)
    return JSONDocument(_document(saved), 201, {"location": f"/api/v1/configurations/{saved.id}"})


def read_saved_configuration(request: Request, configuration: Key) -> Response:
    """A saved configuration, as XML."""
    saved = configurations.one(site_of(request).office, configuration)
    return Response(saved.content, media_type="application/xml")


def change_configuration(request: Request, configuration: Key, new: NewConfiguration) -> Response:
    """Saves a configuration in place of another one."""
    actor = request.state.person.name
    saved = configurations.save(site_of(request).office, new.name, new.configuration, actor, configuration)
    return JSONDocument(_document(saved))


def delete_configuration(request: Request, configuration: Key) -> Response:
    """Removes a saved configuration. Uploads that were announced with it keep it."""
    configurations.remove(site_of(request).office, configuration)
    return Response(status_code=204)


def _document(saved: SavedConfiguration) -> documents.Document:
    return {"configuration": saved.id, "name": saved.name, "actor": saved.actor, "changed_at": saved.changed_at}
