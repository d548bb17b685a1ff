"""No edit of a token verifies, and nothing but a verdict ever leaves the verifier."""

import itertools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    Access,
    BadTail,
    ChecksumMismatch,
    MalformedToken,
    RecordNeeded,
    TokenError,
    attenuate,
    chain,
    inspect,
    seal,
)
from engine.caveats import Amount, Audience, Budget, Custom, Delegate, Http, Network, Tools, Window
from engine.explain import Explanation
from engine.networks import cidr

NOW = 1_800_000_000
ACCESS = Access(
    now=NOW + 1,
    client_ip="10.0.0.1",
    method="GET",
    path="/a/b",
    tool="files.read",
    amount=("USD", 1),
    audience="aud",
    custom={"ok": lambda payload: True},
)
quick = settings(deadline=None, max_examples=150)


def narrowed(token):
    one = attenuate(token, Window(0, NOW * 2), Audience(["aud"]), Tools(["files.*"]))
    two = attenuate(
        one.text,
        Delegate("agent"),
        Http(["GET"], ["/a/*"]),
        Network([cidr("::/0"), cidr("10.0.0.0/8")]),
    )
    return attenuate(two.text, Amount("USD", 5), Custom("ok", b"\x00")).text


@pytest.fixture(params=["key", "grant", "narrowed key", "narrowed grant", "sealed"], scope="module")
def token(request, world):
    kind = request.param
    text = world.key() if "key" in kind else world.grant()
    if kind == "sealed":
        return seal(narrowed(text))
    return narrowed(text) if "narrowed" in kind else text


def refuses(world, text):
    """The refusal; the assertion is that there is one."""
    with pytest.raises(TokenError) as caught:
        world.verifier().verify(text, ACCESS)
    return caught.value


def test_flipping_any_bit_of_the_text_is_refused(world, token) -> None:
    assert world.verifier().verify(token, ACCESS)
    for at, bit in itertools.product(range(len(token)), range(8)):
        flipped = token[:at] + chr(ord(token[at]) ^ (1 << bit)) + token[at + 1 :]
        refusal = refuses(world, flipped)
        assert isinstance(refusal, MalformedToken), (at, bit)
        if at > 5 and bit < 7:
            assert isinstance(refusal, ChecksumMismatch), (at, bit)


def test_flipping_any_bit_of_the_bytes_is_refused_though_the_checksum_is_right(
    world, token
) -> None:
    prefix, data = world.unspell(token)
    assert world.spell(prefix, data) == token
    tail_from = len(data) - 32
    for at, bit in itertools.product(range(len(data)), range(8)):
        edited = bytearray(data)
        edited[at] ^= 1 << bit
        refusal = refuses(world, world.spell(prefix, bytes(edited)))
        if at >= tail_from:
            assert isinstance(refusal, BadTail)


def test_cutting_a_token_anywhere_is_refused_as_cut(world, token) -> None:
    for size in range(len(token)):
        assert isinstance(refuses(world, token[:size]), MalformedToken)
        if size > 5:
            assert isinstance(refuses(world, token[:size]), ChecksumMismatch)


def test_lengthening_a_token_anywhere_is_refused(world, token) -> None:
    prefix, data = world.unspell(token)
    for extra in (b"\0", b"\xc0", data, data[-32:]):
        refuses(world, world.spell(prefix, data + extra))
        refuses(world, world.spell(prefix, extra + data))
    for extra in ("A", "_", "=", "\n", " ", "\0"):
        refuses(world, token + extra)
        refuses(world, extra + token)


def test_no_other_arrangement_of_the_blocks_verifies(world) -> None:
    for source in (world.key(), world.grant()):
        token = narrowed(source)
        head, blocks, tail = world.parts(token)
        for size in range(5):
            for chosen in itertools.product(blocks, repeat=size):
                if list(chosen) != blocks:
                    for prefix in ("mz_mc", "mz_ms", "mz_ak"):
                        text = world.join(prefix, head, list(chosen), tail)
                        assert isinstance(refuses(world, text), BadTail)


