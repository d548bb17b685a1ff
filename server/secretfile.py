"""The master secret file: what it holds, how it is first made, and when it is refused.

    {"version": 1,
     "masters": [{"id": 1, "secret": "<64 hex>", "retired_at": null, "end": null}],
     "signing_keys": [<private JWK, kid = RFC 7638 thumbprint, with its state>]}

Whoever reads the file can mint anything, so it is refused while others could read it, and neither
a message nor a repr carries its contents.
"""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.keyring import MasterSecret
from engine.redacted import Redacted

from . import ownfile
from .ownfile import SecretFileError as SecretFileError
from .ownfile import Stamp, refuse
from .signingkeys import SigningKey, SigningKeyError, State, read_all

SigningKeys = tuple[SigningKey, ...]


class SecretFile(Redacted, frozen=True):
    """The house's secrets: exactly one master is current, the others are retired.

    `stamp` tells the file that was read from one that has replaced it since.
    """

    current: MasterSecret
    retired: tuple[MasterSecret, ...]
    signing_keys: SigningKeys
    stamp: Stamp

    def __repr__(self) -> str:
        return f"SecretFile(current={self.current!r}, signing_keys={len(self.signing_keys)})"


class _Master(Redacted, frozen=True, forbid_unknown_fields=True):
    id: int
    secret: str
    retired_at: int | None = None
    end: int | None = None

    def __repr__(self) -> str:
        return f"_Master(id={self.id})"


class _Contents(Redacted, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    masters: tuple[_Master, ...]
    signing_keys: tuple[dict[str, Any], ...] = ()

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
    ownfile.create(path, _encode(contents))
    return load(path)


def load(path: Path) -> SecretFile:
    """Read the file. Raises SecretFileError unless it is whole, sound, and ours alone."""
    with ownfile.opened(path) as file:
        return parse(path, file.read(), file.stamp)


def parse(path: Path, content: bytes, stamp: Stamp) -> SecretFile:
    """What the file's content says. Raises SecretFileError where it is unsound."""
    return _checked(path, _decode(path, content), stamp)


def change_signing_keys(path: Path, change: Callable[[SigningKeys], SigningKeys]) -> SigningKeys:
    """Replace the file by one with other signing keys, and answer those; the masters stay.

    Nobody else changes it from before `change` is asked until it is durable. What `change` raises
    leaves the file as it was. Raises SecretFileError.
    """
    with ownfile.locked(path) as file:
        contents = _decode(path, file.read())
        keys = change(_checked(path, contents, file.stamp).signing_keys)
        jwks = tuple(key.private_jwk() for key in keys)
        changed = msgspec.structs.replace(contents, signing_keys=jwks)
        written = _checked(path, changed, file.stamp)
        file.replace(_encode(changed))
        return written.signing_keys


def _encode(contents: _Contents) -> bytes:
    return msgspec.json.format(msgspec.json.encode(contents)) + b"\n"


def _decode(path: Path, content: bytes) -> _Contents:
    try:
        return msgspec.json.decode(content, type=_Contents)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise refuse(path, "is not JSON of the expected form") from None


def _checked(path: Path, contents: _Contents, stamp: Stamp) -> SecretFile:
    ids = [master.id for master in contents.masters]
    if len(set(ids)) < len(ids):
        raise refuse(path, "gives the same master id twice")
    if len({master.secret.lower() for master in contents.masters}) < len(ids):
        raise refuse(path, "gives the same secret under two master ids")
    masters = [_master(path, master) for master in contents.masters]
    current = [master for master in masters if master.retired_at is None]
    if len(current) != 1:
        raise refuse(path, f"has {len(current)} masters without retired_at, not exactly one")
    try:
        signing = read_all(contents.signing_keys)
    except SigningKeyError as error:
        raise refuse(path, f"holds a signing key that {error}") from None
    if len({key.kid for key in signing}) < len(signing):
        raise refuse(path, "gives the same signing key twice")
    if sum(key.state is State.SIGNING for key in signing) > 1:
        raise refuse(path, "has more than one signing key in the state signing")
    retired = tuple(master for master in masters if master.retired_at is not None)
    return SecretFile(current[0], retired, signing, stamp)


def _master(path: Path, master: _Master) -> MasterSecret:
    try:
        secret = bytes.fromhex(master.secret)
        if len(master.secret) != 64 or len(secret) != 32:  # fromhex skips white space
            raise ValueError
    except ValueError:
        raise refuse(path, f"has a secret under id {master.id} that is not 64 hex digits") from None
    if not 1 <= master.id <= 255:
        raise refuse(path, "has a master id outside 1 to 255")
    times = [time for time in (master.retired_at, master.end) if time is not None]
    if any(time < 0 for time in times) or times != sorted(times):
        raise refuse(path, f"has times under id {master.id} that are negative or out of order")
    if master.end is not None and master.retired_at is None:
        raise refuse(path, f"gives master id {master.id} an end but no retired_at")
    return MasterSecret(master.id, secret, master.retired_at, master.end)
