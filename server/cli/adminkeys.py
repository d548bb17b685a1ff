"""admin-keys: the keys that administer the server, made and ended on its database, offline."""

import asyncio
import time
from typing import Any

import click

from server import adminkeys, auth
from server.bootstrap import existing
from server.durations import parse_duration
from server.keyids import key_id_text, parse_key_id
from server.keys import Issued, NewKey
from server.schemas import RevocationReason, issued_api_key
from server.settings import Settings, load
from storage.base import StoredKey

from . import secrets
from .kinds import DURATION, KEY_ID, NETWORK, TEXT
from .local import advice, local_options
from .output import emit, hint, json_option, table
from .secrets import out_option
from .words import REASONS, day, reason_name, status

_SCOPES = click.Choice(auth.SCOPES)


@click.group("admin-keys", short_help="Make and end admin keys, offline.")
def admin_keys() -> None:
    """Make, list and revoke the keys that administer the server; no admin key is needed for it.

    These work on the database and the secret file, as `init` does. Stop the server first: a
    SQLite database belongs to one process at a time.
    """


@admin_keys.command()
@click.option("--name", type=TEXT, default="admin key", show_default=True, help="What to call it.")
@click.option(
    "scopes",
    "--scope",
    type=_SCOPES,
    multiple=True,
    help="What it may do; repeats. All three unless given.",
)
@click.option("--ttl", type=DURATION, help="How long it lives; the server's max_ttl unless given.")
@click.option(
    "networks", "--network", type=NETWORK, multiple=True, help="Where from; repeats. Or an address."
)
@click.option(
    "--tenant", type=TEXT, metavar="NAME", help="Good for this tenant alone; for all unless given."
)
@out_option
@local_options
@json_option
def issue(
    as_json: bool,
    name: str,
    tenant: str | None,
    scopes: tuple[str, ...],
    ttl: str | None,
    networks: tuple[str, ...],
    out: str | None,
    **flags: object,
) -> None:
    """Issue an admin key; its text is shown this once.

    \b
    marzipan admin-keys issue --out admin.key
    marzipan admin-keys issue --scope marzipan:read --scope marzipan:verify
    """
    secrets.check_free(out)
    new = NewKey(
        name=name,
        scopes=scopes,
        ttl=None if ttl is None else parse_duration(ttl),
        networks=networks or None,
    )
    issued = asyncio.run(_issue(load(flags), new, tenant))
    shown = _shown(issued.key)
    again = advice("admin-keys issue", flags)
    lost = f"The admin key {shown['key_id']} is lost: revoke it, and make another: {again}"
    if as_json:
        told: dict[str, object] = {"admin_key": shown}
        if out is None or out == "-":
            told["secret"] = issued.text
        else:
            secrets.write(issued.text, out, lost)
        emit(told, lost if out is None or out == "-" else "")
        return
    once = "" if out else "; shown this once:"
    hint(f"admin key {shown['key_id']}, good until {shown['expire_time']}{once}")
    secrets.write(issued.text, out, lost)
    if out is None:
        hint("next: put it into MARZIPAN_ADMIN_KEY, and start the server again:")
    else:
        hint(f"next: say --admin-key-file {out} with each command, and start the server again:")
    hint(f"  {advice('serve', flags)}")


@admin_keys.command("list")
@local_options
@json_option
def list_(as_json: bool, **flags: object) -> None:
    """List the admin keys, the newest first."""
    keys = asyncio.run(_every(load(flags)))
    if as_json:
        emit({"admin_keys": [_shown(key) for key in keys]})
        return
    rows = [
        (
            k["key_id"],
            k["name"],
            status(k),
            day(k["expire_time"]),
            k["tenant"] or "all",
            _short(k["scopes"]),
        )
        for k in map(_shown, keys)
    ]
    if rows:
        table("Admin keys", ("key id", "name", "status", "ends", "tenant", "scopes"), rows)
    _say_whether_any_lives(keys, flags)


@admin_keys.command(short_help="Revoke an admin key.")
@click.argument("key_id", type=KEY_ID)
@click.option("--reason", type=click.Choice(REASONS), default="key_compromise", show_default=True)
@local_options
@json_option
def revoke(as_json: bool, key_id: str, reason: str, **flags: object) -> None:
    """Revoke an admin key and all that was narrowed from it; dead when the server starts again."""
    number = RevocationReason(reason_name(reason)).number
    keys = asyncio.run(_revoke(load(flags), parse_key_id(key_id), number))
    if as_json:
        emit({"revoked": key_id})
        return
    hint(f"revoked {key_id} and everything below it")
    _say_whether_any_lives(keys, flags)


def _say_whether_any_lives(keys: list[StoredKey], flags: dict[str, object]) -> None:
    if adminkeys.live_until(keys, int(time.time())) is None:
        hint(f"No admin key lives now. Make one: {advice('admin-keys issue', flags)}")


def _short(scopes: list[str]) -> str:
    return " ".join(scope.removeprefix("marzipan:") for scope in scopes)


def _shown(key: StoredKey) -> dict[str, Any]:
    wire = issued_api_key(key, now=int(time.time()))
    ends, made = wire.expire_time, wire.create_time
    return {
        "key_id": key_id_text(key.key_id),
        "name": key.name,
        "tenant": adminkeys.tenant_of(key),
        "scopes": list(key.scopes),
        "status": str(wire.status),
        "allowed_cidrs": list(key.networks or ()),
        "create_time": made,
        "expire_time": ends,
    }


async def _issue(settings: Settings, new: NewKey, tenant: str | None) -> Issued:
    async with existing(settings) as node:
        return await adminkeys.issue(node, new, tenant)


async def _every(settings: Settings) -> list[StoredKey]:
    async with existing(settings) as node:
        return list(await adminkeys.every(node))


async def _revoke(settings: Settings, key_id: bytes, reason: int) -> list[StoredKey]:
    async with existing(settings) as node:
        await adminkeys.revoke(node, key_id, reason)
        return list(await adminkeys.every(node))
