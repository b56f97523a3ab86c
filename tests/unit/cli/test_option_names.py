"""Settings and arguments that a message names, as options of the command line."""

from __future__ import annotations

import pickle

import pytest

from milepost.cli import terminal
from milepost.model.exceptions import ConfigurationError, Mistake, UsageError
from milepost.model.wording import argument, setting


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        (setting("sheet"), "--sheet"),
        (setting("fileEncoding", "windows-1252"), "--encoding windows-1252"),
        (setting("updateMode", "patch"), "--mode patch"),
        (setting("maxDeleted", "1%"), "--max-deleted 1%"),
        (setting("dateTimeFormat", "DD/MM/YYYY HH:II"), '--set "dateTimeFormat=DD/MM/YYYY HH:II"'),
        (setting("defaultTime"), "--set defaultTime=…"),
        (argument("database"), "--db"),
        (argument("wait"), "--wait"),
        (argument("header_map", "a=lovCode"), '--map "a=lovCode"'),
        (argument("header_map", 'a "b"\\=lovCode'), '--map "a "b"\\=lovCode"'),
        (argument("header_ignore", ""), '--ignore ""'),
    ],
)
def test_options_stand_for_settings_and_arguments(named: str, shown: str) -> None:
    assert terminal.told(f"Name it with {named}, or leave it.") == f"Name it with {shown}, or leave it."


def test_what_names_no_setting_stays() -> None:
    message = 'setting delimiter: "hyphen" is not a delimiter; a setting "?" is none'
    assert terminal.told(message) == message


def test_an_error_holds_the_settings_it_is_about() -> None:
    error = UsageError(f"Give {setting('sheet')} or {setting('delimiter', 'comma')}, not {argument('wait')}.")
    assert error.settings == ("sheet", "delimiter")
    assert terminal.message_of(error) == "Give --sheet or --delimiter comma, not --wait."


def test_a_configuration_error_holds_them_too_and_survives_pickling() -> None:
    mistakes = (Mistake(None, "setting sheet: no", "sheet"), Mistake(None, "x"))
    error = pickle.loads(pickle.dumps(ConfigurationError(None, mistakes)))  # noqa: S301 - the test's own
    assert error.settings == ("sheet",)
    assert str(error).startswith("The settings have 2 mistakes:\n  setting sheet: no\n")
    assert terminal.message_of(error).startswith("The command line has 2 mistakes:\n  --sheet: no\n")
