"""keys update: what may be changed in a key that lives on."""

from typing import Any

import click

from .api import Api, segment, server_options
from .keys import IMPORTED, ISSUED, imported_option, json_object, keys
from .kinds import KEY_ID, NETWORK, RATE_LIMIT, TEXT
from .output import emit, hint, json_option

# By the option that sets a field, its name on the wire.
_FIELDS = {
    "name": "name",
    "scope": "scopes",
    "metadata": "metadata",
    "network": "ip_restriction",
    "rate-limit": "rate_limit_policy",
}


@keys.command(short_help="Change a key: name, scopes, metadata, networks, rate limit.")
@click.argument("key_id", type=KEY_ID)
@click.option("--name", type=TEXT, help="What people call it.")
@click.option(
    "scopes", "--scope", type=TEXT, multiple=True, help="All that it may do from now on; repeats."
)
@click.option("--metadata", type=TEXT, metavar="JSON", help="The JSON object to keep with it.")
@click.option(
    "networks", "--network", type=NETWORK, multiple=True, help="All it may come from; repeats."
)
@click.option(
    "rate_limit_policy", "--rate-limit", type=RATE_LIMIT, help="How often it may be used."
)
@click.option(
    "cleared",
    "--clear",
    type=click.Choice([*_FIELDS]),
    multiple=True,
    help="Take it away: no scope at all, any network, no limit; repeats.",
)
@imported_option
@server_options
@json_option
def update(
    as_json: bool,
    server: str,
    admin_key_file: str | None,
    key_id: str,
    imported: bool,
    cleared: tuple[str, ...],
    networks: tuple[str, ...],
    metadata: str | None,
    **given: Any,
) -> None:
    """Change a key. Each option replaces the whole field; all others stay as they are.

    What was derived from a key dies where the key is narrowed. For a longer life: `marzipan keys
    extend`.

    \b
    marzipan keys update KEY_ID --scope payments:read --scope payments:list
    marzipan keys update KEY_ID --rate-limit 100/60s --clear network
    """
    body = {name: value for name, value in given.items() if value not in (None, ())}
    if networks:
        body["ip_restriction"] = {"allowed_cidrs": networks}
    if metadata is not None:
        body["metadata"] = json_object(metadata)
    gone = {_FIELDS[option] for option in cleared}
    if both := body.keys() & gone:
        raise click.UsageError(f"Set {min(both)} or --clear it, not both.")
    if not (mask := ",".join(sorted(body.keys() | gone))):
        raise click.UsageError("Say what to change, such as --name or --clear network.")
    path = f"{IMPORTED if imported else ISSUED}/{segment(key_id)}?update_mask={mask}"
    key = Api(server, admin_key_file).patch(path, body)
    emit(key) if as_json else hint(f"changed {mask.replace(',', ', ')} of {key_id}")
