"""The naive oracle's reading of single cells: text in, a value or an error code out.

Written from the contract alone, one cell at a time, for obviousness; it shares no code with the package.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
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
    progression_unit: str = "percent"
    thousands: str = ""
    """The sign between groups; empty: none."""
    words: dict[str, str] = field(default_factory=dict)
    """A status's own name to the file's word for it."""
    patch: bool = False
    completion_default: str = "now"
    merge: dict[str, str] = field(default_factory=dict)
    """The merge rules of columns."""
    newer: bool = False
    """Whether rows that are older than the stored ones are left out."""
    mandatory: frozenset[str] = frozenset()
    null_markers: tuple[str, ...] = ()
    """Texts that mean an empty cell."""
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    """Columns to texts, and what these are read as."""
    defaults: dict[str, str] = field(default_factory=dict)
    """Columns to the text of an empty cell."""
    skips: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Places of cells to the texts by which a row is skipped."""
    joined: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Columns of dates to the places of the two cells that hold a date and its time."""
    pads: bool = False
    """Whether short records are filled with empty cells."""
    raw: bool = False
    """Whether apostrophes before the characters of formulas are part of a text."""


@dataclass(frozen=True)
class Cell:
    """What one cell says. An absent or empty cell has no text, no value and no error."""

    text: str = ""
    value: Value | None = None
    error: str | None = None
    warnings: tuple[str, ...] = ()

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
    """The text that a cell of a file stands for: without one of the apostrophes before each character of a formula.

    A formula may begin with the cell, or after a sign that another program takes for the end of a cell.
    """
    if settings.raw:
        return raw
    return "".join(_without_apostrophe(piece) for piece in re.split("([,;|\t\r\n])", raw))


_PASSED_OVER = "".join(map(chr, [*range(9), 11, 12, *range(14, 33), 34, *range(127, 161), 0x200B, 0xFEFF]))


def is_formula(piece: str) -> bool:
    """Whether a spreadsheet may run a cell, but for apostrophes before it."""
    first = piece.lstrip("'").lstrip(_PASSED_OVER)[:1]
    return first in {"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"}


def _without_apostrophe(piece: str) -> str:
    return piece.removeprefix("'") if is_formula(piece) else piece


def is_same(text: str, other: str) -> bool:
    """Whether a cell is one of the texts that settings name."""
    return key(clean(text)) == key(clean(other))


def given(cells: Sequence[str], columns: Sequence[str | None], settings: Settings) -> dict[str, str]:
    """The text of each column that the cells of a record give."""
    meant = [as_meant(raw, settings) for raw in cells]
    found = {column: text for column, text in zip(columns, meant, strict=False) if column}
    for column, places in settings.joined.items():
        if column in found:
            parts = [clean(meant[place]) for place in places if place < len(meant)]
            found[column] = " ".join(part for part in parts if part)
    return found


def stands_for(column: str, text: str, settings: Settings) -> str:
    """The text that a cell is read as, by maps, null markers and defaults."""
    found = mapped(column, text, settings)
    if not clean(found) and column in settings.defaults:
        return mapped(column, settings.defaults[column], settings)
    return found


def mapped(column: str, text: str, settings: Settings) -> str:
    """The text that the map of the column gives; empty for a null marker."""
    for source, meant in settings.values.get(column, {}).items():
        if is_same(text, source):
            text = meant
            break
    return "" if any(is_same(text, marker) for marker in settings.null_markers) else text


def fitted(cells: tuple[str, ...], width: int, settings: Settings) -> tuple[str, ...]:
    """The cells without surplus empty ones, and padded if the job says so."""
    if not any(map(clean, cells[width:])):
        cells = cells[:width]
    return cells + ("",) * (width - len(cells)) if settings.pads else cells


def is_skipped(cells: tuple[str, ...], width: int, settings: Settings) -> bool:
    """Whether a row is passed over."""
    whole = fitted(cells, width, settings)
    return any(
        is_same(as_meant(whole[place], settings), text)
        for place, texts in settings.skips.items()
        for text in texts
        if place < len(whole)
    )


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
            return Cell(text, read_number(text, settings, *NUMBER_RANGES[column], unit(column, text, settings)))
        if column in DATES:
            value, warnings = read_date(text, settings)
            return Cell(text, value, warnings=tuple(warnings))
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


def unit(column: str, text: str, settings: Settings) -> int:
    """What a progression or a score is multiplied by."""
    is_fraction = settings.progression_unit == "fraction" and column == "progression"
    return 100 if is_fraction and not text.endswith("%") else 1


def read_number(text: str, settings: Settings, least: float, most: float, times: int) -> float:
    """A 64-bit number, maybe with a percent sign; minus nought is nought."""
    digits = text[:-1].rstrip(WHITE_SPACE) if text.endswith("%") else text
    exact = parse_decimal(digits, settings)
    if exact is None:
        raise UnreadableError("invalid-number")
    number = float(Context(prec=1000, traps=[]).multiply(exact, times)) + 0.0
    if math.isinf(number) or not least <= number <= most:
        raise UnreadableError("out-of-range")
    return number


def read_date(text: str, settings: Settings) -> tuple[int, list[str]]:
    """The instant in seconds since 1970 in UTC, and the warnings that come with it."""
    taken: tuple[int, list[str]] | None = None
    for form in settings.date_time_format.split("|"):
        try:
            found = read_date_as(text, form.strip(), settings)
        except UnreadableError:
            if taken is None:
                raise
            continue
        if taken is None:
            taken = found
        elif found is not None and found[0] != taken[0] and "ambiguous-datetime" not in taken[1]:
            taken[1].append("ambiguous-datetime")
    if taken is None:
        raise UnreadableError("invalid-datetime")
    return taken


def read_date_as(text: str, form: str, settings: Settings) -> tuple[int, list[str]] | None:
    """The same by one format; None when it does not fit."""
    default = timedelta(
        hours=settings.default_time.hour, minutes=settings.default_time.minute, seconds=settings.default_time.second
    )
    if form.casefold() == "serial":
        local = read_serial(text, default)
        return None if local is None else to_instant(local, settings.time_zone)
    pieces = split_format(form)
    alone = date_only(pieces)
    parts = match_format(text, pieces) or (match_format(text, alone) if alone else None)
    if parts is None:
        return None
    year = int(parts["YYYY"]) if "YYYY" in parts else int(parts["YY"]) + (1900 if int(parts["YY"]) >= 70 else 2000)
    month = int(parts["MM"]) if "MM" in parts else MONTHS.get(key(parts["MMM"].removesuffix(".")), 0)
    day = int(parts["DD"])
    time_of_day = read_clock(parts) if "HH" in parts else default
    if time_of_day is None:
        return None
    if not is_calendar_date(year, month, day):
        return None
    if year < 1:  # Python has no such year; the others are judged by their instant
        raise UnreadableError("out-of-range")
    local = datetime(year, month, day) + time_of_day  # noqa: DTZ001
    if "OFFSET" not in parts:
        return to_instant(local, settings.time_zone)
    offset = re.sub("[^0-9+-]", "", parts["OFFSET"])
    size = 0 if not offset else (int(offset[1:3]) * 60 + int(offset[3:] or "0")) * (-1 if offset[0] == "-" else 1)
    instant = (local - datetime(1970, 1, 1)) // timedelta(seconds=1) - size * 60  # noqa: DTZ001
    if not EARLIEST <= instant < TOO_LATE:
        raise UnreadableError("out-of-range")
    return instant, []


def read_clock(parts: dict[str, str]) -> timedelta | None:
    """The time of day; None when there is no such time."""
    hour, minute, second = (int(parts.get(token, "0")) for token in ("HH", "II", "SS"))
    if "AM" in parts:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if parts["AM"] in ("pm", "p.m.") else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return timedelta(hours=hour, minutes=minute, seconds=second)


def read_serial(text: str, default: timedelta) -> datetime | None:
    """The local time of a spreadsheet's day number."""
    match = re.fullmatch("([0-9]{2,7})(?:[.,]([0-9]+))?", text)
    if not match or not 61 <= int(match[1]) <= 2_958_465:
        return None
    part = Fraction(int(match[2] or "0"), 10 ** len(match[2] or ""))
    time_of_day = timedelta(seconds=math.floor(part * 86_400 + Fraction(1, 2))) if part else default
    try:
        return datetime(1899, 12, 30) + timedelta(days=int(match[1])) + time_of_day  # noqa: DTZ001
    except OverflowError:
        raise UnreadableError("out-of-range") from None


