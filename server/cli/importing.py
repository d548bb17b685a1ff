"""keys import, import-batch and delete: raw keys of other systems, over HTTP."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click
import msgspec

from server.schemas.keyhash import HashAlgorithm

from . import secrets
from .api import Api, segment, server_options
from .failing import Refused
from .keys import IMPORTED, key_body, keys
from .kinds import DURATION, KEY_ID, NETWORK, TEXT
from .output import emit, hint, json_option
from .secrets import in_file

_MOST = 1_000  # lines to a request, and the bytes that the server takes of one
_BODY = 3 << 20
_FILE = 1 << 30


@keys.command("import", short_help="Import a raw key of another system.")
@in_file("The file that holds the raw key, or with --hash the hash of it")
@click.option(
    "algorithm",
    "--hash",
    type=click.Choice([each.value for each in HashAlgorithm]),
    help="It is a hash, made so.",
)
@click.option("--lookup", type=TEXT, help="How the raw key of a salted hash begins: 4 to 64.")
@click.option("--pepper", type=TEXT, help="The id of an HMAC's pepper on the server.")
@click.option("--name", type=TEXT, required=True, help="What people call it.")
@click.option("actor_id", "--actor", type=TEXT, required=True, help="Whose key it is.")
@click.option(
    "scopes", "--scope", type=TEXT, multiple=True, help="What it may do, such as 'a:*'; repeats."
)
@click.option("--ttl", type=DURATION, help="How long it lives; the server's default unless given.")
@click.option(
    "networks", "--network", type=NETWORK, multiple=True, help="Where from; repeats. Or an address."
)
@click.option("--metadata", type=TEXT, metavar="JSON", help="A JSON object to keep with it.")
@click.option(
    "--public", is_flag=True, help="Known to everybody who looks: it can't revoke itself."
)
@server_options
@json_option
def import_(
    as_json: bool,
    server: str,
    admin_key_file: str | None,
    source: str,
    algorithm: str | None,
    lookup: str | None,
    pepper: str | None,
    **fields: Any,
) -> None:
    """Import a raw key: its holder goes on using it, and it is verified and revoked here.

    With --hash it is what another system kept of the raw key, which is learnt when it is first
    used.

    \b
    marzipan keys import --in old.key --name legacy --actor billing --scope 'payments:*'
    marzipan keys import --in hash --hash bcrypt --lookup sk_4eC39Hq --name legacy --actor billing
    """
    if algorithm is None and (lookup or pepper):
        raise click.UsageError("--lookup and --pepper are for what is imported with --hash.")
    known = {"lookup": lookup, "pepper": pepper, "algorithm": algorithm}
    given = {name: value for name, value in known.items() if value is not None}
    line = secrets.line(source)
    which = {"key_hash": {"value": line} | given} if algorithm else {"raw_key": line}
    body = key_body(**fields) | which
    key = Api(server, admin_key_file).post(IMPORTED, body)
    if as_json:
        emit(key)
        return
    whose = "its raw key is" if algorithm else "it is"
    hint(f"imported as key {key['key_id']}, ends {key['expire_time']}; {whose} good from now on")


@keys.command("import-batch", short_help="Import many raw keys from a file.")
@in_file("The file that has a JSON object a line, one for each key")
@server_options
@json_option
def import_batch(as_json: bool, server: str, admin_key_file: str | None, source: str) -> None:
    """Import many: each line of the file is a JSON object with name, actor_id and either
    raw_key or key_hash (algorithm, value, lookup, pepper).

    It may have scopes, ttl, metadata, ip_restriction, rate_limit_policy, visibility and request_id,
    as over HTTP. Each line stands or falls alone, once the whole file reads as JSON; exit code 1
    where any was not imported.

    \b
    marzipan keys import-batch --in old-keys.jsonl
    """
    api, results = Api(server, admin_key_file), list[dict[str, Any]]()
    for numbers, items in _chunks(secrets.text(source, _FILE)):
        results += _import_some(api, numbers, items)
    failed = [each for each in results if each["imported_api_key"] is None]
    if as_json:
        told = {"success_count": len(results) - len(failed), "failure_count": len(failed)}
        emit({"results": results, **told})
    else:
        for each in failed:
            hint(f"line {each['line']}: {each['error_message']}")
        hint(f"imported {len(results) - len(failed)} of {len(results)} keys")
    sys.exit(1 if failed or not results else 0)


@keys.command(short_help="Delete an imported key and all below it.")
@click.argument("key_id", type=KEY_ID)
@server_options
@json_option
def delete(as_json: bool, server: str, admin_key_file: str | None, key_id: str) -> None:
    """Delete an imported key; everything below it dies, and the raw key may be imported again."""
    Api(server, admin_key_file).delete(f"{IMPORTED}/{segment(key_id)}")
    emit({"deleted": key_id}) if as_json else hint(f"deleted {key_id} and revoked all below it")


def _chunks(text: str) -> Iterator[tuple[list[int], list[msgspec.Raw]]]:
    """The lines, so many at a time as one request takes, each with its number."""
    numbers, items, size = list[int](), list[msgspec.Raw](), 0
    for number, line in enumerate(text.split("\n"), 1):
        data = line.strip().encode()
        if not data:
            continue
        try:
            msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        except (msgspec.MsgspecError, RecursionError):
            raise click.ClickException(f"Line {number} is not a JSON object.") from None
        if len(items) == _MOST or (items and size + len(data) > _BODY):
            yield numbers, items
            numbers, items, size = [], [], 0
        numbers.append(number)
        items.append(msgspec.Raw(data))
        size += len(data)
    if items:
        yield numbers, items


def _import_some(
    api: Api, numbers: Sequence[int], items: Sequence[msgspec.Raw]
) -> list[dict[str, Any]]:
    try:
        answer = api.post(f"{IMPORTED}:batchCreate", {"requests": items})
    except Refused as refused:
        if refused.http not in (400, 409):
            raise
        # None of these: the lines that follow may still be good.
        none = {"imported_api_key": None, "error_message": refused.message}
        return [{"line": number, **none} for number in numbers]
    return [{"line": numbers[each["index"]], **each} for each in answer["results"]]
