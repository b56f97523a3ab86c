"""A data folder with files for a whole configuration, and what a night must come to."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "nightly.md"
EXAMPLE = re.findall(r"^```xml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[0]
"""The example of the page."""
AN_HOUR = 3600
LEARNERS = "login;number;mail;name;first;entity\ncyd;3;cyd@x.example;Cole;Cyd;Sales\n;4;;;;\n"
SESSIONS = (
    "sessionGuid;sessionTitle;trainingPathCode;sessionStartDate;sessionEndDate;sessionAction\n"
    "guid-2025;2025;maths;01/03/2024;31/12/2025;M\nguid-2024;2024;maths;;;A\n"
)
REGISTRATIONS = "candidateLogin;sessionGuid;registerFlag\ncyd;guid-2025;Y\nada;guid-2024;N\n"
HEADER = "candidateLogin;lovCode;sessionGuid;lastAccessDate;progression;trackingStatus\n"


def put(data: Path, name: str, text: str, age: float = AN_HOUR) -> Path:
    """Puts a file into the folder `import` that has not changed for `age` seconds."""
    path = data / "import" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    then = path.stat().st_mtime - age
    os.utime(path, (then, then))
    return path


def tracking(day: int, progression: int = 50) -> str:
    """A file of tracking: one row of each of two learners, and one of nobody."""
    rows = [f"{who};intro;guid-2024;2024-03-{day:02} 10:00:00;{progression};incomplete\n" for who in ("ada", "nobody")]
    return f"{HEADER}{''.join(rows)}cyd;outro;guid-2025;2024-03-{day:02} 11:00:00;{progression};incomplete\n"


def fill(data: Path) -> None:
    """Puts the configuration of the page into the folder, and files for each of its imports."""
    (data / "nightly.xml").write_text(EXAMPLE, encoding="utf-8")
    put(data, "learners_20240301.csv", LEARNERS)
    put(data, "sessions_20240301.csv", SESSIONS)
    put(data, "registrations_20240301.csv", REGISTRATIONS)
    for day in (2, 1, 3):
        put(data, f"tracking_2024030{day}.csv", tracking(day, 10 * day), AN_HOUR * day)


def files(data: Path) -> list[str]:
    """The files of the data folder, without the store and the lock; time stamps as `STAMP`."""
    every = (path.relative_to(data) for path in data.rglob("*") if path.is_file())
    names = [re.sub(r"\d{14}_", "STAMP_", str(one)) for one in every]
    return sorted(one for one in names if not one.startswith((".", "milepost.db")) and not one.endswith(".xml"))


AFTER = [
    "imports/backup/STAMP_learners_20240301.csv",
    *(f"imports/backup/tracking_2024030{day}.csv" for day in (1, 2, 3)),
    *(f"imports/logs/STAMP_tracking_2024030{day}.csv.log" for day in (1, 2, 3)),
]
"""The files after a night."""


def stored(store: Path) -> dict[str, list[tuple[object, ...]]]:
    """What a night changes: learners, sessions, registrations, tracking; and which files were imported how often."""
    with closing(sqlite3.connect(store)) as connection:
        return {
            "learner": connection.execute("SELECT login, email, name FROM learner ORDER BY login").fetchall(),
            "session": connection.execute("SELECT guid, title, starts_at FROM session ORDER BY guid").fetchall(),
            "registration": connection.execute(
                "SELECT login, title FROM registration JOIN learner ON learner.id = learner_id "
                "JOIN session ON session.id = session_id ORDER BY 1, 2"
            ).fetchall(),
            "tracking": connection.execute(
                "SELECT login, code, progression FROM tracking JOIN registration ON registration.id = registration_id "
                "JOIN learner ON learner.id = learner_id JOIN learning_object_version AS object "
                "ON object.id = learning_object_version_id ORDER BY 1, 2"
            ).fetchall(),
            "runs": connection.execute(
                "SELECT file, count(*) FROM import_run WHERE state = 'done' AND file LIKE '%\\_2024%' ESCAPE '\\' "
                "GROUP BY file ORDER BY file"
            ).fetchall(),
            "unsettled": connection.execute("SELECT file FROM night_file WHERE settled_at IS NULL").fetchall(),
        }


STORED: dict[str, list[tuple[object, ...]]] = {
    "learner": [("ada", "ada@x.example", None), ("bob", "bob@x.example", None), ("cyd", "cyd@x.example", "Cole")],
    "session": [("guid-2024", "2024", None), ("guid-2025", "2025", 1709251200)],
    "registration": [("ada", "2024"), ("bob", "2024"), ("cyd", "2025")],
    "tracking": [("ada", "intro", 30.0), ("cyd", "outro", 30.0)],
    "runs": [
        *((f"{name}_20240301.csv", 1) for name in ("learners", "registrations", "sessions")),
        *((f"tracking_2024030{day}.csv", 1) for day in (1, 2, 3)),
    ],
    "unsettled": [],
}
"""The same after a night: every file was imported once, and the newest tracking counts."""
