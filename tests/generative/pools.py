"""The texts that generated stores and files are made of: ordinary ones, edges and faults, by kind of column.

Numbers are written with a point; `strategies` puts the job's own decimal sign in.
"""

from __future__ import annotations

from datetime import time

LOGINS = (
    *("jdoe", "adoe", "Ana María", "straße", "ΣΊΣΥΦΟΣ", "İnci", 'o\'neil; "x", y', "0501", "ﬁona", "Å" * 255),
    *("=x", "'=X", "''=x", "-5", "'-5", "+1,5", "-x", "'@x", "'x"),
)
REFERENCE_NUMBERS = ("R1", "R1", "r1", "R é", "007", "7")
EMAILS = ("a@x.org", "A@x.org", "straße@x.org", "STRASSE@X.ORG", "b@x.org", "@x.org", "'@x.org")
OBJECT_CODES = ("C1", "C1", "c1", "C é 2", "C3", "+1", "'+1")
OBJECT_GUIDS = ("g1", "G-2", "é" * 40, "ß-guid", "55f1ad6c-ff1f-46e0-9b04-3ac5a2a9a7c3")
PATH_CODES = ("P1", "p1", "P é", "10", "a\nb", "-", "'-")
TRAINING_GUIDS = ("t1", "T-ß", "t-É", "t4")
SESSION_GUIDS = ("s1", "S-ß", "s-É", "s4", "s5", "=s", "'=s")
SESSION_TITLES = ("2024J", "2024J", "2024j", 'Été; "2024"', "1|2\t3", "@2024", "'@2024", "'=\na")
IDS = (1, 2, 3, 7, 501, 2147483647, 0, -5)
PUBLISHERS = ("Open", "CrossKnowledge", "CROßKNOWLEDGE")
RUNTIMES = ("SCORM", "easyquizz", "EasyQuizz 2")

FAULTY_TEXTS = (
    "nobody",
    "x" * 255,
    "x" * 256,
    "x" * 41,
    "e\u0301" * 41,
    "e\u0301" * 256,
    "a\0b",
    "\0",
    "\x1cjdoe",
    "-",
    "'-",
    "'=nobody",
    "'",
    "''@" + "x" * 253,
)
FAULTY_IDS = ("x", "1.5", "2147483648", "-2147483649", "1e400", "NaN", "٣", "1 0", "99", "1e-1", "1e99999999", "1\0")

BLANKS = (" ", "\t", "\u00a0", "\u2003 ", "\u3000", "\x85", "\n", "\r\n", "\u2028", "\x0b")

PROGRESSIONS = (
    "100",
    "0",
    "50",
    "99.99",
    "100.0",
    "1e2",
    ".5",
    "5.",
    "-0",
    "+7",
    "100.00000000000000000001",
    "1e-7",
    "'+7",
    *("85%", "28.5 %", "0.5\u00a0%", "100%"),
)
FRACTIONS = ("0.285", "1", "0", ".07", "1e-1", "0.9999", "50%", "1.0", "0.1234567890123456789")
GROUPED = (
    *("1,234", "1.234", "1.234,5", "1,234.5", "18,5", "0,234", "1,234,567", "1.234.567", "1234,567", "12,34,567"),
    *("1,2.3,4", "1'234.5", "1\u2019234", "-1,234", "01,234", "1,234e3", "1.234,", ".5,5", ","),
    *("1 234,5", "1\u00a0234.567", "1\u202f234 567"),
)
"""Numbers with separators of thousands, under some settings."""
FAULTY_PROGRESSIONS = (
    *FRACTIONS,
    "101%",
    "%",
    "5%%",
    "% 5",
    "-1%",
    "1,5 %",
    "100.1",
    "-1",
    "1e400",
    "NaN",
    "inf",
    "٣",
    "1 0",
    "1e",
    ".",
    "50 %",
    "１",
    "0x10",
    "1_0",
)
SCORES = (
    "90%",
    "33.3 %",
    "0%",
    "+5%",
    "50",
    "0",
    "20",
    "85.5",
    "100",
    ".5",
    "5.",
    "1e1",
    "-0",
    "+7",
    "0.1",
    "1e-7",
    "12.3456789012345678901",
)
FAULTY_SCORES = (
    *("110%", "1e308%", "90 % of", "%"),
    *GROUPED,
    "101",
    "'-1",
    "-1",
    "1e400",
    "-1e400",
    "Infinity",
    "nan",
    "٣",
    "1e99999999",
    "--1",
    "1e5",
    "20.00001",
    "5\0",
)
SCORE_MAXIMA = ("100", "20", "1", "0100.0", "1e2", "2147483647", "200")
FAULTY_SCORE_MAXIMA = (*GROUPED, "90%", "0", "-1", "2147483648", "100.5", "1e400", "x", "NaN", "0.5", "1e-400")

