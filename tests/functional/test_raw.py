"""`--raw`: apostrophes before formulas stay as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from functional.workbench import HEADER, run_here

REJECTED = HEADER + "=ada,intro,2024,maths,,50,,\n"


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("command", ["import", "check"])
@pytest.mark.parametrize(("options", "login"), [((), "'=ada"), (("--raw",), "=ada")])
def test_rejected_rows_of_an_import(folder: Path, command: str, options: tuple[str, ...], login: str) -> None:
    (folder / "tracking.csv").write_text(REJECTED)
    outcome = run_here(command, "tracking.csv", "--rejects", "rejects.csv", *options)
    assert outcome.status == 1
    assert (folder / "rejects.csv").read_text().splitlines()[1].startswith(f"{login},intro,")
    proposed = " ".join(["milepost import rejects.csv", *options])
    assert f"    {proposed}\n" in outcome.stdout + outcome.stderr


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(("options", "session"), [((), "'=x"), (("--raw",), "=x")])
def test_rejected_rows_of_a_load(folder: Path, options: tuple[str, ...], session: str) -> None:
    (folder / "registrations.csv").write_text("candidateLogin,sessionGuid\nada,=x\n")
    outcome = run_here("load", "registrations", "registrations.csv", "--rejects", "rejects.csv", *options)
    assert outcome.status == 1
    assert (folder / "rejects.csv").read_text().splitlines()[1].startswith(f"ada,{session},")


def test_it_is_a_setting(folder: Path) -> None:
    written = run_here("config", "write", "--raw")
    assert "<rawText>yes</rawText>" in written.stdout
    assert written.stdout == run_here("config", "write", "--set", "rawText=yes").stdout
    assert "<rawText>no</rawText>" in run_here("config", "write").stdout
    (folder / "raw.xml").write_text(written.stdout)
    assert "<rawText>no</rawText>" in run_here("config", "write", "--config", "raw.xml", "--set", "rawText=no").stdout
    contradiction = run_here("config", "write", "--raw", "--set", "rawText=no")
    assert contradiction.status == 2
    assert "--raw: it has another value already; keep one of the two" in contradiction.stderr
