"""`milepost config check` and `milepost config write`."""

from __future__ import annotations

from pathlib import Path

from functional.workbench import run_here

_WRONG = """<import-config>
  <import>
    <actions>
      <createOrUpdateConsolidatedTrackingAction>
        <parameters>
          <timeZon>UTC</timeZon>
          <defaultTime>25:00:00</defaultTime>
        </parameters>
      </createOrUpdateConsolidatedTrackingAction>
    </actions>
  </import>
</import-config>
"""


def test_all_mistakes_are_listed_with_their_lines(folder: Path) -> None:
    (folder / "wrong.xml").write_text(_WRONG)
    outcome = run_here("config", "check", "wrong.xml")
    assert outcome.status == 2
    lines = outcome.stdout.splitlines()
    assert lines[0] == "wrong.xml has 2 mistakes:"
    assert lines[1].startswith("  line 6: ")
    assert "timeZone" in lines[1]
    assert lines[2].startswith("  line 7: ")
    assert len(lines) == 3


def test_a_configuration_without_mistakes_says_so(folder: Path) -> None:
    text = _WRONG.replace("<timeZon>UTC</timeZon>", "").replace("25:00:00", "08:00:00")
    (folder / "right.xml").write_text(text)
    outcome = run_here("config", "check", "right.xml")
    assert (outcome.status, outcome.stdout) == (0, "right.xml has no mistakes.\n")


def test_a_configuration_comes_from_standard_input(folder: Path) -> None:
    outcome = run_here("config", "check", "-", stdin=_WRONG)
    assert outcome.status == 2
    assert outcome.stdout.startswith("standard input has 2 mistakes:\n  line 6: ")
    assert list(folder.iterdir()) == []


def test_what_is_passed_over_is_a_note_on_stderr(folder: Path) -> None:
    text = _WRONG.replace("<timeZon>UTC</timeZon>", "").replace("25:00:00", "08:00:00")
    provider = "<fileSystemSourceProvider><sftpMode>x</sftpMode></fileSystemSourceProvider>"
    (folder / "more.xml").write_text(text.replace("<actions>", f"<providers>{provider}</providers><actions>"))
    outcome = run_here("config", "check", "more.xml")
    assert (outcome.status, outcome.stdout) == (0, "more.xml has no mistakes.\n")
    assert outcome.stderr.startswith("note: ")
    assert "sftpMode" in outcome.stderr


def test_a_whole_configuration_is_judged_as_run_does(folder: Path) -> None:
    text = _WRONG.replace("<timeZon>UTC</timeZon>", "").replace(
        "<actions>", "<consolidators><x/></consolidators><actions>"
    )
    (folder / "whole.xml").write_text(text)
    outcome = run_here("config", "check", "whole.xml")
    lines = [
        "line 2: <import> has no <providers>",
        "line 3: <x> is unknown in <consolidators>",
        "line 7: <defaultTime>: ",
    ]
    assert outcome.status == 2
    for line, expected in zip(outcome.stdout.splitlines()[1:], lines, strict=True):
        assert line.strip().startswith(expected)
    again = run_here("run", "whole.xml")
    assert (again.status, again.stderr) == (2, outcome.stdout)


def test_options_become_a_configuration_without_mistakes(folder: Path) -> None:
    written = run_here(
        *("config", "write", "--delimiter", "pipe", "--mode", "patch", "--set", "timeZone=Europe/Paris"),
        *("--set", "trackingStatus.completed=c", "--encoding", "windows-1252"),
    )
    assert (written.status, written.stderr) == (0, "")
    (folder / "written.xml").write_text(written.stdout)
    assert run_here("config", "check", "written.xml").status == 0
    for words in ("<timeZone>Europe/Paris</timeZone>", "<completed>c</completed>", "<delimiter>pipe</delimiter>"):
        assert words in written.stdout
    again = run_here("config", "write", "--config", "written.xml")
    assert again.stdout == written.stdout


def test_options_with_mistakes_are_refused(folder: Path) -> None:
    outcome = run_here("config", "write", "--set", "timeZone=Mars", "--delimiter", "hyphen")
    assert (outcome.status, outcome.stdout) == (2, "")
    assert "Mars" in outcome.stderr
    assert "hyphen" in outcome.stderr
    assert list(folder.iterdir()) == []


_WRONG_EXPORT = """<export-config>
  <export>
    <trackingProvider>
      <columns><column>scores</column></columns>
      <parameters><timeZon>UTC</timeZon></parameters>
    </trackingProvider>
  </export>
</export-config>
"""


def test_the_configuration_of_an_export_is_checked_too(folder: Path) -> None:
    (folder / "wrong.xml").write_text(_WRONG_EXPORT)
    outcome = run_here("config", "check", "wrong.xml")
    assert outcome.status == 2
    assert outcome.stdout == (
        "wrong.xml has 2 mistakes:\n"
        '  line 4: <column> in <columns>: "scores" is not a column of <trackingProvider>; did you mean score?\n'
        "  line 5: <timeZon> is unknown in <parameters>; did you mean timeZone?\n"
    )
    right = _WRONG_EXPORT.replace("scores", "score").replace("timeZon>", "timeZone>")
    outcome = run_here("config", "check", "-", stdin=right)
    assert (outcome.status, outcome.stdout) == (0, "standard input has no mistakes.\n")


def test_options_become_an_export_configuration_without_mistakes(folder: Path) -> None:
    written = run_here(
        *("config", "write-export", "registrations", "--columns", "candidateLogin=Login,nbLO"),
        *("--time-zone", "Europe/Paris", "--status", "completed", "--since", "2024-01-01", "--no-header"),
    )
    assert (written.status, written.stderr) == (0, "")
    (folder / "written.xml").write_text(written.stdout)
    assert run_here("config", "check", "written.xml").status == 0
    for words in ('<column label="Login">candidateLogin</column>', "<since>2024-01-01</since>", "<showHeaders>no<"):
        assert words in written.stdout
    again = run_here("config", "write-export", "--config", "written.xml")
    assert again.stdout == written.stdout
    again = run_here("config", "write-export", "--config", "-", stdin=written.stdout)
    assert again.status == 0


def test_an_export_configuration_needs_to_know_what_is_exported(folder: Path) -> None:
    outcome = run_here("config", "write-export")
    assert outcome.status == 2
    assert "Say what is exported, tracking, registrations or tracking-log, or --config." in outcome.stderr
    outcome = run_here("config", "write-export", "tracking", "--export", "nightly")
    assert outcome.status == 2
    outcome = run_here("config", "write-export", "tracking", "--config", "-", stdin=_WRONG_EXPORT)
    assert outcome.status == 2
    assert outcome.stderr.startswith("standard input has 2 mistakes:\n  line 4: ")
    assert list(folder.iterdir()) == []
