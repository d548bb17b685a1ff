"""No tool shows more of a value than its repr does: every Struct of every part is looked at."""

import importlib
import io
import pkgutil

import msgspec
import pytest
from rich.console import Console
from rich.pretty import pretty_repr

from engine.redacted import Redacted

CANARY = "CANARY"
# A field of such a name holds what opens something, whatever the class.
TELLING = {"secret", "token", "credential", "text", "raw_key", "signature", "password", "private"}


def structs() -> list[type[msgspec.Struct]]:
    """Every Struct that a module of the engine, the stores or the server defines."""
    for part in ("engine", "storage", "server"):
        package = importlib.import_module(part)
        for module in pkgutil.walk_packages(package.__path__, f"{part}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found, left = [], [msgspec.Struct]
    while left:
        subclasses = left.pop().__subclasses__()
        left += subclasses
        found += [one for one in subclasses if one.__module__.split(".")[0] in PARTS]
    return sorted(set(found), key=lambda one: (one.__module__, one.__name__))


PARTS = ("engine", "storage", "server")
STRUCTS = structs()
REDACTED = [one for one in STRUCTS if one.__repr__ is not msgspec.Struct.__repr__]
FULL = [one for one in STRUCTS if one not in REDACTED]


def filled(kind: type[msgspec.Struct]) -> msgspec.Struct:
    """An instance, every field of which holds the canary; no constructor is asked."""
    bare = type(kind)(kind.__name__, (kind,), {"__post_init__": lambda self: None})
    return bare(**dict.fromkeys(kind.__struct_fields__, CANARY))


def name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__name__}"


@pytest.mark.parametrize("kind", REDACTED, ids=name_of)
def test_what_a_repr_hides_is_not_shown_by_rich_either(kind) -> None:
    assert issubclass(kind, Redacted)
    assert not hasattr(kind, "__rich_repr__")
    if kind is Redacted:
        return
    made = filled(kind)
    assert not hasattr(made, "__rich_repr__")
    try:
        shown = repr(made)
    except (AttributeError, TypeError, ValueError):
        shown = None  # the repr reads a part of a field, and the canary has no such part
    for value in (made, [made], {"it": made}):
        console = Console(file=io.StringIO(), width=200)
        try:
            console.print(value)
            printed = console.file.getvalue() + pretty_repr(value)
        except (AttributeError, TypeError, ValueError):
            assert shown is None
            continue
        assert printed.count(CANARY) == 2 * (shown or "").count(CANARY)


@pytest.mark.parametrize("kind", FULL, ids=name_of)
def test_a_struct_with_a_telling_field_is_redacted(kind) -> None:
    shown = {one.name for one in msgspec.structs.fields(kind) if not redacted(one.type)}
    assert not TELLING & shown


def redacted(declared: object) -> bool:
    return isinstance(declared, type) and issubclass(declared, Redacted)


def test_the_walk_finds_structs_of_every_part_and_rich_would_show_them() -> None:
    assert {kind.__module__.split(".")[0] for kind in STRUCTS} == set(PARTS)
    assert len(REDACTED) > 20
    leaking = msgspec.defstruct("Leaking", ["secret"])
    assert CANARY in pretty_repr(leaking(CANARY))
    hiding = msgspec.defstruct("Hiding", ["secret"], bases=(Redacted,), frozen=True)
    assert pretty_repr(hiding(CANARY)) == repr(hiding(CANARY)) == "Hiding(...)"
