"""Names in a file that the store does not have, each with a field for the name that is meant."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from milepost.model.job import Job
from milepost.model.likeness import key
from milepost.settings.table import NAMED_STATUSES, VALUES
from milepost.use_cases import job_queue
from milepost.use_cases.drafts import Draft
from milepost.use_cases.job_process import MATCHING
from milepost.use_cases.job_queue import QueuedJob
from milepost.use_cases.matching import Matching, Unmatched
from milepost.web.rendering import field
from milepost.web.site import Site


@dataclass(frozen=True, slots=True)
class NameShown:
    """A text that the store does not have, and the name that is chosen for it."""

    found: Unmatched
    place: str
    """The name of its field."""
    chosen: str


@dataclass(frozen=True, slots=True)
class NamesShown:
    """The part of the third step about names."""

    job: QueuedJob | None
    """The job that looks for them."""
    columns: Mapping[str, tuple[NameShown, ...]]
    """The texts of each column that has some."""
    cut: tuple[str, ...]
    """The columns that have more of them."""
    is_known: bool
    """Whether they have been looked for."""


def look_for_names(site: Site, draft: Draft, actor: str) -> None:
    """Adds the job that looks up the names of a file; what was found before no longer counts."""
    (draft.place(site.data) / MATCHING).unlink(missing_ok=True)
    job_queue.add(site.office, "match", {}, actor, draft=draft.id)
    site.wake()


def names_shown(site: Site, draft: Draft, job: Job | None) -> NamesShown:
    """What was found, with what is chosen for it now."""
    jobs = [one for one in job_queue.listing(site.office, draft=draft.id) if one.kind == "match"]
    matching = _matching(site, draft)
    columns: dict[str, tuple[NameShown, ...]] = {}
    for one in () if matching is None else matching.unmatched:
        values = {} if job is None else job.parameters.values.get(one.column, {})
        meant = {key(text): name for text, name in values.items()}
        shown = NameShown(one, _place(one), meant.get(key(one.text), ""))
        columns[one.column] = (*columns.get(one.column, ()), shown)
    return NamesShown(
        jobs[0] if jobs else None, columns, () if matching is None else matching.cut, matching is not None
    )


def names_chosen(request: Request, site: Site, draft: Draft, job: Job | None) -> dict[str, Mapping[str, str]]:
    """The texts of each column that are read as other ones, but for the status.

    `job` is the import without these choices.
    """
    before = {column: dict(texts) for column, texts in draft.settings.get(VALUES, {}).items()}
    before.pop(NAMED_STATUSES, None)
    matching = _matching(site, draft)
    for one in () if matching is None else matching.unmatched:
        configured = {} if job is None else job.parameters.values.get(one.column, {})
        texts = before.setdefault(one.column, dict(configured))
        for same in [text for text in texts if key(text) == key(one.text)]:
            del texts[same]
        if name := field(request, _place(one)):
            texts[one.text] = name
    return {column: texts for column, texts in before.items() if texts}


def _matching(site: Site, draft: Draft) -> Matching | None:
    path = draft.place(site.data) / MATCHING
    return Matching.parse(path.read_text("utf-8")) if path.is_file() else None


def _place(one: Unmatched) -> str:
    # By the text, since another look may find others.
    return f"name-{one.column}-{hashlib.sha256(one.text.encode()).hexdigest()[:24]}"
