"""keys verify and keys explain: whether a credential is good for an access, asked of a server."""

import sys
import time
from typing import Any

import click

from . import secrets
from .api import Api, server_options
from .context import context, context_options, moment
from .keys import keys
from .output import emit, json_option
from .secrets import in_option
from .showing import show_explanation, show_verdict

_VERIFY = "/v2alpha1/admin/apiKeys:verify"


@keys.command(short_help="Ask whether a credential is good for an access.")
@in_option
@context_options
@server_options
@json_option
def verify(
    as_json: bool, server: str, admin_key_file: str | None, source: str, **given: Any
) -> None:
    """Ask whether a credential is good for an access: exit code 0 if so, 1 if not, 3 if unknown.

    \b
    marzipan keys verify --in agent.token --tool payments.execute --amount 'USD 42.00'
    """
    audience = given.pop("audience")
    body: dict[str, object] = {"credential": secrets.read(source), "context": context(**given)}
    if audience is not None:
        body["expected_audiences"] = [audience]
    answer = Api(server, admin_key_file).ask(_VERIFY, body)
    emit(answer) if as_json else show_verdict(answer)
    sys.exit(0 if answer["is_valid"] else 1)


@keys.command(short_help="Go through every check; authorises nothing.")
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
    """Go through every check of a credential; authorises nothing and spends nothing.

    \b
    marzipan keys explain --in agent.token --tool payments.execute --amount 'USD 42.00' --at +3m
    """
    body: dict[str, object] = {"credential": secrets.read(source), "context": context(**given)}
    if at is not None:
        body["at"] = moment(at, int(time.time()))
    answer = Api(server, admin_key_file).ask("/v1/tokens:explain", body)
    show_explanation(answer, as_json)
