"""Query parameters of a request, by their snake_case names."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_to_bytes

from .problems import invalid

_ESCAPES = re.compile(rb"(?:[^%]|%[0-9A-Fa-f]{2})*")
_ODD = "query parameter"  # in place of a name that looks like none
_CAMEL = re.compile(r"[A-Z]")


def snake_case(name: str) -> str:
    """`pageSize` -> `page_size`; a name already in snake_case stays as it is."""
    return _CAMEL.sub(lambda match: "_" + match[0].lower(), name)


def parse_query(raw: bytes) -> Mapping[str, str]:
    """Parameters by name, lowerCamelCase accepted. Raises Problem 400 for one given twice."""
    return unrepeated((snake_case(name), value) for name, value in parse_pairs(raw))


def parse_pairs(raw: bytes) -> list[tuple[str, str]]:
    """Names and values as they were sent, in order. Raises Problem 400 for what is not UTF-8."""
    parts = (part.partition(b"=") for part in raw.split(b"&") if part)
    return [
        (decode_component(name, "query"), decode_component(value, "query"))
        for name, _, value in parts
    ]


def unrepeated(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Values by name. Raises Problem 400 for a name that is given twice."""
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name in parameters:
            raise invalid(_shown(name), "must be given only once in the query")
        parameters[name] = value
    return parameters


def only(parameters: Mapping[str, str], *known: str) -> None:
    """Refuse a parameter of another name; for our own routes. Raises Problem 400."""
    if unknown := sorted(set(parameters) - set(known)):
        named = _shown(unknown[0])
        field = named if named == _ODD else f"{_ODD} {named}"
        raise invalid(field, f"is not one of {', '.join(known)}")


def integer(parameters: Mapping[str, str], name: str, default: int) -> int:
    """A whole number of at most nine digits, or the default where it is absent or empty."""
    text = parameters.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise invalid(name, "must be a whole number of at most nine digits")
    return int(text)


def decode_component(raw: bytes, where: str) -> str:
    """A name or value as it was before it was encoded. Raises Problem 400 that names `where`."""
    if not _ESCAPES.fullmatch(raw):
        raise invalid(where, "must be percent-encoded: % followed by two hex digits")
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise invalid(where, "must be UTF-8 once percent-decoded") from None
    if "\0" in text:
        raise invalid(where, "must not contain a NUL character")
    return text


def _shown(name: str) -> str:
    return name if re.fullmatch(r"[a-z_]{1,40}", name) else _ODD
