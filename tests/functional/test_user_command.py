"""`milepost user`: who may use the web application."""

from __future__ import annotations

from pathlib import Path

import pytest

from functional.workbench import Outcome, run_here

TYPED = "plum-Otter-94-violin\n"


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def user(*words: str, stdin: str = "") -> Outcome:
    """What came of a command about users."""
    return run_here("user", *words, stdin=stdin)


def test_users_are_added_listed_changed_and_removed() -> None:
    assert user("list").stdout == "There are no users.\n"
    assert user("add", "ada", "--role", "administrator", stdin=TYPED).stdout == "ada is an administrator now.\n"
    assert user("add", "bob", "--no-password").stdout == "bob is a viewer now.\n"
    assert user("role", "BOB", "importer").stdout == "bob is an importer now.\n"
    assert user("list").stdout == "ada  administrator\nbob  importer       no password\n"
    said = "bob has another password now. All sessions have ended.\n"
    assert user("password", "bob", stdin="gravel?Tuba?61?lemon").stdout == said
    document = user("list", "--json").document
    assert [(one["name"], one["role"], one["has_password"]) for one in document["users"]] == [
        ("ada", "administrator", True),
        ("bob", "importer", True),
    ]
    assert user("remove", "bob").stdout == "bob is no user any more.\n"
    assert [one["name"] for one in user("list", "--json").document["users"]] == ["ada"]


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (("add", "bob"), TYPED, "There would be no administrator. Make somebody else an administrator first."),
        (("add", "bob", "--role", "king"), TYPED, "Invalid value for '--role'"),
        (("add", "bob", "--role", "administrator"), "short\n", "A password has 12 to 1,000 characters."),
        (("add", "bob", "--role", "administrator"), "", "A password has 12 to 1,000 characters."),
        (("add", "bob", "--role", "administrator"), "password1234\n", "This password is easy to guess."),
        (("add", "bob", "secret"), TYPED, "Got unexpected extra argument (secret)"),
        (("role", "carol", "viewer"), "", "There is no user carol. `milepost user list` lists them all."),
        (("password", "carol"), TYPED, "There is no user carol."),
        (("remove", "carol"), "", "There is no user carol."),
    ],
)
def test_what_cannot_be_is_refused(words: tuple[str, ...], stdin: str, said: str) -> None:
    outcome = user(*words, stdin=stdin)
    assert (outcome.status, outcome.stderr[: len(said)]) == (2, said)
    assert user("list").stdout == "There are no users.\n"
