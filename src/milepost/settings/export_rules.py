"""What is wrong with the settings of an export together, and the export that they make."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import PurePath
from zoneinfo import ZoneInfo

from milepost.model.export import ExportJob, Provider, Scale
from milepost.model.file_formats import FileFormat
from milepost.model.likeness import folded
from milepost.model.status import Status
from milepost.model.text import bare
from milepost.model.wording import in_quotes, listed
from milepost.settings.bag import Bag, Remarks
from milepost.settings.merged import Merged, placed
from milepost.settings.table import COLUMNS, FORMAT

_FRAMES = ("timeFrames", "timeFramesScale", "asOf")
"""The settings of a period that is counted back."""
_BOUNDS = ("since", "until")
"""The settings of a period that is given by where it begins and ends."""
_MODE = "timeFrameMode"

_FILE_ENDINGS = {ending: one for one in FileFormat for ending in one.entry.endings}
ONLY_FOR = {
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


def format_of(file_name: str | None) -> FileFormat | None:
    """The format that the ending of a file tells; None where it tells none."""
    return None if file_name is None else _FILE_ENDINGS.get(PurePath(folded(file_name)).suffix)


def built(
    provider: Provider, configured: Bag | None, caller: Bag, file_name: str | None, remarks: Remarks
) -> ExportJob:
    """The export that the settings make, the caller's beating the configuration's; its notes are left empty.

    Adds to `remarks` what is wrong with the settings together. The export means nothing when there are mistakes.
    """
    merged = Merged(configured, caller, remarks)
    file_format = _format(merged, file_name)
    _replace_period(merged)
    named = None if configured is None else configured.given.get(FORMAT)
    _judge_format(merged, file_format, FileFormat.CSV if named is None else named.value)
    _judge_headings(merged)
    merged.judge_words(may_be_alike=True)
    _judge_statuses(merged, provider)
    _judge_period(merged)
    if "delimiter" not in file_format.entry.settings:
        merged.given.pop("delimiter", None)
    return placed(merged.fill(ExportJob(provider)), {"appearance.file_format": file_format})


def _format(merged: Merged, file_name: str | None) -> FileFormat:
    """The format: the caller's, else the one of the file's ending, else the configuration's, else CSV."""
    given: FileFormat | None = merged.get(FORMAT)
    by_ending = format_of(file_name)
    if by_ending is None or (given is not None and merged.line(FORMAT) is None):
        return given or FileFormat.CSV
    if given not in (None, by_ending):
        ending = PurePath(file_name or "").suffix
        merged.remarks.note(f"The format {given} is not used, because the file's name ends in {ending}.")
    return by_ending


def _judge_format(merged: Merged, file_format: FileFormat, configured: FileFormat) -> None:
    if not merged.knows(FORMAT):
        return
    for name, formats in ONLY_FOR.items():
        as_it_is = _AS_IT_IS.get((name, file_format), _AS_IT_IS.get(name))
        if file_format in formats or merged.get(name) in (None, as_it_is):
            continue
        if merged.line(name) is not None and configured in formats:
            # Whoever configured it did not mean the format that the caller asks for.
            merged.remarks.note(f"{name} is not used, because the format is {file_format}.")
        else:
            those = listed(map(str, formats), "and")
            merged.refuse(name, f"it is for {those}, and the format is {file_format}; leave one of them out")


def _judge_headings(merged: Merged) -> None:
    seen: dict[str, str] = {}
    for name, given in merged.get(COLUMNS, ()) if merged.knows(COLUMNS) else ():
        heading = given or name
        other = seen.setdefault(bare(heading), name)
        if other != name:
            message = f"{other} and {name} are both headed {in_quotes(heading)}; give one of them another label"
            merged.refuse(COLUMNS, message)


def _judge_statuses(merged: Merged, provider: Provider) -> None:
    is_rolled_up = provider is Provider.REGISTRATIONS
    what, possible = ("a registration", _ROLLED_UP) if is_rolled_up else ("a tracking row", _STORED)
    for status in merged.get("status", ()):
        if status not in possible:
            merged.refuse("status", f"{what} is never {status}; write {listed(possible, 'or')}")


def _replace_period(merged: Merged) -> None:
    """Drops the configured period where the caller gives one of the other kind."""
    caller = merged.caller.given
    for kind, other in ((_FRAMES, _BOUNDS), (_BOUNDS, _FRAMES)):
        asked = [name for name in kind if name in caller and name != "asOf"]
        if not asked or any(name in caller for name in other):
            continue
        for name in other:
            if name in merged:
                del merged.given[name]
                merged.remarks.note(f"{name} is not used, because {asked[0]} is given.")


def _judge_period(merged: Merged) -> None:
    if not merged.knows(*_FRAMES, *_BOUNDS):
        return
    frames = [name for name in _FRAMES if name in merged]
    bounds = [name for name in _BOUNDS if name in merged]
    if frames and bounds:
        last = merged.last(*frames, *bounds)
        others = listed(bounds if last in frames else frames, "and")
        merged.refuse(last, f"the period is given by {others} already; keep one of the two")
    elif frames:
        _judge_frames(merged, frames)
    elif bounds:
        _judge_bounds(merged)
    elif _MODE in merged and merged.knows(_MODE):
        merged.refuse(_MODE, "there is no period; give timeFrames and timeFramesScale, or since or until")


def _judge_frames(merged: Merged, given: list[str]) -> None:
    lacking = [name for name in ("timeFrames", "timeFramesScale") if name not in given]
    if lacking:
        merged.refuse(given[0], f"it means nothing by itself; give {listed(lacking, 'and')} too")
        return
    number, scale = merged.get("timeFrames"), merged.get("timeFramesScale")
    most = _HUNDRED_YEARS[scale]
    if number > most:
        merged.refuse("timeFrames", f"{number} reach back too far; write at most {most} for {scale}")


def _judge_bounds(merged: Merged) -> None:
    since, until = merged.get("since"), merged.get("until")
    if since is None or until is None or not merged.knows("timeZone"):
        return
    zone = merged.get("timeZone", "UTC")
    if begins(since, zone) >= ends(until, zone):
        message = f"the period from {since} until {until} is empty; since must come first"
        merged.refuse(merged.last(*_BOUNDS), message)


def begins(value: date | datetime, zone: str) -> datetime:
    """The first moment of `value`, in UTC; what has no zone of its own is local in `zone`."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - made local below
    return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def ends(value: date | datetime, zone: str) -> datetime:
    """The first moment after the day `value`, or the moment itself, in UTC."""
    return begins(value if isinstance(value, datetime) else value + timedelta(days=1), zone)
