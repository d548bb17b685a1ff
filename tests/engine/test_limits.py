"""Every limit holds at its edge and is refused one past it."""

import msgspec
import pytest

from engine import Access, CaveatUnmet, Keyring, MalformedToken, MasterSecret, attenuate, seal
from engine import caveats as c

NOW = 1_800_000_000
ACCESS = Access(now=NOW, custom={"ok": lambda payload: True})


def block(*caveats: object) -> bytes:
    return msgspec.msgpack.encode([b"n" * 8, *caveats])


def sized_block(size: int) -> bytes:
    """A valid block of exactly so many bytes, from 300 on."""
    return block(c.Custom("ok", b"p" * (size - len(block(c.Custom("ok", b"p" * 256))) + 256)))


def sized_head(world, size: int) -> bytes:
    return world.head(claims=b"c" * (size - len(world.head(claims=b"c" * 256)) + 256))


def accepts(world, text: str) -> None:
    assert world.verifier().verify(text, ACCESS)
    assert world.verifier().explain(text, ACCESS).allowed


def malformed(world, text: str, match: str | None = None) -> None:
    with pytest.raises(MalformedToken, match=match):
        world.verifier().verify(text, ACCESS)


def test_sixteen_blocks_and_not_seventeen(world) -> None:
    text = world.key()
    for number in range(16):
        text = attenuate(text, c.Delegate(f"agent-{number}")).text
        accepts(world, text)
    with pytest.raises(ValueError, match="16 blocks"):
        attenuate(text, c.Delegate("one more"))
    accepts(world, seal(text))
    one = block(c.Delegate("a"))
    accepts(world, world.forge(world.head(), *[one] * 16))
    malformed(world, world.forge(world.head(), *[one] * 17))


def test_a_block_of_1023_bytes_and_not_1024(world) -> None:
    for size in (1022, 1023):
        assert len(sized_block(size)) == size
        accepts(world, world.forge(world.head(), sized_block(size)))
    malformed(world, world.forge(world.head(), sized_block(1024)))
    room = 1023 - len(sized_block(1023)) + len(msgspec.msgpack.decode(sized_block(1023))[1][2])
    accepts(world, attenuate(world.key(), c.Custom("ok", b"p" * room)).text)
    with pytest.raises(ValueError, match="1024 bytes, at most 1023"):
        attenuate(world.key(), c.Custom("ok", b"p" * (room + 1)))


def test_thirty_two_caveats_in_a_block_and_not_thirty_three_or_none(world) -> None:
    accepts(world, attenuate(world.key(), *[c.MaxDepth(0)] * 32).text)
    for wrong in ((), [c.MaxDepth(0)] * 33):
        with pytest.raises(ValueError, match="1 to 32 caveats"):
            attenuate(world.key(), *wrong)
    accepts(world, world.forge(world.head(), block(*[c.MaxDepth(0)] * 32)))
    malformed(world, world.forge(world.head(), block(*[c.MaxDepth(0)] * 33)), "1 to 32 caveats")
    malformed(world, world.forge(world.head(), block()), "1 to 32 caveats")


@pytest.mark.parametrize("size", [0, 7, 9, 16])
def test_a_nonce_is_eight_bytes(world, size) -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        attenuate(world.key(), c.Delegate("a"), nonce=b"n" * size)
    wrong = msgspec.msgpack.encode([b"n" * size, c.Delegate("a")])
    malformed(world, world.forge(world.head(), wrong))


def test_a_nonce_is_bytes(world) -> None:
    with pytest.raises(ValueError):
        attenuate(world.key(), c.Delegate("a"), nonce="12345678")


FULL = ["a" * 256, "é" * 128, "€" * 85 + "a", "\U0001f600" * 64]
PAST = ["a" * 257, "é" * 128 + "a", "€" * 86, "\U0001f600" * 64 + "a", "é" * 256]


@pytest.mark.parametrize("text", FULL, ids=lambda text: f"{len(text)} characters")
def test_a_string_of_256_bytes_stands_whatever_its_characters(world, text) -> None:
    assert len(text.encode()) == 256
    accepts(world, attenuate(world.key(), c.Delegate(text)).text)
    accepts(world, world.forge(world.head(actor=text, scopes=(text,))))
    grant = world.grant(actor=text, scopes=[text], audiences=[text])
    assert world.verifier().verify(grant, Access(now=NOW, audience=text))
    access = Access(now=NOW, audience=text, tool=text)
    narrowed = attenuate(grant, c.Audience(["a", text]), c.Tools([text])).text
    assert world.verifier().verify(narrowed, access)


