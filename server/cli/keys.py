"""keys: what an administrator or a backend does over HTTP."""

import sys
import time
from typing import Any

import click
import msgspec

from . import secrets
from .api import Api, server_options
from .context import context, context_options, moment
from .output import emit, facts, hint, json_option, table
from .secrets import in_option, out_option

_KEYS = "/v2alpha1/admin/issuedApiKeys"
_CREDENTIALS = "/v2alpha1/admin/apiKeys"
_REASONS = ("key_compromise", "affiliation_changed", "superseded", "privilege_withdrawn")


@click.group()
def keys() -> None:
    """Issue, list, rotate, revoke and verify keys on a running server."""


@keys.command()
@click.option("--name", default="", help="What people call it.")
@click.option("actor_id", "--actor", default="", help="Whose key it is.")
@click.option("scopes", "--scope", multiple=True, help="What it may do; repeats.")
@click.option("--ttl", help="How long it lives, such as 30d; the server's default unless given.")
@click.option("networks", "--network", multiple=True, help="Where from; repeats.")
@click.option("--metadata", help="A JSON object to keep with it.")
@click.option("--public", is_flag=True, help="A publishable key, for browsers.")
@out_option
@server_options
@json_option
def issue(
    as_json: bool,
    server: str,
    admin_key_file: str | None,
    out: str | None,
    networks: tuple[str, ...],
    public: bool,
    metadata: str | None,
    **fields: Any,
) -> None:
    """Issue a key; its text is shown this once.

    \b
    marzipan keys issue --name backend --scope 'payments:*' --ttl 30d --out backend.key
    """
    secrets.check_free(out)
    body = {name: value for name, value in fields.items() if value not in (None, "", ())}
    if networks:
        body["ip_restriction"] = {"allowed_cidrs": networks}
    if public:
        body["visibility"] = "KEY_VISIBILITY_PUBLIC"
    if metadata is not None:
        body["metadata"] = _object(metadata)
    answer = Api(server, admin_key_file).post(_KEYS, body)
    _show_new(answer, as_json, out)


