"""PGP, by GnuPG: files are decrypted, with the signature that the configuration requires, and encrypted."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from milepost.model.exceptions import TransferError, UsageError
from milepost.model.wording import in_quotes, listed
from milepost.transfer.needing import needing
from milepost.transfer.secret import Secret, without
from milepost.transfer.unfinished import opened, part_of, unfinished

if TYPE_CHECKING:
    from gnupg import Crypt, Sign

_MOST_BYTES = 10 * 1024**3
"""Of a decrypted file."""
_CLEAR = b"-----BEGIN PGP SIGNED MESSAGE-----"
_FINGERPRINT = re.compile(r"[0-9A-F]{40}(?:[0-9A-F]{24})?")


class Signature(StrEnum):
    """Which signature a file has, or is to get. Values compare without letter case."""

    SIGNED = "signed"
    NOT_SIGNED = "not_signed"
    CLEARSIGNED = "clearsigned"
    """The text is clear-signed, and then encrypted; a file to decrypt may also be clear-signed alone."""

    @classmethod
    def _missing_(cls, value: object) -> Signature | None:
        return next((one for one in cls if one.value == str(value).lower()), None)


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of GnuPG, and whom to believe."""

    home: Path
    """The folder of GnuPG, as its option --homedir; only this user should be able to read it."""
    passphrase: Secret | None = None
    """Of our private key."""
    signers: tuple[str, ...] = ()
    """Fingerprints of the primary keys whose signatures count."""
    program: str = "gpg"


@dataclass(frozen=True, slots=True)
class Decrypted:
    """A file that was decrypted."""

    path: Path
    signer: str | None
    """The fingerprint of the primary key that signed, one of `Keys.signers`; None if no signature was required."""


def fingerprint(text: str) -> str:
    """A fingerprint as GnuPG writes it, of one that may have blanks. Raises UsageError for a short one or no one."""
    plain = re.sub(r"[\s:]", "", text).upper().removeprefix("0X")
    if not _FINGERPRINT.fullmatch(plain):
        raise UsageError(
            f"{in_quotes(text)} is no fingerprint of a PGP key: it has 40 hexadecimal digits, or 64. "
            "gpg --fingerprint shows it. A short key id can be forged."
        )
    return plain


def decrypt(source: Path, target: Path, keys: Keys, signature: Signature = Signature.SIGNED) -> Decrypted:
    """Decrypt `source` to `target`, which appears whole, and only with the required signature; one there is replaced.

    With `signed` and `clearsigned` there must be a valid signature by a key that `keys.signers` names; a file that is
    signed or clear-signed without being encrypted is read too. A clear signature is taken off.
    Raises TransferError with the code `pgp-failed`, FileError if a file cannot be read or written, and UsageError if
    GnuPG is missing or no signer is named.
    """
    signers = tuple(fingerprint(one) for one in keys.signers)
    is_required = signature is not Signature.NOT_SIGNED
    if is_required and not signers:
        raise UsageError(
            "A signature is required, but no key is named that may sign. Name its fingerprint in <signer>, or require "
            "no signature (not_signed)."
        )
    opened(source).close()
    gpg = _GPG(keys)
    with unfinished(target) as part:
        result = gpg.decrypted(source, source, part)
        if _is_clear_signed(part):
            inner = part_of(part)
            try:
                result = gpg.decrypted(source, part, inner)
                inner.replace(part)
            finally:
                inner.unlink(missing_ok=True)
        signer = gpg.signer(source, result, signers) if is_required else None
    return Decrypted(target, signer)


def encrypt(
    source: Path,
    target: Path,
    keys: Keys,
    recipients: Sequence[str],
    signature: Signature = Signature.SIGNED,
    signer: str | None = None,
) -> Path:
    """Encrypt `source` to `target`, which appears whole, for the keys with the fingerprints `recipients`.

    `signer` is the fingerprint of our private key, None for the first one in `keys.home`. With `clearsigned` the text
    gets a clear signature before it is encrypted. Returns `target`. Raises as `decrypt` does.
    """
    if not recipients:
        raise UsageError("No key is named to encrypt for. Name the fingerprint of the recipient's key in <recipient>.")
    whom = [fingerprint(one) for one in recipients]
    who = fingerprint(signer) if signer is not None else None
    opened(source).close()
    gpg = _GPG(keys)
    with unfinished(target) as part:
        if signature is Signature.CLEARSIGNED:
            inner = part_of(part)
            try:
                gpg.clear_signed(source, inner, who)
                gpg.encrypted(source, inner, part, whom)
            finally:
                inner.unlink(missing_ok=True)
        else:
            is_signed = signature is Signature.SIGNED
            gpg.encrypted(source, source, part, whom, is_signed=is_signed, signer=who)
    return target


