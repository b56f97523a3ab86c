"""Hypothesis strategies for small, nasty stores, jobs and files.

Most cells are drawn from the store's own values, so that many rows are accepted and outcomes vary.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from generative import oracle, oracle_values, pools, spelling
from generative.oracle_store import Learner, Registration, Session, Store, Target, Tracking, Training, Version
from generative.oracle_values import Settings
from generative.pools import Moment


@dataclass(frozen=True)
class Case:
    """A store, and a file with the job to import it with."""

    store: Store
    settings: Settings
    file_columns: tuple[str, ...]
    """What each cell of a record is: a column, or the name of something to skip."""
    header: tuple[str, ...] | None
    """The first line; None where there is none."""
    mapped: bool
    """Whether the job names the columns, rather than the first line."""
    fields: tuple[str, ...] | None
    records: tuple[tuple[str, ...], ...]
    delimiter: str
    quote_all: bool
    line_end: str
    now: datetime

    @property
    def used_columns(self) -> tuple[str | None, ...]:
        """The column of each cell, None where the job does not use it."""
        usable = oracle.COLUMNS if self.fields is None else self.fields
        return tuple(name if name in oracle.COLUMNS and name in usable else None for name in self.file_columns)


def one_in(draw: DrawFn, count: int) -> bool:
    """True about once in `count` times; shrinks to False."""
    return draw(st.sampled_from([False] * (count - 1) + [True]))


SEPARATORS = (
    *((".", ""), (".", ""), (",", ""), (".", ","), (".", "'"), (",", "."), (",", " ")),
    *(("either", ""), ("either", " "), ("either", ",")),
)
"""Decimal signs, each with the sign of thousands."""


@st.composite
def settings(draw: DrawFn) -> Settings:
    """How the job reads text; mandatory columns are added by `cases`."""
    decimal, thousands = draw(st.sampled_from(SEPARATORS))
    return Settings(
        date_time_format=draw(st.sampled_from(pools.DATE_TIME_FORMATS)),
        time_zone=draw(st.sampled_from(list(pools.ZONES))),
        default_time=draw(st.sampled_from(pools.DEFAULT_TIMES)),
        time_global_format=draw(st.sampled_from(["rawSeconds", "rawMinutes", "iso-8601", "padded", "paddedhh"])),
        default_score_max=draw(st.sampled_from([100, 20, 1, 2147483647])),
        decimal=decimal,
        thousands=thousands,
        progression_unit=draw(st.sampled_from(["percent", "percent", "percent", "fraction"])),
        words=draw(st.sampled_from(pools.STATUS_WORDS)),
        patch=draw(st.booleans()),
        merge=draw(st.just({}) | merge_rules()),
        newer=one_in(draw, 5),
        completion_default=draw(st.sampled_from(["now", "now", "lastAccess", "none"])),
        raw=one_in(draw, 5),
    )


@st.composite
def merge_rules(draw: DrawFn) -> dict[str, str]:
    """Rules for most columns."""
    return {
        column: draw(st.sampled_from(("replace", "fill", "keep", *MERGE_RULES.get(column, ("highest", "lowest")) * 2)))
        for column in oracle.VALUES
        if not one_in(draw, 3)
    }


MERGE_RULES = {
    **dict.fromkeys(oracle_values.DATES, ("earliest", "latest")),
    "trackingStatus": ("furthest", "furthest"),
}
"""The rules that only some columns have; other columns have those of numbers."""


def moments(zone: str) -> tuple[Moment, ...]:
    """The local times worth trying in a zone."""
    return pools.ORDINARY_MOMENTS * 6 + pools.ZONES[zone] * 3 + pools.EDGE_MOMENTS


def instants(zone: str) -> list[int]:
    """The instants of those local times that are in range."""
    found = []
    for moment in moments(zone):
        try:
            found.append(oracle_values.to_instant(datetime(*moment), zone)[0])  # noqa: DTZ001
        except oracle_values.UnreadableError:
            continue
    return found


@st.composite
def stores(draw: DrawFn, job: Settings) -> Store:
    """A store, with tracking such as imports leave behind."""
    learners = tuple(
        Learner(
            number,
            login,
            draw(st.sampled_from((*pools.REFERENCE_NUMBERS, None))),
            draw(st.sampled_from((*pools.EMAILS, None))),
        )
        for number, login in enumerate(draw_some(draw, pools.LOGINS, 4), 1)
    )
    versions = tuple(
        Version(
            number,
            guid,
            draw(st.sampled_from((*pools.OBJECT_CODES, None))),
            draw(st.sampled_from(pools.PUBLISHERS)) if one_in(draw, 6) else None,
            draw(st.sampled_from(pools.RUNTIMES)) if one_in(draw, 6) else None,
        )
        for number, guid in enumerate(draw_some(draw, pools.OBJECT_GUIDS, 5), 1)
    )
    trainings = draw_trainings(draw, versions)
    sessions = draw_sessions(draw, trainings)
    pairs = [(learner.id, session.id) for learner in learners for session in sessions]
    chosen = [pair for pair in pairs if not one_in(draw, 5)]
    registrations = tuple(Registration(number, *pair) for number, pair in enumerate(chosen, 1))
    store = Store(learners, versions, trainings, sessions, registrations, {})
    tracking = {target: draw_tracking(draw, job, store) for target in targets(store) if draw(st.booleans())}
    return replace(store, tracking=tracking)


def draw_some(draw: DrawFn, pool: Sequence[str], most: int) -> list[str]:
    """A few texts of the pool, no two equal without letter case."""
    count = draw(st.sampled_from([most, *range(2, most), most, 1]))
    return draw(st.lists(st.sampled_from(pool), min_size=count, max_size=count, unique_by=oracle_values.key))


def draw_trainings(draw: DrawFn, versions: Sequence[Version]) -> tuple[Training, ...]:
    """A few trainings, each with most versions as its content."""
    guids = draw_some(draw, pools.TRAINING_GUIDS, 3)
    count = len(guids)
    codes = draw(st.lists(st.sampled_from(pools.PATH_CODES), min_size=count, max_size=count, unique=True))
    ids = draw(st.lists(st.sampled_from(pools.IDS), min_size=count, max_size=count, unique=True))
    return tuple(
        Training(number, guid, code, tuple(version.id for version in versions if not one_in(draw, 5)))
        for number, guid, code in zip(ids, guids, codes, strict=True)
    )


def draw_sessions(draw: DrawFn, trainings: Sequence[Training]) -> tuple[Session, ...]:
    """A few sessions, whose titles may be the same."""
    guids = draw_some(draw, pools.SESSION_GUIDS, 4)
    ids = draw(st.lists(st.sampled_from(pools.IDS), min_size=len(guids), max_size=len(guids), unique=True))
    return tuple(
        Session(
            number,
            guid,
            draw(st.sampled_from((*pools.SESSION_TITLES, None))),
            draw(st.sampled_from([training.id for training in trainings])),
        )
        for number, guid in zip(ids, guids, strict=True)
    )


def targets(store: Store) -> list[Target]:
    """What could be tracked: every registration with every version of its training."""
    trainings = {training.id: training for training in store.trainings}
    contents = {session.id: trainings[session.training].contents for session in store.sessions}
    return [(one.id, version) for one in store.registrations for version in contents[one.session]]


def draw_tracking(draw: DrawFn, job: Settings, store: Store) -> Tracking:
    """A row such as an import leaves behind."""
    status = draw(st.sampled_from([*oracle_values.STATUSES[1:], "completed", "completed"]))
    completed = status in oracle_values.COMPLETED
    times = st.sampled_from(instants(job.time_zone))
    score = draw(st.sampled_from([None, 0.0, 10.0, 20.0, 0.1]))
    score_max = draw(st.sampled_from([20, 100, 2147483647] if score is not None else [None, None, 5]))
    return Tracking(
        first_access=draw(st.none() | times),
        last_access=draw(st.none() | times),
        first_completion=draw(times) if completed and not one_in(draw, 6) else None,
        progression=draw(st.sampled_from([100.0 if completed else 0.0, 50.0, 0.1, 100.0])),
        status=status,
        time_spent=draw(st.sampled_from([0, 60, 5115, 2147483647])),
        score=score,
        score_max=score_max,
        line=len(store.registrations) + 2,
    )


@st.composite
def cases(draw: DrawFn, *, patch: bool | None = None) -> Case:
    """A whole case."""
    job = draw(settings())
    if patch is not None:
        job = replace(job, patch=patch)
    store = draw(stores(job))
    present = [name for name in oracle.COLUMNS if not one_in(draw, 25)]
    extras = draw(st.sampled_from(pools.EXTRA_HEADERS))
    columns = draw(st.permutations([*present, *extras])) if one_in(draw, 2) else [*present, *extras]
    mandatory = frozenset(name for name in present if one_in(draw, 12)) if one_in(draw, 6) else frozenset()
    fields = None
    if one_in(draw, 4):
        fields = tuple(name for name in oracle.COLUMNS if name in mandatory or not one_in(draw, 20))
    mapped = draw(st.booleans())
    dates = [name for name in columns if name in oracle_values.DATES]
    joined: dict[str, tuple[int, int]] = {}
    if dates and not mapped and one_in(draw, 3):
        column = draw(st.sampled_from(dates))
        columns = [*columns, CLOCK] if draw(st.booleans()) else [CLOCK, *columns]
        joined = {column: (columns.index(column), columns.index(CLOCK))}
    header = None if mapped and draw(st.booleans()) else draw_header(draw, columns, mapped=mapped)
    job = replace(job, mandatory=mandatory, joined=joined)
    if one_in(draw, 3):
        job = draw_substitutes(draw, job, store, columns)
    count = draw(st.sampled_from([9, 12, 6, 18, 15, 3 if one_in(draw, 2) else 1 if header is None else 0]))
    now = datetime(2024, 6, 1, 12, tzinfo=UTC)
    if one_in(draw, 2):
        now = datetime.fromtimestamp(draw(st.sampled_from(sane(instants(job.time_zone)))), UTC)
    return Case(
        store=store,
        settings=job,
        file_columns=tuple(columns),
        header=header,
        mapped=mapped,
        fields=fields,
        records=tuple(draw_record(draw, store, job, columns) for _ in range(count)),
        delimiter=draw(st.sampled_from([";", ",", "|", "\t"])),
        quote_all=draw(st.booleans()),
        line_end=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        now=now + timedelta(microseconds=draw(st.sampled_from([0, 999_999]))),
    )


CLOCK = "Uhrzeit"
"""The header of the times of a date."""


MARKERS = ("-", "N/A", "n/a", "NULL ", "0")
SOURCES = ("First Aid", "\u00c4rger", "x|y")
"""Texts that maps of values know, in any column."""
SKIPPED = ("Total", "Summe\u00df")


def draw_substitutes(draw: DrawFn, job: Settings, store: Store, columns: Sequence[str]) -> Settings:
    """The job with null markers, maps of values, defaults and rows to skip."""
    texts = {
        "candidateLogin": [one.login for one in store.learners],
        "sessionGuid": [one.guid for one in store.sessions],
        "lovGuid": [one.guid for one in store.versions],
        "trackingStatus": [job.words.get(one, one) for one in oracle_values.STATUSES],
        "progression": ["50", "100", "x"],
        "score": ["5", "First Aid", "101"],
        "scoreMax": ["20", "N/A"],
        "timeSpent": ["PT60S", "1:00"],
        "lastAccessDate": ["yesterday"],
        "firstCompletionDate": ["never"],
    }
    named = st.sampled_from(sorted(texts))
    places = [place for place, name in enumerate(columns) if name in oracle.COLUMNS]
    skipped = draw(st.lists(st.sampled_from(places), max_size=1)) if places else []
    values: dict[str, dict[str, str]] = {}
    for name in draw(st.lists(named, max_size=3, unique=True)):
        meant = draw(st.sampled_from(["", "-", *texts[name]]))
        values[name] = {draw(st.sampled_from(SOURCES)): meant}
    return replace(
        job,
        null_markers=tuple(draw(st.lists(st.sampled_from(MARKERS), max_size=2, unique_by=oracle_values.key))),
        values=values,
        defaults={name: draw(st.sampled_from(texts[name])) for name in draw(st.lists(named, max_size=2, unique=True))},
        skips=dict.fromkeys(skipped, SKIPPED),
        pads=draw(st.booleans()),
    )


def draw_substitute(draw: DrawFn, job: Settings, text: str) -> str:
    """The text, or one that the job reads as another."""
    if not (job.values or job.null_markers or job.skips) or not one_in(draw, 12):
        return text
    other = draw(st.sampled_from([*MARKERS, *SOURCES, *SKIPPED]))
    return draw(st.sampled_from([other, other.upper(), f" {other}\u3000"]))


def sane(seconds: Sequence[int]) -> list[int]:
    """The instants at which an import might run."""
    return [second for second in seconds if 0 <= second < 2**32]


def draw_header(draw: DrawFn, columns: Sequence[str], *, mapped: bool) -> tuple[str, ...]:
    """A first line; anything goes where the job names the columns."""
    if mapped:
        return tuple(f"column {number}" for number, _ in enumerate(columns))
    style = draw(st.sampled_from(pools.HEADER_STYLES))
    old = one_in(draw, 4)
    return tuple(spelling.styled("progress" if old and name == "progression" else name, style) for name in columns)


def draw_record(draw: DrawFn, store: Store, job: Settings, columns: Sequence[str]) -> tuple[str, ...]:
    """One record: mostly a row that fits the store, now and then a ragged or an empty one."""
    if one_in(draw, 25):
        return tuple(draw(st.sampled_from(["", " ", "\u3000"])) for _ in columns) if one_in(draw, 2) else ("",)
    known = targets(store)
    faulty = one_in(draw, 4)
    cells = dict.fromkeys(columns, "")
    target = draw(st.sampled_from(known)) if known else None
    if target:
        cells |= draw_identifiers(draw, store, job, columns, target)
    stored = store.tracking.get(target) if target else None
    if stored and one_in(draw, 5):
        cells |= spelling.echo(job, stored)
    else:
        cells |= draw_values(draw, job)
    if faulty:
        cells |= draw_faults(draw, job, columns)
    texts = [draw_padding(draw, cells[name]) if name in oracle.COLUMNS else "anything" for name in columns]
    record = draw_parts(draw, texts, job)
    record = [draw_substitute(draw, job, draw_apostrophe(draw, job, text)) for text in record]
    if one_in(draw, 25):
        return tuple(record[:-1] if one_in(draw, 2) else [*record, draw(st.sampled_from(["", "more"]))])
    return tuple(record)


def draw_parts(draw: DrawFn, record: list[str], job: Settings) -> list[str]:
    """The record with a date and its time in two cells, cut at a blank if there is one."""
    for first, second in job.joined.values():
        date, _, clock = record[first].partition(" ")
        if clock or draw(st.booleans()):
            record[first], record[second] = date, clock
        else:
            record[first], record[second] = "", date
    return record


def draw_apostrophe(draw: DrawFn, job: Settings, text: str) -> str:
    """The text, with an apostrophe before it where that matters: mostly where the job takes one away."""
    if text.lstrip("'")[:1] not in ("=", "+", "-", "@"):
        return text
    return text if one_in(draw, 4) != job.raw else f"'{text}"


def draw_padding(draw: DrawFn, text: str) -> str:
    """The text, now and then with white space around it."""
    if not one_in(draw, 25):
        return text
    blank = draw(st.sampled_from(pools.BLANKS))
    return draw(st.sampled_from([text + blank, blank + text, blank + text + blank]))


LEARNERS = (
    *[("candidateLogin",)] * 4,
    ("candidateRefNumber",),
    ("candidateEmail",),
    ("candidateRefNumber", "candidateEmail"),
    ("candidateLogin", "candidateRefNumber", "candidateEmail"),
)
OBJECTS = (("lovGuid",), ("lovGuid",), ("lovCode",), ("lovCode", "lovGuid"))
CONTEXTS = (
    *[("sessionGuid",), ("sessionId",)] * 3,
    ("sessionTitle", "trainingPathCode"),
    ("sessionTitle", "trainingId"),
    ("sessionTitle", "trainingGuid"),
    ("sessionTitle",),
    ("trainingPathCode", "trainingId"),
    oracle.SESSION + oracle.TRAINING,
)
"""Combinations of identifiers: the usual ones more than once, some that do not suffice."""


def draw_identifiers(
    draw: DrawFn, store: Store, job: Settings, columns: Sequence[str], target: Target
) -> dict[str, str]:
    """Who, what and where: some combination of the identifiers of the target, in some spelling."""
    registration = next(one for one in store.registrations if one.id == target[0])
    learner = next(one for one in store.learners if one.id == registration.learner)
    session = next(one for one in store.sessions if one.id == registration.session)
    training = next(one for one in store.trainings if one.id == session.training)
    version = next(one for one in store.versions if one.id == target[1])
    true: dict[str, str | int | None] = {
        "candidateLogin": learner.login,
        "candidateRefNumber": learner.reference_number,
        "candidateEmail": learner.email,
        "lovCode": version.code,
        "lovGuid": version.guid,
        "sessionGuid": session.guid,
        "sessionId": session.id,
        "sessionTitle": session.title,
        "trainingPathCode": training.path_code,
        "trainingId": training.id,
        "trainingGuid": training.guid,
    }
    chosen = [
        *draw(st.sampled_from(LEARNERS)),
        *draw(st.sampled_from(OBJECTS)),
        *draw(st.sampled_from(CONTEXTS)),
    ]
    if one_in(draw, 3):
        chosen += [name for name in true if one_in(draw, 3)]
    kept = [name for name in oracle.COLUMNS if name in chosen and name in columns and true[name] is not None]
    return {name: spelled(draw, job, name, true[name]) for name in kept}


def spelled(draw: DrawFn, job: Settings, name: str, value: str | int | None) -> str:
    """An identifier as somebody might write it."""
    if isinstance(value, int):
        style = draw(st.sampled_from(["{}", "{}", "{}.0", "{}.", "{}e0", "{}0e-1"]))
        return spelling.number(job, style.format(value))
    text = str(value)
    exact = name in ("candidateRefNumber", "lovCode", "sessionTitle", "trainingPathCode")
    style = draw(st.sampled_from(["as it is"] * 4 + ["decomposed"] + ["as it is" if exact else "other case"] * 2))
    if style == "decomposed":
        return unicodedata.normalize("NFD", text)
    if style == "other case" or (exact and one_in(draw, 40)):
        return draw(st.sampled_from([text.upper(), text.lower(), text.swapcase(), text.casefold()]))
    return text


def draw_values(draw: DrawFn, job: Settings) -> dict[str, str]:
    """What to store: good values that mostly fit together, many of them left out."""
    cells: dict[str, str] = {}
    words = {status: oracle_values.words_of(job.words, status) for status in oracle_values.STATUSES}
    status = draw(st.sampled_from(["", "", "completed", "passed", "notAttempted", *oracle_values.STATUSES]))
    if status:
        cells["trackingStatus"] = draw_word(draw, draw(st.sampled_from(words[status])))
    pool = moments(job.time_zone)
    if draw(st.booleans()):
        pool = (draw(st.sampled_from(pool)),)
    for name in ("firstAccessDate", "lastAccessDate"):
        if draw(st.booleans()):
            cells[name] = draw_date(draw, job, pool)
    if one_in(draw, 2 if status in oracle_values.COMPLETED else 12):
        cells["firstCompletionDate"] = draw_date(draw, job, pool)
    durations: tuple[str, ...] = pools.FORMATTED_DURATIONS
    if job.time_global_format in ("rawSeconds", "rawMinutes"):
        durations += pools.BARE_DURATIONS
    for name, texts in (
        ("progression", pools.PROGRESSIONS if job.progression_unit == "percent" else pools.FRACTIONS),
        ("score", pools.SCORES),
        ("scoreMax", pools.SCORE_MAXIMA),
        ("timeSpent", durations),
    ):
        if draw(st.booleans()):
            cells[name] = spelling.grouped(job, draw(st.sampled_from(texts)))
    return cells


def draw_word(draw: DrawFn, word: str) -> str:
    """A status word as somebody might write it."""
    return draw(st.sampled_from([word, word, word.upper(), word.title(), "-".join(word), f"_{word[0]} {word[1:]}"]))


def draw_faults(draw: DrawFn, job: Settings, columns: Sequence[str]) -> dict[str, str]:
    """One to three cells that are likely to be refused."""
    names = [name for name in columns if name in (oracle.VALUES if draw(st.booleans()) else oracle.COLUMNS)]
    if not names:
        return {}
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
    return {name: draw_fault(draw, job, name) for name in chosen}


def draw_fault(draw: DrawFn, job: Settings, name: str) -> str:
    """One cell that is likely to be refused, or to be found nowhere."""
    if name in oracle_values.DATES:
        if one_in(draw, 2):
            return draw(st.sampled_from(pools.FAULTY_DATES))
        return draw_date(draw, job, pools.FAULTY_MOMENTS)
    if name in oracle_values.TEXT_LIMITS:
        others = pools.LOGINS + pools.REFERENCE_NUMBERS + pools.EMAILS + pools.OBJECT_CODES + pools.SESSION_GUIDS
        return draw(st.sampled_from(("", *pools.FAULTY_TEXTS, *others)))
    pool = {
        "sessionId": pools.FAULTY_IDS,
        "trainingId": pools.FAULTY_IDS,
        "progression": pools.FAULTY_PROGRESSIONS,
        "score": pools.FAULTY_SCORES,
        "scoreMax": pools.FAULTY_SCORE_MAXIMA,
        "timeSpent": (*pools.FAULTY_DURATIONS, *pools.BARE_DURATIONS),
        "trackingStatus": (*pools.FAULTY_STATUSES, *oracle_values.STATUSES),
    }[name]
    text = draw(st.sampled_from(pool))
    return draw(st.sampled_from([text, spelling.grouped(job, text), text.replace(".", ",")]))


def draw_date(draw: DrawFn, job: Settings, pool: Sequence[Moment]) -> str:
    """A local time as the job's format writes it, or its date alone."""
    moment = draw(st.sampled_from(pool))
    pieces = draw(st.sampled_from(oracle_values.split_formats(job.date_time_format)))
    style = draw(st.sampled_from(["as it is", "as it is", "short", "date alone", "T", "more", "more"]))
    if style == "date alone":
        pieces = (pieces[0] != "serial" and oracle_values.date_only(pieces)) or pieces
    text = spelling.written(moment, pieces, short=style == "short")
    if style == "T":
        return text.replace("T", " ") if "T" in text else text.replace(" ", "T", 1)
    return text + draw(st.sampled_from(pools.AFTER_TIMES)) if style == "more" else text
