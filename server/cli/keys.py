"""keys: what an administrator or a backend does over HTTP."""

from typing import Any

import click
import msgspec

from . import secrets
from .api import Api, segment, server_options
from .kinds import DURATION, KEY_ID, NETWORK, RATE_LIMIT, TEXT
from .output import emit, hint, json_option, table
from .secrets import in_option, out_option
from .showing import show_explanation as show_explanation
from .showing import show_key
from .words import REASONS, day, reason_name, status

ISSUED = "/v2alpha1/admin/issuedApiKeys"
IMPORTED = "/v2alpha1/admin/importedApiKeys"
_CREDENTIALS = "/v2alpha1/admin/apiKeys"

imported_option = click.option(
    "imported", "--imported", is_flag=True, help="Of the imported keys, not of the issued ones."
)


@click.group(short_help="Issue, rotate, revoke and verify keys, over HTTP.")
def keys() -> None:
    """Issue, list, rotate, revoke and verify keys on a running server.

    All of these need an admin key: in $MARZIPAN_ADMIN_KEY, or in a file with --admin-key-file.
    """


@keys.command()
@click.option("--name", type=TEXT, help="What people call it.")
@click.option("actor_id", "--actor", type=TEXT, help="Whose key it is.")
@click.option(
    "scopes", "--scope", type=TEXT, multiple=True, help="What it may do, such as 'a:*'; repeats."
)
@click.option("--ttl", type=DURATION, help="How long it lives; the server's default unless given.")
@click.option(
    "networks", "--network", type=NETWORK, multiple=True, help="Where from; repeats. Or an address."
)
@click.option("--metadata", type=TEXT, metavar="JSON", help="A JSON object to keep with it.")
@click.option(
    "rate_limit_policy",
    "--rate-limit",
    type=RATE_LIMIT,
    help="A quota and its window: how often it may be used, with all derived from it.",
)
@click.option("--public", is_flag=True, help="A publishable key, for browsers.")
@click.option(
    "--request-id",
    metavar="ID",
    type=TEXT,
    help="Makes it safe to say again: the second time makes no other key.",
)
@out_option
@server_options
@json_option
def issue(
    as_json: bool,
    server: str,
    admin_key_file: str | None,
    out: str | None,
    **fields: Any,
) -> None:
    """Issue a key; its text is shown this once.

    \b
    marzipan keys issue --name backend --scope 'payments:*' --ttl 30d --out backend.key
    """
    secrets.check_free(out)
    answer = Api(server, admin_key_file).post(ISSUED, key_body(**fields))
    _show_new(answer, as_json, out)


def key_body(
    *, networks: tuple[str, ...], public: bool, metadata: str | None, **fields: Any
) -> dict[str, Any]:
    """The request body of a new key, of those options that were given."""
    body = {name: value for name, value in fields.items() if value not in (None, ())}
    if networks:
        body["ip_restriction"] = {"allowed_cidrs": networks}
    if public:
        body["visibility"] = "KEY_VISIBILITY_PUBLIC"
    if metadata is not None:
        body["metadata"] = json_object(metadata)
    return body


@keys.command("list", short_help="List keys; `keys search` finds them by more.")
@click.option("--actor", help="Only this actor's.")
@click.option(
    "which", "--status", type=click.Choice(["active", "revoked", "expired"]), help="Only these."
)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--page-token", help="Where an earlier listing stopped.")
@imported_option
@server_options
@json_option
def list_(
    as_json: bool,
    server: str,
    admin_key_file: str | None,
    imported: bool,
    actor: str | None,
    which: str | None,
    limit: int,
    page_token: str | None,
) -> None:
    """List keys of one kind, as the compatible API does.

    To find keys of both kinds, by name, metadata, times or the end of their text: `marzipan keys
    search`.
    """
    terms = []
    if actor is not None:
        quoted = actor.replace("\\", "\\\\").replace('"', '\\"')
        terms.append(f'actor_id="{quoted}"')
    if which is not None:
        terms.append(f"status=KEY_STATUS_{which.upper()}")
    answer = Api(server, admin_key_file).get(
        IMPORTED if imported else ISSUED,
        page_size=limit,
        page_token=page_token,
        filter=" AND ".join(terms),
    )
    if as_json:
        emit(answer)
        return
    rows = [
        (k["key_id"], k["name"], k["actor_id"], status(k), day(k["expire_time"]),
         " ".join(k["scopes"]))
        for k in answer["imported_api_keys" if imported else "issued_api_keys"]
    ]  # fmt: skip
    if rows:
        table("Keys", ("key id", "name", "actor", "status", "ends", "scopes"), rows)
    if answer["next_page_token"]:
        hint(f"more: --page-token {answer['next_page_token']}")
    elif not rows:
        make = "import --in FILE --name NAME --actor ACTOR" if imported else "issue --name NAME"
        hint(f"No key is like that. Make one: marzipan keys {make} --scope SCOPE")