class _GPG:
    """GnuPG with the keys of a folder. A file is named to it, and not piped: a pipe breaks when GnuPG gives up."""

    def __init__(self, keys: Keys) -> None:
        with needing("PGP"):
            import gnupg
        self._keys = keys
        value = keys.passphrase.reveal() if keys.passphrase is not None else None
        if value is not None and any(sign in value for sign in "\n\r\0"):
            raise TransferError("The passphrase of the PGP key has more than one line.", code="secret-missing")
        self._value = value
        # The library writes Latin-1, and GnuPG reads UTF-8.
        self._passphrase = value.encode().decode("latin-1") if value is not None else None
        try:
            self._gpg = gnupg.GPG(gpgbinary=keys.program, gnupghome=str(keys.home))
        except OSError as error:
            raise UsageError(
                f"PGP needs GnuPG, and {in_quotes(keys.program)} cannot be started. "
                "Install it, as apt-get install gnupg does."
            ) from error
        except ValueError as error:
            raise UsageError(
                f"The folder of PGP keys {in_quotes(str(keys.home))} does not exist, or GnuPG cannot use it."
            ) from error

    def decrypted(self, told: Path, source: Path, target: Path) -> Crypt:
        """What GnuPG said when it decrypted `source` to `target`; messages name the file `told`."""
        words = ["--max-output", str(_MOST_BYTES), "--", str(source)]
        result = self._gpg.decrypt_file(os.devnull, passphrase=self._passphrase, output=str(target), extra_args=words)
        if any(problem["status"] == "signature bad" for problem in result.problems):
            raise _failed(told, "has a signature that does not fit: the file was changed after it was signed")
        # What is signed and not encrypted is no failure.
        if not result.ok and not (target.exists() and result.sig_info):
            raise _failed(told, f"cannot be decrypted with the keys in {self._keys.home}: {self._said(result)}")
        if not target.exists():
            raise _failed(told, f"has nothing in it that can be decrypted: {self._said(result)}")
        return result

    def signer(self, told: Path, result: Crypt, signers: tuple[str, ...]) -> str:
        """Who of `signers` signed, with a signature that is valid in every respect."""
        by = {str(one.get("pubkey_fingerprint")) for one in result.sig_info.values()} | {str(result.pubkey_fingerprint)}
        named = [one for one in signers if one in by]
        if result.valid and not result.problems and named:
            return named[0]
        if result.valid and not result.problems:
            raise _failed(
                told,
                f"is signed by the key {listed(sorted(by - {'None'}))}, which <signer> does not name. "
                "If that key is the sender's, name it there",
            )
        if result.fingerprint is None and not result.sig_info and not result.problems:
            raise _failed(told, "has no signature, and the configuration requires one")
        raise _failed(told, f"has a signature that cannot be accepted: {self._said(result)}")

    def encrypted(
        self,
        told: Path,
        source: Path,
        target: Path,
        recipients: list[str],
        *,
        is_signed: bool = False,
        signer: str | None = None,
    ) -> None:
        """Encrypt `source` to `target`, signed by `signer` if it is signed."""
        result = self._gpg.encrypt_file(
            os.devnull,
            recipients,
            sign=is_signed or None,
            # A key is trusted because the configuration has its fingerprint.
            always_trust=True,
            armor=False,
            passphrase=self._passphrase,
            output=str(target),
            extra_args=[*_signed_by(signer), "--", str(source)],
        )
        if not result.ok or result.returncode or not target.exists():
            why = self._lacks(signer) or self._said(result)
            raise _failed(told, f"cannot be encrypted with the keys in {self._keys.home}: {why}")

    def clear_signed(self, source: Path, target: Path, signer: str | None) -> None:
        """Put a clear signature to `source`."""
        result = self._gpg.sign_file(
            os.devnull,
            passphrase=self._passphrase,
            clearsign=True,
            output=str(target),
            extra_args=[*_signed_by(signer), "--", str(source)],
        )
        if result.returncode or not target.exists():
            why = self._lacks(signer) or self._said(result)
            raise _failed(source, f"cannot be signed with the keys in {self._keys.home}: {why}")

    def _lacks(self, signer: str | None) -> str | None:
        """That there is no such private key, if there is none."""
        if signer is None or self._gpg.list_keys(secret=True, keys=[signer]):
            return None
        return f"there is no private key {signer} to sign with"

    def _said(self, result: Crypt | Sign) -> str:
        """GnuPG's own word for what is wrong, without the passphrase."""
        status = result.status or "no reason is given"
        detail = f", {result.status_detail}" if getattr(result, "status_detail", None) else ""
        return without(f"{status}{detail}", self._value)


def _signed_by(signer: str | None) -> list[str]:
    """The words that choose a key to sign. The library's own option takes another key where that one is missing."""
    return [] if signer is None else ["--local-user", signer]


def _is_clear_signed(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_CLEAR) + 64).lstrip().startswith(_CLEAR)


def _failed(source: Path, what: str) -> TransferError:
    return TransferError(f"{source} {what}. Nothing was kept of it.", code="pgp-failed")
