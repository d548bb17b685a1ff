"""revocations: what the log says is dead."""

from typing import Any

import click

from server.schemas import RevocationReason
from server.timestamps import from_seconds

from .api import Api, server_options
from .output import emit, hint, json_option, table
from .words import minute

_KILLS = {
    "key": "key",
    "grant": "derived",
    "block": "narrowed",
    "children": "all derived",
    "sunset": "key, later",
}


@click.command(short_help="List what is revoked.")
@server_options
@json_option
def revocations(as_json: bool, server: str, admin_key_file: str | None) -> None:
    """List the revocation log, the oldest first. All below what is killed is dead, too.

    A key, a derived token, a narrowed token, all that was derived from a key while the key lives
    on, all keys of an actor or of the tenant; and a rotated key from the end of its grace.
    """
    answer = _all(Api(server, admin_key_file))
    if as_json:
        emit(answer)
        return
    rows = [(minute(e["time"]), _kills(e), e["target"], _why(e)) for e in answer["revocations"]]
    if rows:
        table("Revoked", ("time", "kills", "target", "because"), rows)
    else:
        hint("Nothing is revoked.")


def _all(api: Api) -> Any:
    """The whole log, in the form of one page. A page may have less in it than it passed over."""
    answer = api.get("/v1/revocations", page_size=1000)
    while True:
        page = api.get("/v1/revocations", page_size=1000, after=answer["positions"])
        answer["revocations"] += page["revocations"]
        if page["positions"] == answer["positions"]:
            return answer
        answer["positions"] = page["positions"]


def _kills(entry: Any) -> str:
    return _KILLS.get(entry["kind"], str(entry["kind"]))


def _why(entry: Any) -> str:
    reason = str(entry["reason"])
    names = list(RevocationReason)
    if reason.isdigit() and int(reason) < len(names):
        reason = names[int(reason)].removeprefix("REVOCATION_REASON_").lower().replace("_", " ")
    if entry["kind"] == "sunset":
        return f"{reason}, ends {minute(from_seconds(int(entry['value'])))}"
    return "by its holder" if reason == "possession" else reason
