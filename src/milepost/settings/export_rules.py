"""The rules for the settings of an export together, and the export that they make."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import PurePath
from zoneinfo import ZoneInfo

from milepost.model.columns import Status
from milepost.model.export import ExportJob, Provider, Scale
from milepost.model.file_formats import FileFormat
from milepost.model.likeness import folded
from milepost.model.text import bare
from milepost.model.wording import in_quotes, listed
from milepost.settings.bag import Bag, Remarks
from milepost.settings.merged import filled, judge_words, merged
from milepost.settings.table import COLUMNS, FORMAT

_FRAMES = ("timeFrames", "timeFramesScale", "asOf")
"""The settings of a period that is counted back."""
_BOUNDS = ("since", "until")
"""The settings of a period that is given by its bounds."""
_MODE = "timeFrameMode"

_FILE_ENDINGS = {ending: one for one in FileFormat for ending in one.entry.endings}
ONLY_FOR = {
    setting: tuple(one for one in FileFormat if setting in one.entry.settings)
    for setting in dict.fromkeys(setting for one in FileFormat for setting in one.entry.settings)
}
"""The settings of some formats only, with those formats."""
_AS_IT_IS: dict[object, object] = {"showHeaders": True, ("delimiter", FileFormat.TSV): "\t"}
"""Values without an effect in any format, or in one format."""

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
    """The format by the ending of a file's name; None for another ending, or none."""
    return None if file_name is None else _FILE_ENDINGS.get(PurePath(folded(file_name)).suffix)


def built(
    provider: Provider, configured: Bag | None, caller: Bag, file_name: str | None, remarks: Remarks
) -> ExportJob:
    """The export that the settings make, without notes; the caller's settings win.

    Mistakes in the combination of settings go to `remarks`; if there are mistakes, the export is not valid.
    """
    bag = merged(configured, caller, remarks)
    file_format = _format(bag, file_name)
    _replace_period(bag)
    configured_format = FileFormat.CSV if configured is None else configured.get(FORMAT, FileFormat.CSV)
    _judge_format(bag, file_format, configured_format)
    _judge_headings(bag)
    judge_words(bag, may_be_alike=True)
    _judge_statuses(bag, provider)
    _judge_period(bag)
    if "delimiter" not in file_format.entry.settings:
        bag.given.pop("delimiter", None)
    own = {"appearance.file_format": file_format}
    return filled(ExportJob(provider), bag, is_configured=configured is not None, own=own)


def _format(bag: Bag, file_name: str | None) -> FileFormat:
    """The format: the caller's, else the one of the file's ending, else the configuration's, else CSV."""
    given: FileFormat | None = bag.get(FORMAT)
    by_ending = format_of(file_name)
    if by_ending is None or bag.is_callers(FORMAT):
        return given or FileFormat.CSV
    if given not in (None, by_ending):
        ending = PurePath(file_name or "").suffix
        bag.remarks.note(f"The format {given} is not used, because the file's name ends in {ending}.")
    return by_ending


def _judge_format(bag: Bag, file_format: FileFormat, configured: FileFormat) -> None:
    if not bag.knows(FORMAT):
        return
    for name, formats in ONLY_FOR.items():
        as_it_is = _AS_IT_IS.get((name, file_format), _AS_IT_IS.get(name))
        if file_format in formats or bag.get(name) in (None, as_it_is):
            continue
        if bag.line(name) is not None and configured in formats:
            # It was configured for another format than the caller's.
            bag.remarks.note(f"{name} is not used, because the format is {file_format}.")
        else:
            those = listed(map(str, formats), "and")
            bag.mistake(name, f"it is for {those}, and the format is {file_format}; leave one of them out")


def _judge_headings(bag: Bag) -> None:
    seen: dict[str, str] = {}
    for name, given in bag.get(COLUMNS, ()) if bag.knows(COLUMNS) else ():
        heading = given or name
        other = seen.setdefault(bare(heading), name)
        if other != name:
            message = f"{other} and {name} are both headed {in_quotes(heading)}; give one of them another label"
            bag.mistake(COLUMNS, message)


def _judge_statuses(bag: Bag, provider: Provider) -> None:
    is_rolled_up = provider is Provider.REGISTRATIONS
    what, possible = ("a registration", _ROLLED_UP) if is_rolled_up else ("a tracking row", _STORED)
    for status in bag.get("status", ()):
        if status not in possible:
            bag.mistake("status", f"{what} is never {status}; write {listed(possible, 'or')}")


def _replace_period(bag: Bag) -> None:
    """Drops the configured period if the caller gives one of the other kind."""
    for kind, other in ((_FRAMES, _BOUNDS), (_BOUNDS, _FRAMES)):
        asked = [name for name in kind if bag.is_callers(name) and name != "asOf"]
        if not asked or any(map(bag.is_callers, other)):
            continue
        for name in other:
            if bag.given.pop(name, None) is not None:
                bag.remarks.note(f"{name} is not used, because {asked[0]} is given.")


def _judge_period(bag: Bag) -> None:
    if not bag.knows(*_FRAMES, *_BOUNDS):
        return
    frames = [name for name in _FRAMES if name in bag.given]
    bounds = [name for name in _BOUNDS if name in bag.given]
    if frames and bounds:
        last = bag.last(*frames, *bounds)
        others = listed(bounds if last in frames else frames, "and")
        bag.mistake(last, f"the period is given by {others} already; keep one of the two")
    elif frames:
        _judge_frames(bag, frames)
    elif bounds:
        _judge_bounds(bag)
    elif _MODE in bag.given and bag.knows(_MODE):
        bag.mistake(_MODE, "there is no period; give timeFrames and timeFramesScale, or since or until")


def _judge_frames(bag: Bag, given: list[str]) -> None:
    lacking = [name for name in ("timeFrames", "timeFramesScale") if name not in given]
    if lacking:
        bag.mistake(given[0], f"it means nothing by itself; give {listed(lacking, 'and')} too")
        return
    number, scale = bag.get("timeFrames"), bag.get("timeFramesScale")
    most = _HUNDRED_YEARS[scale]
    if number > most:
        bag.mistake("timeFrames", f"{number} reach back too far; write at most {most} for {scale}")


def _judge_bounds(bag: Bag) -> None:
    since, until = bag.get("since"), bag.get("until")
    if since is None or until is None or not bag.knows("timeZone"):
        return
    zone = bag.get("timeZone", "UTC")
    if begins(since, zone) >= ends(until, zone):
        message = f"the period from {since} until {until} is empty; since must come first"
        bag.mistake(bag.last(*_BOUNDS), message)


def begins(value: date | datetime, zone: str) -> datetime:
    """The first moment of `value`, in UTC; a value without a zone is local time in `zone`."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - made local below
    return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def ends(value: date | datetime, zone: str) -> datetime:
    """The first moment after the day `value`, or the moment itself, in UTC."""
    return begins(value if isinstance(value, datetime) else value + timedelta(days=1), zone)
