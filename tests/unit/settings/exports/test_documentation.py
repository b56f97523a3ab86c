"""The reference of the export configuration and the settings agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from milepost import settings as config
from milepost.model.exceptions import ConfigurationError
from milepost.model.export import Provider
from milepost.settings import table
from milepost.settings.setting import JobKind
from unit.settings.exports.workbench import written

PAGE = (Path(__file__).parents[4] / "docs" / "export-configuration.md").read_text(encoding="utf-8")
ROWS = {cells[0].strip("` "): cells for line in PAGE.splitlines() if len(cells := line.strip("|").split("|")) == 4}
NAMES = sorted({setting.name.partition(".")[0] for setting, _ in table.TABLE.of(JobKind.EXPORT)})
EXAMPLES = re.findall(r"--set (\w[\w.]*)=([\w/:,-]+)", PAGE)
COMPANIONS = {
    "timeFrames": {"timeFramesScale": "less_than_n_years"},
    "timeFramesScale": {"timeFrames": "2"},
    "asOf": {"timeFrames": "2", "timeFramesScale": "less_than_n_years"},
    "timeFrameMode": {"since": "2024-01-01"},
}


def test_every_setting_has_a_row_and_an_example() -> None:
    assert set(ROWS) - {"setting", "---"} == set(NAMES)
    # Templates stand in a file alone, and the delta mode needs the GUID of one.
    assert {name.partition(".")[0] for name, _ in EXAMPLES} == set(NAMES) - {"templates", "deltaMode"}


@pytest.mark.parametrize(("name", "text"), EXAMPLES)
def test_every_example_of_a_setting_is_understood(name: str, text: str) -> None:
    others = COMPANIONS.get(name, {})
    given = config.export_job(None, {name: text, **others}, provider=Provider.TRACKING)
    assert given != config.export_job(None, {} if name.startswith("timeFrames") else others, provider=Provider.TRACKING)


@pytest.mark.parametrize("name", [name for name in NAMES if re.fullmatch(r" `[\w:/ -]+`;?.* ", ROWS[name][2])])
def test_every_default_is_the_default(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, "<trackingProvider><since>2024-01-01</since></trackingProvider>")
    default = ROWS[name][2].split("`")[1]
    given, plain = config.export_job(path, {name: default}), config.export_job(path)
    assert config.write_export(given).casefold() == config.write_export(plain).casefold()


@pytest.mark.parametrize("name", ["format", "timeGlobalFormat", "timeFramesScale", "timeFrameMode"])
def test_every_word_is_in_its_row(name: str) -> None:
    words = {"format": {}, **COMPANIONS}.get(name, {})
    for word in re.findall(r"`([\w-]+)`", ROWS[name][1]):
        config.export_job(None, {name: word, **words}, provider=Provider.TRACKING)
    with pytest.raises(ConfigurationError) as caught:
        config.export_job(None, {name: "x", **words}, provider=Provider.TRACKING)
    listed = re.split(", | or ", caught.value.mistakes[0].message.partition("write ")[2])
    assert re.findall(r"`([\w-]+)`", ROWS[name][1]) == listed


def test_the_example_is_right(tmp_path: Path) -> None:
    example, *_ = re.findall(r"```xml\n(.*?)```", PAGE, re.DOTALL)
    path = written(tmp_path, example)
    assert config.check(path) == config.Checked((), ())
    job = config.export_job(path, name="nightly")
    assert job.filters.trainings == ("ONB-2024", "SAFETY")
    assert job.columns is not None
    assert dict(job.columns)["status"] == "State"
    assert config.export_job(path, name="2") == config.export_job(path, provider=Provider.TRACKING_LOG)
    # It is what is written of it again, but for what stands there by default.
    again = config.export_job(written(tmp_path, config.write_export(job)))
    assert again == job


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: str) -> None:
    example, *_ = re.findall(r"```xml\n(.*?)```", PAGE, re.DOTALL)
    written(tmp_path, example)
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "export-configuration.md", "exec"), {})  # noqa: S102 - what the page shows
