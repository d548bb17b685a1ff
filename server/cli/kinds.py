"""What an option's value may be. A value that is wrong is refused before anything is asked.

An empty text is refused everywhere: it is what an unset shell variable leaves behind, and to take
it for "not given" would issue a key without the restriction that was meant.
"""

import re
from typing import Any, NoReturn
from uuid import UUID

import click

from server import networks
from server.durations import format_seconds, parse_duration
from server.problems import Problem
from server.timestamps import to_seconds

_KEY_ID = re.compile(r"[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}")


class Kind(click.ParamType[Any]):
    """An option's kind; `name` is an example, which the help shows in place of the value."""

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return self.name

    def fail(
        self, message: str, param: click.Parameter | None = None, ctx: click.Context | None = None
    ) -> NoReturn:
        raise click.BadParameter(message, ctx, param)


class _Text(Kind):
    name = "TEXT"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        if not str(value).strip():
            self.fail("it is empty; is a shell variable unset?", param, ctx)
        return str(value)


class _Duration(_Text):
    name = "30d"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        text = super().convert(value, param, ctx)
        try:
            parse_duration(text, "it", minimum=0)
        except Problem as problem:
            self.fail(str(problem), param, ctx)
        return text


class _Time(_Text):
    name = "2027-01-15T08:00:00Z"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        text = super().convert(value, param, ctx)
        try:
            to_seconds(text, "it")
        except Problem as problem:
            self.fail(str(problem), param, ctx)
        return text


class _Network(_Text):
    name = "10.0.0.0/8"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        try:
            return networks.strict(super().convert(value, param, ctx))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Address(_Text):
    name = "192.0.2.7"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        address = networks.parse_address(super().convert(value, param, ctx).strip())
        if address is None:
            self.fail("it must be an IPv4 or IPv6 address", param, ctx)
        return address


class _RateLimit(Kind):
    """A policy as the wire has it, of a quota and the window that it is for."""

    name = "100/60s"

    def convert(self, value: Any, param: Any, ctx: Any) -> dict[str, str]:
        if isinstance(value, dict):
            return value
        quota, slash, window = TEXT.convert(value, param, ctx).partition("/")
        if not (slash and re.fullmatch(r"[1-9][0-9]{0,18}", quota)):
            self.fail("a rate limit is QUOTA/WINDOW, such as 100/60s", param, ctx)
        seconds = parse_duration(DURATION.convert(window, param, ctx), "the window", minimum=0)
        if not seconds:
            self.fail("its window must be at least 1s", param, ctx)
        return {"quota": quota, "unit": "requests", "window": format_seconds(seconds)}


class _KeyId(_Text):
    name = "KEY_ID"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        text = super().convert(value, param, ctx)
        if not _KEY_ID.fullmatch(text):
            # Not repeated: it may be the key itself.
            self.fail(
                "a key id is 32 hex digits, such as 4b4b4b4b-4b4b-4b4b-4b4b-4b4b4b4b4b4b; "
                "`marzipan keys list` shows them",
                param,
                ctx,
            )
        return str(UUID(text))


TEXT = _Text()
DURATION = _Duration()
TIME = _Time()
NETWORK = _Network()
ADDRESS = _Address()
RATE_LIMIT = _RateLimit()
KEY_ID = _KeyId()
