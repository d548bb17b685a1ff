"""token revoke --batch: many credentials that were found, one a line, a hundred to a request."""

import sys
import time
from collections import Counter
from typing import Any

import click

from server.schemas.leaked import MOST

from . import secrets
from .api import Api
from .failing import Refused
from .output import emit, hint
from .words import named

_FILE = 64 << 20
PAUSE_S = 10.0


def revoke_lines(api: Api, source: str, as_json: bool) -> None:
    """Revoke the credential on each line. Exits with 1 where any was refused; says which line."""
    lines = _lines(secrets.text(source, _FILE))
    results: list[dict[str, Any]] = []
    for start in range(0, len(lines), MOST):
        some = lines[start : start + MOST]
        answer = _post(api, [text for _, text in some])
        for each in answer["results"]:
            results.append({"line": some[each.pop("index")][0], **each})
    counts = Counter(each["outcome"] for each in results)
    if as_json:
        emit({"results": results})
    else:
        for each in results:
            hint(f"line {each['line']}: {_became(each)}")
        hint(
            f"{counts['revoked']} revoked, {counts['already_revoked']} were revoked already, "
            f"{counts['unknown']} were not made by this server, {counts['refused']} refused"
        )
    sys.exit(1 if counts["refused"] else 0)


def _became(one: dict[str, Any]) -> str:
    if one["outcome"] == "refused":
        return str(one["message"])
    if one["outcome"] == "unknown":
        return "it was not made by this server"
    already = one["outcome"] == "already_revoked"
    what = named(one["kind"], one["revocation_id"]) if one["revocation_id"] else "it"
    return f"{what} {'was revoked already' if already else 'is dead, with all below it'}"


def _lines(text: str) -> list[tuple[int, str]]:
    """The lines that hold something, each with its number."""
    stripped = ((number, line.strip()) for number, line in enumerate(text.split("\n"), 1))
    if lines := [(number, line) for number, line in stripped if line]:
        return lines
    raise click.ClickException("There is no credential in it; it must hold one a line.")


def _post(api: Api, credentials: list[str]) -> Any:
    while True:
        try:
            return api.post("/v1/tokens:batchRevoke", {"credentials": credentials}, admin=False)
        except Refused as refused:
            # So many a minute are taken from one address, so this ends.
            if refused.reason != "TOO_MANY_REQUESTS":
                raise
        hint(f"The server takes no more at once; trying again in {PAUSE_S:g} seconds.")
        time.sleep(PAUSE_S)
