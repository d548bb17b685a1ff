"""The one question that every node asks all the time, and the registry of nodes."""

import asyncio

import asyncpg
import msgspec
import pytest

from storage import open_store, rules
from storage.base import SHARDS
from storage.cluster import ClusterNode, Head


def node(number, **fields):
    filled = {
        "node_id": bytes([number]) * 16,
        "boot_id": b"b" * 16,
        "positions": tuple(range(SHARDS)),
        "mode": "poll",
        "lease_ms": 5000,
    }
    return ClusterNode(**(filled | fields))


def test_an_empty_log_ends_at_zero_in_every_shard(store, run):
    polled = run(store.poll())
    assert polled.heads == (Head(0, b""),) * SHARDS and not polled.watched


def test_a_database_has_an_epoch_of_its_own_that_stays(store, run, build):
    epoch = run(store.poll()).epoch
    assert len(epoch) == 16
    run(store.commit(build.change(revoke=(build.kill(build.id(1)),))))
    assert run(store.poll()).epoch == epoch


def test_an_epoch_outlives_the_store_that_made_it(run, url, postgres_url):
    for each in (url, postgres_url):
        epochs = set()
        for _ in range(2):
            store = run(open_store(each))
            epochs.add(run(store.poll()).epoch)
            run(store.close())
        assert len(epochs) == 1


def test_a_poll_names_ends_up_to_which_every_entry_can_be_followed(store, run, build):
    for n in range(30):
        kills = tuple(build.kill(build.id(n, shard)) for shard in (n % SHARDS, 3))
        run(store.commit(build.change(revoke=kills)))
    heads = run(store.poll()).heads
    assert [head.seq for head in heads] == list(run(store.positions()))
    for shard, head in enumerate(heads):
        entries = run(store.follow(shard, 0, 1000))
        assert entries == run(store.read(shard, 0, 1000))
        digest = b""
        for entry in entries:
            digest = rules.chained(digest, entry)
        assert digest == head.hash


def test_every_field_of_an_entry_counts_for_the_hash(store, run, build):
    (entry,) = run(store.commit(build.change(revoke=(build.kill(build.id(1), reason="r"),))))
    other = {"tenant": "b", "reason": "s", "target": b"t" * 16}
    for name in entry.__struct_fields__:
        changed = msgspec.structs.replace(entry, **{name: other.get(name, 77)})
        assert rules.chained(b"", changed) != rules.chained(b"", entry), name
    assert rules.chained(b"x", entry) != rules.chained(b"", entry)


def test_a_change_that_failed_moves_no_end(store, run, build):
    run(store.commit(build.change(insert=(build.key(1),))))
    before = run(store.poll()).heads
    stale = ((build.key(1, revision=5), build.key(1)),)
    with pytest.raises(Exception, match="changed"):
        run(store.commit(build.change(replace=stale, revoke=(build.kill(build.id(1)),))))
    assert run(store.poll()).heads == before


def test_a_node_is_told_of_as_it_enrolled_with_what_is_left_of_its_lease(store, run):
    first, second = node(1), node(2, mode="stream", positions=(7,) * SHARDS, lease_ms=60_000)
    run(store.enrol(second))
    run(store.enrol(first))
    told = run(store.nodes())
    same = [msgspec.structs.replace(each, lease_ms=0) for each in told]
    assert same == [msgspec.structs.replace(each, lease_ms=0) for each in (first, second)]
    assert 0 < told[0].lease_ms <= 5000 < told[1].lease_ms <= 60_000


def test_enrolling_again_replaces_the_row_and_leaving_takes_it_out(store, run):
    run(store.enrol(node(1)))
    run(store.enrol(node(1, positions=(9,) * SHARDS)))
    (told,) = run(store.nodes())
    assert told.positions == (9,) * SHARDS
    for _ in range(2):
        run(store.leave(node(1).node_id))
    assert list(run(store.nodes())) == []


def test_a_lease_that_ran_out_is_negative_and_is_forgotten_after_ten_minutes(store, run):
    run(store.enrol(node(1, lease_ms=-1000)))
    run(store.enrol(node(2, lease_ms=-700_000)))
    run(store.enrol(node(3)))
    told = run(store.nodes())
    assert [each.node_id for each in told] == [node(1).node_id, node(3).node_id]
    assert told[0].lease_ms <= -1000


def test_who_watches_is_seen_by_all_until_it_is_over_and_never_shortens_anothers(store, run):
    run(store.watch(60_000))
    run(store.watch(1))
    assert run(store.poll()).watched


def test_a_watch_ends(store, run):
    run(store.watch(1))
    run(asyncio.sleep(0.01))
    assert not run(store.poll()).watched


def test_a_database_server_is_shared_and_a_file_is_not(sqlite, postgres):
    assert postgres.shared and not sqlite.shared


def test_polling_waits_for_no_reader_and_no_writer(postgres, postgres_url, run, build):
    """All connections for reading are in use, and the one for writing waits for a lock."""

    async def busy():
        other = await asyncpg.connect(postgres_url)
        await other.execute("BEGIN; LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE")
        waiting = [asyncio.ensure_future(postgres.get("acme", build.id(n))) for n in range(50)]
        waiting.append(asyncio.ensure_future(postgres.commit(build.change(insert=(build.key(1),)))))
        await asyncio.sleep(0.1)
        await postgres.poll()
        await postgres.enrol(node(1))
        await postgres.follow(0, 0, 10)
        assert not any(each.done() for each in waiting)
        await other.close()
        await asyncio.gather(*waiting)

    run(busy())


def test_a_poll_of_a_frozen_server_ends_and_the_next_one_is_good(server, postgres, run):
    run(postgres.poll())
    server.freeze()
    try:
        with pytest.raises(Exception, match="in time"):
            run(postgres.poll())
    finally:
        server.thaw()
    run(postgres.poll())