def test_no_part_of_one_token_fits_another(world) -> None:
    texts = [narrowed(world.key()), narrowed(world.key()), narrowed(world.grant())]
    texts += [seal(text) for text in texts]
    parts = [world.parts(text) for text in texts]
    genuine = {(head, tuple(blocks), tail) for head, blocks, tail in parts}
    for (head, _, _), (_, blocks, _), (_, _, tail) in itertools.product(parts, repeat=3):
        if (head, tuple(blocks), tail) not in genuine:
            assert isinstance(refuses(world, world.join("mz_mc", head, blocks, tail)), BadTail)


def test_a_sealed_token_cannot_be_narrowed_by_any_tail_that_it_shows(world) -> None:
    token = narrowed(world.grant())
    closed = seal(token)
    for act in (lambda: attenuate(closed, Delegate("x")), lambda: seal(closed)):
        with pytest.raises(ValueError, match="sealed"):
            act()
    head, blocks, tail = world.parts(closed)
    relabelled = world.join("mz_mc", head, blocks, tail)
    child = attenuate(relabelled, Delegate("x")).text
    assert isinstance(refuses(world, child), BadTail)
    assert isinstance(refuses(world, seal(child)), BadTail)
    assert isinstance(refuses(world, seal(relabelled)), BadTail)


def only_verdicts(world, text, access=ACCESS) -> None:
    verifier = world.verifier(spend=lambda debits, now: None)
    try:
        grant = verifier.verify(text, access)
    except (TokenError, RecordNeeded) as refusal:
        (many,) = verifier.verify_many([text], access)
        assert type(many) is type(refusal)
    else:
        assert grant.key_id
    try:
        assert isinstance(verifier.explain(text, access), Explanation)
    except RecordNeeded:
        pass
    try:
        assert inspect(text)
    except MalformedToken:
        pass


@quick
@given(st.text())
def test_any_text_gets_a_verdict(world, text) -> None:
    only_verdicts(world, text)
    only_verdicts(world, f"mz_ak_{text}")
    only_verdicts(world, world.sign(f"mz_mc_{text}"))


@pytest.mark.parametrize("odd", [None, b"mz_ak_AAAA", 7, "\ud800", "mz_ak_\udcff", "", "\0"])
def test_what_is_not_even_text_is_malformed(world, odd) -> None:
    assert isinstance(refuses(world, odd), MalformedToken)


