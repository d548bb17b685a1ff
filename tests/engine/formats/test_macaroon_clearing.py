"""Which caveats are cleared: those with one answer that is exactly True, and no others."""

import json

import pytest

from engine import Access
from engine.errors import BadTail, CaveatUnmet
from engine.formats.macaroons import Macaroon, Verifier
from engine.formats.macaroons.mint import attenuate, mint

KEY = b"root key"
ACCESS = Access(now=100)


def macaroon(*caveats: bytes) -> Macaroon:
    made = mint(KEY, b"id")
    for caveat in caveats:
        made = attenuate(made, caveat)
    return made


def refusal(verifier: Verifier, *caveats: bytes, access: Access = ACCESS) -> CaveatUnmet:
    with pytest.raises(CaveatUnmet) as caught:
        verifier.verify(macaroon(*caveats), KEY, access)
    return caught.value


def before(argument: bytes, access: Access) -> bool:
    return access.now < int(argument)


def json_type(cid: bytes) -> str | None:
    return json.loads(cid)["type"]


def test_a_macaroon_without_caveats_is_met_by_every_access() -> None:
    assert Verifier().verify(macaroon(), KEY, ACCESS) == ()


def test_a_caveat_that_nothing_answers_for_denies_and_is_named_by_its_place() -> None:
    unmet = refusal(Verifier(exact=[b"a"]), b"a", b"b")
    assert (unmet.index, unmet.block, unmet.caveat) == (1, 0, "Unknown")


def test_an_exact_caveat_is_the_whole_string_and_not_part_of_it() -> None:
    verifier = Verifier(exact=[b"account = 1"])
    assert len(verifier.verify(macaroon(b"account = 1"), KEY, ACCESS)) == 1
    for other in (b"account = 11", b"account = ", b"account = 1 ", b"ACCOUNT = 1"):
        refusal(verifier, other)


def test_a_predicate_is_given_what_follows_its_prefix_and_the_access() -> None:
    verifier = Verifier(prefixes={b"time < ": before})
    verifier.verify(macaroon(b"time < 101"), KEY, ACCESS)
    unmet = refusal(verifier, b"time < 101", b"time < 100")
    assert (unmet.index, unmet.caveat) == (1, "time < ")
    assert unmet.reason == "the access does not meet it"
    verifier.verify(macaroon(b"time < 100"), KEY, Access(now=99))


def test_every_caveat_must_be_met_not_only_one_of_a_name() -> None:
    verifier = Verifier(prefixes={b"time < ": before})
    for caveats in ((b"time < 500", b"time < 50"), (b"time < 50", b"time < 500")):
        refusal(verifier, *caveats)


@pytest.mark.parametrize("answer", [1, -1, "yes", [0], object(), None, 0, False, NotImplemented])
def test_only_true_itself_clears(answer) -> None:
    refusal(Verifier(prefixes={b"x": lambda argument, access: answer}), b"x")


def test_a_predicate_that_fails_denies_and_shows_only_what_kind_of_failure() -> None:
    unmet = refusal(Verifier(prefixes={b"time < ": before}), b"time < soon")
    assert unmet.reason == "the predicate failed with ValueError" and "soon" not in str(unmet)


def test_a_predicate_never_sees_the_caveats_of_another_name() -> None:
    seen: list[bytes] = []

    def easy(argument: bytes, access: Access) -> bool:
        seen.append(argument)
        return True

    verifier = Verifier(exact=[b"user = alice"], prefixes={b"easy ": easy, b"time < ": before})
    refusal(verifier, b"easy 1", b"user = alice", b"time < 1", b"easy 2")
    assert seen == [b"1"]
    refusal(verifier, b"unheard of")
    refusal(verifier, b"easy")
    assert seen == [b"1"]


def test_one_predicate_answers_and_no_other_is_asked_when_it_says_no() -> None:
    verifier = Verifier(
        prefixes={b"a ": lambda argument, access: False, b"b ": lambda argument, access: True}
    )
    refusal(verifier, b"b 1", b"a 1")


def test_typed_caveats_go_whole_to_the_predicate_of_their_type() -> None:
    def listed(cid: bytes, access: Access) -> bool:
        return access.tool in json.loads(cid)["tools"]

    verifier = Verifier(exact=[b"plain"], types={"tools": listed}, type_of=json_type)
    cid = json.dumps({"tools": ["search"], "type": "tools"}).encode()
    verifier.verify(macaroon(cid, b"plain"), KEY, Access(now=0, tool="search"))
    assert refusal(verifier, cid, access=Access(now=0, tool="shell")).caveat == "tools"
    for other in (b'{"type": "unheard of"}', b'{"type": null}', b'{"type": []}', b"[", b"{}"):
        assert refusal(verifier, other).caveat == "Unknown"


@pytest.mark.parametrize(
    "answers",
    [
        {"prefixes": {b"": before}},
        {"prefixes": {b"": before, b"a": before}},
        {"prefixes": {b"time": before, b"time < ": before}},
        {"prefixes": {b"a": before, b"ab": before, b"b": before}},
        {"exact": [b"time < 5"], "prefixes": {b"time < ": before}},
        {"exact": [b'{"type": "t"}'], "types": {"t": before}, "type_of": json_type},
        {"prefixes": {b"a": before}, "types": {"t": before}, "type_of": json_type},
        {"prefixes": {b"a": before}, "type_of": json_type},
        {"types": {"t": before}},
        {"type_of": json_type},
        {"exact": b"a caveat, not a list of them"},
        {"exact": ["text"]},
        {"prefixes": {"text": before}},
    ],
)
def test_answers_that_could_be_confused_are_refused_when_they_are_registered(answers) -> None:
    with pytest.raises(ValueError):
        Verifier(**answers)


def test_no_predicate_runs_for_a_macaroon_that_is_not_genuine() -> None:
    def never(argument: bytes, access: Access) -> bool:
        raise AssertionError("it was asked")

    verifier = Verifier(prefixes={b"x": never})
    made = macaroon(b"x")
    for forged in (
        Macaroon(made.location, made.identifier, (), made.signature),
        Macaroon(made.location, made.identifier, made.caveats * 2, made.signature),
        Macaroon(made.location, made.identifier, made.caveats, bytes(32)),
    ):
        with pytest.raises(BadTail):
            verifier.verify(forged, KEY, ACCESS)