def is_calendar_date(year: int, month: int, day: int) -> bool:
    """Whether there is such a day; the year 0 is a leap year like 2000."""
    try:
        date(year or 2000, month, day)
    except ValueError:
        return False
    return True


def to_instant(local: datetime, zone: str) -> tuple[int, list[str]]:
    """The instant of a local time: the first of two, and past a gap by as much as the gap is long."""
    offsets = [local.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1)]
    first, second = [offset if offset is not None else timedelta() for offset in offsets]
    since_epoch = (local - datetime(1970, 1, 1)) // timedelta(seconds=1)  # noqa: DTZ001
    instant = since_epoch - round(first.total_seconds())
    if not EARLIEST <= instant < TOO_LATE:
        raise UnreadableError("out-of-range")
    if first < second:
        return instant, ["local-time-skipped"]
    if first > second:
        return instant, ["local-time-repeated"]
    return instant, []


TOKENS = ("YYYY", "YY", "MMM", "MM", "DD", "HH", "II", "SS", "AM")
DATE_TOKENS = ("YYYY", "YY", "MMM", "MM", "DD")
MONTH_NAMES = (
    "January Jan Januar Jan. janvier janv. enero ene gennaio gen janeiro januari",
    "February Feb Februar Feb. février févr. febrero febbraio fevereiro fev. februari",
    "March Mar März mars marzo março mar. maart mrt",
    "April Apr Apr. avril avr. abril abr aprile",
    "May Mai mayo maggio mag maio mei",
    "June Jun Juni juin junio giugno giu junho",
    "July Jul Juli juillet juil. julio luglio lug julho",
    "August Aug Aug. août agosto ago augustus",
    "September Sep Sept. septembre septiembre settembre set setembro",
    "October Oct Oktober Okt. octobre octubre ottobre ott outubro out.",
    "November Nov novembre noviembre novembro",
    "December Dec Dezember Dez. décembre déc. diciembre dic dicembre dezembro",
)
"""What a month is called in the seven languages, some of them."""
MONTHS = {
    unicodedata.normalize("NFC", name).casefold().removesuffix("."): number
    for number, names in enumerate(MONTH_NAMES, 1)
    for name in names.split()
}


