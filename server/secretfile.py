"""The master secret file: what it holds, how it is first made, and when it is refused.

    {"version": 1,
     "masters": [{"id": 1, "secret": "<64 hex>", "retired_at": null, "end": null}],
     "signing_keys": [<private Ed25519 JWK, kid = RFC 7638 thumbprint>]}

Whoever reads the file can mint anything, so it is refused while others could read it, and neither
a message nor a repr carries its contents.
"""

import os
import secrets
from pathlib import Path
from typing import Literal

import msgspec

from engine.keyring import MasterSecret

from . import privatefile
from .signingkeys import SigningKey, SigningKeyError


class SecretFileError(Exception):
    """The secret file can't be used; the message says what happened, why, and what to do."""


class SecretFile(msgspec.Struct, frozen=True):
    """The house's secrets: exactly one master is current, the others are retired."""

    current: MasterSecret
    retired: tuple[MasterSecret, ...]
    signing_keys: tuple[SigningKey, ...]

    def __repr__(self) -> str:
        return f"SecretFile(current={self.current!r}, signing_keys={len(self.signing_keys)})"


class _Master(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: int
    secret: str
    retired_at: int | None = None
    end: int | None = None

    def __repr__(self) -> str:
        return f"_Master(id={self.id})"


class _Contents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    masters: tuple[_Master, ...]
    signing_keys: tuple[dict[str, str], ...] = ()

    def __repr__(self) -> str:
        return "_Contents(...)"


def create(path: Path) -> SecretFile:
    """Make a new file with one master and one signing key, durable and complete or not at all.

    Never replaces a file. Raises SecretFileError.
    """
    contents = _Contents(
        version=1,
        masters=(_Master(id=1, secret=secrets.token_bytes(32).hex()),),
        signing_keys=(SigningKey.generate().private_jwk(),),
    )
    # Written aside and then linked: a crash leaves no half file, and the link is atomic among
    # processes that start at the same moment.
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            _write(aside, msgspec.json.format(msgspec.json.encode(contents)) + b"\n")
            os.link(aside, path)
        finally:
            aside.unlink(missing_ok=True)
        _sync_directory(path.parent)
    except FileExistsError:
        raise SecretFileError(
            f"The secret file {path} is already there and is never replaced. "
            "Use it, or name another with --secret-file."
        ) from None
    except OSError as error:
        raise SecretFileError(
            f"The secret file {path} can't be created: {error.strerror}. "
            "Name a place this user may write to with --secret-file."
        ) from None
    return load(path)


def load(path: Path) -> SecretFile:
    """Read the file. Raises SecretFileError unless it is whole, sound, and ours alone."""
    try:
        contents = msgspec.json.decode(_read(path), type=_Contents)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _refuse(path, "is not JSON of the expected form") from None
    return _checked(path, contents)


def _checked(path: Path, contents: _Contents) -> SecretFile:
    ids = [master.id for master in contents.masters]
    if len(set(ids)) < len(ids):
        raise _refuse(path, "gives the same master id twice")
    if len({master.secret.lower() for master in contents.masters}) < len(ids):
        raise _refuse(path, "gives the same secret under two master ids")
    masters = [_master(path, master) for master in contents.masters]
    current = [master for master in masters if master.retired_at is None]
    if len(current) != 1:
        raise _refuse(path, f"has {len(current)} masters without retired_at, not exactly one")
    try:
        signing = tuple(SigningKey.from_jwk(jwk) for jwk in contents.signing_keys)
    except SigningKeyError as error:
        raise _refuse(path, f"holds a signing key that {error}") from None
    if len({key.kid for key in signing}) < len(signing):
        raise _refuse(path, "gives the same signing key twice")
    retired = tuple(master for master in masters if master.retired_at is not None)
    return SecretFile(current[0], retired, signing)


def _master(path: Path, master: _Master) -> MasterSecret:
    try:
        secret = bytes.fromhex(master.secret)
        if len(master.secret) != 64 or len(secret) != 32:  # fromhex skips white space
            raise ValueError
    except ValueError:
        raise _refuse(
            path, f"has a secret under id {master.id} that is not 64 hex digits"
        ) from None
    if not 1 <= master.id <= 255:
        raise _refuse(path, "has a master id outside 1 to 255")
    times = [time for time in (master.retired_at, master.end) if time is not None]
    if any(time < 0 for time in times) or times != sorted(times):
        raise _refuse(path, f"has times under id {master.id} that are negative or out of order")
    if master.end is not None and master.retired_at is None:
        raise _refuse(path, f"gives master id {master.id} an end but no retired_at")
    return MasterSecret(master.id, secret, master.retired_at, master.end)


def _read(path: Path) -> bytes:
    try:
        return privatefile.read(path)
    except FileNotFoundError:
        raise SecretFileError(
            f"The secret file {path} is missing, and without it no key can be verified. Bring it "
            'back from where it is kept, or make a new one with "marzipan init".'
        ) from None
    except privatefile.ReadableByOthers as fault:
        raise SecretFileError(
            f"The secret file {path} {fault}, and whoever reads it can mint any key. "
            f"Say: chmod 600 {path}"
        ) from None
    except privatefile.PrivateFileError as fault:
        raise _refuse(path, str(fault)) from None


def _write(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(path, flags, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse(path: Path, why: str) -> SecretFileError:
    return SecretFileError(
        f"The secret file {path} {why}, so it is not used. "
        "Bring the right file back from where it is kept, or name it with --secret-file."
    )
