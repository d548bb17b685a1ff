"""Judging a credential offline, as far as it goes with or without the secret file."""

import os
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from engine import Access, Debit, Explanation, Keyring, NoDenylist, Verifier, inspect
from engine.formats.jwt import JwtVerifier, looks_like_jwt
from engine.header import GrantHeader
from server import secretfile
from server.settings import load, prefixes


def judge(text: str, access: Access, secret_file: str | None, tenant: str) -> Explanation:
    """What each check says of an access; it lists what was not checked."""
    if looks_like_jwt(text):
        return _without(_jwt(text, access, secret_file, tenant), "revocation")
    info = inspect(text, prefixes=prefixes())
    if secret_file is None:
        return info.explain(access)
    file = secretfile.load(Path(secret_file))
    keys = Keyring(file.current, file.retired).tenant(tenant)
    verifier = Verifier(keys, denylist=NoDenylist(), prefixes=prefixes(), spend=_as_if_unspent)
    if isinstance(info.unverified_header, GrantHeader):
        return _without(verifier.explain(text, access), "revocation")
    verifier.authenticate(text)
    return _without(info.explain(access), "record", "revocation")


def _without(explanation: Explanation, *unchecked: str) -> Explanation:
    return msgspec.structs.replace(explanation, not_checked=unchecked)


def _as_if_unspent(debits: Sequence[Debit], now: int) -> None:
    """What a budget has spent is in the server's database."""


def _jwt(text: str, access: Access, secret_file: str | None, tenant: str) -> Explanation:
    if secret_file is None:
        raise click.ClickException(
            "A JWT's signature is checked with --secret-file; without it, `marzipan token inspect` "
            "shows what the JWT says, and `marzipan keys explain` asks the server."
        )
    own = load({}, os.environ).of(tenant)
    verifier = JwtVerifier(
        (key.public for key in secretfile.load(Path(secret_file)).signing_keys),
        tenant=tenant,
        issuers=(own.issuer, *own.retired_issuers),
        denylist=NoDenylist(),
    )
    return verifier.explain(text, access)
