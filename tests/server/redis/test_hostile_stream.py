"""Guarantees of the revocation stream when whoever can write to Redis writes what he likes."""

import asyncio
import secrets
import threading

import pytest
import redis

from engine import Keyring, MasterSecret
from server.redis import follower, publisher, stream
from server.redis.messages import ENTRIES, LARGEST, Seals
from tests.servers.valkey import Valkey

from .conftest import KEYRING, NOW, Station, entry, play, until


def _key(station: Station) -> str:
    return f"{station.name}:revocations"


def _read(asking: redis.Redis, key: str) -> list[bytes]:
    return [fields[b"m"] for _, fields in asking.xrange(key)]


async def _still_carries(one: Station, other: Station, seq: int = 1000) -> None:
    last = entry(7, seq)
    await until(lambda: one.stream.healthy and other.stream.healthy)
    one.stream.publish([last])
    await until(lambda: other.denies(last))


def test_forged_messages_are_counted_and_change_nothing(valkey: Valkey) -> None:
    async def scene(one: Station, other: Station) -> None:
        asking, key = valkey.client(), _key(one)
        stranger = Seals(Keyring(MasterSecret(1, b"s" * 32)), key, lambda: NOW)
        true = Seals(KEYRING, key, lambda: NOW).seal(bytes(16), 1, [entry(0, 1)])
        forged = [
            stranger.seal(bytes(16), 1, [entry(0, 1)]),
            true[:-1] + bytes([true[-1] ^ 1]),
            true[:40],
            b"",
            secrets.token_bytes(LARGEST),
            secrets.token_bytes(LARGEST * 4),
        ]
        for message in forged:
            asking.xadd(key, {"m": message})
        asking.xadd(key, {"another": "field"})
        asking.xadd(key, {f"{number}": "fields" for number in range(1000)})
        await until(lambda: other.stream.counts["forged"] == len(forged) + 2)
        assert not other.applied
        await _still_carries(one, other)

    play(valkey.url, scene, stations=2)


def test_a_message_that_no_reader_may_hold_ends_no_reader(valkey: Valkey) -> None:
    async def scene(one: Station, other: Station) -> None:
        valkey.client().xadd(_key(one), {"m": bytes(follower.LONGEST + 1)})
        await until(lambda: not other.stream.healthy)
        assert other.interval == stream.FAST_S
        await _still_carries(one, other)

    play(valkey.url, scene, stations=2)


def test_replayed_messages_are_applied_no_more_once_the_database_was_read(valkey: Valkey) -> None:
    async def scene(one: Station, other: Station) -> None:
        asking, key = valkey.client(), _key(one)
        one.stream.publish([entry(0, 1), entry(0, 2)])
        await until(lambda: len(other.applied) == 2)
        other.positions[0] = 2
        old = _read(asking, key)
        for message in old * 3:
            asking.xadd(key, {"m": message})
        await _still_carries(one, other)
        assert len(other.applied) == 3 and other.stream.counts["forged"] == 0

    play(valkey.url, scene, stations=2)


def test_repeated_beats_do_not_make_a_stream_that_swallows_everything_healthy(
    valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(one: Station) -> None:
        asking, key = valkey.client(), _key(one)
        old = _read(asking, key)[-1]

        async def swallowed(*_: object, **__: object) -> None:
            asking.xadd(key, {"m": old})

        monkeypatch.setattr(one.stream._writing, "xadd", swallowed)
        await until(lambda: not one.stream.healthy)

    play(valkey.url, scene)


def test_messages_in_any_order_and_twice_give_the_same_denylist(valkey: Valkey) -> None:
    async def scene(one: Station, other: Station) -> None:
        asking, key = valkey.client(), _key(one)
        seals = Seals(KEYRING, key, lambda: NOW)
        many = [entry(0, 1 + seq) for seq in range(50)]
        sealed = [seals.seal(b"s" * 16, at, [each]) for at, each in enumerate(many)]
        for message in (*sealed[::-1], *sealed[::2]):
            asking.xadd(key, {"m": message})
        await until(lambda: other.denies(*many) and one.denies(*many))

    play(valkey.url, scene, stations=2)


def test_a_flood_of_forged_messages_leaves_the_loop_to_others_and_the_feed_polls_often(
    valkey: Valkey,
) -> None:
    end = threading.Event()

    def flood(key: str) -> None:
        asking = valkey.client().pipeline(transaction=False)
        while not end.is_set():
            for _ in range(200):
                asking.xadd(key, {"m": bytes(200)}, maxlen=10_000, approximate=True)
            asking.execute()

    async def scene(one: Station, other: Station) -> None:
        flooding = threading.Thread(target=flood, args=(_key(one),))
        flooding.start()
        try:
            await until(lambda: not other.stream.healthy)
            assert other.interval == stream.FAST_S
            forged = other.stream.counts["forged"]
            turns = 0
            ends = asyncio.get_running_loop().time() + 1
            while asyncio.get_running_loop().time() < ends:
                await asyncio.sleep(0)
                turns += 1
            assert turns > 1000
            # The stream is left alone most of the time, however much comes.
            assert other.stream.counts["forged"] - forged < 100 * follower.MESSAGES
        finally:
            end.set()
            flooding.join()
        await _still_carries(one, other)

    play(valkey.url, scene, stations=2)


def test_a_key_of_another_type_in_its_place_is_an_outage_and_no_more(valkey: Valkey) -> None:
    async def scene(one: Station, other: Station) -> None:
        asking = valkey.client()
        asking.set(_key(one), "a text")
        await until(lambda: not one.stream.healthy and not other.stream.healthy)
        asking.delete(_key(one))
        await _still_carries(one, other)

    play(valkey.url, scene, stations=2)


def test_a_reader_that_slept_while_the_stream_was_trimmed_has_the_database_asked(
    valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "KEEP", 1)

    async def scene(one: Station, other: Station) -> None:
        asleep = asyncio.Event()

        async def sleeping(fields: object, take: object = other.stream._follower._take) -> None:
            await asleep.wait()
            await take(fields)  # type: ignore[operator]

        monkeypatch.setattr(other.stream._follower, "_take", sleeping)
        many = [entry(0, 1 + seq) for seq in range(200)]
        for each in many:
            one.stream.publish([each])
            # One at a time, as each batch of a stream's inner nodes is trimmed whole.
            await until(lambda: not one.stream._publisher._queue)
        last = entry(0, 1000)
        one.stream.publish([last])
        await until(lambda: not one.stream._publisher._queue)
        hints = other.hints
        asleep.set()
        await until(lambda: other.denies(last) and other.hints > hints)

    play(valkey.url, scene, stations=2)


def test_no_secret_and_no_reason_is_in_redis(valkey: Valkey) -> None:
    async def scene(one: Station, other: Station) -> None:
        each = entry(0, 1, reason="left the company")
        one.stream.publish([each])
        await until(lambda: other.denies(each))
        asking = valkey.client()
        for name in asking.keys("*"):
            held = asking.dump(name) + b"".join(_read(asking, name.decode()))
            for secret in (bytes(range(32)), bytes(range(16)), b"company"):
                assert secret not in held and secret.hex().encode() not in held

    play(valkey.url, scene, stations=2)


def test_more_than_the_queue_holds_drops_the_oldest_and_counts_them(valkey: Valkey) -> None:
    async def scene(one: Station) -> None:
        valkey.freeze()
        before = one.stream.counts["dropped"]
        one.stream.publish([entry(0, 1)] * (publisher.QUEUE + ENTRIES))
        assert one.stream.counts["dropped"] - before >= ENTRIES
        valkey.thaw()

    play(valkey.url, scene)
