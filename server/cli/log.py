"""revocations: what the log says is dead."""

import click

from .api import Api, server_options
from .output import emit, hint, json_option, table


@click.command()
@server_options
@json_option
def revocations(as_json: bool, server: str, admin_key_file: str | None) -> None:
    """List the revocation log."""
    answer = Api(server, admin_key_file).get("/v1/revocations", page_size=1000)
    if as_json:
        emit(answer)
        return
    rows = [
        (e["time"], e["kind"], e["target"], e["revision"], e["reason"])
        for e in answer["revocations"]
    ]
    table("Revocations", ("time", "kills", "target", "revision", "reason"), rows)
    if not rows:
        hint("Nothing is revoked.")
