"""What is shown, and how."""

from __future__ import annotations

import json

import pytest

from milepost.cli import terminal


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – text, ünï", "plain – text, ünï"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\nlines\ttab\r", "two\\nlines\\ttab\\r"),
        ("abc\u202egpj.exe", "abc\\u202egpj.exe"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
    ],
)
def test_no_character_of_a_file_steers_the_terminal(text: str, shown: str) -> None:
    assert terminal.visible(text) == shown


def test_a_document_is_one_line_of_utf_8(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    terminal.document({"file": "été.csv", "rows": 1})
    written = capsysbinary.readouterr().out
    assert written == '{"format_version": 2, "file": "été.csv", "rows": 1, "notes": []}\n'.encode()


def test_a_file_name_that_is_no_text_still_gives_a_document(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    terminal.document({"file": "bad\udcff.csv"})
    assert json.loads(capsysbinary.readouterr().out) == {"format_version": 2, "file": "bad?.csv", "notes": []}


def test_long_lines_are_not_wrapped_and_carry_no_colour_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    line = "word " * 100
    terminal.say([terminal.styled((line, "bold red"))])
    assert capsys.readouterr().out == line + "\n"


@pytest.mark.parametrize(("value", "unwelcome"), [(None, False), ("", False), ("1", True), ("0", True)])
def test_no_color_counts_when_it_is_not_empty(
    value: str | None, unwelcome: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)
    assert terminal.colour_is_unwelcome() is unwelcome
