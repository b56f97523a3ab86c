"""The naive oracle's reading of single cells: text in, a value or an error code out.

Written from the contract alone, one cell at a time, for obviousness; it shares no code with the package.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
LARGEST = 2_147_483_647
SMALLEST = -2_147_483_648
STATUSES = ("notAttempted", "incomplete", "completed", "passed", "failed", "browsed")
COMPLETED = ("completed", "passed")

TEXT_LIMITS = {
    "candidateLogin": 255,
    "candidateRefNumber": 255,
    "candidateEmail": 255,
    "lovCode": 255,
    "lovGuid": 40,
    "sessionGuid": 40,
    "sessionTitle": 255,
    "trainingPathCode": 255,
    "trainingGuid": 40,
}
INTEGER_RANGES = {"sessionId": (SMALLEST, LARGEST), "trainingId": (SMALLEST, LARGEST), "scoreMax": (1, LARGEST)}
NUMBER_RANGES = {"progression": (0.0, 100.0), "score": (0.0, math.inf)}
DATES = ("firstAccessDate", "lastAccessDate", "firstCompletionDate")

EARLIEST = int(datetime(1900, 1, 1, tzinfo=UTC).timestamp())
TOO_LATE = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())

Value = str | int | float


@dataclass(frozen=True)
class Settings:
    """How a job reads text, as plain values."""

    date_time_format: str = "YYYY-MM-DD hh:ii:ss"
    time_zone: str = "UTC"
    default_time: time = time()
    time_global_format: str = "rawSeconds"
    default_score_max: int = 100
    decimal: str = "."
    """A sign, or `either`."""
    thousands: str = ""
    """The sign between groups; empty: none."""
    words: dict[str, str] = field(default_factory=dict)
    """A status's own name to the file's word for it."""
    patch: bool = False
    merge: dict[str, str] = field(default_factory=dict)
    """The merge rules of columns."""
    newer: bool = False
    """Whether rows that are older than the stored ones are left out."""
    mandatory: frozenset[str] = frozenset()
    raw: bool = False
    """Whether apostrophes before the characters of formulas are part of a text."""


@dataclass(frozen=True)
class Cell:
    """What one cell says. An absent or empty cell has no text, no value and no error."""

    text: str = ""
    value: Value | None = None
    error: str | None = None
    warning: str | None = None

    @property
    def given(self) -> bool:
        """Whether there is text, readable or not."""
        return self.text != ""

    @property
    def unreadable(self) -> bool:
        """Whether there is text that cannot be read."""
        return self.error is not None


class UnreadableError(Exception):
    """A cell that cannot be read; the argument is the finding's code."""

    @property
    def code(self) -> str:
        """The finding's code."""
        return str(self.args[0])


def as_meant(raw: str, settings: Settings) -> str:
    """The text that a cell of a file stands for: without one of the apostrophes before a formula's character."""
    rest = raw.lstrip("'")
    if settings.raw or rest == raw or rest[:1] not in ("=", "+", "-", "@"):
        return raw
    return raw[1:]


def clean(raw: str) -> str:
    """The text without surrounding white space, in NFC."""
    return unicodedata.normalize("NFC", raw.strip(WHITE_SPACE))


def key(text: str) -> str:
    """What two texts have in common when they are equal without letter case."""
    return unicodedata.normalize("NFC", text).casefold()


def read(column: str, raw: str, settings: Settings) -> Cell:
    """The cell that `raw` is in `column`."""
    text = clean(raw)
    if not text:
        return Cell()
    if "\0" in text:
        return Cell(text, error="invalid-character")
    try:
        if column in TEXT_LIMITS:
            return Cell(text, read_text(text, TEXT_LIMITS[column]))
        if column in INTEGER_RANGES:
            return Cell(text, read_integer(text, settings, *INTEGER_RANGES[column]))
        if column in NUMBER_RANGES:
            return Cell(text, read_number(text, settings, *NUMBER_RANGES[column]))
        if column in DATES:
            value, warning = read_date(text, settings)
            return Cell(text, value, warning=warning)
        if column == "timeSpent":
            return Cell(text, read_duration(text, settings))
        if column == "trackingStatus":
            return Cell(text, read_status(text, settings.words))
    except UnreadableError as fault:
        return Cell(text, error=fault.code)
    raise KeyError(column)


def read_text(text: str, limit: int) -> str:
    """The text, when it is not too long."""
    if len(text) > limit:
        raise UnreadableError("value-too-long")
    return text


