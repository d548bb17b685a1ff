"""token: what a holder does with a credential in hand, offline but for `revoke`."""

import time
from typing import Any

import click
import msgspec

from engine import attenuate, inspect, seal
from engine.formats.jwt import inspect as inspect_jwt
from engine.formats.jwt import looks_like_jwt
from server.caveatjson import to_json
from server.keyids import key_id_text
from server.readings import explained, jwt_reading, reading
from server.schemas import Context
from server.settings import prefixes

from . import secrets
from .api import Api, server_option
from .context import context, context_options, moment
from .keys import show_explanation
from .leaked import revoke_lines
from .narrowing import caveats_of, narrowing_options
from .offline import judge
from .output import emit, facts, hint, json_option, table
from .secrets import in_option, out_option
from .words import named, restricts


@click.group(short_help="Narrow, seal and read tokens, offline.")
def token() -> None:
    """Narrow, seal, read and revoke tokens; all but `revoke` work offline, without any secret."""


def _narrowable(source: str) -> str:
    text = secrets.read(source)
    if looks_like_jwt(text):
        raise click.ClickException(
            "A JWT can't be narrowed or sealed; derive a macaroon: "
            "`marzipan keys derive --format macaroon`."
        )
    return text


@token.command("attenuate", short_help="Narrow a token by one block.")
@in_option
@narrowing_options
@out_option
@json_option
def attenuate_(as_json: bool, source: str, out: str | None, **given: Any) -> None:
    """Narrow a token by one block; nothing can be taken off again.

    \b
    marzipan token attenuate --in agent.token --tool payments.execute \\
        --amount 'USD 49.99' --ttl 2m --out sub.token
    """
    secrets.check_free(out)
    caveats = caveats_of(int(time.time()), **given)
    try:
        narrowed = attenuate(_narrowable(source), *caveats, prefixes=prefixes())
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    revocation_id = key_id_text(narrowed.revocation_id)
    if as_json:
        told = {"revocation_id": revocation_id, "caveats": [to_json(each) for each in caveats]}
        if out is None:
            emit({"token": narrowed.text, **told})
            return
        secrets.write(narrowed.text, out)
        emit(told)
        return
    secrets.write(narrowed.text, out)
    hint(f"revocation id {revocation_id}")
    hint("next: hand it on, or `marzipan token seal` it so that nobody can narrow it further")


@token.command("seal")
@in_option
@out_option
@json_option
def seal_(as_json: bool, source: str, out: str | None) -> None:
    """Close a token: nobody can append to it any more."""
    secrets.check_free(out)
    try:
        sealed = seal(_narrowable(source), prefixes=prefixes())
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if as_json and out is None:
        emit({"token": sealed})
        return
    secrets.write(sealed, out)


@token.command("inspect")
@in_option
@json_option
def inspect_(as_json: bool, source: str) -> None:
    """Read what a token says of itself. Nothing is verified."""
    text = secrets.read(source)
    is_jwt = looks_like_jwt(text)
    read = jwt_reading(inspect_jwt(text)) if is_jwt else reading(inspect(text, prefixes=prefixes()))
    told = msgspec.to_builtins(read)
    if as_json:
        emit(told)
        return
    hint("NOT VERIFIED: anybody could have written this.")
    head = told["unverified_header"]
    facts(f"{head.pop('type').capitalize()}{', sealed' if told['sealed'] else ''}", [*head.items()])
    rows = [
        (number, index, caveat.pop("type"), restricts(caveat))
        for number, block in enumerate(told["unverified_blocks"])
        for index, caveat in enumerate(block["caveats"])
    ]
    if rows:
        table("Blocks", ("block", "caveat", "type", "restricts to"), rows)
    for number, block in enumerate(told["unverified_blocks"]):
        if block["problem"]:
            hint(f"block {number} would be refused: {block['problem']}")


@token.command("explain", short_help="Judge a token as far as offline goes.")
@in_option
@context_options
@click.option("--at", help="Another moment: RFC 3339, or from now such as +3m.")
@click.option("--secret-file", metavar="PATH", help="The master secrets, to check the chain.")
@click.option("--tenant", default="default", show_default=True)
@json_option
def explain_(
    as_json: bool, source: str, at: str | None, secret_file: str | None, tenant: str, **given: Any
) -> None:
    """Judge a token offline: what its header and caveats say of an access.

    Without --secret-file nothing is verified. Revocation is never checked, and a key's own terms
    are in the server's database: `marzipan keys explain` asks it.
    """
    text = secrets.read(source)
    access = msgspec.convert(context(**given), Context).access(moment(at, int(time.time())))
    told = explained(judge(text, access, secret_file, tenant))
    show_explanation(msgspec.to_builtins(told), as_json)


@token.command("revoke", short_help="Revoke tokens that you hold; asks a server.")
@in_option
@click.option(
    "batch",
    "--batch",
    metavar="FILE",
    help="The file that holds many, one a line; - reads stdin.",
)
@server_option
@json_option
def revoke_(as_json: bool, source: str, batch: str | None, server: str) -> None:
    """Revoke a token's last link and everything below it; holding it is all it takes.

    With --batch each line stands or falls alone; exit code 1 where any was refused.

    \b
    marzipan token revoke --batch found.txt
    """
    if batch is not None:
        if source != "-":
            raise click.UsageError("Say --in or --batch, not both.")
        revoke_lines(Api(server), batch, as_json)
        return
    body = {"credential": secrets.read(source)}
    told = Api(server).post("/v1/tokens:revoke", body, admin=False)
    if as_json:
        emit(told)
        return
    already = "was revoked already" if told["already_revoked"] else "is dead, with all below it"
    hint(f"{named(told['revoked'], told['revocation_id'])} {already}")
