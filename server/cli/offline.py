"""Judging a credential offline, as far as it goes with or without the secret file."""

import os
from pathlib import Path

import click

from engine import (
    Access,
    Explanation,
    Keyring,
    NoDenylist,
    Prefixes,
    Verifier,
    inspect,
)
from engine.formats.jwt import JwtVerifier, looks_like_jwt
from engine.header import GrantHeader
from server import secretfile
from server.settings import load

from .output import hint


def prefixes() -> Prefixes:
    """The text prefixes that the environment sets."""
    return load({}, os.environ).prefixes


def judge(text: str, access: Access, secret_file: str | None, tenant: str) -> Explanation:
    """What each check says of an access, and on stderr what was not checked."""
    hint("Revocation is not checked offline.")
    if looks_like_jwt(text):
        return _jwt(text, access, secret_file, tenant)
    info = inspect(text, prefixes=prefixes())
    if secret_file is None:
        hint("NOT VERIFIED: without --secret-file the chain is not checked.")
        return info.explain(access)
    if not isinstance(info.unverified_header, GrantHeader):
        hint("This is a key: its own terms are in the server's database, and not judged here.")
        return info.explain(access)
    file = secretfile.load(Path(secret_file))
    keys = Keyring(file.current, file.retired).tenant(tenant)
    return Verifier(keys, denylist=NoDenylist(), prefixes=prefixes()).explain(text, access)


def _jwt(text: str, access: Access, secret_file: str | None, tenant: str) -> Explanation:
    if secret_file is None:
        raise click.ClickException(
            "A JWT's signature is checked with --secret-file; without it, `marzipan token inspect` "
            "shows what the JWT says, and `marzipan keys explain` asks the server."
        )
    settings = load({}, os.environ)
    verifier = JwtVerifier(
        (key.public for key in secretfile.load(Path(secret_file)).signing_keys),
        tenant=tenant,
        issuers=(settings.issuer, *settings.retired_issuers),
        denylist=NoDenylist(),
    )
    return verifier.explain(text, access)
