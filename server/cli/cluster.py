"""cluster: the nodes over one database, and how far each of them has come."""

import click

from .api import Api, server_options
from .output import emit, hint, json_option, table


@click.command(short_help="Show the nodes over one database.")
@server_options
@json_option
def cluster(as_json: bool, server: str, admin_key_file: str | None) -> None:
    """Show every node over the database of the server that is asked, and how far it has come.

    Lag is the entries of the revocation log that a node has yet to apply, as far as it has told.
    """
    answer = Api(server, admin_key_file).get("/v1/cluster")
    if as_json:
        emit(answer)
        return
    rows = [
        (
            node["node_id"],
            "this one" if node["this"] else "",
            node["mode"],
            node["lag"],
            _lease(node["lease_ms"]),
        )
        for node in answer["nodes"]
    ]
    table("Nodes", ("id", "", "follows by", "lag", "lease"), rows)
    if not answer["fresh"]:
        policy = answer["stale_policy"]
        hint(f"The node that was asked is stale: by stale_policy={policy} it accepts accordingly.")


def _lease(ms: int) -> str:
    return f"{ms / 1000:.1f}s" if ms > 0 else f"ended {-ms // 1000}s ago"