@keys.command()
@click.argument("key_id", type=KEY_ID)
@server_options
@json_option
def get(as_json: bool, server: str, admin_key_file: str | None, key_id: str) -> None:
    """Show one key, issued or imported."""
    key = Api(server, admin_key_file).get(f"/v1/keys/{segment(key_id)}")
    emit(key) if as_json else show_key(key)


@keys.command()
@click.argument("key_id", type=KEY_ID)
@click.option(
    "--grace", type=DURATION, help="How long the old key lives on; not at all unless given."
)
@out_option
@server_options
@json_option
def rotate(
    as_json: bool,
    server: str,
    admin_key_file: str | None,
    key_id: str,
    grace: str | None,
    out: str | None,
) -> None:
    """Replace a key by a new one with the same terms.

    \b
    marzipan keys rotate KEY_ID --grace 1h --out backend.key
    """
    secrets.check_free(out)
    body = {} if grace is None else {"grace": grace}
    answer = Api(server, admin_key_file).post(f"{ISSUED}/{segment(key_id)}:rotate", body)
    _show_new(answer, as_json, out)
    old = answer["old_issued_api_key"]
    if not as_json:
        lives = status(old) == "active"
        ends = f"lives until {old['expire_time']}" if lives else "is dead, with all below it"
        hint(f"the old key {ends}")


@keys.command()
@click.argument("key_id", type=KEY_ID)
@click.option("--reason", type=click.Choice(REASONS), required=True)
@click.option("--description", default="", help="Only with privilege_withdrawn.")
@imported_option
@server_options
@json_option
def revoke(
    as_json: bool,
    server: str,
    admin_key_file: str | None,
    imported: bool,
    key_id: str,
    reason: str,
    description: str,
) -> None:
    """Revoke a key and everything below it, at once."""
    body = {"reason": reason_name(reason), "description": description}
    path = IMPORTED if imported else ISSUED
    Api(server, admin_key_file).post(f"{path}/{segment(key_id)}:revoke", body)
    emit({"revoked": key_id}) if as_json else hint(f"revoked {key_id} and everything below it")


@keys.command(short_help="Derive a short-lived token from a key.")
@in_option
@click.option("--ttl", help="How long it lives, such as 10m; the server's default unless given.")
@click.option("scopes", "--scope", multiple=True, help="A subset of the key's; all unless given.")
@click.option("audiences", "--audience", multiple=True, help="Who it is for; repeats.")
@click.option(
    "algorithm",
    "--format",
    type=click.Choice(["macaroon", "jwt"]),
    default="macaroon",
    show_default=True,
    help="A macaroon can be narrowed offline, a JWT verified by anybody who has the JWKS.",
)
@out_option
@server_options
@json_option
def derive(
    as_json: bool,
    server: str,
    admin_key_file: str | None,
    source: str,
    out: str | None,
    algorithm: str,
    **fields: Any,
) -> None:
    """Derive a short-lived token from a key; it dies with the key.

    \b
    marzipan keys derive --in backend.key --ttl 10m --out agent.token
    """
    secrets.check_free(out)
    body = {name: value for name, value in fields.items() if value not in (None, ())}
    body |= {
        "credential": secrets.read(source),
        "algorithm": f"TOKEN_ALGORITHM_{algorithm.upper()}",
    }
    token = Api(server, admin_key_file).post(f"{_CREDENTIALS}:derive", body)["token"]
    lost = f"The token is lost, and ends at {token['expire_time']}; derive another."
    if as_json and out is None:
        emit(token, lost)
        return
    secrets.write(token.pop("token"), out, lost)
    if as_json:
        emit(token)
        return
    hint(f"expires {token['expire_time']}, scopes {' '.join(token['scopes']) or 'none'}")
    if algorithm == "macaroon":
        hint("next: narrow it offline with `marzipan token attenuate`")


def _show_new(answer: Any, as_json: bool, out: str | None) -> None:
    key = answer["issued_api_key"]
    lost = (
        f"The key {key['key_id']} was made and is lost: make another, and say "
        f"`marzipan keys revoke {key['key_id']} --reason superseded`."
    )
    if as_json:
        if out is not None and answer["secret"]:
            secrets.write(answer.pop("secret"), out, lost)
        emit(answer, lost if out is None else "")
        return
    if not answer["secret"]:
        hint(f"key {key['key_id']} was made when this request id was first sent; its text is lost, "
             "unless it was kept then")  # fmt: skip
        return
    once = "" if out else "; its text is shown this once:"
    hint(f"key {key['key_id']}, ends {key['expire_time']}{once}")
    secrets.write(answer["secret"], out, lost)
    hint("next: `marzipan keys derive` gives a short-lived child of it")


def json_object(text: str) -> object:
    """What --metadata says. Raises BadParameter."""
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError):
        raise click.BadParameter("--metadata must be a JSON object") from None