prefixes = st.sampled_from(["mz_ak", "mz_pk", "mz_mc", "mz_ms"])
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.sampled_from([0, 1, 2, 64, NOW, 2**63 - 1, 2**63])
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.binary(max_size=40)
    | st.sampled_from([b"K" * 16, b"n" * 8, b"\x0a\0\0\0\x08", "GET", "/a/*"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)
caveats = st.tuples(st.integers(0, 15) | st.just(64)).flatmap(
    lambda tag: st.lists(values, max_size=4).map(lambda fields: [tag[0], *fields])
)
blocks = st.binary(min_size=1, max_size=60) | st.lists(caveats | values, max_size=5).flatmap(
    lambda inner: st.sampled_from([[b"n" * 8, *inner], inner]).map(msgspec.msgpack.encode)
)


@quick
@given(prefixes, st.binary(max_size=200) | values.map(msgspec.msgpack.encode))
def test_any_bytes_with_a_right_checksum_get_a_verdict(world, prefix, data) -> None:
    only_verdicts(world, world.spell(prefix, data))


@quick
@given(prefixes, st.lists(values, max_size=16).map(msgspec.msgpack.encode), st.lists(blocks))
def test_any_header_and_blocks_properly_maced_get_a_verdict(world, prefix, head, data) -> None:
    data = [one for one in data if len(one) < 1024][:17]
    only_verdicts(world, world.forge(head, *data, prefix=prefix))


@settings(deadline=None, max_examples=400)
@given(st.lists(blocks, min_size=1, max_size=4), st.booleans())
def test_any_block_properly_maced_gets_a_verdict(world, data, sealed) -> None:
    data = [one for one in data if len(one) < 1024]
    only_verdicts(world, world.forge(world.head(), *data, sealed=sealed))


@quick
@given(st.data())
def test_any_edit_of_a_valid_token_gets_a_refusal(world, token, data) -> None:
    prefix, original = world.unspell(token)
    start = data.draw(st.integers(0, len(original)))
    stop = data.draw(st.integers(start, len(original)))
    edited = original[:start] + data.draw(st.binary(max_size=20)) + original[stop:]
    text = world.spell(prefix, edited)
    if edited != original:
        refuses(world, text)
    only_verdicts(world, text)


@pytest.mark.parametrize("depth", [50, 200, 340, 500, 1000])
@pytest.mark.parametrize("opening", [b"\x91", b"\x81\xa1k", b"\xdd\0\0\0\x01"])
def test_deep_nesting_is_refused_wherever_it_stands(world, depth, opening) -> None:
    bomb = opening * depth + b"\x90"
    key = msgspec.msgpack.encode([1, 1, 0, b"K" * 16, NOW])
    refuses(world, world.spell("mz_ak", bomb))
    refuses(world, world.forge(key[:-5] + bomb))
    if len(bomb) < 1000:
        for lead in (b"", b"\x92\xc4\x08nnnnnnnn", b"\x92\xc4\x08nnnnnnnn\x92\x0a"):
            refuses(world, world.forge(world.head(), lead + bomb))
            only_verdicts(world, world.forge(world.head(), lead + bomb))


def test_a_length_declared_far_beyond_the_data_is_refused_at_once(world) -> None:
    for lead in (b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"):
        refuses(world, world.spell("mz_ak", lead))
        refuses(world, world.spell("mz_ak", b"\x93" + lead))
        refuses(world, world.forge(world.head(), b"\x92\xc4\x08nnnnnnnn" + lead))


def test_a_budget_in_a_forged_block_is_never_debited(world) -> None:
    spent = []
    token = attenuate(world.grant(), Budget("calls", 5, 60)).text
    head, data, tail = world.parts(token)
    verifier = world.verifier(spend=lambda debits, now: spent.append(debits))
    with pytest.raises(BadTail):
        verifier.verify(world.join("mz_mc", head, data, tail[::-1]), ACCESS)
    assert not spent


def test_every_tail_is_compared_by_the_comparison_of_constant_time_and_by_nothing_else(
    world, monkeypatch
) -> None:
    root, wrong = world.grant(), bytes(32)
    narrowed = attenuate(root, Delegate("a")).text
    head, blocks, tail = world.parts(narrowed)
    forged = world.join("mz_mc", head, blocks, wrong)
    verifier, equal, asked = world.verifier(), chain.equal, []

    def watched(one: bytes, other: bytes) -> bool:
        asked.append({bytes(one), bytes(other)})
        return equal(one, other)

    monkeypatch.setattr(chain, "equal", watched)
    for text, compared in ((narrowed, [{tail}]), (seal(narrowed), None), (forged, None)):
        asked.clear()
        try:
            verifier.decide(text, ACCESS)
        except BadTail:
            assert text == forged
        presented = world.parts(text)[2]
        expected = compared or [{tail, presented}, {chain.seal(tail), presented}]
        assert asked == expected
    # What it answers is the verdict, whatever the bytes say.
    for answer, text in ((False, narrowed), (True, forged)):
        monkeypatch.setattr(chain, "equal", lambda one, other, answer=answer: answer)
        if answer:
            assert verifier.decide(text, ACCESS)
        else:
            with pytest.raises(BadTail):
                verifier.decide(text, ACCESS)