BETWEEN_GROUPS = {",": ",", ".": ".", " ": " \u00a0\u202f", "'": "'\u2019"}


def parse_decimal(text: str, settings: Settings) -> Decimal | None:
    """The exact number that `text` writes with the job's separators; None when it writes none."""
    match = re.fullmatch("([+-]?)([^eE+-]*)((?:[eE][+-]?[0-9]+)?)", text)
    if not match:
        return None
    sign, body, exponent = match.groups()
    decimal, groups = settings.decimal, [settings.thousands]
    if decimal == "either" and settings.thousands in (",", "."):
        decimal = "." if settings.thousands == "," else ","
    elif decimal == "either":
        if re.fullmatch("[1-9][0-9]{0,2}[.,][0-9]{3}", body):
            return None
        separators = [character for character in body if character in ",."]
        alone = [character for character in separators if separators.count(character) == 1]
        decimal = alone[-1] if alone else ""
        groups += [character for character in ",." if character != decimal]
    whole, point, fraction = body.partition(decimal) if decimal else (body, "", "")
    if not re.fullmatch("[0-9]*", fraction) or not (whole or fraction):
        return None
    for group in filter(None, groups):
        between = f"[{BETWEEN_GROUPS[group]}]"
        if re.fullmatch(f"[1-9][0-9]{{0,2}}({between}[0-9]{{3}})+", whole):
            whole = re.sub(between, "", whole)
    if not re.fullmatch("[0-9]+" if not point or not fraction else "[0-9]*", whole):
        return None
    return Decimal(f"{sign}{whole or 0}.{fraction or 0}{exponent}")


def read_integer(text: str, settings: Settings, least: int, most: int) -> int:
    """A whole number, read exactly."""
    number = parse_decimal(text, settings)
    if number is None or number != number.to_integral_value():
        raise UnreadableError("invalid-number")
    if not least <= number <= most:
        raise UnreadableError("out-of-range")
    return int(number)


def read_number(text: str, settings: Settings, least: float, most: float) -> float:
    """A 64-bit number; minus nought is nought."""
    exact = parse_decimal(text, settings)
    if exact is None:
        raise UnreadableError("invalid-number")
    number = float(exact) + 0.0
    if math.isinf(number) or not least <= number <= most:
        raise UnreadableError("out-of-range")
    return number


def read_date(text: str, settings: Settings) -> tuple[int, str | None]:
    """The instant in seconds since 1970 in UTC, and the warning that comes with it."""
    parts = match_format(text, split_format(settings.date_time_format))
    if parts is None:
        tokens = split_format(settings.date_time_format)
        date_part = date_only(tokens)
        parts = match_format(text, date_part) if date_part else None
    if parts is None:
        raise UnreadableError("invalid-datetime")
    if "HH" in parts:
        hour, minute, second = parts["HH"], parts.get("II", 0), parts.get("SS", 0)
    else:
        default = settings.default_time
        hour, minute, second = default.hour, default.minute, default.second
    year, month, day = parts["YYYY"], parts["MM"], parts["DD"]
    if not is_calendar_date(year, month, day) or hour > 23 or minute > 59 or second > 59:
        raise UnreadableError("invalid-datetime")
    if year < 1:  # Python has no such year; the others are judged by their instant
        raise UnreadableError("out-of-range")
    return to_instant(datetime(year, month, day, hour, minute, second), settings.time_zone)  # noqa: DTZ001


def is_calendar_date(year: int, month: int, day: int) -> bool:
    """Whether there is such a day; the year 0 is a leap year like 2000."""
    try:
        date(year or 2000, month, day)
    except ValueError:
        return False
    return True


def to_instant(local: datetime, zone: str) -> tuple[int, str | None]:
    """The instant of a local time: the first of two, and past a gap by as much as the gap is long."""
    offsets = [local.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1)]
    first, second = [offset if offset is not None else timedelta() for offset in offsets]
    since_epoch = (local - datetime(1970, 1, 1)) // timedelta(seconds=1)  # noqa: DTZ001
    instant = since_epoch - round(first.total_seconds())
    if not EARLIEST <= instant < TOO_LATE:
        raise UnreadableError("out-of-range")
    if first < second:
        return instant, "local-time-skipped"
    if first > second:
        return instant, "local-time-repeated"
    return instant, None


