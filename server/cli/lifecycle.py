"""keys suspend, resume, extend and revoke-children: of issued and imported keys alike."""

from typing import Any

import click

from .api import Api, segment, server_options
from .keys import keys
from .kinds import DURATION, KEY_ID, TIME
from .output import emit, hint, json_option


@keys.command(short_help="Take a key out of use until it is resumed.")
@click.argument("key_id", type=KEY_ID)
@server_options
@json_option
def suspend(as_json: bool, server: str, admin_key_file: str | None, key_id: str) -> None:
    """Take a key out of use; what was derived from it is dead for good.

    The key and what was narrowed from it work again after `marzipan keys resume`.
    """
    key = _act(server, admin_key_file, key_id, "suspend", {})
    _tell(as_json, key, f"suspended {key_id}; all that was derived from it is dead for good")


@keys.command(short_help="Let a suspended key be used again.")
@click.argument("key_id", type=KEY_ID)
@server_options
@json_option
def resume(as_json: bool, server: str, admin_key_file: str | None, key_id: str) -> None:
    """Let a suspended key, and what was narrowed from it, be used again."""
    key = _act(server, admin_key_file, key_id, "resume", {})
    _tell(as_json, key, f"{key_id} is active; derive anew what was derived from it")


@keys.command(short_help="Let a key live longer.")
@click.argument("key_id", type=KEY_ID)
@click.option("--ttl", type=DURATION, help="How long it lives from now on.")
@click.option("expire_time", "--until", type=TIME, help="Until when it lives.")
@server_options
@json_option
def extend(
    as_json: bool, server: str, admin_key_file: str | None, key_id: str, **end: str | None
) -> None:
    """Let a key live longer than it would; never longer than the server's max_ttl since its issue.

    \b
    marzipan keys extend KEY_ID --ttl 30d
    """
    body = {name: value for name, value in end.items() if value is not None}
    if len(body) != 1:
        raise click.UsageError("Say --ttl or --until, and not both.")
    key = _act(server, admin_key_file, key_id, "extend", body)
    _tell(as_json, key, f"{key_id} lives until {key['expire_time']}")


@keys.command("revoke-children", short_help="Kill all that was derived from a key.")
@click.argument("key_id", type=KEY_ID)
@server_options
@json_option
def revoke_children(as_json: bool, server: str, admin_key_file: str | None, key_id: str) -> None:
    """Kill all that was derived from a key so far; the key itself lives on."""
    key = _act(server, admin_key_file, key_id, "revokeChildren", {})
    _tell(as_json, key, f"revoked all that was derived from {key_id}; the key lives on")


def _act(server: str, admin_key_file: str | None, key_id: str, verb: str, body: object) -> Any:
    return Api(server, admin_key_file).post(f"/v1/keys/{segment(key_id)}:{verb}", body)


def _tell(as_json: bool, key: Any, done: str) -> None:
    emit(key) if as_json else hint(done)