FORMATTED_DURATIONS = (
    "PT1H25M15S",
    "1:25",
    "1:25:15",
    "100:00:01",
    "0:12:30.5",
    "0:00:00,499",
    "P1W",
    "P1DT12H",
    "PT0.5S",
    "PT0,4S",
    "PT1.5H",
)
BARE_DURATIONS = ("60", "2.5", "0.5", "0.49999999999999999999", "-0", "1e3", "85.25", "35791394.1", "1e-400")
FAULTY_DURATIONS = (
    "50%",
    *GROUPED,
    "-1",
    "-0.4",
    "P",
    "PT",
    "P1Y",
    "P1M",
    "pt1h",
    "PT1h",
    "1:60",
    "1:00:60",
    "1:5",
    "1:05:5",
    "-1:00",
    ":30",
    "P-1D",
    "-PT1H",
    "PT1.5H1M",
    "P1H",
    "P1DT",
    "1h",
    "2147483648",
    "2147483647.5",
    "PT2147483647.5S",
    "PT2147483647.4S",
    "P3550W5DT3H14M8S",
    "596523:14:08",
    "1:00:00:00",
    "1:00:00.",
    "1:00.5",
    "596523:14:07.5",
    "٣:00",
    "1e400",
    "1e99999999",
    "PT1H1H",
    "PT1M1H",
    "NaN",
    "60\0",
    "99999999999999999999:00",
    "P99999999999999999999W",
)

STATUS_WORDS: tuple[dict[str, str], ...] = (
    {},
    {},
    {"completed": "c", "notAttempted": "n"},
    {"completed": "passed", "passed": "completed"},
    {"incomplete": "groß", "failed": "İ"},
    {"browsed": "à moitié vu"},
    {"completed": "Done | c\\|d|EXEMPT", "incomplete": "In Progress|incomplete", "failed": "|ko||"},
)
FAULTY_STATUSES = ("done", "-", "_", "completed!", "not\0attempted", "x" * 300, "in complete d")

DATE_TIME_FORMATS = (
    "YYYY-MM-DD hh:ii:ss",
    "YYYY-MM-DD hh:ii:ss",
    "yyyy-mm-ddThh:ii:ss",
    "DD/MM/YYYY hh:ii",
    "MM/DD/YYYY",
    "YYYYMMDDhhiiss",
    "YYYYMMDD",
    "hh:ii:ss DD.MM.YYYY",
    "DD.MM.YYYY,  hh",
    "YYYY DD hh MM ii",
    "DD-MMM-YY hh:ii AM",
    "hh:ii:ssAM MMM DD, YYYY",
    "MM/DD/YYYY hh:ii|DD/MM/YYYY|serial | YYYY-MM-DD hh:ii:ss",
    "YY/MM/DD|DD/MM/YY",
)
AFTER_TIMES = (".5", ",999999", "Z", "+02", " -0330", ".25 +14:00", "+24", "+1", " Z", ".")
"""What may follow a time, and what may not."""
DEFAULT_TIMES = (time(), time(8), time(23, 59, 59), time(2, 30), time(1, 45))

Moment = tuple[int, int, int, int, int, int]

