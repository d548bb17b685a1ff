"""Options of `token attenuate` to caveats."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

from engine import caveats, cidr
from engine.caveats import AnyCaveat
from server.caveatjson import from_json
from server.problems import Problem
from server.timestamps import to_seconds

from . import money
from .context import seconds
from .kinds import DURATION, NETWORK, TEXT, TIME

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--ttl", type=DURATION, help="Good for this long from now, or --not-before."),
    click.option("--not-before", type=TIME, help="Not before this time."),
    click.option("--expires", type=TIME, help="Until this time."),
    click.option(
        "audiences", "--audience", type=TEXT, multiple=True, help="Only for these; repeats."
    ),
    click.option("scopes", "--scope", type=TEXT, multiple=True, help="Only these; repeats."),
    click.option(
        "networks", "--network", type=NETWORK, multiple=True, help="Only from these; repeats."
    ),
    click.option(
        "tools", "--tool", type=TEXT, multiple=True, help="Only these, 'ns.*' for many; repeats."
    ),
    click.option("--amount", type=money.AMOUNT, help="At most this much a call."),
    click.option(
        "https", "--http", type=TEXT, multiple=True, help="Only this, as 'GET /orders/*'; repeats."
    ),
    click.option(
        "resources", "--resource", type=TEXT, multiple=True, help="Only these; 'a/*' for many."
    ),
    click.option("--delegate", type=TEXT, help="Who it is handed to, for the audit."),
    click.option("--max-depth", type=click.IntRange(0), help="How often it may be narrowed again."),
    click.option(
        "budgets", "--budget", type=TEXT, multiple=True, help="'calls 9 1h' or 'USD 50.00 1d'."
    ),
    click.option(
        "others",
        "--caveat",
        type=TEXT,
        metavar="JSON",
        multiple=True,
        help="Any other caveat; repeats.",
    ),
)


def narrowing_options(command: Command) -> Command:
    """Give a command the options; it hands them to `caveats_of`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_METHOD = re.compile(r"[A-Z]+")


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
        found.append(caveats.Network([cidr(text) for text in given["networks"]]))
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
    begin = now if not_before is None else to_seconds(not_before, "--not-before")
    if ttl is not None:
        end = begin + seconds(ttl, "--ttl")
    elif expires is not None:
        end = to_seconds(expires, "--expires")
    else:
        raise click.UsageError("--not-before needs --ttl or --expires beside it.")
    if end <= max(begin, now):
        raise click.BadParameter(
            "the token would be dead from the start: it must end after now and after --not-before"
        )
    return caveats.Window(begin, end)


def _http(text: str) -> caveats.Http:
    methods, _, path = text.strip().partition(" ")
    # Methods are compared as they are written in requests: in upper case.
    names = [name.strip().upper() for name in methods.split(",")]
    if not path.strip().startswith("/") or not all(map(_METHOD.fullmatch, names)):
        raise click.BadParameter(f"--http: {text!r} is not like 'GET,HEAD /orders/*'")
    return caveats.Http(names, [path.strip()])


def _budget(text: str) -> caveats.Budget:
    match = re.fullmatch(r"\s*calls\s+([0-9]{1,15})\s+(\S+)\s*", text)
    if match is not None:
        return caveats.Budget("calls", int(match[1]), seconds(match[2], "--budget"))
    amount, _, window = text.strip().rpartition(" ")
    if not amount or text.strip().startswith("calls"):
        raise click.BadParameter("--budget is like 'calls 100 1h' or 'USD 50.00 1d'")
    currency, minor = money.parse(amount)
    return caveats.Budget(currency, minor, seconds(window, "--budget"))


def _json(text: str) -> AnyCaveat:
    try:
        return from_json(msgspec.json.decode(text, type=dict[str, object]), "--caveat")
    except Problem as problem:
        raise click.BadParameter(str(problem)) from None
    except (msgspec.MsgspecError, RecursionError):
        example = '{"type": "Tools", "tools": ["search"]}'
        raise click.BadParameter(f"--caveat must be a JSON object such as {example}") from None
