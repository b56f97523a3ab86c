"""A small store of people, for renames, merges and erasures: who learned what, and the export of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime

import milepost
from milepost import ExportJob, Provider
from spec.load_bench import Bench

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
REFERENCE = {
    "learners": """
        candidateLogin | candidateRefNumber | candidateEmail | candidateGuid | candidateName
        ada            | 1                  | ada@x          | guid-ada      | Lovelace
        adele          | 2                  |                | guid-adele    | King
        bob            | 3                  | bob@x          | guid-bob      | Builder
    """,
    "learning-objects": "lovGuid | lovCode\ng1 | c1\ng2 | c2\ng3 | c3",
    "trainings": "trainingPathCode\nT\nU",
    "contents": "trainingPathCode | lovGuid\nT | g1\nT | g2\nT | g3\nU | g1",
    "sessions": "sessionGuid | sessionTitle | trainingPathCode\ns1 | One | T\ns2 | Two | T\ns3 | Three | U",
    "registrations": """
        candidateLogin | sessionGuid | registrationDate    | timeSpentCBT
        ada            | s1          | 2024-02-01 00:00:00 | 60
        adele          | s1          | 2024-01-01 00:00:00 | 30
        adele          | s2          | 2024-01-01 00:00:00 | 0
        bob            | s1          | 2024-01-01 00:00:00 | 0
    """,
}
TRACKING = """
    candidateLogin|sessionGuid|lovCode|firstAccessDate| lastAccessDate| progression | timeSpent|score|scoreMax
    ada           |s1         |c1     |2024-01-02 10:00:00 | 2024-01-02 11:00:00 | 40          | 100      |50   |80
    adele         |s1         |c1     |2024-01-03 10:00:00 | 2024-01-05 10:00:00 | 80          | 50       |30   |100
    adele         |s1         |c2     |                    | 2024-01-05 10:00:00 | 20          | 7        |     |
    adele         |s2         |c3     |                    | 2024-01-06 10:00:00 | 30          | 9        |     |
    bob           |s1         |c1     |                    | 2024-01-07 10:00:00 | 50          | 5        |     |
"""


@dataclass(frozen=True)
class PeopleBench(Bench):
    """A store with the people of REFERENCE and, once imported, the rows of TRACKING."""

    def imports(self, table: str, **given: object) -> int:
        """Imports a table, and gives the number of the run."""
        job = milepost.configure(None, settings=given) if given else None
        run = milepost.import_file(self._file(table), self.database, job, now=NOW).run
        assert run is not None
        return run

    def export(self) -> str:
        """Tracking and registrations as they are exported."""
        found = io.BytesIO()
        for provider in Provider:
            milepost.export(self.database, found, ExportJob(provider))
        return found.getvalue().decode()

    def tracking(self) -> list[str]:
        """Who, where, what, and the values, in the order of the export."""
        found = io.BytesIO()
        columns = ("candidateLogin", "sessionGuid", "lovCode", "progression", "timeSpent", "score", "scoreMax")
        milepost.export(self.database, found, ExportJob(Provider.TRACKING, tuple((name, None) for name in columns)))
        return found.getvalue().decode().splitlines()[1:]


def filled(bench: PeopleBench) -> PeopleBench:
    """The store, filled."""
    for kind, table in REFERENCE.items():
        bench.load(kind, table)
    bench.imports(TRACKING)
    return bench
