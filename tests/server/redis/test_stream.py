"""Guarantees of the revocation stream, against a real Valkey: what it brings, and when."""

import asyncio
import logging

import pytest

from engine import Keyring, MasterSecret
from server.redis import follower, stream
from server.redis.messages import ENTRIES
from server.redis.naming import cluster_name
from storage.base import SHARDS
from tests.servers.valkey import Valkey

from .conftest import KEYRING, NOW, Station, entry, play, until


def test_what_one_node_publishes_three_others_deny(valkey: Valkey) -> None:
    async def scene(one: Station, *others: Station) -> None:
        many = [entry(seq % SHARDS, 1 + seq // SHARDS) for seq in range(1000)]
        for each in many:
            one.stream.publish([each])
        await until(lambda: all(other.denies(*many) for other in others))

    play(valkey.url, scene, stations=4)


def test_entries_that_wait_go_together_in_few_messages(valkey: Valkey) -> None:
    async def scene(one: Station, other: Station) -> None:
        before = valkey.client().xlen(f"{one.name}:revocations")
        many = [entry(0, 1 + seq) for seq in range(10 * ENTRIES)]
        one.stream.publish(many)
        await until(lambda: other.denies(*many))
        assert valkey.client().xlen(f"{one.name}:revocations") < before + 10 + 20  # and beats

    play(valkey.url, scene, stations=2)


def test_no_position_moves_whatever_the_stream_says(valkey: Valkey) -> None:
    async def scene(one: Station, other: Station) -> None:
        one.stream.publish([entry(3, 1)])
        await until(lambda: other.applied)
        assert other.positions == [0] * SHARDS

    play(valkey.url, scene, stations=2)


def test_what_was_read_from_the_database_is_not_applied_again(valkey: Valkey) -> None:
    async def scene(one: Station, other: Station) -> None:
        other.positions[0] = 5
        one.stream.publish([entry(0, 5), entry(0, 6)])
        await until(lambda: other.applied)
        assert [each.seq for each in other.applied] == [6]

    play(valkey.url, scene, stations=2)


def test_a_gap_has_the_database_asked_and_an_order_that_is_only_mixed_up_does_not(
    valkey: Valkey,
) -> None:
    async def scene(one: Station, other: Station) -> None:
        hints = other.hints
        one.stream.publish([entry(0, 2), entry(0, 3), entry(0, 1)])
        await until(lambda: len(other.applied) == 3)
        await asyncio.sleep(0.1)
        assert other.hints == hints
        one.stream.publish([entry(0, 5)])
        await until(lambda: other.hints > hints)

    play(valkey.url, scene, stations=2)


def test_two_clusters_on_one_server_never_meet(valkey: Valkey) -> None:
    async def scene(one: Station, stranger: Station) -> None:
        one.stream.publish([entry(0, 1)])
        stranger.stream.publish([entry(0, 1)])
        await asyncio.sleep(0.3)
        assert len({one.name, stranger.name}) == 2
        for each in (one, stranger):
            assert not each.applied and each.stream.counts["forged"] == 0

    play(valkey.url, scene, KEYRING, Keyring(MasterSecret(1, b"s" * 32)))


def test_two_databases_under_one_secret_have_different_names() -> None:
    assert len({cluster_name(KEYRING, epoch) for epoch in (b"", b"a", b"b")}) == 3


def test_nodes_hear_each_other_while_one_has_a_new_secret_already(valkey: Valkey) -> None:
    old = MasterSecret(1, bytes(range(32)), NOW - 5, NOW + 1000)

    async def scene(one: Station, other: Station) -> None:
        from_one, from_other = entry(0, 1), entry(1, 1)
        one.stream.publish([from_one])
        other.stream.publish([from_other])
        await until(lambda: other.denies(from_one) and one.denies(from_other))

    play(valkey.url, scene, KEYRING, Keyring(MasterSecret(2, b"n" * 32), (old,)))


def test_the_database_is_asked_seldom_only_while_the_stream_carries(valkey: Valkey) -> None:
    async def scene(one: Station) -> None:
        assert one.interval == stream.SLOW_S
        valkey.kill()
        await until(lambda: one.interval == stream.FAST_S)
        valkey.start()
        hints = one.hints
        await until(lambda: one.interval == stream.SLOW_S)
        assert one.hints > hints

    play(valkey.url, scene)


def test_a_server_that_freezes_is_noticed_and_publishing_to_it_holds_nobody_up(
    valkey: Valkey,
) -> None:
    async def scene(one: Station, other: Station) -> None:
        valkey.freeze()
        await until(lambda: not one.stream.healthy and not other.stream.healthy)
        one.stream.publish([entry(0, 1)] * 100)
        await until(lambda: one.stream.counts["dropped"] >= 100)
        valkey.thaw()
        await until(lambda: one.stream.healthy and other.stream.healthy)
        last = entry(0, 2)
        one.stream.publish([last])
        await until(lambda: other.denies(last))

    play(valkey.url, scene, stations=2)


def test_a_server_that_comes_back_empty_carries_again(valkey: Valkey) -> None:
    async def scene(one: Station, other: Station) -> None:
        first, second = entry(0, 1), entry(0, 2)
        one.stream.publish([first])
        await until(lambda: other.denies(first))
        valkey.kill()
        await until(lambda: not one.stream.healthy and not other.stream.healthy)
        valkey.start()
        await until(lambda: one.stream.healthy and other.stream.healthy)
        one.stream.publish([second])
        await until(lambda: other.denies(second))

    play(valkey.url, scene, stations=2)


def test_a_stream_whose_ids_went_back_carries_again(valkey: Valkey) -> None:
    async def scene(one: Station, other: Station) -> None:
        key = f"{one.name}:revocations"
        asking = valkey.client()
        asking.xadd(key, {"m": b"strange"}, id="9999999999999-0")
        asking.xadd(key, {"m": b"strange"}, id="9999999999999-1")
        await until(lambda: other.stream.counts["forged"] >= 2)
        asking.delete(key)
        last = entry(0, 1)
        await until(lambda: not other.stream.healthy)
        await until(lambda: one.stream.healthy and other.stream.healthy)
        one.stream.publish([last])
        await until(lambda: other.denies(last))

    play(valkey.url, scene, stations=2)


def test_an_outage_is_logged_once_and_so_is_its_end(
    valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "marzipan.redis")

    async def scene(one: Station) -> None:
        caplog.clear()
        valkey.kill()
        await until(lambda: not one.stream.healthy)
        await asyncio.sleep(1)
        assert [each.levelname for each in caplog.records] == ["WARNING"]
        valkey.start()
        await until(lambda: one.stream.healthy)
        assert [each.levelname for each in caplog.records] == ["WARNING", "INFO"]

    play(valkey.url, scene)


def test_a_server_that_is_away_is_tried_with_growing_pauses(
    valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        if seconds >= 0.02:
            pauses.append(seconds)
        await sleep(seconds / 100)

    async def scene(one: Station) -> None:
        valkey.kill()
        await until(lambda: not one.stream.healthy)
        monkeypatch.setattr("server.redis.backoff.asyncio.sleep", noted)
        await until(lambda: len(pauses) > 30)
        assert max(pauses) <= 2 and min(pauses[-4:]) >= 0.5

    play(valkey.url, scene)


def test_one_node_beats_while_many_are_there(valkey: Valkey) -> None:
    async def scene(*stations: Station) -> None:
        asking, key = valkey.client(), f"{stations[0].name}:revocations"
        before = asking.xlen(key)
        await asyncio.sleep(2)
        # Each alone would make 10 to 20 of them, and eight together more than 80.
        assert asking.xlen(key) - before < 60

    play(valkey.url, scene, stations=8)


def test_no_read_holds_more_than_its_bound() -> None:
    assert follower.LONGEST < 4 * 1024 * 1024
