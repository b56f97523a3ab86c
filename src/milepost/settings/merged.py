"""The settings of all sources together, and the job that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from milepost.model.columns import IGNORED
from milepost.model.export import ExportJob, Period
from milepost.model.job import Job
from milepost.model.status import Status
from milepost.model.text import bare
from milepost.model.wording import in_quotes
from milepost.settings import table
from milepost.settings.bag import Bag, Given, Remarks

AnyJob = TypeVar("AnyJob", Job, ExportJob)

_ABSENT = Given()


class Merged:
    """The settings of a configuration and of the caller, which win; mistakes about them go to `remarks`."""

    def __init__(self, configured: Bag | None, caller: Bag, remarks: Remarks) -> None:
        """`configured` is None where there is no configuration."""
        self.job = caller.job
        self.is_configured = configured is not None
        self.caller = caller
        self.remarks = remarks
        self.given: dict[str, Given] = {}
        self.broken: set[str] = set()
        for bag in (configured, caller):
            if bag is not None:
                headers = {**self.get(table.HEADER_MAPPING, {}), **bag.given.get(table.HEADER_MAPPING, Given({})).value}
                self.given |= bag.given
                self.broken |= bag.broken
                if headers:
                    self.given[table.HEADER_MAPPING] = Given(headers)

    def __contains__(self, name: str) -> bool:
        return name in self.given

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - of every kind
        """The value of a setting; `default` where it is not given."""
        return self.given[name].value if name in self.given else default

    def line(self, name: str) -> int | None:
        """The line on which a setting stands; None for one of the caller's."""
        return self.given.get(name, _ABSENT).line

    def knows(self, *names: str) -> bool:
        """Whether none of these settings has a mistake of its own, so that they can be judged together."""
        return self.broken.isdisjoint(names)

    def last(self, *names: str) -> str:
        """The one of these settings that was given last: by the caller, or on the last line."""
        return max(names, key=lambda name: (self.line(name) is None, self.line(name) or 0))

    def refuse(self, name: str, message: str) -> None:
        """A mistake about the setting `name`."""
        self.remarks.about(name, self.line(name), message)

    def judge_words(self, *, may_be_alike: bool) -> None:
        """Refuses two statuses that go by one word, own names included; two words that are given may be alike."""
        given = {status: self.given.get(f"{table.NAMED_STATUSES}.{status}") for status in Status}
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
            self.remarks.about(table.NAMED_STATUSES, line, message)

    def fill(self, blank: AnyJob) -> AnyJob:
        """`blank` with the values of these settings, each in its place."""
        values: dict[str, Any] = {}
        for setting, home in table.TABLE.of(self.job):
            value = self.get(setting.name)
            if value is None and setting.name not in self.given:
                value = home.configured if self.is_configured else None
                if value is None:
                    continue
            if not home.place:
                continue
            if home.key is None:
                values[home.place] = value
            else:
                values.setdefault(home.place, {})[home.key] = value
        return placed(blank, values)


def placed(blank: AnyJob, values: Mapping[str, Any]) -> AnyJob:
    """`blank` with other values in the places that are named."""
    parts: dict[str, dict[str, Any]] = {}
    for place, value in values.items():
        part, _, name = place.rpartition(".")
        parts.setdefault(part, {})[name] = value
    changed = parts.pop("", {})
    for part, own in parts.items():
        held = getattr(blank, part)
        changed[part] = Period(**own) if held is None else replace(held, **own)
    return replace(blank, **changed)


def split_headers(meanings: Mapping[str, str]) -> tuple[dict[str, str], frozenset[str]]:
    """The headers that mean columns, and those that are skipped."""
    ignored = frozenset(header for header, column in meanings.items() if column == IGNORED)
    return {header: column for header, column in meanings.items() if header not in ignored}, ignored
