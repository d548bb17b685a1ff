"""No repr, message or traceback of anything public carries a token, a tail or a secret."""

import base64
import copy
import pickle
import traceback

import pytest

import engine
from engine import (
    Access,
    CaveatUnmet,
    Debit,
    KeyRecord,
    Keyring,
    MasterSecret,
    RateLimit,
    Revocation,
    RootKey,
    attenuate,
    caveats,
    inspect,
    seal,
)
from engine.errors import UnusedDischarge
from engine.types import Kind
from tests.engine.tiers import snapshot_of

NOW = 1_800_000_000
ACCESS = Access(now=NOW)
CANARY = b"CANARY-of-exactly-thirty-2-bytes"


def spellings(secret: bytes) -> set[str]:
    """Every way in which bytes could end up in a text."""
    padded = base64.b64encode(secret).decode().rstrip("=")
    return {
        secret.hex(), secret.hex().upper(), repr(secret)[2:-1], repr(bytearray(secret))[12:-2],
        padded, base64.urlsafe_b64encode(secret).decode().rstrip("="), str(list(secret)),
    }  # fmt: skip


@pytest.fixture(scope="module")
def scene(world):
    """Objects of every public class, and what none of them may show."""
    assert len(CANARY) == 32
    master = MasterSecret(7, CANARY)
    retired = MasterSecret(8, CANARY[::-1], retired_at=NOW, end=NOW + 5)
    keyring = Keyring(master, [retired])
    keys = keyring.tenant("default")
    minted = keys.mint_key(now=NOW)
    grant = keys.mint_grant(
        b"K" * 16, key_issued_at=NOW, now=NOW, expires_at=NOW + 9, actor="a", scopes=["s"]
    )
    child = attenuate(grant.text, caveats.Delegate("agent"), nonce=b"12345678")
    record = KeyRecord(master_id=7, issued_at=NOW, expires_at=NOW + 9)
    verifier = engine.Verifier(keys, denylist=engine.NoDenylist(), records={minted.key_id: record})
    texts = [minted.text, grant.text, child.text, seal(child.text), seal(minted.text)]
    secrets = {CANARY, CANARY[::-1]}
    secrets |= {one.tenant_key("default", 0) for one in (master, retired)}
    for text in texts:
        secrets.add(world.parts(text)[2])
    hidden = set().union(*map(spellings, secrets))
    hidden |= {part for text in texts for part in (text, text[6:-7], text[20:60])}
    explanation = verifier.explain(child.text, ACCESS)
    snapshot = snapshot_of(engine.Denylist(), key=CANARY)
    objects = [
        ACCESS, child, grant, minted, record, master, retired, keyring, keys, verifier, explanation,
        explanation.steps[0], keys.root(7), RootKey(CANARY), inspect(child.text), engine.Prefixes(),
        inspect(texts[3]).unverified_blocks[0], engine.NoDenylist(), world.denylist(),
        verifier.authenticate(child.text), verifier.authenticate(minted.text),
        Debit(b"c" * 17, "calls", 1, 2, 3), RateLimit(1, 2), Revocation(Kind.KEY, b"K" * 16),
        *verifier.verify_many([minted.text, child.text], ACCESS), Kind.KEY,
        engine.KeyStatus.ACTIVE, engine.Visibility.SECRET, snapshot, snapshot.claim,
    ]  # fmt: skip
    return verifier, texts, hidden, objects


def shows(text: str, hidden: set[str]) -> bool:
    return any(one in text for one in hidden)


def test_no_public_object_shows_a_secret(scene) -> None:
    _, _, hidden, objects = scene
    for one in objects:
        for text in (repr(one), str(one), f"{one}", repr([one]), repr({"it": one})):
            assert not shows(text, hidden), type(one)


def test_a_master_secret_is_never_pickled_or_copied() -> None:
    master = MasterSecret(1, CANARY)
    for one in (master, Keyring(master), [master]):
        for act in (pickle.dumps, copy.deepcopy):
            with pytest.raises(TypeError, match="never pickled") as caught:
                act(one)
            assert not shows(str(caught.value), spellings(CANARY))


def test_every_public_class_was_looked_at(scene) -> None:
    _, _, _, objects = scene
    public = {
        one for one in vars(engine).values()
        if isinstance(one, type) and not issubclass(one, Exception)
    }  # fmt: skip
    assert {type(one) for one in objects} >= public


def test_the_canary_would_be_found(scene) -> None:
    _, texts, hidden, _ = scene
    for leak in (texts[0], f"key={CANARY!r}", CANARY.hex(), f"<{texts[3]}>", texts[2][10:-3]):
        assert shows(leak, hidden)


def edits(text: str):
    """A token spoiled in as many ways as there are refusals of malformed ones."""
    yield from (text[:-1], text[:40], text + "A", text[:9] + "!" + text[10:], "xx" + text)
    yield from (text.replace("mz_", "zz_", 1), text + "é", text * 80, "mz_pk" + text[5:])


