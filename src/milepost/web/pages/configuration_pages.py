"""Saved configurations: a list, and a form for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost import settings
from milepost.model.exceptions import ConfigurationError, UsageError
from milepost.model.job import Job
from milepost.settings import forms
from milepost.use_cases import configurations
from milepost.use_cases.configurations import SavedConfiguration
from milepost.web.pages.import_file_step import draft_of
from milepost.web.problems import told
from milepost.web.rendering import field, page
from milepost.web.site import site_of

_HEADERS = "content-disposition"


def show_configurations(request: Request) -> Response:
    """The list, and a form for another one."""
    return _list(request)


def add_configuration(request: Request) -> Response:
    """Saves the XML that was uploaded, or a configuration with every setting at its default."""
    site, upload = site_of(request), request.state.form.get("content")
    content = settings.write(Job())
    try:
        if isinstance(upload, UploadFile) and upload.size:
            content = upload.file.read(configurations.LARGEST).decode("utf-8-sig")
        saved = configurations.save(site.office, field(request, "name"), content, request.state.person.name)
    except UnicodeDecodeError:
        return _list(request, 400, "The file is no XML in UTF-8.")
    except (ConfigurationError, UsageError) as error:
        return _list(request, 400, told(str(error)))
    return RedirectResponse(f"/configurations/{saved.id}", 303)


def keep_choices(request: Request) -> Response:
    """Saves what was chosen for an import under a name."""
    site, draft = site_of(request), draft_of(request)
    content = draft.written(site.data)
    saved = configurations.save(site.office, field(request, "name"), content, request.state.person.name)
    return RedirectResponse(f"/configurations/{saved.id}", 303)


def edit_configuration(request: Request) -> Response:
    """The form of one configuration."""
    return _form(request, _one(request))


def change_configuration(request: Request) -> Response:
    """Saves what the form says; or shows it again, with all mistakes."""
    site, saved = site_of(request), _one(request)
    texts = {one.name: field(request, f"setting-{one.name}") for one in forms.fields_of(Job())}
    try:
        content = settings.write(settings.job(None, settings=forms.given_by(texts)))
        configurations.save(site.office, field(request, "name"), content, request.state.person.name, saved.id)
    except ConfigurationError as error:
        wrong = {
            one.setting: one.message.removeprefix(f"setting {one.setting}: ")
            for one in error.mistakes
            if one.setting is not None
        }
        return _form(request, saved, 422, texts, told(error.told("The form has")), wrong)
    except (UsageError, ValueError) as error:
        return _form(request, saved, 400, texts, told(str(error)))
    return RedirectResponse("/configurations", 303)


def download_saved(request: Request) -> Response:
    """A configuration as XML."""
    saved = _one(request)
    headers = {_HEADERS: f'attachment; filename="configuration-{saved.id}.xml"'}
    return Response(saved.content, media_type="application/xml", headers=headers)


def remove_configuration(request: Request) -> Response:
    """Removes a configuration."""
    configurations.remove(site_of(request).office, request.path_params["number"])
    return RedirectResponse("/configurations", 303)


def _one(request: Request) -> SavedConfiguration:
    return configurations.one(site_of(request).office, request.path_params["number"])


def _list(request: Request, status: int = 200, problem: str | None = None) -> Response:
    listing = configurations.listing(site_of(request).office)
    return page(request, "configurations.html", status=status, listing=listing, problem=problem)


def _form(
    request: Request,
    saved: SavedConfiguration,
    status: int = 200,
    texts: Mapping[str, str] | None = None,
    problem: str | None = None,
    wrong: Mapping[str, str] | None = None,
) -> Response:
    job = saved.job()
    groups: dict[str, list[tuple[forms.FormField, str]]] = {}
    for one in forms.fields_of(job):
        shown = one.value if texts is None else texts[one.name]
        groups.setdefault(one.group, []).append((one, shown))
    context: dict[str, Any] = {"saved": saved, "groups": groups, "notes": job.notes, "problem": problem}
    name = saved.name if texts is None else field(request, "name")
    return page(request, "configuration.html", status=status, name=name, wrong=wrong or {}, **context)
