"""JSON bodies into request Structs, the way protobuf's JSON is read.

Names may be snake_case or lowerCamelCase, null is as good as absent, unknown fields are dropped
(but refused inside what restricts), a name given twice is refused, an empty body is {}. A body that
needs none of this is decoded straight into its Struct.
"""

import enum
import re
import typing
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar

import msgspec

from server import plain
from server.problems import Problem, invalid

from .credentials import BatchVerifyRequest, VerifyRequest
from .imported import BatchImportRequest
from .keys import UpdateRequest
from .repeats import refuse_repeats

T = TypeVar("T", bound=msgspec.Struct)

_UPDATABLE = frozenset(UpdateRequest.__struct_fields__)
_WRAPPERS = ("issued_api_key", "issuedApiKey", "imported_api_key", "importedApiKey")
_CAMEL = re.compile(r"_([a-z])")
_UNKNOWN = re.compile(r" `[A-Za-z_]{1,32}`")
_ITEMS = 1_000  # no list of objects has more
_NAMED = (enum.EnumMeta, type(msgspec.Struct))


class _Plan(msgspec.Struct, frozen=True):
    """accepted name -> (field, plan of what is inside it)."""

    names: dict[str, "tuple[str, _Plan | None]"]


def decode(type_: type[T], body: bytes) -> T:
    """Read a request body. Raises Problem 400 naming field and rule, and nothing else."""
    if not body.strip():
        body = b"{}"
    try:
        if _is_usual(type_, body):
            read = msgspec.json.decode(body, type=type_)
        else:
            read = msgspec.convert(_normal(msgspec.json.decode(body), _plan(type_), ""), type_)
    except _REFUSED as error:
        raise _problem(error, type_) from None
    refuse_repeats(body, _names(type_))
    return read


def decode_batch(body: bytes) -> list[VerifyRequest]:
    """Read the items of a batch, only after they were counted. Raises Problem 400."""
    try:
        batch = msgspec.json.decode(body or b"{}", type=BatchVerifyRequest)
    except _REFUSED as error:
        raise _problem(error, BatchVerifyRequest) from None
    refuse_repeats(body, _names(BatchVerifyRequest))
    return [_item(raw, f"requests[{index}]") for index, raw in enumerate(batch.requests)]


def _item(raw: msgspec.Raw, where: str) -> VerifyRequest:
    try:
        return decode(VerifyRequest, bytes(raw))
    except Problem as problem:
        field, rule = problem.metadata["field"], problem.metadata["rule"]
        raise invalid(where if field == "body" else f"{where}.{field}", rule) from None


def decode_update(body: bytes) -> UpdateRequest:
    """Read a PATCH body, bare or wrapped as {"issued_api_key": {...}}; null is told from absent."""
    try:
        value = msgspec.json.decode(body or b"{}")
        if isinstance(value, dict):
            for wrapper in _WRAPPERS:
                value = value[wrapper] if isinstance(value.get(wrapper), dict) else value
        normal = _normal(value, _plan(UpdateRequest), "", keep_null=True)
        read = msgspec.convert(normal, UpdateRequest)
    except _REFUSED as error:
        raise _problem(error, UpdateRequest) from None
    refuse_repeats(body, None)
    return read


def decode_items(body: bytes, most: int) -> tuple[msgspec.Raw, ...]:
    """The items of {"requests": [...]}, unread, so that each may be wrong alone.

    Raises Problem 400 where there are none, or more than `most`.
    """
    try:
        items = msgspec.json.decode(body or b"{}", type=BatchImportRequest).requests or ()
    except _REFUSED as error:
        raise _problem(error, BatchImportRequest) from None
    if not 1 <= len(items) <= most:
        raise invalid("requests", f"must have 1 to {most} items")
    refuse_repeats(body, _names(BatchImportRequest))
    return items


def parse_mask(text: str) -> frozenset[str] | None:
    """The fields of an update_mask, None where it is empty. Raises Problem 400 for any other."""
    if not text:
        return None
    fields = frozenset(_snake(part.strip()) for part in text.split(","))
    if not fields <= _UPDATABLE:
        raise invalid("update_mask", f"may name only {', '.join(sorted(_UPDATABLE))}")
    return fields