def split_format(text: str) -> list[str]:
    """The tokens of a date format in upper case, and the separators between them."""
    tokens = "|".join(TOKENS)
    return [
        piece.upper() if re.fullmatch(tokens, piece, re.IGNORECASE) else piece
        for piece in re.split(f"({tokens})", text, flags=re.IGNORECASE)
        if piece
    ]


def split_formats(text: str) -> list[list[str]]:
    """The same of each of several formats."""
    return [["serial"] if one.strip() == "serial" else split_format(one.strip()) for one in text.split("|")]


def date_only(pieces: list[str]) -> list[str] | None:
    """The part of a format that is the date, when the time follows it."""
    places = [place for place, piece in enumerate(pieces) if piece in TOKENS]
    if not all(pieces[place] in DATE_TOKENS for place in places[:3]):
        return None
    return pieces[: places[2] + 1]


SHAPES = {
    "YYYY": "[0-9]{4}",
    "YY": "[0-9]{2}",
    "AM": r"[AP]M|[AP]\.M\.",
    "FRACTION": "[.,][0-9]+",
    "OFFSET": f"[{WHITE_SPACE}]*(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)",
}


def match_format(text: str, pieces: list[str]) -> dict[str, str] | None:
    """The text that stands for each token; None when the text does not have the format."""
    clock = [place for place, piece in enumerate(pieces) if piece in TOKENS and piece not in DATE_TOKENS]
    glued_to_date = bool(clock) and pieces[clock[-1] + 1 : clock[-1] + 2] and pieces[clock[-1] + 1] in TOKENS
    extras = [()] if glued_to_date or "II" not in pieces else [(), ("OFFSET",)]
    for with_offset in extras:
        for with_fraction in [(), ("FRACTION",)] if "SS" in pieces else [()]:
            wanted = list(pieces)
            if with_offset:
                wanted[clock[-1] + 1 : clock[-1] + 1] = with_offset
            if with_fraction:
                at = wanted.index("SS") + 1
                if wanted[at : at + 1] and wanted[at] in DATE_TOKENS:
                    continue
                wanted[at:at] = with_fraction
            found = match_pieces(text, wanted)
            if found is not None:
                return found
    return None


def match_pieces(text: str, pieces: list[str]) -> dict[str, str] | None:
    """The text that stands for each piece that is not a separator."""
    found: dict[str, str] = {}
    place = 0
    for index, piece in enumerate(pieces):
        rest = text[place:]
        neighbours = [pieces[at] for at in (index - 1, index + 1) if 0 <= at < len(pieces)]
        if piece == "MMM":
            letters = next((at for at, sign in enumerate(rest) if not sign.isalpha()), len(rest))
            length = letters + (
                rest[letters : letters + 1] == "." and not rest[letters:].startswith("..") and letters > 0
            )
            pattern = re.escape(rest[:length]) if length else "(?!)"
        elif piece in SHAPES:
            pattern = SHAPES[piece]
        elif piece in TOKENS:
            glued = index + 1 < len(pieces) and pieces[index + 1] in TOKENS
            pattern = "[0-9]{2}" if glued else "[0-9]{1,2}"
        elif piece == "T" or (piece.isspace() and is_between_date_and_time(neighbours)):
            pattern = f"T|[{WHITE_SPACE}]+"
        else:
            blank = f"[{WHITE_SPACE}]+"
            pattern = "".join(blank if run.isspace() else re.escape(run) for run in re.findall(r"\s+|\S+", piece))
        match = re.match(pattern, rest, re.IGNORECASE if piece == "AM" else 0)
        if not match:
            return None
        if piece in TOKENS or piece in SHAPES:
            found[piece] = match.group().casefold() if piece == "AM" else match.group()
        place += match.end()
    return found if place == len(text) else None


def is_between_date_and_time(neighbours: list[str]) -> bool:
    """Whether one of two tokens is of the date, and the other is not."""
    return len({token in DATE_TOKENS for token in neighbours}) == 2


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
        if plain(text) in map(plain, words_of(words, status)):
            return status
    raise UnreadableError("invalid-status")


def words_of(words: dict[str, str], status: str) -> list[str]:
    """What a status is called: its own name, or the words that stand with `|` between them."""
    kept = words.get(status, status).replace("\\|", "\0")
    return [word.strip().replace("\0", "|") for word in kept.split("|") if word.strip()]


def plain(word: str) -> str:
    """A status word without letter case, blanks, `_` and `-`."""
    return "".join(sign for sign in key(word) if sign not in WHITE_SPACE + "_-")
