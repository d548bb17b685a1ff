"""Options of `token attenuate` to caveats."""

import re
from typing import Any

import click
import msgspec

from engine import caveats, cidr
from engine.caveats import AnyCaveat
from server.caveatjson import from_json
from server.problems import Problem
from server.timestamps import to_seconds

from . import money
from .context import seconds


def caveats_of(now: int, **given: Any) -> tuple[AnyCaveat, ...]:
    """The caveats of the options given. Raises BadParameter, or UsageError where there are none."""
    found: list[AnyCaveat] = []
    if window := _window(now, given["ttl"], given["not_before"], given["expires"]):
        found.append(window)
    if given["audiences"]:
        found.append(caveats.Audience(given["audiences"]))
    if given["scopes"]:
        found.append(caveats.Scopes(given["scopes"]))
    if given["networks"]:
        found.append(caveats.Network([_network(text) for text in given["networks"]]))
    if given["tools"]:
        found.append(caveats.Tools(given["tools"]))
    if given["amount"]:
        found.append(caveats.Amount(*given["amount"]))
    found += [_http(text) for text in given["https"]]
    if given["resources"]:
        found.append(caveats.Resource(given["resources"]))
    if given["delegate"]:
        found.append(caveats.Delegate(given["delegate"]))
    if given["max_depth"] is not None:
        found.append(caveats.MaxDepth(given["max_depth"]))
    found += [_budget(text) for text in given["budgets"]]
    found += [_json(text) for text in given["others"]]
    if not found:
        raise click.UsageError("Say at least one restriction, such as --ttl 2m or --tool NAME.")
    return tuple(found)


def _window(
    now: int, ttl: str | None, not_before: str | None, expires: str | None
) -> caveats.Window | None:
    if ttl is None and not_before is None and expires is None:
        return None
    if ttl is not None and expires is not None:
        raise click.UsageError("Say --ttl or --expires, not both.")
    try:
        begin = to_seconds(not_before, "--not-before") if not_before else now
        if ttl is not None:
            return caveats.Window(begin, begin + seconds(ttl, "--ttl"))
        if expires is None:
            raise click.UsageError("--not-before needs --ttl or --expires beside it.")
        return caveats.Window(begin, to_seconds(expires, "--expires"))
    except Problem as problem:
        raise click.BadParameter(str(problem)) from None


def _network(text: str) -> bytes:
    try:
        return cidr(text)
    except ValueError as error:
        raise click.BadParameter(f"--network: {error}") from None


def _http(text: str) -> caveats.Http:
    methods, _, path = text.strip().partition(" ")
    if not path.strip().startswith("/"):
        raise click.BadParameter(f"--http: {text!r} is not like 'GET,HEAD /orders/*'")
    return caveats.Http(methods.split(","), [path.strip()])


def _budget(text: str) -> caveats.Budget:
    match = re.fullmatch(r"\s*calls\s+([0-9]{1,15})\s+(\S+)\s*", text)
    if match is not None:
        return caveats.Budget("calls", int(match[1]), seconds(match[2], "--budget"))
    amount, _, window = text.strip().rpartition(" ")
    if not amount:
        raise click.BadParameter("--budget is like 'calls 100 1h' or 'USD 50.00 1d'")
    currency, minor = money.parse(amount)
    return caveats.Budget(currency, minor, seconds(window, "--budget"))


def _json(text: str) -> AnyCaveat:
    try:
        return from_json(msgspec.json.decode(text, type=dict[str, object]), "--caveat")
    except Problem as problem:
        raise click.BadParameter(str(problem)) from None
    except (msgspec.MsgspecError, RecursionError):
        raise click.BadParameter("--caveat must be a JSON object with a type") from None
