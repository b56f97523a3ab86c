"""How names, dates and stored rows may be written in a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from generative import oracle_values
from generative.oracle_store import Tracking
from generative.oracle_values import Settings
from generative.pools import Moment


def styled(name: str, style: str) -> str:
    """A column's name as somebody might write it."""
    words = re.sub("([a-z])([A-Z])", r"\1 \2", name)
    match style:
        case "upper":
            return name.upper()
        case "snake":
            return words.replace(" ", "_").lower()
        case "dashes":
            return words.replace(" ", "-")
        case "blanks":
            return f" {words.title()} "
    return name


def written(moment: Moment, pieces: Sequence[str], *, short: bool = False) -> str:
    """A local time in a format; `short` leaves out noughts and writes other blanks."""
    if pieces == ["serial"]:
        return serial(moment)
    year, month, day, hour, minute, second = moment
    if "AM" in pieces and hour < 24:
        hour = (hour - 1) % 12 + 1
    numbers = {"YYYY": year, "YY": year % 100, "MM": month, "DD": day, "HH": hour, "II": minute, "SS": second}
    text = ""
    for index, piece in enumerate(pieces):
        if piece == "MMM":
            names = oracle_values.MONTH_NAMES[(month - 1) % 12].split()
            text += names[(day + hour) % len(names)]
        elif piece == "AM":
            text += ("PM" if short else "p.m.") if moment[3] >= 12 else ("a.m." if short else "am")
        elif piece in numbers:
            glued = index + 1 < len(pieces) and pieces[index + 1] in numbers
            width = 4 if piece == "YYYY" else 1 if short and not glued and piece != "YY" else 2
            text += f"{numbers[piece]:0{width}d}"
        else:
            text += piece.replace(" ", " \u2003") if short else piece
    return text


def serial(moment: Moment) -> str:
    """A local time as a spreadsheet's day number, and something else where there is none."""
    try:
        since = datetime(*moment) - datetime(1899, 12, 30)  # noqa: DTZ001
    except ValueError:
        return "60"
    part = f"{since.seconds / 86_400:.10f}"[2:]
    return str(since.days) if set(part) == {"0"} else f"{since.days}{'.,'[moment[2] % 2]}{part}"


def unlike_a_formula(text: str) -> str:
    """The text as a rejects file or an export has it: no spreadsheet takes it for a formula."""
    if re.fullmatch(" *[+-]?[0-9]+([.,][0-9]+)?", text):
        return text
    pieces = re.split("([,;|\t\r\n])", text)
    return "".join(f"'{piece}" if oracle_values.is_formula(piece) else piece for piece in pieces)


def number(job: Settings, text: str) -> str:
    """A number with a point, as the job reads it."""
    if job.decimal != "either":
        return text.replace(".", job.decimal)
    return (
        text.replace("%", "") + "0" + "%" * text.count("%")
        if re.fullmatch(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}%?", text)
        else text
    )


def grouped(job: Settings, text: str) -> str:
    """The same with separators of thousands, where the job has any."""
    whole, point, rest = text.partition(".")
    if not (job.thousands and whole.isdecimal() and whole[0] != "0"):
        return number(job, text)
    return number(job, f"{int(whole):,}".replace(",", "_") + point + rest).replace("_", job.thousands)


def echo(job: Settings, stored: Tracking) -> dict[str, str]:
    """The cells that say what is stored already, as far as the job's format can."""
    pieces = oracle_values.split_formats(job.date_time_format)[0]
    dates = zip(oracle_values.DATES, (stored.first_access, stored.last_access, stored.first_completion), strict=True)
    cells = {name: written(local(second, job.time_zone), pieces) for name, second in dates if second is not None}
    cells["progression"] = number(job, f"{stored.progression!r}%")
    cells["trackingStatus"] = oracle_values.words_of(job.words, stored.status)[-1]
    cells["timeSpent"] = f"PT{stored.time_spent}S"
    if stored.score is not None:
        cells["score"] = number(job, repr(stored.score))
    if stored.score_max is not None:
        cells["scoreMax"] = str(stored.score_max)
    return cells


def local(second: int, zone: str) -> Moment:
    """The local time of an instant."""
    there = datetime.fromtimestamp(second, ZoneInfo(zone))
    return (there.year, there.month, there.day, there.hour, there.minute, there.second)
