"""From bags of settings to an export, and what can only be judged when all settings are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import Any

from milepost.config import names
from milepost.config.exports import readers, settings
from milepost.config.remarks import Remarks
from milepost.config.settings import NAMED_STATUSES, Bag, Given, label
from milepost.model.export import ExportJob, Filters, Period, Provider, Scale
from milepost.model.file_formats import FileFormat
from milepost.model.status import Status
from milepost.model.text import bare

_FILE_ENDINGS = {ending: file_format for file_format in FileFormat for ending in file_format.entry.endings}
_ONLY_FOR = {
    setting: tuple(one for one in FileFormat if setting in one.entry.settings)
    for setting in dict.fromkeys(setting for one in FileFormat for setting in one.entry.settings)
}
"""The settings that mean nothing to the other formats."""
_AS_IT_IS: dict[object, object] = {"showHeaders": True, ("delimiter", FileFormat.TSV): "\t"}
"""The values that ask for nothing but what is so anyway: of a setting, or of a setting in a format."""

_HUNDRED_YEARS = {
    Scale.DAYS: 36_525,
    Scale.MONTHS: 1_200,
    Scale.FULL_MONTHS: 1_200,
    Scale.YEARS: 100,
    Scale.FULL_YEARS: 100,
}

_ROLLED_UP = (Status.NOT_ATTEMPTED, Status.INCOMPLETE, Status.COMPLETED)
"""The statuses that a registration can have."""
_STORED = tuple(status for status in Status if status is not Status.NOT_ATTEMPTED)
"""The statuses that a tracking row can have."""

_ABSENT = Given(None, None)


def format_of(file_name: str | None) -> FileFormat | None:
    """The format that the ending of a file tells; None where it tells none."""
    if file_name is None:
        return None
    return _FILE_ENDINGS.get(PurePath(names.folded(file_name)).suffix)


def built(
    provider: Provider, configured: Bag | None, caller: Bag, file_name: str | None, remarks: Remarks
) -> ExportJob:
    """The export that the settings make, the caller's beating the configuration's; its notes are left empty.

    Adds to `remarks` what is wrong with the settings together. The export means nothing when there are mistakes.
    """
    merged = _Merged(configured, caller)
    file_format = _format(merged, file_name, remarks)
    _replace_period(merged, caller, remarks)
    _judge_format(merged, file_format, remarks)
    _judge_headings(merged, remarks)
    _judge_words(merged, remarks)
    _judge_statuses(merged, provider, remarks)
    _judge_period(merged, remarks)
    return _job(provider, merged, file_format)


class _Merged:
    """The settings of all sources."""

    def __init__(self, configured: Bag | None, caller: Bag) -> None:
        named = None if configured is None else configured.given.get(settings.FORMAT)
        self.configured_format: FileFormat = FileFormat.CSV if named is None else named.value
        self.given: dict[str, Given] = {}
        self.broken: set[str] = set()
        for bag in (configured, caller):
            if bag is not None:
                self.given |= bag.given
                self.broken |= bag.broken

    def get(self, name: str) -> Given:
        """A setting's value and line, both None where it is not given."""
        return self.given.get(name, _ABSENT)

    def knows(self, *given: str) -> bool:
        """Whether none of these settings has a mistake of its own, so that they can be judged together."""
        return self.broken.isdisjoint(given)

    def last(self, *given: str) -> str:
        """The one of these settings that was given last: by the caller, or on the last line."""
        return max(given, key=lambda name: (self.get(name).line is None, self.get(name).line or 0))

    def refuse(self, name: str, message: str, remarks: Remarks) -> None:
        """A mistake about the setting `name`, which is given."""
        line = self.get(name).line
        remarks.mistake(line, f"{label(name, line)}: {message}")


def _format(merged: _Merged, file_name: str | None, remarks: Remarks) -> FileFormat:
    """The format: the caller's, else the one of the file's ending, else the configuration's, else CSV."""
    given, by_ending = merged.get(settings.FORMAT), format_of(file_name)
    if by_ending is None or (given.value is not None and given.line is None):
        return given.value or FileFormat.CSV
    if given.value not in (None, by_ending):
        ending = PurePath(file_name or "").suffix
        remarks.note(f"The format {given.value} is not used, because the file's name ends in {ending}.")
    return by_ending


def _judge_format(merged: _Merged, file_format: FileFormat, remarks: Remarks) -> None:
    if not merged.knows(settings.FORMAT):
        return
    for name, formats in _ONLY_FOR.items():
        given = merged.get(name)
        if file_format in formats or given.value in (None, _AS_IT_IS.get((name, file_format), _AS_IT_IS.get(name))):
            continue
        if given.line is not None and merged.configured_format in formats:
            # Whoever configured it did not mean the format that the caller asks for.
            remarks.note(f"{name} is not used, because the format is {file_format}.")
        else:
            those = names.listing(map(str, formats), "and")
            merged.refuse(name, f"it is for {those}, and the format is {file_format}; leave one of them out", remarks)