def split_format(text: str) -> list[str]:
    """The tokens of a date format in upper case, and the separators between them."""
    return [
        piece.upper() if re.fullmatch("YYYY|MM|DD|HH|II|SS", piece, re.IGNORECASE) else piece
        for piece in re.split("(YYYY|MM|DD|HH|II|SS)", text, flags=re.IGNORECASE)
        if piece
    ]


TOKENS = ("YYYY", "MM", "DD", "HH", "II", "SS")


def date_only(pieces: list[str]) -> list[str] | None:
    """The part of a format that is the date, when the time follows it."""
    places = [place for place, piece in enumerate(pieces) if piece in TOKENS]
    if {pieces[place] for place in places[:3]} != {"YYYY", "MM", "DD"}:
        return None
    return pieces[: places[2] + 1]


def match_format(text: str, pieces: list[str]) -> dict[str, int] | None:
    """The number that stands for each token; None when the text does not have the format."""
    found: dict[str, int] = {}
    place = 0
    for index, piece in enumerate(pieces):
        rest = text[place:]
        if piece in TOKENS:
            glued = index + 1 < len(pieces) and pieces[index + 1] in TOKENS
            pattern = "[0-9]{4}" if piece == "YYYY" else "[0-9]{2}" if glued else "[0-9]{1,2}"
        else:
            blank = f"[{WHITE_SPACE}]+"
            pattern = "".join(blank if run.isspace() else re.escape(run) for run in re.findall(r"\s+|\S+", piece))
        match = re.match(pattern, rest)
        if not match:
            return None
        if piece in TOKENS:
            found[piece] = int(match.group())
        place += match.end()
    return found if place == len(text) else None


UNITS = {"W": 604_800, "D": 86_400, "H": 3_600, "M": 60, "S": 1}


def read_duration(text: str, settings: Settings) -> int:
    """Whole seconds, halves rounded up."""
    if text.startswith("P"):
        exact = iso_seconds(text)
    elif ":" in text:
        exact = clock_seconds(text)
    else:
        exact = bare_seconds(text, settings)
    if exact is None:
        raise UnreadableError("invalid-duration")
    seconds = math.floor(exact + Fraction(1, 2))
    if seconds > LARGEST:
        raise UnreadableError("invalid-duration")
    return seconds


def iso_seconds(text: str) -> Fraction | None:
    """The seconds of an ISO 8601 duration without years and months."""
    amount = "[0-9]+(?:[.,][0-9]+)?"
    days, clock, time_part = text[1:].partition("T")
    if clock and not time_part:
        return None
    if not re.fullmatch(f"({amount}W)?({amount}D)?", days):
        return None
    if not re.fullmatch(f"({amount}H)?({amount}M)?({amount}S)?", time_part):
        return None
    found = re.findall(f"({amount})([WDHMS])", text)
    if not found or any("." in number or "," in number for number, _ in found[:-1]):
        return None
    return sum((Fraction(number.replace(",", ".")) * UNITS[unit] for number, unit in found), Fraction())


def clock_seconds(text: str) -> Fraction | None:
    """The seconds of `h:mm` or `h:mm:ss`, which may have a fraction."""
    match = re.fullmatch("([0-9]+):([0-5][0-9])(?::([0-5][0-9](?:[.,][0-9]+)?))?", text)
    if not match:
        return None
    hours, minutes, seconds = match.groups(default="0")
    return Fraction(int(hours) * 3_600 + int(minutes) * 60) + Fraction(seconds.replace(",", "."))


def bare_seconds(text: str, settings: Settings) -> Fraction | None:
    """The seconds of a number in the job's unit."""
    unit = {"rawSeconds": 1, "rawMinutes": 60}.get(settings.time_global_format)
    number = parse_decimal(text, settings)
    if unit is None or number is None or number < 0 or number > 10 * LARGEST:
        return None
    if number < Decimal("1e-9"):  # nought after rounding; an exact fraction of it could be enormous
        return Fraction()
    return Fraction(number) * unit


def read_status(text: str, words: dict[str, str]) -> str:
    """The status whose word the text is."""
    for status in STATUSES:
        if plain(text) == plain(words.get(status, status)):
            return status
    raise UnreadableError("invalid-status")


def plain(word: str) -> str:
    """A status word without letter case, blanks, `_` and `-`."""
    return "".join(sign for sign in key(word) if sign not in WHITE_SPACE + "_-")
