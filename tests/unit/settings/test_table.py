"""The table of settings is the only place that a setting needs: XML, options, their help and the pages go by it."""

from __future__ import annotations

import re
from datetime import date, time
from pathlib import Path
from typing import Any

import click
import pytest

from milepost import settings
from milepost.cli import options, terminal
from milepost.model.exceptions import ConfigurationError
from milepost.model.export import Provider
from milepost.model.wording import setting as named
from milepost.settings import table, value_kinds
from milepost.settings.setting import Home, JobKind, Option, Part, Setting, Table
from unit.settings import pages

DOCS = Path(__file__).parents[3] / "docs"
FAKE = Setting(
    "tint",
    value_kinds.choice("a tint", {"red": "r", "blue": "b"}),
    "red",
    "a tint of the file",
    (
        Home(Part.PROVIDER, "reading.sheet", (Option("--tint", "One of {words}."),), default="none"),
        Home(Part.EXPORT_ACTION, "appearance.time_zone", (Option("--tint", "Either {words}."),), default="none"),
    ),
)


@pytest.fixture
def _added(monkeypatch: pytest.MonkeyPatch) -> None:
    """One entry more in the table, which has its value in the place of another setting."""
    monkeypatch.setattr(table, "TABLE", Table((*table.TABLE.entries, FAKE)))


@pytest.mark.usefixtures("_added")
def test_one_entry_is_read_and_written_as_xml(tmp_path: Path) -> None:
    job = settings.job(None, settings={"TINT": "Blue"})
    assert job.reading.sheet == "b"
    path = tmp_path / "configuration.xml"
    path.write_text(settings.write(job), "utf-8")
    assert "<tint>blue</tint>" in path.read_text("utf-8")
    assert settings.job(path).reading.sheet == "b"
    path.write_text("<trackingProvider><tint>red</tint></trackingProvider>", "utf-8")
    (mistake,) = settings.check(path).mistakes
    assert mistake.message == "<tint> does not belong in <trackingProvider>, but in <fileExportAction>"
    path.write_text(
        "<export-config><trackingProvider/><fileExportAction><tint>red</tint></fileExportAction></export-config>"
    )
    export = settings.export_job(path)
    assert export.appearance.time_zone == "r"
    assert "<tint>red</tint>" in settings.write_export(export)


@pytest.mark.usefixtures("_added")
def test_one_entry_has_mistakes_and_is_suggested() -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings.job(None, settings={"tint": "green", "tin": "red"})
    assert [mistake.message for mistake in caught.value.mistakes] == [
        'setting tint: "green" is not a tint; write red or blue',
        '"tin" is not a setting; did you mean tint?',
    ]
    assert caught.value.settings == ("tint",)


@pytest.mark.usefixtures("_added")
@pytest.mark.parametrize(("job", "help_"), [("import", "One of red or blue."), ("export", "Either red or blue.")])
def test_one_entry_is_an_option_with_its_help(job: str, help_: str) -> None:
    @click.command(cls=options.SettingsCommand, job=job)
    def command(*, settings: options.Settings) -> options.Settings:
        return settings

    assert command.main(["--tint", "blue"], standalone_mode=False) == {"tint": ["blue"]}
    assert re.search(rf"--tint NAME +{help_}", command.get_help(click.Context(command)))
    assert terminal.told(named("tint", "blue")) == "--tint blue"


@pytest.mark.usefixtures("_added")
def test_one_entry_is_a_row_of_the_pages() -> None:
    page = pages.refreshed("<!-- settings: provider -->\n\n<!-- settings: import options -->\n")
    assert "| `tint` | a tint of the file | none | `--tint red`, `--set tint=red` |\n" in page
    assert "| `--tint NAME` | `tint` | One of red or blue. |\n" in page


@pytest.mark.parametrize("name", ["configuration.md", "export-configuration.md", "nightly-exports.md", "commands.md"])
def test_the_pages_have_the_tables_of_the_table(name: str) -> None:
    page = (DOCS / name).read_text("utf-8")
    assert "<!-- settings: " in page
    assert pages.refreshed(page) == page, "`make docs` writes the tables anew"


def test_every_table_is_on_a_page() -> None:
    text = "".join(path.read_text("utf-8") for path in DOCS.glob("*.md"))
    for name in ("provider", "action", "export provider", "export action", "load options", "import options"):
        assert f"<!-- settings: {name} -->" in text


def test_names_occur_once_for_each_kind_of_job() -> None:
    for job in JobKind:
        names = [one.name.casefold() for one, _ in table.TABLE.of(job)]
        assert len(names) == len(set(names))


def test_values_of_python_are_read_as_their_texts() -> None:
    given = {"skipFirstLine": False, "fields": ["lovCode", "score"], "defaultScoreMax": 20, "maxDeleted": 5}
    more = {"defaultTime": time(8), "mandatory": {"lovCode"}, "trackingStatus": {"completed": "c"}, "sheet": None}
    text = {"skipFirstLine": "no", "fields": "lovCode,score", "defaultScoreMax": "20", "maxDeleted": "5"}
    texts = text | {"defaultTime": "08:00:00", "mandatory": "lovCode", "trackingStatus.completed": "c"}
    merge = {"merge": {"score": "highest", "row": "newer"}, "headerMapping": {"User": "candidateLogin"}}
    job = settings.job(None, settings=given | more | merge)
    assert job == settings.job(None, settings=texts, merge=merge["merge"], header_map=merge["headerMapping"])
    period = {"since": date(2024, 1, 1), "showHeaders": False, "status": ["passed", "failed"]}
    export = settings.export_job(None, period, provider=Provider.TRACKING)
    assert export == settings.export_job(
        None, {"since": "2024-01-01", "showHeaders": "no", "status": ["passed", "failed"]}, provider=Provider.TRACKING
    )


def test_values_that_stand_for_nothing_are_mistakes() -> None:
    given: dict[Any, Any] = {"timeZone": b"UTC", "defaultScoreMax": 1.5, "skipFirstLine": 7, 8: 9}
    with pytest.raises(ConfigurationError) as caught:
        settings.job(None, settings=given)
    assert [mistake.message for mistake in caught.value.mistakes] == [
        "setting timeZone: a value of type bytes cannot be read; give text, a number, a date or a boolean",
        'setting defaultScoreMax: "1.5" is not a whole number',
        'setting skipFirstLine: "7" is not yes or no; write yes or no',
        '"8" is not a setting',
    ]
