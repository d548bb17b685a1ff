"""The facts of an access, as options: for `keys verify`, `keys explain` and `token explain`."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from server.durations import parse_duration
from server.problems import Problem
from server.timestamps import to_seconds

from .kinds import ADDRESS, TEXT
from .money import AMOUNT

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "scopes", "--scope", type=TEXT, multiple=True, help="A scope the access requires; repeats."
    ),
    click.option("--tool", type=TEXT, help="The tool about to be called."),
    click.option("--resource", type=TEXT, help="The resource about to be touched."),
    click.option("--amount", type=AMOUNT, help="What it would cost."),
    click.option(
        "--client-ip",
        type=ADDRESS,
        help="The client's address. A server asked takes the connection's unless given; offline "
        "there is none.",
    ),
    click.option("--method", type=TEXT, help="The HTTP method of the request."),
    click.option("--path", type=TEXT, help="The HTTP path of the request."),
    click.option("--audience", type=TEXT, help="The audience expected."),
)


def context_options(command: Command) -> Command:
    """Give a command the options; it takes them as keyword arguments `**facts`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def context(**facts: Any) -> dict[str, object]:
    """The `context` object of the HTTP API, of those facts that were given."""
    given = {name: value for name, value in facts.items() if value not in (None, ())}
    if "amount" in given:
        currency, minor = given["amount"]
        given["amount"] = {"currency": currency, "minor": minor}
    return given


def moment(text: str | None, now: int, option: str = "--at") -> int:
    """Unix seconds of an RFC 3339 time, or of "+3m" from now. Raises BadParameter."""
    if text is None:
        return now
    try:
        if match := re.fullmatch(r"\+(.+)", text):
            return now + parse_duration(match[1], option)
        return to_seconds(text, option)
    except Problem as problem:
        raise click.BadParameter(f"{problem}, or a length of time from now such as +3m") from None


def seconds(text: str, option: str) -> int:
    """Whole seconds of a length of time such as 90s, 10m or 30d. Raises BadParameter."""
    try:
        return parse_duration(text, option)
    except Problem as problem:
        raise click.BadParameter(str(problem)) from None
