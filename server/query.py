"""Query parameters of a request, by their snake_case names."""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from .problems import invalid

_ESCAPES = re.compile(rb"(?:[^%]|%[0-9A-Fa-f]{2})*")
_CAMEL = re.compile(r"[A-Z]")


def snake_case(name: str) -> str:
    """`pageSize` -> `page_size`; a name already in snake_case stays as it is."""
    return _CAMEL.sub(lambda match: "_" + match[0].lower(), name)


def parse_query(raw: bytes) -> Mapping[str, str]:
    """Parameters by name, lowerCamelCase accepted. Raises Problem 400 for one given twice."""
    parameters: dict[str, str] = {}
    for part in raw.split(b"&"):
        if not part:
            continue
        name_raw, _, value_raw = part.partition(b"=")
        name = snake_case(decode_component(name_raw, "query"))
        if name in parameters:
            raise invalid(_shown(name), "must be given only once in the query")
        parameters[name] = decode_component(value_raw, "query")
    return parameters


def only(parameters: Mapping[str, str], *known: str) -> None:
    """Refuse a parameter of another name; for our own routes. Raises Problem 400."""
    if unknown := sorted(set(parameters) - set(known)):
        raise invalid(f"query parameter {_shown(unknown[0])}", f"is not one of {', '.join(known)}")


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
    return name if re.fullmatch(r"[a-z_]{1,40}", name) else "query parameter"
