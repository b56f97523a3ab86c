"""Secrets are read where the configuration says, and never shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from milepost.model.exceptions import TransferError
from milepost.transfer.secret import Secret, without


def test_a_secret_is_read_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SFTP_PASSWORD", "one")
    path = tmp_path / "password"
    path.write_text("tw o\n")
    assert Secret("env:SFTP_PASSWORD").reveal() == "one"
    assert Secret(f"file:{path}").reveal() == "tw o"
    assert Secret("three").reveal() == "three"


@dataclass(frozen=True)
class _Settings:
    password: Secret


def test_no_form_of_a_secret_shows_it() -> None:
    secret = Secret("hunter2")
    forms = [str(secret), repr(secret), f"{secret}", repr([secret]), repr(_Settings(secret)), secret.source]
    assert not any("hunter2" in form for form in forms)
    note = secret.warning("sftpPassword")
    assert note is not None
    assert "hunter2" not in note
    assert "env:NAME" in note
    assert Secret("env:HOME").warning("sftpPassword") is None
    assert without("530 hunter2 is wrong", secret.reveal(), None, "") == "530 … is wrong"


def test_a_secret_that_is_not_there_says_where_it_should_be(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "latin").write_bytes(b"pass\xffword")
    (tmp_path / "large").write_bytes(b"x" * 70_000)
    for given, told in {
        "env:MILEPOST_NO_SUCH": 'environment variable "MILEPOST_NO_SUCH", which is missing or empty',
        f"file:{tmp_path}/empty": "which is missing or empty",
        f"file:{tmp_path}/nowhere": "cannot be read (No such file or directory)",
        f"file:{tmp_path}/latin": "is no text in UTF-8",
        f"file:{tmp_path}/large": "has more than 65,536 bytes",
    }.items():
        with pytest.raises(TransferError) as caught:
            Secret(given).reveal()
        assert told in str(caught.value)
        assert caught.value.code == "secret-missing"
        assert "word" not in str(caught.value.__cause__)
