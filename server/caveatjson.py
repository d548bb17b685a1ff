"""Caveats as JSON objects: `{"type": "Amount", "currency": "USD", "maximum": 4999}`.

Field names are the engine's. Networks are CIDR text, digests are hex, a Custom payload is base64.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping

import msgspec

from engine import cidr
from engine.block import encode
from engine.caveats import AnyCaveat, Binding, BodyHash, Custom, Network
from engine.limits import CAVEATS
from engine.networks import spell

from . import plain
from .problems import Problem, invalid

# A block has 1,023 bytes: longer lists and texts never fit, and are not even converted.
ITEMS = 256
CHARACTERS = 2048

TYPES: Mapping[str, type[AnyCaveat]] = {each.__name__: each for each in AnyCaveat.__args__}


def to_json(caveat: AnyCaveat) -> dict[str, object]:
    """The JSON object of a caveat."""
    fields = {name: getattr(caveat, name) for name in caveat.__struct_fields__}
    if isinstance(caveat, Network):
        fields["networks"] = [spell(network) for network in caveat.networks]
    elif isinstance(caveat, BodyHash | Binding):
        fields = {name: value.hex() for name, value in fields.items()}
    elif isinstance(caveat, Custom):
        fields["payload"] = b64encode(caveat.payload).decode()
    return {"type": type(caveat).__name__, **fields}


def from_json(value: Mapping[str, object], where: str) -> AnyCaveat:
    """The caveat of a JSON object. Raises Problem 400 naming field and rule."""
    name = value.get("type")
    kind = TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise invalid(f"{where}.type", f"must be one of {', '.join(TYPES)}")
    fields = {field: given for field, given in value.items() if field != "type"}
    if unknown := sorted(set(fields) - set(kind.__struct_fields__)):
        wanted = ", ".join(kind.__struct_fields__)
        # What looks like the name of a field is repeated; a credential does not.
        named = f" ({unknown[0]})" if re.fullmatch(r"[a-z_]{1,32}", unknown[0]) else ""
        raise invalid(where, f"of type {name} has the fields {wanted}, and no other{named}")
    try:
        ordered = [
            _packed(kind, field, fields[field], f"{where}.{field}")
            for field in kind.__struct_fields__
        ]
        caveat = msgspec.convert([kind.__struct_config__.tag, *ordered], kind)
        encode((caveat,))
    except KeyError as missing:
        raise invalid(where, f"of type {name} lacks {missing.args[0]}") from None
    except msgspec.ValidationError as error:
        raise _told(error, kind, where) from None
    except (ValueError, TypeError) as error:
        raise invalid(where, f"of type {name} is refused: {error}") from None
    return caveat


def _told(error: msgspec.ValidationError, kind: type[AnyCaveat], where: str) -> Problem:
    # On the wire a caveat is an array; people name its fields.
    message, _, path = str(error).partition(" - at `$")
    place = re.match(r"\[(\d+)\](.*)`", path)
    field = f".{kind.__struct_fields__[int(place[1]) - 1]}{place[2]}" if place else ""
    rule = plain.rule(message) or "has a value outside what is allowed"
    return invalid(f"{where}{field.replace('[...]', '')}", rule)


def _packed(kind: type[AnyCaveat], field: str, value: object, where: str) -> object:
    if isinstance(value, str) and len(value) > CHARACTERS:
        raise invalid(where, f"must be at most {CHARACTERS} characters")
    if isinstance(value, list) and len(value) > ITEMS:
        raise invalid(where, f"must have at most {ITEMS} items")
    if kind is Network and isinstance(value, list):
        return [_network(each, f"{where}[{index}]") for index, each in enumerate(value)]
    if kind in (BodyHash, Binding) and isinstance(value, str):
        return bytes.fromhex(value)
    if kind is Custom and field == "payload" and isinstance(value, str):
        return b64decode(value, validate=True)
    return value


def _network(value: object, where: str) -> bytes:
    try:
        if isinstance(value, str) and len(value) < 64:
            return cidr(value)
    except ValueError:
        pass
    raise invalid(where, "must be a network such as 10.0.0.0/8, its host bits zero")


def many_from_json(values: object, where: str = "caveats") -> tuple[AnyCaveat, ...]:
    """The caveats of a JSON array. Raises Problem 400 naming field and rule."""
    if not isinstance(values, list) or not values:
        raise Problem("BAD_REQUEST", f"{where} must be a list of at least one caveat")
    if len(values) > CAVEATS:
        raise invalid(where, f"must have at most {CAVEATS} items")
    caveats = []
    for index, value in enumerate(values):
        if not isinstance(value, dict):
            raise invalid(f"{where}[{index}]", "must be an object")
        caveats.append(from_json(value, f"{where}[{index}]"))
    return tuple(caveats)
