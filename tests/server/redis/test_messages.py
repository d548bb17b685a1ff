"""Guarantees of server/redis/messages.py: only nodes of the cluster can make a message."""

import secrets

import msgspec
import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from engine import Keyring, Kind, MasterSecret
from engine.limits import INTEGER
from server.redis.messages import ENTRIES, LARGEST, Heard, Seals
from storage.base import SHARDS, LogEntry
from storage.notices import Notice

from .conftest import KEYRING, MASTER, NOW, entry

SENDER = bytes(16)
NAME = "marzipan:{0}:revocations"
ENTRY = st.builds(
    LogEntry,
    shard=st.integers(0, SHARDS - 1),
    seq=st.integers(1, INTEGER),
    tenant=st.text(max_size=63),
    kind=st.sampled_from([*Kind, *Notice, 999]),
    target=st.binary(min_size=16, max_size=16),
    value=st.integers(0, INTEGER),
    expires_at=st.integers(0, INTEGER),
    reason=st.just(""),
    at=st.integers(0, INTEGER),
)


def seals(keyring: Keyring = KEYRING, name: str = NAME, now: int = NOW) -> Seals:
    return Seals(keyring, name, lambda: now)


def rotated(retired_at: int = NOW - 10, end: int | None = NOW + 10) -> Keyring:
    old = MasterSecret(1, bytes(range(32)), retired_at, end)
    return Keyring(MasterSecret(2, b"n" * 32), (old,))


@given(st.lists(ENTRY, max_size=5), st.integers(0, INTEGER))
def test_what_is_sealed_is_opened_as_it_was(entries: list[LogEntry], count: int) -> None:
    assert seals().open(seals().seal(SENDER, count, entries)) == Heard(SENDER, count, entries)


def test_of_a_revocation_no_reason_goes_to_redis_and_of_a_notice_the_kind_of_hash_does() -> None:
    revoked = entry(0, 1, reason="left the company")
    notice = entry(0, 2, kind=Notice.IMPORTED, reason="bcrypt")
    message = seals().seal(SENDER, 1, [revoked, notice])
    heard = seals().open(message)
    assert heard is not None and heard.entries is not None
    assert b"company" not in message and [each.reason for each in heard.entries] == ["", "bcrypt"]


def test_the_longest_message_is_within_the_bound() -> None:
    longest = entry(7, INTEGER, tenant="\U0001f511" * 63, value=INTEGER, expires_at=INTEGER)
    message = seals(rotated()).seal(SENDER, INTEGER, [longest] * ENTRIES)
    assert len(message) <= LARGEST and seals().open(message) is not None


@given(st.data())
def test_a_message_that_was_changed_anywhere_is_refused(data: st.DataObject) -> None:
    message = bytearray(seals().seal(SENDER, 1, [entry(0, 1, b"t" * 16)]))
    message[data.draw(st.integers(0, len(message) - 1))] ^= data.draw(st.integers(1, 255))
    assert seals().open(bytes(message)) is None


@given(st.binary(max_size=300))
def test_bytes_of_anybody_are_refused(message: bytes) -> None:
    assert seals().open(message) is None


@given(st.binary(max_size=64))
def test_a_message_that_is_authentic_and_nonsense_raises_nothing(body: bytes) -> None:
    key = MASTER.derive("marzipan 2026-11 revocation stream key v1")
    mac = blake3(bytes([len(NAME)]) + NAME.encode() + body, key=key).digest(16)
    heard = seals().open(bytes([1, 1, 1]) + mac + body)
    assert heard is None or heard.entries is None or heard.entries == []


@pytest.mark.parametrize("cut", range(0, 40, 3))
def test_a_message_that_is_cut_off_is_refused(cut: int) -> None:
    assert seals().open(seals().seal(SENDER, 1)[:cut]) is None


def test_a_message_of_a_newer_version_proves_that_the_stream_carries_and_gives_no_entries() -> None:
    key = MASTER.derive("marzipan 2026-11 revocation stream key v1")
    unknown = [0, 1, "default", {"another": "form"}]
    body = msgspec.msgpack.encode([SENDER, 5, [unknown]])
    mac = blake3(bytes([len(NAME)]) + NAME.encode() + body, key=key).digest(16)
    assert seals().open(bytes([1, 1, 1]) + mac + body) == Heard(SENDER, 5, None)


def test_a_message_of_another_cluster_is_refused() -> None:
    other = Keyring(MasterSecret(1, secrets.token_bytes(32)))
    assert seals().open(seals(other).seal(SENDER, 1)) is None


def test_a_message_of_another_stream_under_the_same_secret_is_refused() -> None:
    assert seals().open(seals(name="another").seal(SENDER, 1)) is None


def test_a_node_with_a_new_secret_and_one_without_it_yet_understand_each_other() -> None:
    for one, other in ((seals(rotated()), seals()), (seals(), seals(rotated()))):
        assert one.open(other.seal(SENDER, 1)) is not None


@pytest.mark.parametrize("end", [NOW, NOW - 1, None])
def test_a_retired_secret_that_admits_no_grants_makes_no_messages(end: int | None) -> None:
    keyring = rotated(end=end)
    assert seals(keyring).open(seals().seal(SENDER, 1)) is None
    assert seals().open(seals(keyring).seal(SENDER, 1)) is None
    assert seals(keyring).open(seals(keyring).seal(SENDER, 1)) is not None