@keys.command("list")
@click.option("--actor", help="Only this actor's.")
@click.option("--status", type=click.Choice(["active", "revoked", "expired"]), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--page-token", help="Where an earlier listing stopped.")
@server_options
@json_option
def list_(
    as_json: bool,
    server: str,
    admin_key_file: str | None,
    actor: str | None,
    status: str | None,
    limit: int,
    page_token: str | None,
) -> None:
    """List keys."""
    terms = []
    if actor is not None:
        quoted = actor.replace("\\", "\\\\").replace('"', '\\"')
        terms.append(f'actor_id="{quoted}"')
    if status is not None:
        terms.append(f"status=KEY_STATUS_{status.upper()}")
    answer = Api(server, admin_key_file).get(
        _KEYS, page_size=limit, page_token=page_token, filter=" AND ".join(terms)
    )
    if as_json:
        emit(answer)
        return
    rows = [
        (k["key_id"], k["name"], k["actor_id"], _status(k), k["expire_time"], " ".join(k["scopes"]))
        for k in answer["issued_api_keys"]
    ]
    table("Keys", ("key id", "name", "actor", "status", "expires", "scopes"), rows)
    if answer["next_page_token"]:
        hint(f"more: --page-token {answer['next_page_token']}")


@keys.command()
@click.argument("key_id")
@server_options
@json_option
def get(as_json: bool, server: str, admin_key_file: str | None, key_id: str) -> None:
    """Show one key."""
    key = Api(server, admin_key_file).get(f"{_KEYS}/{key_id}")
    emit(key) if as_json else _show(key, "Key")


@keys.command()
@click.argument("key_id")
@click.option("--grace", help="How long the old key lives on, such as 1h; not at all unless given.")
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
    answer = Api(server, admin_key_file).post(f"{_KEYS}/{key_id}:rotate", body)
    _show_new(answer, as_json, out)
    old = answer["old_issued_api_key"]
    if not as_json:
        ends = f"lives until {old['expire_time']}" if grace else "is dead, with all below it"
        hint(f"the old key {ends}")


@keys.command()
@click.argument("key_id")
@click.option("--reason", type=click.Choice(_REASONS), required=True)
@click.option("--description", default="", help="Only with privilege_withdrawn.")
@server_options
@json_option
def revoke(
    as_json: bool,
    server: str,
    admin_key_file: str | None,
    key_id: str,
    reason: str,
    description: str,
) -> None:
    """Revoke a key and everything below it, at once."""
    body = {"reason": f"REVOCATION_REASON_{reason.upper()}", "description": description}
    Api(server, admin_key_file).post(f"{_KEYS}/{key_id}:revoke", body)
    emit({"revoked": key_id}) if as_json else hint(f"revoked {key_id} and everything below it")


@keys.command()
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
    if as_json and out is None:
        emit(token)
        return
    secrets.write(token.pop("token"), out)
    if as_json:
        emit(token)
        return
    hint(f"expires {token['expire_time']}, scopes {' '.join(token['scopes']) or 'none'}")
    if algorithm == "macaroon":
        hint("next: narrow it offline with `marzipan token attenuate`")


@keys.command()
@in_option
@context_options
@server_options
@json_option
def verify(
    as_json: bool, server: str, admin_key_file: str | None, source: str, **given: Any
) -> None:
    """Ask whether a credential is good for an access; exit code 0 if so, 1 if not.

    \b
    marzipan keys verify --in agent.token --tool payments.execute --amount 'USD 42.00'
    """
    audience = given.pop("audience")
    body: dict[str, object] = {"credential": secrets.read(source), "context": context(**given)}
    if audience is not None:
        body["expected_audiences"] = [audience]
    answer = Api(server, admin_key_file).post(f"{_CREDENTIALS}:verify", body)
    if as_json:
        emit(answer)
    elif answer["is_valid"]:
        _show(answer, "Allowed")
    else:
        _refused(answer)
    sys.exit(0 if answer["is_valid"] else 1)


@keys.command()
@in_option
@context_options
@click.option("--at", help="Another moment: RFC 3339, or from now such as +3m.")
@server_options
@json_option
def explain(
    as_json: bool,
    server: str,
    admin_key_file: str | None,
    source: str,
    at: str | None,
    **given: Any,
) -> None:
    """Go through every check of a credential; authorises nothing and spends nothing."""
    body: dict[str, object] = {"credential": secrets.read(source), "context": context(**given)}
    if at is not None:
        body["at"] = moment(at, int(time.time()))
    answer = Api(server, admin_key_file).post("/v1/tokens:explain", body)
    show_explanation(answer, as_json)


def show_explanation(answer: Any, as_json: bool) -> None:
    """Print an explanation and end with exit code 0 where it allows, 1 where it does not."""
    if as_json:
        emit(answer)
    else:
        rows = [
            ("allows" if s["allows"] else "REFUSES", s["name"], _place(s), s["reason"])
            for s in answer["steps"]
        ]
        table("Allowed" if answer["allowed"] else "Refused", ("", "check", "where", "why"), rows)
    sys.exit(0 if answer["allowed"] else 1)


def _place(step: Any) -> str:
    return "" if step["block"] is None else f"block {step['block']}, caveat {step['index']}"


def _refused(answer: Any) -> None:
    caveat = answer["caveat"]
    hint(f"REFUSED: {answer['error_message']} ({answer['error_code']})")
    if caveat is not None:
        hint(f"  {caveat['type']}: {caveat['reason']}")


def _show_new(answer: Any, as_json: bool, out: str | None) -> None:
    key = answer["issued_api_key"]
    if as_json:
        if out is not None:
            secrets.write(answer.pop("secret"), out)
        emit(answer)
        return
    hint(f"key {key['key_id']}, expires {key['expire_time']}; its text is shown this once:")
    secrets.write(answer["secret"], out)
    hint("next: `marzipan keys derive` gives a short-lived child of it")


def _show(value: Any, title: str) -> None:
    facts(title, [(name, _cell(each)) for name, each in value.items()])


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    return value


def _status(key: Any) -> str:
    return str(key["status"]).removeprefix("KEY_STATUS_").lower()


def _object(text: str) -> object:
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError):
        raise click.BadParameter("--metadata must be a JSON object") from None
