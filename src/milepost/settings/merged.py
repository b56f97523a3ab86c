"""The settings of all sources together, and the job that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from milepost.model.columns import IGNORED, Status
from milepost.model.export import ExportJob, Period
from milepost.model.job import Job
from milepost.model.text import bare
from milepost.model.wording import in_quotes
from milepost.settings import table
from milepost.settings.bag import Bag, Given, Remarks

AnyJob = TypeVar("AnyJob", Job, ExportJob)


def merged(configured: Bag | None, caller: Bag, remarks: Remarks) -> Bag:
    """The settings of a configuration, if there is one, and of the caller, whose settings win."""
    bags = [caller] if configured is None else [configured, caller]
    both = Bag(caller.job, remarks)
    for bag in bags:
        both.given |= bag.given
        both.broken |= bag.broken
    headers = {header: column for bag in bags for header, column in bag.get(table.HEADER_MAPPING, {}).items()}
    if headers:
        both.given[table.HEADER_MAPPING] = Given(headers)
    return both


def judge_words(bag: Bag, *, may_be_alike: bool) -> None:
    """Refuses two statuses with the same word; `may_be_alike` allows it if both words are given."""
    given = {status: bag.given.get(f"{table.NAMED_STATUSES}.{status}") for status in Status}
    taken: dict[str, Status] = {}
    for status, own in given.items():
        word = own.value if own else status.value
        other = taken.setdefault(bare(word), status)
        before = given[other]
        if other is status or (may_be_alike and own and before):
            continue
        lines = [one.line for one in (before, own) if one]
        line = None if None in lines else max(one for one in lines if one is not None)
        word = word if own or not before else before.value
        message = f"{other} and {status} both go by the word {in_quotes(word)}; give one of them another"
        bag.remarks.about(table.NAMED_STATUSES, line, message)


def filled(blank: AnyJob, bag: Bag, *, is_configured: bool, own: dict[str, Any]) -> AnyJob:
    """`blank` with the values of the settings, and with the values of `own` at the places that are its keys."""
    values: dict[str, Any] = {}
    for setting, home in table.TABLE.of(bag.job):
        value = bag.get(setting.name, home.configured if is_configured else None)
        if not home.place or (value is None and setting.name not in bag.given):
            continue
        if home.key is None:
            values[home.place] = value
        else:
            values.setdefault(home.place, {})[home.key] = value
    parts: dict[str, dict[str, Any]] = {}
    for place, value in (values | own).items():
        part, _, name = place.rpartition(".")
        parts.setdefault(part, {})[name] = value
    changed = parts.pop("", {})
    for part, inner in parts.items():
        held = getattr(blank, part)
        changed[part] = Period(**inner) if held is None else replace(held, **inner)
    return replace(blank, **changed)


def split_headers(meanings: Mapping[str, str]) -> tuple[dict[str, str], frozenset[str]]:
    """The headers that mean columns, and those that are skipped."""
    ignored = frozenset(header for header, column in meanings.items() if column == IGNORED)
    return {header: column for header, column in meanings.items() if header not in ignored}, ignored
