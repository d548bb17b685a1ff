"""JSON Schema of caveats as `caveatjson` reads them: on the wire an array, here named fields."""

import inspect
from typing import Any

import msgspec

from engine.caveats import AnyCaveat
from server.caveatjson import TYPES

_REF = "#/components/schemas/"
_CIDR = {"type": "string", "examples": ["10.0.0.0/8"]}
_DIGEST = {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"}
# What is bytes on the wire is text here.
_TEXTS: dict[tuple[str, str], dict[str, Any]] = {
    ("Network", "networks"): {"type": "array", "minItems": 1, "items": _CIDR},
    ("BodyHash", "digest"): _DIGEST,
    ("Binding", "thumbprint"): _DIGEST,
}


def schemas() -> dict[str, Any]:
    """`Caveat`, and one schema for each of its types."""
    refs = {name: f"{_REF}Caveat{name}" for name in TYPES}
    any_caveat = {
        "title": "Caveat",
        "oneOf": [{"$ref": ref} for ref in refs.values()],
        "discriminator": {"propertyName": "type", "mapping": refs},
    }
    return {"Caveat": any_caveat} | {f"Caveat{name}": _schema(TYPES[name]) for name in TYPES}


def _schema(kind: type[AnyCaveat]) -> dict[str, Any]:
    name = kind.__name__
    _, found = msgspec.json.schema_components([kind])
    fields: dict[str, Any] = {"type": {"type": "string", "enum": [name]}}
    for field, schema in zip(kind.__struct_fields__, found[name]["prefixItems"][1:], strict=True):
        fields[field] = _TEXTS.get((name, field), schema)
    return {
        "title": f"Caveat{name}",
        "description": inspect.cleandoc(kind.__doc__ or ""),
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }
