"""actors: what concerns all keys of one person, service or agent."""

import click

from . import secrets
from .api import Api, segment, server_options
from .kinds import TEXT
from .output import emit, hint, json_option
from .words import REASONS, reason_name


@click.group(short_help="Revoke all keys of an actor at once, over HTTP.")
def actors() -> None:
    """What concerns all keys of one person, service or agent, on a running server."""


@actors.command(short_help="Revoke all keys of an actor.")
@click.argument("actor", type=TEXT, metavar="ACTOR_ID")
@click.option("--reason", type=click.Choice(REASONS), required=True)
@click.option("--description", default="", help="Only with privilege_withdrawn.")
@server_options
@json_option
def revoke(
    as_json: bool,
    server: str,
    admin_key_file: str | None,
    actor: str,
    reason: str,
    description: str,
) -> None:
    """Revoke every key of an actor, all below them, and what was delegated to that name.

    Keys that are issued to the actor afterwards work. If it was interrupted, say it again.

    \b
    marzipan actors revoke billing --reason affiliation_changed
    """
    if secrets.is_secret(actor):
        raise click.UsageError(secrets.NOT_AN_ARGUMENT)
    body = {"reason": reason_name(reason), "description": description}
    told = Api(server, admin_key_file).post(f"/v1/actors/{segment(actor)}:revoke", body)
    if as_json:
        emit(told)
        return
    hint(
        f"revoked all that was issued to {actor} up to {told['issued_until']}; "
        f"keys marked as revoked: {told['revoked_keys']}"
    )
