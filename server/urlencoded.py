"""Bodies of the type application/x-www-form-urlencoded, read strictly.

A parameter given twice is refused unless it may repeat (RFC 6749 section 3.2): whoever looked at it
in front may have seen the other one.
"""

import re
from collections.abc import Mapping
from typing import TypeVar, get_origin

import msgspec

from .asgi import Request
from .problems import invalid
from .query import decode_component

T = TypeVar("T", bound=msgspec.Struct)

LIMIT = 64 * 1024  # bytes of a form
PARAMETERS = 64
_TYPE = re.compile(
    rb'application/x-www-form-urlencoded(?:\s*;\s*charset="?utf-8"?)?\s*', re.IGNORECASE
)
_NAME = re.compile(r"[a-z_]{1,40}")


def decode_form(type_: type[T], request: Request) -> T:
    """Read a form into a Struct whose fields are texts, or tuples of texts where one may repeat.

    A parameter that the Struct does not have is ignored, unless it forbids unknown fields. Raises
    Problem 400 naming the parameter and the rule.
    """
    if not _TYPE.fullmatch(request.headers.get(b"content-type", b"")):
        raise invalid("header content-type", "must be application/x-www-form-urlencoded")
    form = parse_form(request.body)
    types = {field.name: field.type for field in msgspec.structs.fields(type_)}
    if "client_secret" in form:
        raise invalid("client_secret", "must not be in a form: use HTTP Basic, or Bearer")
    values: dict[str, str | list[str]] = {}
    for name, given in form.items():
        if name not in types and type_.__struct_config__.forbid_unknown_fields:
            raise invalid(_shown(name), f"is not known here; there are {', '.join(types)}")
        if get_origin(types.get(name)) is tuple:
            values[name] = given
        elif len(given) > 1:
            raise invalid(_shown(name), "must be given only once")
        else:
            values[name] = given[0]
    return msgspec.convert(values, type_)


def parse_form(body: bytes) -> Mapping[str, list[str]]:
    """The values of each parameter, in order. Raises Problem 400."""
    parameters: dict[str, list[str]] = {}
    parts = body.split(b"&", PARAMETERS)
    if len(parts) > PARAMETERS:
        raise invalid("form", f"must have at most {PARAMETERS} parameters")
    for part in parts:
        if part:
            name, _, value = part.partition(b"=")
            values = parameters.setdefault(decode_component(name, "form"), [])
            values.append(decode_component(value, "form"))
    return parameters


def _shown(name: str) -> str:
    return name if _NAME.fullmatch(name) else "parameter"
