"""What `serve` and `init` say to the person who called them."""

import socket
from collections.abc import Mapping

from server import adminkeys
from server.bootstrap import Initialised
from server.keyids import key_id_text
from server.node import Node
from server.settings import Settings, redact_url
from server.tenantsettings import ANY_HOST
from server.timestamps import from_seconds

from .local import advice, alone, program
from .output import hint

_DEFAULT_PORT = 4420
_SURFACES = {
    "all": "",
    "admin": "  (the routes that need an admin key)",
    "public": "  (the routes that need no admin key; the others are not served here)",
}


def url_of(listening: socket.socket) -> str:
    """The URL of what is being listened on, with the port that was really taken."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def greet(
    settings: Settings,
    made: Initialised,
    url: str,
    flags: Mapping[str, object],
    node_id: bytes | None,
) -> None:
    """Where the server listens, what it works on, and how to go on.

    `node_id` is None for several workers, each of which is a node.
    """
    hint(f"Marzipan listens on {url}")
    hint(f"  database     {redact_url(settings.database)}")
    if settings.redis is not None:
        hint(f"  redis        {redact_url(settings.redis)}")
    if node_id is not None and not alone(settings):
        hint(f"  node         {key_id_text(node_id)}  (in `{program()} cluster`)")
    hint(f"  surface      {settings.surface}{_SURFACES[settings.surface]}")
    for each in settings.tenants:
        where = ", ".join((*each.hosts, *filter(None, (each.path,))))
        hint(f"  tenant       {each.name}, at {where}")
    hint(f"  secret file  {settings.secret_file}  (back it up; whoever has it can mint any key)")
    if made.admin_key is None:
        lost = "Lost it? Stop this\nserver and make" if alone(settings) else "Lost it?\nMake"
        hint(f"The admin key was printed when this database was first started. {lost} another:")
        hint(f"  {advice('admin-keys issue', flags)}")
        return
    introduce(made)
    hint(f"  {export(made)}\n")
    base = _base(settings)
    if settings.surface == "public" or base is None:
        return
    url += base
    where = "" if url.endswith(f"127.0.0.1:{_DEFAULT_PORT}") else f" --server {url}"
    hint("Then try, in another terminal:\n")
    hint(f"  curl -s {url}/v2alpha1/admin/issuedApiKeys \\")
    hint('      -H "Authorization: Bearer $MARZIPAN_ADMIN_KEY" \\')
    hint("""      -d '{"name": "my first key", "scopes": ["orders:read"]}'\n""")
    hint(f"or: {program()} keys issue --name 'my first key' --scope orders:read{where}\n")


def _base(settings: Settings) -> str | None:
    """What a path begins with that some tenant answers at the server's own address, or None."""
    if not settings.tenants or any(ANY_HOST in each.hosts for each in settings.tenants):
        return ""
    return next((each.path for each in settings.tenants if each.path), None)


def introduce(made: Initialised) -> None:
    """What stands above the first admin key."""
    end = "" if made.admin_expires_at is None else from_seconds(made.admin_expires_at)
    hint(f"\nYour admin key, shown this once, good until {end}:\n")


def export(made: Initialised) -> str:
    """The line that puts the first admin key into a shell."""
    return f"export MARZIPAN_ADMIN_KEY={made.admin_key}"


async def admin_key_warning(node: Node, flags: Mapping[str, object]) -> str | None:
    """What to say where no admin key will be good in a month, or None."""
    if node.settings.insecure_no_admin_auth:
        return None
    now = node.now()
    ends = adminkeys.live_until(await adminkeys.every(node), now)
    if ends is not None and ends > now + adminkeys.SOON_S:
        return None
    happens = "there is no live admin key" if ends is None else (
        f"the last admin key ends at {from_seconds(ends)}"
    )  # fmt: skip
    stop = "Stop it and make" if alone(node.settings) else "Make"
    return (
        f"{happens}, and without one nobody can administer this server. {stop} "
        f"another: {advice('admin-keys issue', flags)}"
    )
