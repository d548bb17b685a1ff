"""keys search and keys lineage: which key it was, and what hangs on it."""

from typing import Any
from urllib.parse import urlencode

import click

from .api import Api, segment, server_options
from .keys import keys
from .kinds import KEY_ID, TEXT, TIME
from .output import emit, hint, json_option, table
from .words import day, status

_PAGE = 1000


@keys.command()
@click.option("--name", type=TEXT, help="A part of its name, in any case.")
@click.option("actor_id", "--actor", type=TEXT, help="Whose key it is, exactly.")
@click.option(
    "hint_", "--hint", type=TEXT, metavar="CHARS", help="The last 4 characters of its text."
)
@click.option(
    "metadata",
    "--metadata",
    type=TEXT,
    multiple=True,
    metavar="PATH=VALUE",
    help="A value in its metadata, such as owner.team=red; repeats.",
)
@click.option("--kind", type=click.Choice(["issued", "imported"]), help="Only these.")
@click.option(
    "--status",
    "state",
    type=click.Choice(["active", "expired", "revoked", "suspended"]),
    help="Only these.",
)
@click.option(
    "hash_pending", "--hash-pending", is_flag=True, help="Imported as a hash and not used since."
)
@click.option("--created-after", type=TIME, help="Made at that moment or later.")
@click.option("--created-before", type=TIME, help="Made before that moment.")
@click.option("--expires-after", type=TIME, help="Ends at that moment or later.")
@click.option("--expires-before", type=TIME, help="Ends before that moment.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--page-token", help="Where an earlier search stopped.")
@server_options
@json_option
def search(
    as_json: bool,
    server: str,
    admin_key_file: str | None,
    metadata: tuple[str, ...],
    hint_: str | None,
    state: str | None,
    hash_pending: bool,
    limit: int,
    page_token: str | None,
    **given: str | None,
) -> None:
    """Find keys, issued and imported alike, the newest first.

    \b
    marzipan keys search --name backend --metadata team=red --status active
    """
    asked = [(name, text) for name, text in given.items() if text is not None]
    asked += [(name, text) for name, text in (("hint", hint_), ("status", state)) if text]
    asked += [("hash_pending", "true")] if hash_pending else []
    asked += [_term(each) for each in metadata]
    found, token = _collect(Api(server, admin_key_file), asked, limit, page_token or "")
    if as_json:
        emit({"keys": found, "next_page_token": token})
        return
    rows = [
        (k["key_id"], k["kind"], k["name"], k["actor_id"], status(k), day(k["expire_time"]),
         k["key_hint"] and f"...{k['key_hint']}")
        for k in found
    ]  # fmt: skip
    if rows:
        table("Keys", ("key id", "kind", "name", "actor", "status", "ends", "text"), rows)
    if token:
        hint(f"more: --page-token {token}")
    elif not rows:
        hint("No key is like that.")


def _term(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not (path and equals):
        raise click.BadParameter("--metadata must be PATH=VALUE, such as owner.team=red")
    return f"metadata.{path}", value


def _collect(
    api: Api, asked: list[tuple[str, str]], limit: int, token: str
) -> tuple[list[Any], str]:
    """Up to `limit` keys. A page of the server may be short, or empty, and not be the last."""
    found: list[Any] = []
    while len(found) < limit:
        paged = [*asked, ("page_size", str(limit - len(found))), ("page_token", token)]
        answer = api.get(f"/v1/keys?{urlencode(paged)}")
        found += answer["keys"]
        if not (token := answer["next_page_token"]):
            break
    return found, token


@keys.command(short_help="What a key replaced, what replaced it, its derived tokens.")
@click.argument("key_id", type=KEY_ID)
@server_options
@json_option
def lineage(as_json: bool, server: str, admin_key_file: str | None, key_id: str) -> None:
    """What a key replaced, what replaced it, and the tokens derived from it that have not expired.

    What was narrowed offline is not among them: it leaves no trace, and dies with what it is of.
    """
    api, path = Api(server, admin_key_file), f"/v1/keys/{segment(key_id)}/lineage"
    told = api.get(path, page_size=_PAGE)
    while token := told["next_page_token"]:
        page = api.get(path, page_size=_PAGE, page_token=token)
        told["tokens"] += page["tokens"]
        told["next_page_token"] = page["next_page_token"]
    if as_json:
        emit(told)
        return
    chain = [
        (k["key_id"], "this one" if k["key_id"] == key_id else "", k["name"], _state(k),
         day(k["create_time"]), day(k["expire_time"]))
        for k in told["keys"]
    ]  # fmt: skip
    table("Keys, the oldest first", ("key id", "", "name", "status", "made", "ends"), chain)
    derived = [
        (t["grant_id"], t["format"], " ".join(t["audiences"]), _dead(t) or "active",
         day(t["create_time"]), t["expire_time"] and day(t["expire_time"]))
        for t in told["tokens"]
    ]  # fmt: skip
    if derived:
        columns = ("id", "format", "audiences", "status", "made", "ends")
        table("Tokens derived from it", columns, derived)
    else:
        hint("No token derived from it is unexpired.")


def _state(key: Any) -> str:
    dead = _dead(key)
    return dead if dead and status(key) == "active" else status(key)


def _dead(one: Any) -> str:
    return f"dead by {one['dead_by']}" if one["dead_by"] else ""
