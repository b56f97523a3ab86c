"""The reference of the configuration and the settings agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from milepost import settings as config
from milepost.settings import table
from milepost.settings.setting import JobKind

PAGE = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text(encoding="utf-8")
ROWS = {cells[0].strip("` "): cells for line in PAGE.splitlines() if len(cells := line.strip("|").split("|")) == 4}
NAMES = sorted({setting.name.partition(".")[0] for setting, _ in table.TABLE.of(JobKind.IMPORT)})


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_has_a_row(name: str) -> None:
    assert name in ROWS


def test_every_row_is_a_setting() -> None:
    assert set(ROWS) - {"setting", "---"} == set(NAMES)


@pytest.mark.parametrize(("name", "text"), re.findall(r"--set (\w[\w.]*)=([\w/:,-]+)", PAGE))
def test_every_example_of_a_setting_is_understood(name: str, text: str) -> None:
    others = {"columnsMapping": "candidateLogin,lovCode"} if name == "skipFirstLine" else {}
    assert config.job(None, settings={name: text, **others}) != config.job(None, settings=others)


@pytest.mark.parametrize("name", [name for name in NAMES if re.fullmatch(r" `[\w:/ -]+`;?.* ", ROWS[name][2])])
def test_every_default_is_the_default(tmp_path: Path, name: str) -> None:
    path = tmp_path / "configuration.xml"
    path.write_text("<actions><createOrUpdateConsolidatedTrackingAction/></actions>", encoding="utf-8")
    default = ROWS[name][2].split("`")[1]
    given, plain = config.job(path, settings={name: default}), config.job(path)
    assert config.write(given).casefold() == config.write(plain).casefold()


def test_the_example_is_right(tmp_path: Path) -> None:
    path = tmp_path / "configuration.xml"
    (example,) = re.findall(r"```xml\n(.*?)```", PAGE, re.DOTALL)
    path.write_text(example, encoding="utf-8")
    assert config.check(path) == config.Checked((), ())
    assert config.job(path).mandatory == {"candidateLogin"}