@pytest.mark.parametrize("text", PAST, ids=lambda text: f"{len(text)} characters")
def test_a_string_of_more_than_256_bytes_is_refused_whatever_its_characters(world, text) -> None:
    assert len(text.encode()) > 256
    for caveat in (
        c.Delegate(text),
        c.Audience(["a", text]),
        c.Tools([text]),
        c.Scopes([text]),
        c.Amount(text, 1),
        c.Http(["GET"], ["/" + text]),
        c.Custom(text, b""),
    ):
        with pytest.raises(ValueError):
            attenuate(world.key(), caveat)
        with pytest.raises(CaveatUnmet) as caught:
            world.verifier().verify(world.forge(world.head(), block(caveat)), ACCESS)
        assert caught.value.caveat == type(caveat).__name__
    for field in ({"actor": text}, {"scopes": (text,)}, {"audiences": ("a", text)}):
        with pytest.raises(ValueError):
            world.grant(**field)
        malformed(world, world.forge(world.head(**field)))


def test_a_header_of_5000_bytes_and_not_5001(world) -> None:
    for size in (1022, 1023, 1024, 4999, 5000):
        assert len(sized_head(world, size)) == size
        accepts(world, world.forge(sized_head(world, size)))
    malformed(world, world.forge(sized_head(world, 5001)))
    room = len(msgspec.msgpack.decode(sized_head(world, 5000))[-1])
    start = {"key_issued_at": NOW}
    accepts(world, world.grant(claims=b"c" * room, **start))
    with pytest.raises(ValueError, match="5000 bytes"):
        world.grant(claims=b"c" * (room + 1), **start)


def test_a_text_of_8192_bytes_and_not_one_more(world) -> None:
    blocks = [sized_block(1023)] * 3
    exact = world.forge(sized_head(world, 3017), *blocks)
    assert len(exact) == 8192
    accepts(world, exact)
    past = world.forge(sized_head(world, 3018), *blocks)
    assert len(past) == 8193
    malformed(world, past, "exceeds 8192 bytes")


def test_attenuating_past_the_longest_text_is_refused_before_any_verifier(world) -> None:
    full = world.forge(sized_head(world, 3017), *[sized_block(1023)] * 3)
    with pytest.raises(ValueError, match="8192"):
        attenuate(full, c.Delegate("a"))
    assert len(seal(full)) == 8192


@pytest.mark.parametrize("field", ["master_id", "tenant_epoch", "key_issued_at", "generation",
                                   "issued_at", "expires_at"])  # fmt: skip
@pytest.mark.parametrize("value", [-1, 2**63, 2**64 - 1, True, 1.0, "1", b"1", None, [1]])
def test_an_integer_of_a_header_is_unsigned_and_of_63_bits(world, field, value) -> None:
    malformed(world, world.forge(world.head(**{field: value})))


@pytest.mark.parametrize("value", [-1, 2**63, 2**64, 2**80, True, 1.5, 1.0, "1", None, object()])
def test_what_is_no_time_is_refused_with_valueerror_at_minting(world, value) -> None:
    with pytest.raises(ValueError):
        world.keys.mint_key(now=value)
    with pytest.raises(ValueError):
        world.grant(key_issued_at=value)


@pytest.mark.parametrize("fields", [
    {"expires_at": NOW}, {"expires_at": NOW - 1}, {"generation": -1}, {"key_id": b"K" * 15},
    {"key_id": "K" * 16}, {"cidrs": []}, {"cidrs": [b"\x0a\0\0\1\x08"]}, {"cidrs": ["10.0.0.0/8"]},
    {"audiences": []}, {"audiences": [1]}, {"scopes": [None]}, {"claims": "text"}, {"claims": None},
    {"actor": None}, {"actor": "\ud800"}, {"claims": object()}, {"scopes": "read"},
    {"scopes": ["a*"]}, {"scopes": ["a", ""]}, {"scopes": ["*:a"]}, {"audiences": "api"},
    {"cidrs": bytes(5)},
])  # fmt: skip
def test_no_grant_is_minted_that_a_verifier_would_refuse(world, fields) -> None:
    with pytest.raises(ValueError):
        world.grant(**fields)


@pytest.mark.parametrize("name", ["", "a" * 256, "é" * 128, "\ud800"])
def test_a_tenants_name_is_1_to_255_bytes(name) -> None:
    with pytest.raises(ValueError):
        Keyring(MasterSecret(1, bytes(32))).tenant(name)


@pytest.mark.parametrize("epoch", [-1, 2**32])
def test_an_epoch_is_of_32_bits(epoch) -> None:
    with pytest.raises(ValueError):
        Keyring(MasterSecret(1, bytes(32))).tenant("t", epoch)


def test_the_longest_tenant_name_works(world) -> None:
    keys = Keyring(MasterSecret(1, bytes(32))).tenant("é" * 127 + "a", 2**32 - 1)
    assert keys.mint_key(now=NOW).text
