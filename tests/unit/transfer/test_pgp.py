"""PGP: what is decrypted has the signature that the configuration requires, or is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from milepost.model.exceptions import FileError, MilepostError, TransferError, UsageError
from milepost.transfer.pgp import Keys, Signature, decrypt, encrypt, fingerprint
from milepost.transfer.secret import Secret
from servers.key_ring import KeyRing

TEXT = "login;name\nada;Ada Lovelace\n- dash\n"


@pytest.fixture
def keys(key_ring: KeyRing) -> Keys:
    """Our keys, and the sender's fingerprint."""
    return Keys(key_ring.home, signers=(key_ring.theirs,), program=key_ring.program)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A text file."""
    path = tmp_path / "a.csv"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize("made", Signature)
@pytest.mark.parametrize("required", Signature)
def test_a_file_is_decrypted_if_it_is_signed_as_required(
    made: Signature, required: Signature, key_ring: KeyRing, keys: Keys, source: Path, tmp_path: Path
) -> None:
    packed = encrypt(source, tmp_path / "a.pgp", keys, [key_ring.ours], made, key_ring.theirs)
    assert b"Lovelace" not in packed.read_bytes()
    target = tmp_path / "out.csv"
    target.write_text("older")
    if made is Signature.NOT_SIGNED and required is not Signature.NOT_SIGNED:
        with pytest.raises(TransferError, match="has no signature, and the configuration requires one"):
            decrypt(packed, target, keys, required)
        assert target.read_text() == "older"
    else:
        done = decrypt(packed, target, keys, required)
        assert done.signer == (None if required is Signature.NOT_SIGNED else key_ring.theirs)
        assert target.read_text() == TEXT
    assert {one.name for one in tmp_path.iterdir()} == {"a.csv", "a.pgp", "out.csv"}


def _by_somebody_else(ring: KeyRing, source: Path) -> bytes:
    return ring.run("-o", "-", "--local-user", ring.other, "--recipient", ring.ours, "--sign", "--encrypt", source)


def _unsigned(ring: KeyRing, source: Path) -> bytes:
    return ring.run("-o", "-", "--recipient", ring.ours, "--encrypt", source)


def _clear(ring: KeyRing, source: Path) -> bytes:
    return ring.run("-o", "-", "--local-user", ring.theirs, "--clear-sign", source)


def _signed(ring: KeyRing, source: Path) -> bytes:
    return ring.run("-o", "-", "--local-user", ring.theirs, "--recipient", ring.ours, "--sign", "--encrypt", source)


FORGED: dict[str, tuple[str, Callable[[KeyRing, Path], bytes]]] = {
    "signed by another key": ("is signed by the key", _by_somebody_else),
    "not signed": ("has no signature", _unsigned),
    "not signed, then signed": ("", lambda ring, source: _unsigned(ring, source) + _signed(ring, source)),
    "changed clear text": ("does not fit", lambda ring, source: _clear(ring, source).replace(b"Ada", b"Eve")),
    "clear text of somebody else": (
        "is signed by the key",
        lambda ring, source: ring.run("-o", "-", "--local-user", ring.other, "--clear-sign", source),
    ),
    "damaged": ("cannot be decrypted", lambda ring, source: _signed(ring, source)[:-40]),
    "no PGP": ("cannot be decrypted", lambda _ring, source: source.read_bytes()),
    "empty": ("cannot be decrypted", lambda _ring, _source: b""),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_file_is_not_decrypted(case: str, key_ring: KeyRing, keys: Keys, source: Path, tmp_path: Path) -> None:
    told, make = FORGED[case]
    (tmp_path / "a.pgp").write_bytes(make(key_ring, source))
    with pytest.raises(TransferError) as caught:
        decrypt(tmp_path / "a.pgp", tmp_path / "out.csv", keys)
    assert caught.value.code == "pgp-failed"
    assert told in str(caught.value)
    assert {one.name for one in tmp_path.iterdir()} == {"a.csv", "a.pgp"}


def test_text_around_a_clear_signature_does_not_count(
    key_ring: KeyRing, keys: Keys, source: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.asc").write_bytes(b"\n\n" + _clear(key_ring, source) + b"eve;Eve\n")
    assert decrypt(tmp_path / "a.asc", tmp_path / "out.csv", keys).signer == key_ring.theirs
    assert "Eve" not in (tmp_path / "out.csv").read_text()
    assert (tmp_path / "out.csv").read_text() == TEXT


def test_a_key_with_a_passphrase_needs_it(key_ring: KeyRing, keys: Keys, source: Path, tmp_path: Path) -> None:
    home = key_ring.home.with_name("locked")
    home.mkdir(mode=0o700)
    # By default, to guess a passphrase takes a tenth of a second of this machine.
    (home / "gpg-agent.conf").write_text("s2k-count 65536\n")
    ring = replace(key_ring, home=home)
    ring.run("--passphrase", "pass wörd", "--quick-gen-key", "locked@example.com", "future-default", "default", "0")
    listed = ring.run("--with-colons", "--list-keys").decode().splitlines()
    locked = next(line.split(":")[9] for line in listed if line.startswith("fpr"))
    ours = Keys(home, Secret("pass wörd"), program=ring.program)
    with pytest.raises(TransferError) as caught:
        encrypt(source, tmp_path / "a.pgp", replace(ours, passphrase=Secret("sesame-7")), [locked])
    assert caught.value.code == "pgp-failed"
    assert "sesame" not in str(caught.value)
    with pytest.raises(TransferError, match="more than one line"):
        encrypt(source, tmp_path / "a.pgp", replace(ours, passphrase=Secret("a\nb")), [locked])
    assert not (tmp_path / "a.pgp").exists()
    encrypt(source, tmp_path / "a.pgp", ours, [locked])
    decrypt(tmp_path / "a.pgp", tmp_path / "out.csv", replace(ours, signers=(locked,)))
    assert (tmp_path / "out.csv").read_text() == TEXT
    with pytest.raises(TransferError, match="no secret key"):
        decrypt(tmp_path / "a.pgp", tmp_path / "again.csv", keys)


def test_what_is_missing_is_told(key_ring: KeyRing, keys: Keys, source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    attempts: dict[str, Callable[[], object]] = {
        "cannot be started": lambda: decrypt(source, target, replace(keys, program="no-such-gpg")),
        "does not exist, or GnuPG cannot use it": lambda: decrypt(source, target, replace(keys, home=tmp_path / "no")),
        "no key is named that may sign": lambda: decrypt(source, target, replace(keys, signers=())),
        "is no fingerprint": lambda: decrypt(source, target, replace(keys, signers=("DEADBEEF",))),
        "No key is named to encrypt for": lambda: encrypt(source, target, keys, []),
        "invalid recipient": lambda: encrypt(source, target, keys, ["0" * 40]),
        "no private key 0000": lambda: encrypt(source, target, keys, [key_ring.ours], signer="0" * 40),
        "no private key 1111": lambda: encrypt(
            source, target, keys, [key_ring.ours], Signature.CLEARSIGNED, signer="1" * 40
        ),
    }
    for told, attempt in attempts.items():
        with pytest.raises(MilepostError) as caught:
            attempt()
        assert told in str(caught.value)
        assert isinstance(caught.value, TransferError if "invalid" in told or "private" in told else UsageError)
    with pytest.raises(FileError, match="No such file"):
        decrypt(tmp_path / "no.pgp", target, keys)
    spaced = " ".join(key_ring.theirs[at : at + 4] for at in range(0, 40, 4)).lower()
    assert fingerprint(spaced) == key_ring.theirs
