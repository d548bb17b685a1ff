"""Third-party caveats: each has a discharge of its own, bound to the root, and none is left."""

import importlib
import sys

import pytest

from engine import Access
from engine.errors import BadTail, CaveatUnmet, MalformedToken, UnusedDischarge
from engine.formats.macaroons import Macaroon, Verifier, chain, secretbox
from engine.formats.macaroons.limits import DISCHARGES
from engine.formats.macaroons.mint import add_third_party, attenuate, bind, mint
from engine.formats.macaroons.verify import authenticate

KEY = b"root key"


def asking(*tickets: bytes, macaroon: Macaroon | None = None) -> Macaroon:
    """A macaroon with one third-party caveat per ticket, whose key is the ticket too."""
    made = macaroon or mint(KEY, b"root")
    for ticket in tickets:
        made = add_third_party(made, location=b"elsewhere", key=ticket, identifier=ticket)
    return made


def answer(ticket: bytes, *tickets: bytes) -> Macaroon:
    return asking(*tickets, macaroon=mint(ticket, ticket, b"elsewhere"))


def test_every_third_party_caveat_is_met_in_whatever_order_discharges_come() -> None:
    root = asking(b"a", b"b")
    bound = [bind(root, answer(one)) for one in (b"a", b"b")]
    assert authenticate(root, KEY, bound) == authenticate(root, KEY, bound[::-1]) == ()


def test_discharges_of_discharges_are_bound_to_the_root_and_to_nothing_else() -> None:
    root = asking(b"a")
    outer, inner = answer(b"a", b"b"), attenuate(answer(b"b"), b"deep")
    bound = bind(root, outer)
    assert [one.discharge for one in authenticate(root, KEY, [bound, bind(root, inner)])] == [2]
    for parent in (outer, bound, inner):
        with pytest.raises(BadTail) as caught:
            authenticate(root, KEY, [bound, bind(parent, inner)])
        assert caught.value.discharge == 2


def test_a_chain_of_discharges_as_long_as_may_be_is_walked_without_recursing() -> None:
    tickets = [b"%d" % n for n in range(DISCHARGES)]
    root = asking(tickets[0])
    bound = [bind(root, answer(one, *tickets[n + 1 : n + 2])) for n, one in enumerate(tickets)]
    assert authenticate(root, KEY, bound) == ()
    with pytest.raises(MalformedToken):
        authenticate(root, KEY, [*bound, bound[0]])


def test_a_third_party_caveat_without_a_discharge_denies_wherever_it_stands() -> None:
    root = asking(b"a", b"b")
    sent = [bind(root, answer(b"a"))]
    with pytest.raises(CaveatUnmet) as caught:
        authenticate(root, KEY, sent)
    assert (caught.value.block, caught.value.index) == (0, 1)
    nested = asking(b"a")
    with pytest.raises(CaveatUnmet) as caught:
        authenticate(nested, KEY, [bind(nested, answer(b"a", b"b"))])
    assert (caught.value.block, caught.value.index) == (1, 0)


def test_a_discharge_serves_once_even_where_two_caveats_ask_for_it() -> None:
    root = asking(b"a", b"a")
    with pytest.raises(CaveatUnmet):
        authenticate(root, KEY, [bind(root, answer(b"a"))])
    across = asking(b"a", b"b")
    with pytest.raises(CaveatUnmet):
        authenticate(across, KEY, [bind(across, answer(b"a", b"b")), bind(across, answer(b"b"))])


def test_discharges_that_lead_to_themselves_are_refused() -> None:
    root = asking(b"a")
    with pytest.raises(CaveatUnmet):
        authenticate(root, KEY, [bind(root, answer(b"a", b"a"))])
    with pytest.raises(CaveatUnmet):
        authenticate(root, KEY, [bind(root, answer(b"a", b"b")), bind(root, answer(b"b", b"a"))])


def test_a_discharge_that_nobody_asked_for_or_that_came_twice_is_an_error() -> None:
    root = asking(b"a")
    good, stray = bind(root, answer(b"a")), bind(root, answer(b"z"))
    for sent, which in (([good, stray], 2), ([stray, good], 1), ([good, good], 2)):
        with pytest.raises(UnusedDischarge) as caught:
            authenticate(root, KEY, sent)
        assert caught.value.discharge == which
    with pytest.raises(UnusedDischarge):
        authenticate(mint(KEY, b"root"), KEY, [good])


def test_a_discharge_bound_to_another_root_or_to_an_earlier_state_of_it_is_refused() -> None:
    root = asking(b"a")
    for other in (attenuate(root, b"more"), mint(KEY, b"root"), asking(b"a")):
        with pytest.raises(BadTail) as caught:
            authenticate(root, KEY, [bind(other, answer(b"a"))])
        assert caught.value.discharge == 1
    with pytest.raises(BadTail):
        authenticate(root, KEY, [answer(b"a")])


def test_a_discharge_minted_with_another_key_is_refused() -> None:
    root = asking(b"a")
    for key, derive in ((b"b", True), (b"a", False)):
        with pytest.raises(BadTail):
            authenticate(root, KEY, [bind(root, mint(key, b"a", derive=derive))])


def test_a_vid_that_does_not_open_denies_and_says_which() -> None:
    root = attenuate(mint(KEY, b"root"), b"first")
    sealed = asking(b"a", macaroon=mint(b"another", b"root")).caveats[0]
    tag = chain.extend(root.signature, sealed)
    forged = Macaroon(root.location, root.identifier, (*root.caveats, sealed), tag)
    with pytest.raises(CaveatUnmet, match="does not open") as caught:
        authenticate(forged, KEY, [bind(forged, answer(b"a"))])
    assert (caught.value.block, caught.value.index) == (0, 1)


def test_every_discharge_is_compared_before_any_predicate_runs() -> None:
    asked: list[bytes] = []

    def ask(argument: bytes, access: Access) -> bool:
        asked.append(argument)
        return True

    verifier = Verifier(prefixes={b"ask ": ask})
    root = attenuate(asking(b"a", b"b"), b"ask 1")
    first = bind(root, attenuate(answer(b"a"), b"ask 2"))
    second = bind(root, attenuate(answer(b"b"), b"ask 3"))
    for sent in ([first], [first, answer(b"b")], [first, second, second]):
        with pytest.raises((CaveatUnmet, BadTail, UnusedDischarge)):
            verifier.verify(root, KEY, Access(now=0), sent)
    assert asked == []
    verifier.verify(root, KEY, Access(now=0), [second, first])
    assert asked == [b"1", b"2", b"3"]


def test_nonces_are_24_bytes_and_random_unless_given() -> None:
    assert asking(b"a").caveats != asking(b"a").caveats
    for size in (0, 23, 25):
        with pytest.raises(ValueError):
            add_third_party(
                mint(KEY, b"root"), location=b"", key=b"k", identifier=b"i", nonce=bytes(size)
            )


def test_without_pynacl_first_party_macaroons_work_and_boxes_name_the_extra(monkeypatch) -> None:
    root = asking(b"a")
    bound = bind(root, answer(b"a"))
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "nacl.secret", None)
        importlib.reload(secretbox)
        made = attenuate(mint(KEY, b"root"), b"c")
        Verifier(exact=[b"c"]).verify(made, KEY, Access(now=0))
        for broken in (lambda: asking(b"a"), lambda: authenticate(root, KEY, [bound])):
            with pytest.raises(ImportError, match=r"marzipan\[formats\]"):
                broken()
        with pytest.raises(CaveatUnmet):
            authenticate(root, KEY)
    importlib.reload(secretbox)
    assert authenticate(root, KEY, [bound]) == ()