# msgspec gives UnicodeDecodeError for a text that is not UTF-8.
_REFUSED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def _problem(error: Exception, type_: type[msgspec.Struct]) -> Problem:
    if isinstance(error, RecursionError):
        return invalid("body", "must not be nested so deeply")
    if isinstance(error, UnicodeDecodeError):
        return invalid("body", "must be UTF-8")
    if not isinstance(error, msgspec.ValidationError):
        return invalid("body", "must be well-formed JSON")
    message, _, path = str(error).partition(" - at `$")
    field = path.rstrip("`").lstrip(".") or "body"
    # Of what the client sent nothing is repeated but a field's name, where it looks like one.
    if told := plain.rule(message):
        return invalid(field, told)
    if message.startswith("Object contains unknown field"):
        named = _UNKNOWN.search(message)
        known = ", ".join(_type_at(type_, field).__struct_fields__)
        what = f"the field{named[0]}, which" if named else "a field that"
        return invalid(field, f"has {what} is not known here; it has {known}")
    if message.startswith("Object missing required field"):
        return invalid(field, "lacks the" + message.removeprefix("Object missing required"))
    if message.startswith("Invalid enum value"):
        # What the Struct lists as `refused` is a word of the enum, and none for this request.
        refused = getattr(type_, "refused", ())
        words = (word for word in _type_at(type_, field) if word not in refused)
        return invalid(field, f"must be one of {', '.join(words)}")
    return invalid(field, "has a value outside what is allowed")


def _type_at(type_: Any, path: str) -> Any:
    """The Struct or enum that the schema has at a path such as `requests[0].context`."""
    for name in re.findall(r"[a-z_]+", "" if path == "body" else path):
        hint = typing.get_type_hints(type_)[name]
        type_ = next(each for each in _parts(hint) if isinstance(each, _NAMED))
    return type_


def _parts(hint: Any) -> Iterator[Any]:
    yield hint
    for each in typing.get_args(hint):
        yield from _parts(each)


def _normal(value: Any, plan: _Plan, path: str, *, keep_null: bool = False) -> Any:
    if isinstance(value, list):
        if len(value) > _ITEMS and any(isinstance(each, dict) for each in value):
            raise invalid(path.rstrip(".") or "body", f"must have at most {_ITEMS} items")
        return [_normal(each, plan, path) for each in value]
    if not isinstance(value, dict):
        return value
    normal: dict[str, Any] = {}
    for key, each in value.items():
        field, inner = plan.names.get(key, (key, None))
        if field in normal and key in plan.names:
            raise invalid(path + field, "must be given only once, in one spelling")
        if each is None and not keep_null and key in plan.names:
            continue
        normal[field] = each if inner is None else _normal(each, inner, f"{path}{field}.")
    return normal


@cache
def _plan(type_: type[msgspec.Struct]) -> _Plan:
    names: dict[str, tuple[str, _Plan | None]] = {}
    for field, hint in typing.get_type_hints(type_).items():
        inner = _struct_within(hint)
        entry = (field, None if inner is None else _plan(inner))
        names[field] = names[_camel(field)] = entry
    return _Plan(names)


def _is_usual(type_: type[msgspec.Struct], body: bytes) -> bool:
    # An escape in a key can spell any name, so a body with one takes the long way too.
    if b"null" in body or b"\\u" in body:
        return False
    other = _other_spellings(type_)
    return other is None or not other.search(body)


@cache
def _other_spellings(type_: type[msgspec.Struct]) -> re.Pattern[bytes] | None:
    names: set[str] = set()
    pending = [_plan(type_)]
    while pending:
        for name, (field, inner) in pending.pop().names.items():
            if name != field:
                names.add(name)
            if inner is not None:
                pending.append(inner)
    return re.compile(f'"(?:{"|".join(sorted(names))})"'.encode()) if names else None


@cache
def _names(type_: type[msgspec.Struct]) -> re.Pattern[bytes] | None:
    """Finds the schema's names in a body; None where a part of it may have any names."""
    names: set[str] = set()
    pending: list[type[msgspec.Struct]] = [type_]
    while pending:
        for field, hint in typing.get_type_hints(pending.pop()).items():
            if any(typing.get_origin(part) is dict for part in _parts(hint)):
                return None
            names |= {field, _camel(field)}
            if (inner := _struct_within(hint)) is not None:
                pending.append(inner)
    return re.compile(f'"(?:{"|".join(sorted(names))})"'.encode())


def _struct_within(hint: Any) -> type[msgspec.Struct] | None:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint
    found = (_struct_within(each) for each in typing.get_args(hint))
    return next((each for each in found if each is not None), None)


def _camel(name: str) -> str:
    return _CAMEL.sub(lambda match: match[1].upper(), name)


def _snake(name: str) -> str:
    return next((field for field in _UPDATABLE if name == _camel(field)), name)
