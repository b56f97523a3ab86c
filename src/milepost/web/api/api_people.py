"""Renames, merges, erasures and retention over HTTP."""

from __future__ import annotations

import dataclasses
from typing import Literal

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from milepost.model import documents
from milepost.model.people import MergedRow, Pair, TimeRule
from milepost.model.retained import KINDS
from milepost.use_cases import retention
from milepost.use_cases.erasing import erase_people
from milepost.use_cases.merging import merge_pairs
from milepost.use_cases.renaming import rename_learners
from milepost.web.api.api_problems import JSONDocument
from milepost.web.site import site_of

PATIENCE = 5.0
"""Seconds that a request waits for another run."""


class NewRename(BaseModel):
    """Learners that get other identifiers."""

    pairs: list[tuple[str, str]]
    """The old and the new name of each."""
    identifiers: list[Literal["candidateLogin", "candidateRefNumber", "candidateEmail"]] = []
    """What becomes the new name, whatever it was; each identifier that is the old one unless given."""
    dry_run: bool = True
    expect: str | None = None
    """The digest of the plan that is to be carried out."""


class NewMerge(BaseModel):
    """Rows that become one."""

    entity: Literal["learner", "session", "lov"] = "learner"
    pairs: list[tuple[str, str]]
    """What is merged, and into what."""
    time_spent: TimeRule = TimeRule.ADD
    dry_run: bool = True
    expect: str | None = None


class NewErasure(BaseModel):
    """People who are to be erased."""

    learners: list[str]
    """Any identifier of each."""
    dry_run: bool = True


class Rules(BaseModel):
    """For how many days data of each kind are kept; null: for ever. Kinds that are not given keep their rule."""

    rules: dict[str, int | None]


class NewPrune(BaseModel):
    """A prune by the rules."""

    dry_run: bool = True


def create_rename(request: Request, new: NewRename) -> Response:
    """Renames learners, or says what that would do."""
    report = rename_learners(
        site_of(request).database,
        _pairs(new.pairs),
        identifiers=new.identifiers,
        dry_run=new.dry_run,
        expect=new.expect,
        actor=request.state.person.name,
        wait=PATIENCE,
    )
    return JSONDocument(documents.of_people(report) | {"notes": list(report.notes)})


def create_merge(request: Request, new: NewMerge) -> Response:
    """Merges learners, sessions or learning object versions, or says what that would do to each row."""
    rows: list[MergedRow] = []
    report = merge_pairs(
        site_of(request).database,
        new.entity,
        _pairs(new.pairs),
        time_rule=new.time_spent,
        dry_run=new.dry_run,
        expect=new.expect,
        merged=rows.append,
        actor=request.state.person.name,
        wait=PATIENCE,
    )
    merged = [documents.of_merged_row(row) for row in rows]
    return JSONDocument(documents.of_people(report) | {"notes": list(report.notes), "merged": merged})


def create_erasure(request: Request, new: NewErasure) -> Response:
    """Erases people for ever, or says how much there is of them."""
    site = site_of(request)
    actor = request.state.person.name
    report = erase_people(site.database, new.learners, data=site.data, dry_run=new.dry_run, actor=actor, wait=PATIENCE)
    return JSONDocument(dataclasses.asdict(report))


def read_retention(request: Request) -> Response:
    """For how many days data of each kind are kept."""
    return _rules(request)


def change_retention(request: Request, new: Rules) -> Response:
    """Sets rules."""
    retention.set_rules(site_of(request).database, new.rules, wait=PATIENCE)
    return _rules(request)


def create_prune(request: Request, new: NewPrune) -> Response:
    """Removes what is older than the rules say, or says how much that is."""
    site = site_of(request)
    report = retention.apply_rules(site.database, site.data, dry_run=new.dry_run, wait=PATIENCE)
    return JSONDocument(dataclasses.asdict(report))


def _rules(request: Request) -> Response:
    found = retention.rules(site_of(request).database)
    return JSONDocument({"rules": {kind: found.get(kind) for kind in KINDS}})


def _pairs(names: list[tuple[str, str]]) -> list[Pair]:
    return [Pair(first.strip(), second.strip(), line) for line, (first, second) in enumerate(names, start=1)]
