"""Where rows stand of which only a hash is known, and the seals on salted hashes."""

import copy
import hashlib
import pickle

import pytest
from blake3 import blake3
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from engine import Keyring, MasterSecret
from engine.formats.hashed import fast
from engine.formats.hashed.sealing import HashSeals, SealBroken
from engine.formats.hashed.slow import read
from engine.formats.imported import HashIndex, ImportIndex

OLD = MasterSecret(1, b"o" * 32, retired_at=5)
HOUSE = Keyring(MasterSecret(2, b"n" * 32), [OLD])
RAW = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
PEPPERS = {"main": b"p" * 32, "old": b"q" * 16}
KINDS = ("sha256", "sha512", "hmac-sha256:main", "hmac-sha512:old", "prefix:12", "prefix:8")
BCRYPT = read("bcrypt", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")


def index(tenant="default", kinds=KINDS, house=HOUSE, peppers=PEPPERS):
    made = HashIndex(tenant, house, peppers)
    made.kinds = kinds
    return made


@pytest.mark.parametrize(
    ("algorithm", "raw", "pepper", "expected"),
    [
        # FIPS 180-4's "abc"; RFC 4231, case 2.
        (
            "sha256", b"abc", None,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            "sha512", b"abc", None,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
        (
            "hmac-sha256", b"what do ya want for nothing?", b"Jefe",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            "hmac-sha512", b"what do ya want for nothing?", b"Jefe",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
    ],
)  # fmt: skip
def test_fast_hashes_are_the_published_ones(algorithm, raw, pepper, expected) -> None:
    assert fast.compute(algorithm, raw, pepper).hex() == expected
    assert fast.SIZES[algorithm] == len(expected) // 2


def test_an_hmac_is_never_made_without_its_pepper() -> None:
    with pytest.raises(ValueError):
        fast.compute("hmac-sha256", b"raw", None)


def test_the_digests_are_the_documented_ones_under_every_master() -> None:
    expected = []
    for name, data in (
        ("hmac-sha256", fast.compute("hmac-sha256", RAW.encode(), PEPPERS["main"])),
        ("hmac-sha512", fast.compute("hmac-sha512", RAW.encode(), PEPPERS["old"])),
        ("sha256", hashlib.sha256(RAW.encode()).digest()),
        ("sha512", hashlib.sha512(RAW.encode()).digest()),
        ("prefix", RAW[:12].encode()),
        ("prefix", RAW[:8].encode()),
    ):
        for secret in (b"n" * 32, b"o" * 32):
            master = blake3(secret, derive_key_context="marzipan 2026-11 hashed key index v1")
            key = blake3(name.encode() + b"\0default", key=master.digest()).digest()
            expected.append(blake3(data, key=key).digest())
    assert index().digests(RAW) == tuple(expected)


def test_nothing_is_computed_for_what_no_row_stands_under() -> None:
    assert index(kinds=()).digests(RAW) == ()
    assert len(index(kinds=("prefix:64",)).digests(RAW)) == 0
    assert (
        ImportIndex("default", HOUSE).digests(RAW)[1:]
        == ImportIndex("default", HOUSE, None, PEPPERS).digests(RAW)[1:]
    )


def test_all_digests_come_after_those_of_the_raw_key_itself() -> None:
    whole = ImportIndex("default", HOUSE, None, PEPPERS)
    before = whole.digests(RAW)
    whole.hashes.kinds = KINDS
    assert whole.digests(RAW) == before + index().digests(RAW)


def test_a_hash_presented_as_a_raw_key_finds_nothing() -> None:
    whole = ImportIndex("default", HOUSE, None, PEPPERS)
    whole.hashes.kinds = KINDS
    hashed = hashlib.sha256(RAW.encode())
    rows = set(index().digests(RAW))
    for text in (hashed.hexdigest(), hashed.hexdigest().upper(), RAW[:12]):
        found = set(whole.digests(text)) & rows
        assert found <= set(index().prefixes(RAW))
    assert not rows & set(whole.digests(hashed.digest().decode("latin-1")))
    # What the leading characters find is then tried, and is no key.
    assert not BCRYPT.matches(RAW[:12])


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_two_raw_keys_share_no_digest_but_those_of_a_common_beginning(one, other) -> None:
    try:
        one.encode(), other.encode()
    except UnicodeEncodeError:
        return
    if one == other:
        return
    shared = set(index().digests(one)) & set(index().digests(other))
    common = {n for n in (8, 12) if len(one) >= n <= len(other) and one[:n] == other[:n]}
    assert len(shared) == 2 * len(common)


def test_tenants_masters_and_algorithms_have_digests_of_their_own() -> None:
    same = b"x" * 32
    made = [
        index(tenant).under(kind, same)
        for tenant in ("default", "other")
        for kind in ("sha256", "hmac-sha256:main", "prefix:32")
    ]
    flat = [each for several in made for each in several]
    assert len(set(flat)) == len(flat) == 12
    # The pepper's name is no part of it: the file may call it otherwise some day.
    assert index().under("hmac-sha256:a", same) == index().under("hmac-sha256:b", same)


def test_a_lost_pepper_is_told_and_its_rows_alone_are_not_found() -> None:
    less = index(peppers={"main": PEPPERS["main"]})
    assert less.lost() == ["hmac-sha512:old"] and index().lost() == []
    assert len(less.digests(RAW)) == len(index().digests(RAW)) - 2
    assert less.has_pepper("main") and not less.has_pepper("old")


def test_a_seal_opens_for_its_row_its_master_and_its_tenant_alone() -> None:
    seals = HashSeals("default", HOUSE)
    sealed = seals.seal(b"k" * 16, BCRYPT)
    assert seals.open(2, b"k" * 16, sealed) == BCRYPT
    assert BCRYPT.text.encode() not in sealed and seals.seal(b"k" * 16, BCRYPT) != sealed
    broken = [
        (2, b"l" * 16, sealed),
        (1, b"k" * 16, sealed),
        (3, b"k" * 16, sealed),
        (2, b"k" * 16, sealed[:-1]),
        (2, b"k" * 16, sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (2, b"k" * 16, b""),
        (2, b"k" * 16, sealed[:12]),
    ]
    for master, key_id, content in broken:
        with pytest.raises(SealBroken):
            seals.open(master, key_id, content)
    with pytest.raises(SealBroken):
        HashSeals("other", HOUSE).open(2, b"k" * 16, sealed)
    rotated = HashSeals("default", Keyring(MasterSecret(3, b"m" * 32), [
        MasterSecret(2, b"n" * 32, retired_at=9)
    ]))  # fmt: skip
    assert rotated.open(2, b"k" * 16, sealed) == BCRYPT and rotated.master_id == 3


def test_the_seal_is_the_documented_one() -> None:
    nonce = b"N" * 12
    master = blake3(b"n" * 32, derive_key_context="marzipan 2026-11 hashed key seal v1").digest()
    aead = ChaCha20Poly1305(blake3(b"default", key=master).digest())
    expected = nonce + aead.encrypt(nonce, f"bcrypt\0{BCRYPT.text}".encode(), b"k" * 16)
    assert HashSeals("default", HOUSE).seal(b"k" * 16, BCRYPT, nonce) == expected


def test_what_was_sealed_by_no_rule_of_today_does_not_open() -> None:
    master = HOUSE.current.derive("marzipan 2026-11 hashed key seal v1")
    aead = ChaCha20Poly1305(blake3(b"default", key=master).digest())
    for content in (b"bcrypt\0nonsense", b"md5\0abc", b"\xff\xff", b""):
        sealed = bytes(12) + aead.encrypt(bytes(12), content, b"k" * 16)
        with pytest.raises(SealBroken):
            HashSeals("default", HOUSE).open(2, b"k" * 16, sealed)


def test_neither_is_pickled_copied_or_shown() -> None:
    for one in (index(), HashSeals("default", HOUSE)):
        for act in (pickle.dumps, copy.deepcopy, copy.copy):
            with pytest.raises(TypeError):
                act(one)
        shown = repr(one)
        assert "ppp" not in shown and "nnn" not in shown and len(shown) < 150
