"""From a bag of settings to an export job, and what can only be judged when all settings are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from milepost.config import names
from milepost.config.exporting import settings
from milepost.config.exporting.gather import PERIOD, Bag
from milepost.config.settings import Given, label
from milepost.model.export import Appearance, ExportJob, FileFormat, Filters, Period, Provider
from milepost.model.status import Status

_OF_REGISTRATIONS = (Status.COMPLETED, Status.INCOMPLETE, Status.NOT_ATTEMPTED)
_OF_TRACKING = tuple(status for status in Status if status is not Status.NOT_ATTEMPTED)

_FOR_FORMATS = {
    "delimiter": (FileFormat.CSV,),
    "encoding": (FileFormat.CSV, FileFormat.TSV),
    "rawText": (FileFormat.CSV, FileFormat.TSV),
    "showHeaders": (FileFormat.CSV, FileFormat.TSV, FileFormat.XLSX),
}
"""The formats for which a setting says something."""


def built(provider: Provider, bag: Bag, file_format: FileFormat | None) -> ExportJob:
    """The job that the settings make; `file_format` is the one of a file that no setting speaks of.

    Adds to the bag's remarks what is wrong with the settings together. The job means nothing when there are mistakes.
    """
    _judge_period(bag)
    _judge_statuses(provider, bag)
    if "format" not in bag.given and file_format is not None:
        bag.given["format"] = Given(file_format, None)
    _judge_format(bag)
    return _job(provider, bag)


def _mistake(bag: Bag, given: tuple[str, ...], message: str) -> None:
    line = bag.line(*given)
    bag.remarks.mistake(line, f"{label(given[0], line)}: {message}")


def _judge_period(bag: Bag) -> None:
    if not bag.broken.isdisjoint(PERIOD):
        return
    frames, scale, since, until = (bag.get(name) for name in ("timeFrames", "timeFramesScale", "since", "until"))
    if frames is not None and scale is None:
        _mistake(bag, ("timeFrames",), "how long a time frame is must be said too; give timeFramesScale")
    if scale is not None and frames is None:
        _mistake(bag, ("timeFramesScale",), "how many time frames there are must be said too; give timeFrames")
    for name in ("since", "until"):
        if frames is not None and name in bag.given:
            _mistake(bag, (name, "timeFrames"), "timeFrames says already from when to when; keep one of the two")
    if since is not None and until is not None and _is_after(since, until):
        _mistake(bag, ("until", "since"), f"{until} is before {since}, with which the period begins")
    if bag.get("asOf") is not None and frames is None:
        _mistake(bag, ("asOf",), "it says from when time frames are counted back; give timeFrames")
    if bag.get("timeFrameMode") is not None and frames is None and since is None and until is None:
        _mistake(bag, ("timeFrameMode",), "there is no period that it could be about; give timeFrames, since or until")


def _is_after(since: date | datetime, until: date | datetime) -> bool:
    """As far as it can be told without their zones."""
    first, last = (_day(moment) for moment in (since, until))
    if first == last and isinstance(since, datetime) and isinstance(until, datetime):
        return since.tzinfo is None and until.tzinfo is None and since >= until
    return first > last


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _judge_statuses(provider: Provider, bag: Bag) -> None:
    possible = _OF_REGISTRATIONS if provider is Provider.REGISTRATIONS else _OF_TRACKING
    for status in bag.get("status") or ():
        if status not in possible:
            what = "a registration" if provider is Provider.REGISTRATIONS else "a tracking row"
            _mistake(bag, ("status",), f"{what} is never {status}; it is {names.listing(possible)}")


def _judge_format(bag: Bag) -> None:
    file_format = bag.get("format") or FileFormat.CSV
    for name, formats in _FOR_FORMATS.items():
        if name in bag.given and file_format not in formats:
            _mistake(
                bag,
                (name, "format"),
                f"it is for {names.listing(one.upper() for one in formats)}, and the file is {file_format.upper()}",
            )


def _job(provider: Provider, bag: Bag) -> ExportJob:
    parts: dict[str, dict[str, Any]] = {"appearance": {}, "filters": {}, "period": {}}
    for setting in settings.SETTINGS:
        if setting.name in bag.given:
            part, attribute, *key = setting.place.split(".")
            value = bag.given[setting.name].value
            if key:
                parts[part].setdefault(attribute, {})[Status(key[0])] = value
            else:
                parts[part][attribute] = value
    if "status_words" in parts["appearance"]:
        parts["appearance"]["status_words"] = MappingProxyType(parts["appearance"]["status_words"])
    return ExportJob(
        provider,
        bag.get(settings.COLUMNS),
        replace(Filters(), **parts["filters"]),
        replace(Period(), **parts["period"]) if parts["period"] else None,
        replace(Appearance(), **parts["appearance"]),
    )
