"""Many tokens at once: the same verdicts as one by one, whatever registers the machine has."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    Access,
    BadTail,
    CaveatUnmet,
    ChecksumMismatch,
    Grant,
    KeyRecord,
    MalformedToken,
    NoDenylist,
    RecordNeeded,
    TokenError,
    TokenExpired,
    TokenRevoked,
    Verifier,
    _kernels,
    attenuate,
    chain,
    envelope,
    seal,
    text,
)
from engine.caveats import Amount, Budget, Delegate, Tools
from engine.denylist import actor_target
from engine.types import Kind

NOW = 1_800_000_000
ACCESS = Access(now=NOW, tool="t", amount=("USD", 5))


def one_by_one(verifier: Verifier, tokens, access=ACCESS):
    verdicts = []
    for token in tokens:
        try:
            verdicts.append(verifier.verify(token, access))
        except (TokenError, RecordNeeded) as refusal:
            verdicts.append(refusal)
    return verdicts


def alike(one, other) -> bool:
    if isinstance(one, Grant):
        return one == other
    return type(one) is type(other) and vars(one) == vars(other) and str(one) == str(other)


def mixed(world) -> list[object]:
    """Good, narrowed, sealed, refused, forged, cut, foreign and absurd ones, in a fixed order."""
    key, grant = world.key(), world.grant()
    narrowed = attenuate(key, Tools(["t"]), Amount("USD", 9)).text
    prefix, data = text.decode(narrowed)
    return [
        key, grant, narrowed, attenuate(grant, Tools(["other"])).text, seal(narrowed),
        text.encode(prefix, data[:-32] + bytes(32)), narrowed[:-1], "", "mz_ak_", "no token at all",
        "mz_ak_é", None, 7, b"mz_ak_bytes", world.forge(world.head(), b"\x92\xc4\x08nnnnnnnn\x90"),
        world.grant(expires_at=NOW + 1, now=NOW - 9), attenuate(grant, Delegate("agent")).text,
        world.grant(claims=b"c" * 3000), "mz_ak_" + "A" * 9000,
        attenuate(grant, *[Amount("USD", 9)] * 32).text,
    ]  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 7, 8, 15, 16, 17, 63, 64, 65, 200])
def test_every_verdict_is_that_of_the_token_alone_in_order(world, count) -> None:
    tokens = random.Random(count).choices(mixed(world), k=count)
    verifier = world.verifier()
    verdicts = verifier.verify_many(tokens, ACCESS)
    assert len(verdicts) == count
    for one, other in zip(one_by_one(verifier, tokens), verdicts, strict=True):
        assert alike(one, other)


def test_a_key_without_a_record_is_asked_for_by_its_id(world) -> None:
    known, unknown = world.key(), world.keys.mint_key(now=NOW)
    one, two = world.verifier().verify_many([known, unknown.text], ACCESS)
    assert isinstance(one, Grant)
    assert isinstance(two, RecordNeeded) and two.key_id == unknown.key_id


@pytest.mark.parametrize("kind", [Kind.KEY, Kind.GRANT, Kind.BLOCK])
def test_a_dead_link_kills_its_own_token_and_no_other(world, kind) -> None:
    minted = [world.minted_grant(key_id=bytes([i]) * 16) for i in range(20)]
    narrowed = [attenuate(one.text, Tools(["t"])) for one in minted]
    dead = {
        Kind.KEY: minted[7].key_id,
        Kind.GRANT: minted[7].grant_id,
        Kind.BLOCK: narrowed[7].revocation_id,
    }[kind]
    verifier = world.verifier(denylist=world.denylist((kind, dead, 0)))
    verdicts = verifier.verify_many([one.text for one in narrowed], ACCESS)
    assert [i for i, one in enumerate(verdicts) if not isinstance(one, Grant)] == [7]


@pytest.mark.parametrize("why", ["dead", "unknown", "expired", "nothing else"])
def test_a_caveat_that_is_not_met_hides_no_earlier_reason(world, why) -> None:
    """Caveats are judged before denylist and record are asked; what is told keeps its order."""
    minted = world.keys.mint_key(now=NOW)
    end = NOW if why == "expired" else NOW + 9
    records = {minted.key_id: KeyRecord(1, NOW, end, scopes=("*",))} if why != "unknown" else {}
    dead = [(Kind.KEY, minted.key_id, 0)] if why == "dead" else []
    verifier = world.verifier(records=records, denylist=world.denylist(*dead))
    texts = [attenuate(minted.text, Tools(["other"])).text, minted.text]
    wanted = {"dead": TokenRevoked, "unknown": RecordNeeded, "expired": TokenExpired}
    narrowed, bare = verifier.verify_many(texts, ACCESS)
    assert type(narrowed) is wanted.get(why, CaveatUnmet)
    assert type(bare) is wanted.get(why, Grant)
    for each, verdict in zip(texts, (narrowed, bare), strict=True):
        try:
            expected = verifier.decide(each, ACCESS)
        except (TokenError, RecordNeeded) as refusal:
            expected = refusal
        assert alike(expected, verdict) and alike(one_by_one(verifier, [each])[0], verdict)


@pytest.mark.parametrize("place", range(3))
def test_a_revoked_delegate_kills_every_token_that_names_it_wherever_it_stands(
    world, place
) -> None:
    named = [Tools(["t"]), Amount("USD", 9), Tools(["t", "u.*"])]
    named.insert(place, Delegate("mallory"))
    key = world.key()
    texts = [key, attenuate(key, *named).text, attenuate(key, Delegate("agent")).text] * 5
    revoked = (Kind.ACTOR, actor_target("default", "mallory"), NOW)
    verifier = world.verifier(denylist=world.denylist(revoked))
    below = [attenuate(text, *[Tools(["t"])] * 3).text for text in texts]
    for batch in (texts, below):
        verdicts = verifier.verify_many(batch, ACCESS)
        assert [type(one) for one in verdicts] == [Grant, TokenRevoked, Grant] * 5
        assert all(map(alike, one_by_one(verifier, batch), verdicts))


def test_budgets_are_debited_in_order_before_it_returns(world) -> None:
    spent = []

    def spend(debits, now):
        spent.append(debits[0].counter)
        return 0 if len(spent) > 2 else None

    token = attenuate(world.grant(), Budget("calls", 9, 60)).text
    verdicts = world.verifier(spend=spend).verify_many([token] * 3, ACCESS)
    assert len(spent) == 3
    assert [isinstance(one, Grant) for one in verdicts] == [True, True, False]


def test_the_verdicts_are_a_sequence(world) -> None:
    verifier = world.verifier()
    tokens = [world.key() for _ in range(5)]
    verdicts = verifier.verify_many(iter(tokens), ACCESS)
    assert verdicts == one_by_one(verifier, tokens)
    assert verdicts[1:3] == [verdicts[1], verdicts[2]] and verdicts[-1] == verdicts[4]
    assert verdicts[0] is verdicts[0] and verdicts.index(verdicts[2]) == 2
    assert list(reversed(verdicts))[0] == verdicts[4] and verdicts[3] in verdicts
    for beyond in (5, -6):
        with pytest.raises(IndexError):
            verdicts[beyond]


def test_verdicts_outlive_the_tokens_the_verifier_and_what_changes_later(world) -> None:
    key = attenuate(world.key(), Tools(["t"])).text
    records = dict(world.records)
    verifier = Verifier(world.keys, denylist=NoDenylist(), records=records)
    expected = verifier.verify(key, ACCESS)
    verdicts = verifier.verify_many([key], ACCESS)
    records.clear()
    del verifier
    assert verdicts[0] == expected


def token(rng: random.Random, root: bytes, sealed: bool, right: bool) -> bytes:
    header = b"\x95\x01\x01\x00\xc4\x10" + rng.randbytes(16) + b"\x05"
    blocks = [rng.randbytes(rng.choice([1, 62, 63, 64, 127, 128, 1023])) for _ in range(
        rng.randint(0, 16)
    )]  # fmt: skip
    tail, _ = chain.fold(root, header, blocks)
    tail = chain.seal(tail) if sealed else tail
    return envelope.join(header, blocks, tail if right else rng.randbytes(32))


@pytest.mark.parametrize("kernel", _kernels.wide_kernels())
@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32), count=st.integers(0, 40))
def test_every_way_to_fold_many_chains_folds_each_as_alone(kernel, seed, count) -> None:
    rng = random.Random(seed)
    root = rng.randbytes(32)
    wanted = [(rng.random() < 0.4, rng.random() < 0.7) for _ in range(count)]
    tokens = [token(rng, root, *each) for each in wanted]
    found = _kernels.fold_many(kernel, root, tokens)
    for (sealed, right), data, (matches, was_sealed, ids) in zip(
        wanted, tokens, found, strict=True
    ):
        header, blocks, _ = envelope.split(data)
        assert matches == right and ids == chain.fold(root, header, blocks)[1]
        assert not right or was_sealed == sealed


@settings(deadline=None, max_examples=300)
@given(st.binary(min_size=1, max_size=400), st.data())
def test_text_reads_the_same_by_wide_registers_and_by_tables(data, draw) -> None:
    written = text.encode("mz_ak", data).encode()
    for way in (True, False):
        assert _kernels.decode_text(written, 5, way) == data
    at = draw.draw(st.integers(6, len(written) - 1))
    other = draw.draw(st.integers(0, 255))
    edited = bytearray(written)
    edited[at] = other
    resigned = bytes(edited[:-7]) + b"_" + text.checksum(bytes(edited[:-7]))
    for spelled in (bytes(edited), resigned):
        try:
            expected = text.decode(spelled.decode("latin-1"))[1]
        except MalformedToken:
            expected = None
        for way in (True, False):
            assert _kernels.decode_text(spelled, 5, way) == expected


def test_a_cut_text_is_said_to_be_cut_before_a_wrong_tail_is_looked_at(world) -> None:
    narrowed = attenuate(world.key(), Tools(["t"])).text
    prefix, data = text.decode(narrowed)
    forged = text.encode(prefix, data[:-32] + bytes(32))
    one, two = world.verifier().verify_many([narrowed[:-2], forged], ACCESS)
    assert type(one) is ChecksumMismatch and type(two) is BadTail