def _judge_headings(merged: _Merged, remarks: Remarks) -> None:
    if not merged.knows(settings.COLUMNS):
        return
    seen: dict[str, str] = {}
    for name, given in merged.get(settings.COLUMNS).value or ():
        heading = given or name
        other = seen.setdefault(bare(heading), name)
        if other != name:
            message = f"{other} and {name} are both headed {names.quoted(heading)}; give one of them another label"
            merged.refuse(settings.COLUMNS, message, remarks)


def _judge_words(merged: _Merged, remarks: Remarks) -> None:
    """Refuses a word that another status goes by as its own name; two that are given alike are meant."""
    given = {status: merged.get(f"{NAMED_STATUSES}.{status}") for status in Status}
    own = {bare(status.value): status for status in Status if given[status].value is None}
    for status, word in given.items():
        other = None if word.value is None else own.get(bare(word.value))
        if other is not None:
            remarks.mistake(
                word.line,
                f"{label(NAMED_STATUSES, word.line)}: {other} and {status} both go by the word"
                f" {names.quoted(word.value)}; give one of them another",
            )


def _judge_statuses(merged: _Merged, provider: Provider, remarks: Remarks) -> None:
    what, possible = (
        ("a registration", _ROLLED_UP) if provider is Provider.REGISTRATIONS else ("a tracking row", _STORED)
    )
    for status in merged.get("status").value or ():
        if status not in possible:
            merged.refuse("status", f"{what} is never {status}; write {names.listing(possible)}", remarks)


def _replace_period(merged: _Merged, caller: Bag, remarks: Remarks) -> None:
    """Drops the configured period where the caller gives one of the other kind."""
    for kind, other in ((settings.FRAMES, settings.BOUNDS), (settings.BOUNDS, settings.FRAMES)):
        asked = [name for name in kind if name in caller.given and name != "asOf"]
        if not asked or any(name in caller.given for name in other):
            continue
        for name in other:
            if name in merged.given:
                del merged.given[name]
                remarks.note(f"{name} is not used, because {asked[0]} is given.")


def _judge_period(merged: _Merged, remarks: Remarks) -> None:
    if not merged.knows(*settings.FRAMES, *settings.BOUNDS):
        return
    frames = [name for name in settings.FRAMES if name in merged.given]
    bounds = [name for name in settings.BOUNDS if name in merged.given]
    if frames and bounds:
        last = merged.last(*frames, *bounds)
        others = bounds if last in frames else frames
        merged.refuse(
            last, f"the period is given by {names.listing(others, 'and')} already; keep one of the two", remarks
        )
    elif frames:
        _judge_frames(merged, frames, remarks)
    elif bounds:
        _judge_bounds(merged, remarks)
    elif settings.MODE in merged.given and merged.knows(settings.MODE):
        merged.refuse(
            settings.MODE, "there is no period; give timeFrames and timeFramesScale, or since or until", remarks
        )


def _judge_frames(merged: _Merged, given: list[str], remarks: Remarks) -> None:
    lacking = [name for name in ("timeFrames", "timeFramesScale") if name not in given]
    if lacking:
        merged.refuse(given[0], f"it means nothing by itself; give {names.listing(lacking, 'and')} too", remarks)
        return
    number, scale = merged.get("timeFrames").value, merged.get("timeFramesScale").value
    most = _HUNDRED_YEARS[scale]
    if number > most:
        merged.refuse("timeFrames", f"{number} reach back too far; write at most {most} for {scale}", remarks)


def _judge_bounds(merged: _Merged, remarks: Remarks) -> None:
    since, until = merged.get("since").value, merged.get("until").value
    if since is None or until is None or not merged.knows("timeZone"):
        return
    zone = merged.get("timeZone").value or "UTC"
    if readers.begins(since, zone) >= readers.ends(until, zone):
        message = f"the period from {since} until {until} is empty; since must come first"
        merged.refuse(merged.last(*settings.BOUNDS), message, remarks)


def _job(provider: Provider, merged: _Merged, file_format: FileFormat) -> ExportJob:
    parts: dict[str, dict[str, Any]] = {"appearance": {}, "filters": {}, "period": {}, "": {}}
    words: dict[Status, str] = {}
    for setting in settings.SETTINGS:
        value = merged.get(setting.name).value
        if value is None:
            continue
        part, _, attribute = setting.place.rpartition(".")
        if part.endswith("status_words"):
            words[Status(attribute)] = value
        else:
            parts[part][attribute] = value
    parts["appearance"] |= {"file_format": file_format, "status_words": dict(words)}
    if "delimiter" not in file_format.entry.settings:
        parts["appearance"].pop("delimiter", None)
    blank = ExportJob(provider)
    return replace(
        blank,
        filters=replace(Filters(), **parts["filters"]),
        period=Period(**parts["period"]) if parts["period"] else None,
        appearance=replace(blank.appearance, **parts["appearance"]),
        **parts[""],
    )