ORDINARY_MOMENTS: tuple[Moment, ...] = (
    (2024, 1, 2, 3, 4, 5),
    (2024, 1, 2, 0, 0, 0),
    (2024, 2, 29, 23, 59, 59),
    (2023, 12, 31, 12, 0, 0),
    (2024, 7, 1, 8, 30, 0),
)
EDGE_MOMENTS: tuple[Moment, ...] = (
    (1900, 1, 1, 0, 0, 0),
    (1900, 1, 2, 0, 0, 0),
    (1899, 12, 31, 23, 59, 59),
    (9998, 12, 31, 23, 59, 59),
    (9998, 12, 30, 0, 0, 0),
    (9999, 1, 1, 0, 0, 0),
    (9999, 12, 31, 23, 59, 59),
    (2500, 7, 1, 12, 0, 0),
    (2038, 1, 19, 3, 14, 8),
    (1913, 12, 31, 23, 59, 59),
)
FAULTY_MOMENTS: tuple[Moment, ...] = (
    (2023, 2, 29, 0, 0, 0),
    (1900, 2, 29, 0, 0, 0),
    (0, 2, 29, 0, 0, 0),
    (1, 1, 1, 0, 0, 0),
    (1800, 2, 30, 0, 0, 0),
    (2024, 1, 1, 24, 0, 0),
    (2024, 1, 1, 23, 60, 0),
    (2024, 1, 1, 23, 59, 60),
    (2024, 13, 1, 0, 0, 0),
    (2024, 0, 1, 0, 0, 0),
    (2024, 1, 0, 0, 0, 0),
    (2024, 4, 31, 12, 0, 0),
    (1000, 1, 1, 25, 0, 0),
)
FAULTY_DATES = (
    "yesterday",
    "2024",
    "2024-1-2-3",
    "24-01-02",
    "２０２４-01-02",
    "2024-01-02Z",
    "45292",
    "02\0",
    "13/13/2024",
    "01/02/2024",
    "01/02/03",
    "2024-01-02T03:04:05.678Z",
    "01/02/2024 23:59-01:00",
    "31-avril-24",
    "5-Foo-24 1:00 pm",
    "45292.99999999",
    "00:30:00am May 5, 2024",
    "08:30:00.5 am May. 5, 2024",
    "08:30:00.5AM May. 5, 2024",
    "08:30:00am Z May 5, 2024",
)

ZONES: dict[str, tuple[Moment, ...]] = {
    "UTC": (),
    "Europe/London": ((2024, 3, 31, 1, 30, 0), (2024, 10, 27, 1, 30, 0), (2500, 3, 28, 1, 30, 0)),
    "America/Sao_Paulo": ((2018, 11, 4, 0, 0, 0), (2018, 2, 17, 23, 30, 0), (1914, 1, 1, 0, 3, 0)),
    "Australia/Lord_Howe": ((2024, 10, 6, 2, 15, 0), (2024, 4, 7, 1, 45, 0), (2024, 10, 6, 2, 30, 0)),
    "Pacific/Apia": ((2011, 12, 30, 12, 0, 0), (2011, 12, 29, 23, 59, 59), (1911, 1, 1, 0, 0, 0)),
    "Europe/Dublin": ((2024, 3, 31, 1, 0, 0), (2024, 10, 27, 1, 59, 59), (1916, 5, 21, 2, 10, 0)),
    "Asia/Kathmandu": ((1986, 1, 1, 0, 10, 0),),
    "Africa/Casablanca": ((2024, 3, 10, 2, 30, 0), (2024, 4, 14, 2, 30, 0)),
}
"""Zones, and the local times in them that never were, or were twice, or are close to that."""

EXTRA_HEADERS: tuple[tuple[str, ...], ...] = (
    (),
    ("ignoredColumn",),
    ("ignoredColumn", "_note", "ignoredColumn"),
    ("candidateName", "Session Start Date", "_note"),
    ("completionTime", "_note", "_note"),
)
HEADER_STYLES = ("as it is", "as it is", "upper", "snake", "blanks", "dashes")
