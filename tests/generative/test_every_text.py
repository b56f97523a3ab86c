"""Every text of the pools, in the columns that it is meant for, under different jobs: package and oracle agree."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from generative import oracle, oracle_values, pools, spelling, strategies, workbench
from generative.oracle_store import Learner, Registration, Session, Store, Tracking, Training, Version
from generative.oracle_values import Settings
from generative.strategies import Case
from generative.workbench import Bench

STORED = Tracking(1_704_067_200, 1_704_067_200, 1_704_067_200, 100.0, "completed", 60, 10.0, 20)
LEARNERS = 40
UNITS = ("rawSeconds", "rawMinutes", "iso-8601", "padded", "paddedhh")
JOBS = [
    Settings(
        date_time_format=date_format,
        time_zone=list(pools.ZONES)[number % len(pools.ZONES)],
        default_time=pools.DEFAULT_TIMES[number % len(pools.DEFAULT_TIMES)],
        time_global_format=UNITS[number // 2 % len(UNITS)],
        decimal=strategies.SEPARATORS[number % len(strategies.SEPARATORS)][0],
        thousands=strategies.SEPARATORS[number % len(strategies.SEPARATORS)][1],
        progression_unit=("percent", "fraction")[number % 5 == 4],
        words=pools.STATUS_WORDS[number % len(pools.STATUS_WORDS)],
        patch=number % 2 == 0,
        raw=number % 4 == 1,
    )
    for number, date_format in enumerate(dict.fromkeys(pools.DATE_TIME_FORMATS))
]


def dates(job: Settings) -> list[str]:
    """Every local time of the pools as the job's format writes it: in full, short, and its date alone."""
    moments = pools.ORDINARY_MOMENTS + pools.EDGE_MOMENTS + pools.ZONES[job.time_zone] + pools.FAULTY_MOMENTS
    texts = [*pools.FAULTY_DATES]
    for pieces in oracle_values.split_formats(job.date_time_format):
        alone = (pieces[0] != "serial" and oracle_values.date_only(pieces)) or pieces
        texts += [spelling.written(moment, pieces) for moment in moments]
        texts += [spelling.written(moment, pieces, short=True) for moment in moments]
        texts += [spelling.written(moment, alone) for moment in moments]
        texts += [spelling.written(moments[0], pieces) + more for more in pools.AFTER_TIMES]
    return texts


def texts(job: Settings) -> dict[str, list[str]]:
    """What to try in each column."""
    several = [word for status in job.words for word in oracle_values.words_of(job.words, status)]
    found: dict[str, list[str]] = {
        "trackingStatus": [*oracle_values.STATUSES, *job.words.values(), *several, *pools.FAULTY_STATUSES],
        "firstAccessDate": dates(job),
        "firstCompletionDate": dates(job),
        "sessionId": [*pools.FAULTY_IDS, "1", "01.0", "+1"],
        "lovGuid": list(pools.FAULTY_TEXTS),
        "candidateEmail": list(pools.FAULTY_TEXTS),
    }
    numbers = {
        "progression": pools.PROGRESSIONS + pools.FAULTY_PROGRESSIONS,
        "score": pools.SCORES + pools.FAULTY_SCORES,
        "scoreMax": pools.SCORE_MAXIMA + pools.FAULTY_SCORE_MAXIMA,
        "timeSpent": pools.FORMATTED_DURATIONS + pools.BARE_DURATIONS + pools.FAULTY_DURATIONS,
    }
    for name, pool in numbers.items():
        found[name] = list(dict.fromkeys([*pool, *(text.replace(".", ",") for text in pool)]))
    return found


def case(job: Settings) -> Case:
    """A row that is stored for each text, alone in its line and beside cells that contradict what is stored."""
    early = spelling.written((1970, 1, 2, 0, 0, 0), oracle_values.split_formats(job.date_time_format)[0])
    incomplete = oracle_values.words_of(job.words, "incomplete")[0]
    beside = {"lastAccessDate": early, "scoreMax": "5", "trackingStatus": incomplete}
    rows = [{**more, name: text} for name, pool in texts(job).items() for text in pool for more in ({}, beside)]
    # The oracle goes through all learners and all learning objects for each line: few of each make many rows.
    people, versions = range(1, LEARNERS + 1), range(1, len(rows) // LEARNERS + 2)
    targets = [(person, version) for version in versions for person in people][: len(rows)]
    store = Store(
        learners=tuple(Learner(number, f"learner {number}", None, None) for number in people),
        versions=tuple(Version(number, f"lov {number}", f"C{number}") for number in versions),
        trainings=(Training(1, "training", "P1", tuple(versions)),),
        sessions=(Session(1, "session", "2024", 1),),
        registrations=tuple(Registration(number, number, 1) for number in people),
        tracking=dict.fromkeys(targets, STORED),
    )
    records = []
    for (person, version), row in zip(targets, rows, strict=True):
        names = {"candidateLogin": f"learner {person}", "lovGuid": f"lov {version}", "sessionGuid": "session"}
        records.append(tuple((names | row).get(name, "") for name in oracle.COLUMNS))
    return Case(
        store=store,
        settings=job,
        file_columns=oracle.COLUMNS,
        header=oracle.COLUMNS,
        mapped=False,
        fields=None,
        records=tuple(records),
        delimiter=";",
        quote_all=False,
        line_end="\n",
        now=datetime(2024, 6, 1, 12, tzinfo=UTC),
    )


@pytest.mark.parametrize("job", JOBS, ids=lambda job: f"{job.date_time_format} {job.time_zone}")
def test_every_text_is_read_as_the_oracle_reads_it(bench: Bench, job: Settings) -> None:
    bench.clear()
    tried = case(job)
    content, records = workbench.render(tried)
    store = bench.store(tried.store)
    report = workbench.run(tried, bench.file(content), store)
    assert report.run is not None
    expected = workbench.expected(tried, records, run=report.run)
    assert workbench.findings(store, report.run) == expected.findings
    assert workbench.counts(report) == expected.counts
    assert workbench.tracking(store) == expected.tracking