def refusals(world, scene):
    """Errors of every class, each from a token that holds something to hide."""
    verifier, texts, _, _ = scene
    for text in texts:
        for edited in edits(text):
            yield verifier, edited, ACCESS
        head, blocks, tail = world.parts(text)
        for wrong in (tail[::-1], tail[:31], tail + b"\0"):
            yield verifier, world.join(text[:5], head, blocks, wrong), ACCESS
        for wrong in (head + b"\0", b"\x95\x05" + head[2:], head[:-1], b"\xff" + tail):
            yield verifier, world.join(text[:5], wrong, blocks, tail), ACCESS
        yield verifier, world.spell(text[:5], world.unspell(text)[1] + b"\0"), ACCESS
        yield verifier, text, Access(now=NOW + 10)
        yield verifier, text, Access(now=NOW, scopes=("missing",))
    custom = attenuate(texts[1], caveats.Custom("h", CANARY)).text

    def handler(payload: bytes) -> bool:
        raise ValueError(payload, custom)

    yield verifier, custom, Access(now=NOW, custom={"h": handler})
    yield verifier, attenuate(texts[0], caveats.Audience(["a"])).text, ACCESS
    yield verifier, attenuate(texts[0], caveats.Budget("calls", 1, 1)).text, ACCESS
    keys = Keyring(MasterSecret(7, CANARY)).tenant("default")
    yield engine.Verifier(keys, denylist=engine.NoDenylist()), texts[0], ACCESS
    other = Keyring(MasterSecret(8, CANARY)).tenant("default")
    yield engine.Verifier(other, denylist=engine.NoDenylist()), texts[0], ACCESS
    denylist = world.denylist((Kind.GRANT, inspect(texts[1]).unverified_header.grant_id, 0))
    yield engine.Verifier(keys, denylist=denylist), texts[1], ACCESS


def test_no_refusal_shows_a_secret_in_message_repr_arguments_or_traceback(world, scene) -> None:
    hidden, seen = scene[2], set()
    for verifier, text, access in refusals(world, scene):
        with pytest.raises((engine.TokenError, engine.RecordNeeded)) as caught:
            verifier.verify(text, access)
        error = caught.value
        seen.add(type(error))
        printed = "".join(traceback.format_exception(error))
        for shown in (str(error), repr(error), repr(error.args), repr(vars(error)), printed):
            assert not shows(shown, hidden | {text}), type(error)
    every = {
        one for one in vars(engine).values()
        if isinstance(one, type) and issubclass(one, Exception)
    }  # fmt: skip
    # A snapshot is refused where nobody verifies.
    assert seen == every - {engine.TokenError, engine.SnapshotRefused}


def test_no_explanation_shows_a_secret(world, scene) -> None:
    for verifier, text, access in refusals(world, scene):
        try:
            explained = verifier.explain(text, access)
        except engine.RecordNeeded:
            continue
        assert not shows(repr(explained), scene[2] | {text})


def test_no_complaint_about_an_argument_shows_a_secret(scene) -> None:
    _, texts, hidden, _ = scene
    for act in (
        lambda: MasterSecret(1, CANARY + b"!"),
        lambda: MasterSecret(300, CANARY),
        lambda: Keyring(MasterSecret(1, CANARY), [MasterSecret(1, CANARY)]),
        lambda: engine.TenantKeys("t", 0, 2, {1: RootKey(CANARY)}),
        lambda: attenuate(texts[3], caveats.Delegate("a")),
        lambda: seal(texts[3]),
        lambda: attenuate(texts[0]),
        lambda: attenuate(texts[0], caveats.Delegate("")),
        lambda: engine.chain.start(CANARY + b"!", b""),
        lambda: engine.chain.equal(CANARY, CANARY[:31]),
    ):
        with pytest.raises(ValueError) as caught:
            act()
        printed = "".join(traceback.format_exception(caught.value))
        assert not shows(printed, hidden), printed


def test_a_refusal_carries_its_facts() -> None:
    refusal = CaveatUnmet(2, 1, "Amount", "too much")
    assert str(refusal) == "Amount (block 1, caveat 2): too much"
    assert str(CaveatUnmet(0, None, "Scopes", "x")) == "Scopes (the credential itself): x"


def every_error() -> list[Exception]:
    return [
        engine.TokenError("no"), engine.MalformedToken("no"), engine.UnknownKey("no"),
        engine.ChecksumMismatch(), engine.BadTail(), engine.BadTail(2), UnusedDischarge(3),
        engine.TokenRevoked("block", b"R" * 16, 4), engine.TokenExpired(5),
        engine.TokenExpired(5, block=1, index=2), CaveatUnmet(2, 1, "Amount", "too much"),
        engine.RecordNeeded(b"K" * 16),
    ]  # fmt: skip


@pytest.mark.parametrize("error", every_error(), ids=repr)
def test_a_refusal_survives_copying_and_pickling_with_all_its_facts(error) -> None:
    error.add_note("noted")
    copies = [copy.copy(error), copy.deepcopy(error)]
    copies += [pickle.loads(pickle.dumps(error, protocol)) for protocol in range(6)]
    for one in copies:
        assert type(one) is type(error) and str(one) == str(error)
        assert one.args == error.args and vars(one) == vars(error)


def test_every_class_of_error_was_copied() -> None:
    left, found = [engine.TokenError, engine.RecordNeeded], set()
    while left:
        one = left.pop()
        found.add(one)
        left += [each for each in one.__subclasses__() if each.__module__ == "engine.errors"]
    assert {type(error) for error in every_error()} == found
