"""Scopes: "*" only as the last whole segment, never the product's own namespace."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Access, CaveatUnmet, attenuate, scopes
from engine.caveats import Scopes

NOW = 1_800_000_000


@pytest.mark.parametrize(("held", "required", "covered"), [
    ("read", "read", True),
    ("read", "Read", False),
    ("read", "read:a", False),
    ("read", "reads", False),
    ("read:a", "read", False),
    ("p:*", "p:a", True),
    ("p:*", "p:a:b", True),
    ("p:*", "p:", True),
    ("p:*", "p", False),
    ("p:*", "pa", False),
    ("p:*", "pa:b", False),
    ("p:*", "q:a", False),
    ("p:*", "p:*", True),
    ("p:*", "p:a:*", True),
    ("p:a:*", "p:*", False),
    ("p:a:*", "p:ab:c", False),
    ("p:a", "p:*", False),
    ("p:*", "*", False),
    ("*", "*", True),
    ("*", "p", True),
    ("*", "p:*", True),
    ("*", "p:a:b", True),
    ("*", "marzipan", False),
    ("*", "marzipan:admin", False),
    ("*", "marzipan:*", False),
    ("*", "marzipans:x", True),
    ("marzipan:*", "marzipan:admin", True),
    ("marzipan:admin", "marzipan:admin", True),
    ("marzipan:admin", "marzipan:read", False),
    ("p*", "p*", False),
    ("p*", "pa", False),
    ("*:a", "p:a", False),
    ("p:*:a", "p:b:a", False),
    ("p:**", "p:a", False),
    ("**", "a", False),
    ("p:*", "p:a*", False),
    ("p:*", "p:*:b", False),
    ("*", "a*", False),
    ("", "", False),
    ("*", "", False),
    ("*", "\ud800", False),
    ("\ud800", "\ud800", False),
    ("*", "a" * 256, True),
    ("*", "a" * 257, False),
    ("*", "é" * 128, True),
    ("*", "é" * 129, False),
])  # fmt: skip
def test_one_scope_covers_another_exactly_by_rule(world, held, required, covered) -> None:
    assert scopes.covers(held, required) is covered
    key = world.key(scopes=(held,))
    access = Access(now=NOW, scopes=(required,))
    if covered:
        assert world.verifier().verify(key, access).scopes == (held,)
    else:
        with pytest.raises(CaveatUnmet) as caught:
            world.verifier().verify(key, access)
        assert (caught.value.caveat, caught.value.block) == ("Scopes", None)


def test_an_empty_list_of_scopes_covers_nothing_and_needs_nothing(world) -> None:
    key = world.key(scopes=())
    assert world.verifier().verify(key, Access(now=NOW)).scopes == ()
    with pytest.raises(CaveatUnmet):
        world.verifier().verify(key, Access(now=NOW, scopes=("a",)))


def test_all_required_scopes_are_needed_and_the_first_missing_is_named(world) -> None:
    key = world.key(scopes=("a", "b:*"))
    assert world.verifier().verify(key, Access(now=NOW, scopes=("a", "b:c")))
    with pytest.raises(CaveatUnmet, match="'c'"):
        world.verifier().verify(key, Access(now=NOW, scopes=("a", "c", "d")))


@pytest.mark.parametrize(("record", "blocks", "left"), [
    (("*",), [["read:*"]], ("read:*",)),
    (("read:*",), [["*"]], ("read:*",)),
    (("read:*", "write"), [["read:a", "write", "admin"]], ("read:a", "write")),
    (("read:*",), [["read:a", "read:b:*"], ["read:b:c"]], ("read:b:c",)),
    (("read:a",), [["read:*"], ["*"]], ("read:a",)),
    (("read",), [["write"]], ()),
    (("read:*",), [["read"]], ()),
    (("*",), [["marzipan:admin"]], ()),
    (("*", "marzipan:read"), [["marzipan:*"]], ("marzipan:read",)),
    (("marzipan:admin",), [["*"]], ()),
    (("a", "a"), [["a"]], ("a",)),
    ((), [["a"]], ()),
])  # fmt: skip
def test_the_scopes_returned_are_the_intersection_of_all(world, record, blocks, left) -> None:
    text = world.key(scopes=record)
    for held in blocks:
        text = attenuate(text, Scopes(held)).text
    assert world.verifier().verify(text, Access(now=NOW)).scopes == left


@pytest.mark.parametrize(("scope", "reserved"), [
    ("marzipan", True), ("marzipan:admin", True), ("marzipan:*", True), ("marzipans", False),
    ("*", False), ("a:marzipan", False), ("Marzipan:admin", False), ("", False),
])  # fmt: skip
def test_the_reserved_namespace_is_the_first_segment(scope, reserved) -> None:
    assert scopes.is_reserved(scope) is reserved


@pytest.mark.parametrize(
    "scope", ["", "a*", "*a", "a:*:b", "**", "a:**", "*:*", "\udcff", "é" * 129]
)
def test_what_is_no_scope_has_a_fault(scope) -> None:
    assert scopes.fault(scope)


names = st.lists(st.sampled_from(["a", "b", "marzipan"]), min_size=1, max_size=3).map(":".join)
held = names | names.map(lambda name: f"{name}:*") | st.just("*")
lists = st.lists(held, max_size=4)


@given(held, held, held)
def test_covering_is_transitive(one, two, three) -> None:
    if scopes.covers(one, two) and scopes.covers(two, three):
        assert scopes.covers(one, three)


@given(lists, lists, names)
def test_an_intersection_covers_what_both_cover_and_no_more(one, other, required) -> None:
    both = scopes.uncovered(one, [required]) is None and scopes.uncovered(other, [required]) is None
    assert (scopes.uncovered(scopes.intersect(one, other), [required]) is None) is both
