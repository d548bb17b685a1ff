"""JSON Schema (2020-12) of the Structs: as they are read, and as they are printed."""

import inspect
from collections.abc import Iterable
from typing import Any

import msgspec

from server.schemas.tokens import AttenuateRequest

from . import caveats
from .fields import describe

Struct = type[msgspec.Struct]

_NULL = {"type": "null"}
_REF = "#/components/schemas/"


def ref(struct: Struct) -> dict[str, str]:
    """A reference to a Struct's schema."""
    return {"$ref": _REF + struct.__name__}


def is_required(struct: Struct) -> bool:
    """Whether a body must be there: an empty one is read as {}."""
    named = getattr(struct, "required", ())
    return bool(named) or any(field.required for field in msgspec.structs.fields(struct))


def schemas(read: Iterable[Struct], printed: Iterable[Struct]) -> dict[str, Any]:
    """The schemas of all these Structs and of what is inside them, by name.

    What is printed has all its fields, but for those that may be unset. What is read may lack what
    has a default, or have null there, but for what its class lists as `required`.
    """
    read = set(read)
    answers, requests = _schemas(printed), _schemas(read)
    for schema in answers.values():
        _print_defaults(schema)
    for struct in read:
        _require(requests[struct.__name__], getattr(struct, "required", ()))
    for schema in requests.values():
        _allow_null(schema)
    # What is both is described as it is read: an answer that has more fits all the same.
    written = caveats.schemas() if AttenuateRequest in read else {}
    every = dict(sorted((answers | requests | written).items()))
    describe(every)
    return every


def _schemas(structs: Iterable[Struct]) -> dict[str, Any]:
    by_name = {struct.__name__: struct for struct in structs}
    _, found = msgspec.json.schema_components(by_name.values(), ref_template=_REF + "{name}")
    for schema in found.values():
        if "enum" in schema:
            schema["type"] = "string"
        if "description" in schema:
            schema["description"] = inspect.cleandoc(schema["description"])
    return found


def _print_defaults(schema: dict[str, Any]) -> None:
    fields = schema.get("properties", {})
    printed = {name for name, field in fields.items() if "default" in field}
    for name in printed:
        del fields[name]["default"]
    if fields:
        needed = printed.union(schema["required"])
        schema["required"] = [name for name in fields if name in needed]


def _require(schema: dict[str, Any], names: Iterable[str]) -> None:
    fields = schema["properties"]
    for name in names:
        field = next(
            (each for each in fields[name].get("anyOf", ()) if each != _NULL), fields[name]
        )
        field.pop("default", None)
        if field.get("type") == "string":
            field["minLength"] = 1
        fields[name] = field
    schema["required"] = [*schema["required"], *names]


def _allow_null(schema: dict[str, Any]) -> None:
    fields = schema.get("properties", {})
    for name in fields.keys() - set(schema.get("required", ())):
        field = fields[name]
        if _NULL not in field.get("anyOf", ()):
            default = {"default": field.pop("default")} if "default" in field else {}
            fields[name] = {"anyOf": [field, _NULL], **default}
