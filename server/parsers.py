"""What a setting's value may be: one small parser per kind, for TOML, environment and flags."""

import re
from collections.abc import Callable
from pathlib import Path

from engine.types import RateLimit
from storage.errors import StoreError
from storage.url import named

from .durations import parse_duration
from .hosts import host_name
from .networks import strict
from .problems import Problem
from .redis.client import SCHEMES, connect
from .redis.url import unmeant

SYSTEM_TENANT = "marzipan"
_SQLITE = "sqlite:///"
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+){1,8}")
# Where the server's own paths begin; see `server.app`.
_TAKEN = frozenset(
    (".well-known", "health", "openapi.json", "v1", "v2alpha1", "version", "metrics")
)
_SCHEMES = (_SQLITE, "postgresql://", "cockroachdb://")


class SettingsError(Exception):
    """The configuration can't be used; the message names the key, the rule, and the way out."""


def _refuse(name: str, rule: str) -> SettingsError:
    return SettingsError(f"The setting {name} must be {rule}. Correct it and start again.")


def text(name: str, value: object) -> str:
    """A string that is not empty."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise _refuse(name, "a text that is not empty")
    return value


def texts(name: str, value: object) -> tuple[str, ...]:
    """Texts, as a list or (environment, command line) joined by commas."""
    parts = value.split(",") if isinstance(value, str) and value else value or []
    if not isinstance(parts, list | tuple):
        raise _refuse(name, "a list of texts")
    return tuple(text(name, part.strip() if isinstance(part, str) else part) for part in parts)


def uuid(name: str, value: object) -> str:
    """A UUID in its usual spelling."""
    plain = text(name, value)
    if not re.fullmatch(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", plain):
        raise _refuse(name, "a UUID in lower case with hyphens")
    return plain


def path(name: str, value: object) -> Path:
    """A file's path, absolute from here on."""
    plain = str(value) if isinstance(value, Path) else value
    return Path(text(name, plain)).absolute()


def integer(name: str, value: object) -> int:
    """A whole number."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _refuse(name, "a whole number")


def port(name: str, value: object) -> int:
    """A TCP port; 0 lets the system choose one."""
    number = integer(name, value)
    if not 0 <= number <= 65_535:
        raise _refuse(name, "a port from 0 to 65535")
    return number


def count(name: str, value: object) -> int:
    """How many of something that a machine has few of."""
    number = integer(name, value)
    if not 1 <= number <= 64:
        raise _refuse(name, "from 1 to 64")
    return number


def exact(name: str, value: object) -> int:
    """How many entries of a denylist are a process' own."""
    number = integer(name, value)
    if not 1000 <= number <= 1_000_000_000:
        raise _refuse(name, "from 1000 to 1000000000")
    return number


def boolean(name: str, value: object) -> bool:
    """true or false; in the environment also 1 or 0."""
    known = {"true": True, "1": True, "false": False, "0": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    raise _refuse(name, "true or false")


def choice(*allowed: str) -> Callable[[str, object], str]:
    """One of a few words."""

    def parse(name: str, value: object) -> str:
        if not isinstance(value, str) or value.lower() not in allowed:
            raise _refuse(name, f"one of {', '.join(allowed)}")
        return value.lower()

    return parse


def duration(name: str, value: object, minimum: int = 1) -> int:
    """Seconds of a duration such as "30d"."""
    try:
        return parse_duration(text(name, value), name, minimum=minimum)
    except Problem as problem:
        raise _refuse(name, problem.metadata["rule"].removeprefix("must be ")) from None


def skew(name: str, value: object) -> int:
    """Seconds by which clocks may differ: none to ten minutes."""
    seconds = duration(name, value, minimum=0)
    if seconds > 600:
        raise _refuse(name, "at most 10m: a larger one would keep what has expired alive")
    return seconds


def staleness(name: str, value: object) -> int:
    """Seconds for which a node accepts without an answer of its database: one to ten minutes."""
    seconds = duration(name, value, minimum=0)
    if not 1 <= seconds <= 600:
        raise _refuse(name, "from 1s to 10m: for so long a node may not hear of a revocation")
    return seconds


def tenant(name: str, value: object) -> str:
    """A tenant's name, which goes into its root key."""
    plain = text(name, value)
    if len(plain.encode("utf-8", "surrogateescape")) > 255:
        raise _refuse(name, "at most 255 bytes")
    if plain == SYSTEM_TENANT:
        raise _refuse(name, f"another name than {SYSTEM_TENANT}, where admin keys live")
    return plain


def hosts(name: str, value: object) -> tuple[str, ...]:
    """Host names in one spelling, or `*`."""
    said = []
    for each in texts(name, value):
        host = each if each == "*" else host_name(each)
        if host is None or (each != "*" and ":" in each.rpartition("]")[2]):
            raise _refuse(name, 'a list of host names without a port, such as "keys.example.com"')
        said.append(host)
    return tuple(said)


def path_prefix(name: str, value: object) -> str:
    """What paths begin with: plain segments, none of which is where routes of the server begin."""
    path = text(name, value)
    segments = path.split("/")[1:]
    if not _PATH.fullmatch(path) or {".", ".."} & set(segments):
        raise _refuse(name, 'a path such as "/t/acme" of letters, digits and -._~')
    if segments[0] in _TAKEN:
        raise _refuse(name, f"a path that does not begin with /{segments[0]}")
    return path


def database(name: str, value: object) -> str:
    """A database URL; the message doesn't repeat it, as it may hold a password.

    That of a SQLite file comes out absolute, whatever the working directory is later.
    """
    url = text(name, value)
    if not url.startswith(_SCHEMES) or url in _SCHEMES:
        raise _refuse(name, "a URL such as sqlite:///file.db or postgresql://user@host/name")
    if url.startswith(_SQLITE) and url != f"{_SQLITE}:memory:":
        try:
            return f"{_SQLITE}{named(url)}"
        except StoreError as error:
            raise SettingsError(str(error)) from None
    return url


def redis(name: str, value: object) -> str:
    """The URL of a Redis or Valkey; the message doesn't repeat it, as it may hold a password."""
    url = text(name, value)
    if not url.startswith(SCHEMES) or url in SCHEMES:
        raise _refuse(name, "a URL such as redis://host:6379/0, rediss://host or unix:///path")
    try:
        connect(url)
        wrong = unmeant(url)
    except ValueError:
        raise _refuse(
            name, "a URL that can be read: spell other characters in its password as %XX"
        ) from None
    if wrong is not None:
        raise _refuse(name, f"a URL {wrong}")
    return url


def rate(name: str, value: object) -> RateLimit:
    """A rate limit such as "1000/60s"."""
    match = re.fullmatch(r"([1-9][0-9]{0,14})/(.+)", text(name, value))
    try:
        if match is not None:
            return RateLimit(int(match[1]), parse_duration(match[2], name))
    except Problem:
        pass
    raise _refuse(name, 'a quota and a window such as "1000/60s"')


def cidrs(name: str, value: object) -> tuple[str, ...]:
    """Networks, as a list or (environment, command line) joined by commas."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise _refuse(name, "a list of networks")
    if parts == [""]:
        return ()
    try:
        return tuple(strict(part if isinstance(part, str) else "") for part in parts)
    except ValueError as error:
        raise _refuse(name, f'networks such as "10.0.0.0/8", but {error}') from None
