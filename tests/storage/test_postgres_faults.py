"""A database server that dies, freezes or loses its answers: nothing acknowledged is lost."""

import asyncio
import time

import pytest

from engine.types import Kind
from storage import open_store
from storage.errors import StoreUnavailable
from storage.postgres.connecting import connect
from tests.servers.pgproxy import AMBIGUOUS, CUT, LOSE_AT_COMMIT, RESET, PgProxy

COMMIT = (b"Q", b"COMMIT\0")


@pytest.fixture
def proxy(server, postgres_url):
    proxy = PgProxy(server.port)
    yield proxy
    proxy.stop()


@pytest.fixture
def behind(proxy, postgres_url, run, server):
    """A store whose every message passes the proxy."""
    store = run(open_store(postgres_url.replace(str(server.port), str(proxy.port))))
    yield store
    proxy.rule = lambda kind, body: None
    run(store.close())


class Times:
    """A rule that strikes the first `count` messages that fit."""

    def __init__(self, verdict, fits=lambda kind, body: (kind, body) == COMMIT, count=1):
        self.verdict, self.fits, self.left, self.struck = verdict, fits, count, 0

    def __call__(self, kind, body):
        if self.left and self.fits(kind, body):
            self.left -= 1
            self.struck += 1
            return self.verdict
        return None


@pytest.mark.parametrize("ending", [CUT, AMBIGUOUS], ids=["cut", "40003"])
def test_a_commit_whose_answer_was_lost_is_found_to_be_written(
    behind, proxy, postgres, run, build, ending
):
    proxy.rule = rule = Times(ending)
    entries = run(
        behind.commit(build.change(insert=(build.key(1),), revoke=(build.kill(b"k" * 16),)))
    )
    assert rule.struck == 1
    assert [entry.target for entry in entries] == [b"k" * 16]
    assert run(postgres.get("acme", build.id(1))) == build.key(1)
    assert len(run(postgres.audit("acme", limit=10))) == 1


def test_a_commit_that_never_arrived_is_made_again_and_once(behind, proxy, postgres, run, build):
    proxy.rule = rule = Times(RESET)
    run(behind.commit(build.change(insert=(build.key(1),), revoke=(build.kill(b"k" * 16),))))
    assert rule.struck == 1
    assert run(postgres.get("acme", build.id(1))) == build.key(1)
    assert len(run(postgres.audit("acme", limit=10))) == 1
    assert sum(run(postgres.positions())) == 1


def test_whoever_lost_a_race_is_tried_again(behind, proxy, postgres, run, build):
    proxy.rule = rule = Times(LOSE_AT_COMMIT, count=3)
    run(behind.commit(build.change(insert=(build.key(1),))))
    assert rule.struck == 3
    assert run(postgres.get("acme", build.id(1))) == build.key(1)
    assert len(run(postgres.audit("acme", limit=10))) == 1


def test_who_loses_every_race_is_told_that_nothing_was_written(behind, proxy, postgres, run, build):
    proxy.rule = Times(LOSE_AT_COMMIT, count=1000)
    with pytest.raises(StoreUnavailable, match="Nothing was written"):
        run(behind.commit(build.change(insert=(build.key(1),))))
    proxy.rule = lambda kind, body: None
    assert run(postgres.get("acme", build.id(1))) is None


@pytest.mark.parametrize("ending", [CUT, RESET, AMBIGUOUS], ids=["cut", "reset", "40003"])
def test_what_does_no_harm_twice_is_written_again_where_its_fate_is_unknown(
    behind, proxy, postgres, run, build, ending
):
    proxy.rule = rule = Times(ending)
    run(behind.touch({("acme", build.id(1)): 5}))
    run(behind.add_check(1, b"c" * 16))
    assert rule.struck == 1
    assert run(postgres.last_used("acme", [build.id(1)])) == {build.id(1): 5}
    assert run(postgres.checks()) == {1: b"c" * 16}


def test_a_debit_whose_fate_is_unknown_is_never_said_to_be_made(behind, proxy, run, build):
    proxy.rule = Times(CUT)
    with pytest.raises(StoreUnavailable, match="not known"):
        run(behind.debit("acme", (), build.now))


def test_a_connection_that_was_lost_before_the_commit_is_replaced(
    behind, proxy, postgres, run, build
):
    run(behind.commit(build.change(insert=(build.key(1),))))
    proxy.rule = rule = Times(RESET, lambda kind, body: True)
    run(behind.commit(build.change(insert=(build.key(2),))))
    assert rule.struck == 1
    assert run(postgres.get("acme", build.id(2))) == build.key(2)


def test_of_several_hosts_the_one_that_is_there_is_used(server, postgres_url, run, build):
    there = f"127.0.0.1:{server.port}"
    store = run(open_store(postgres_url.replace(there, f"127.0.0.1:1,{there}")))
    try:
        run(store.commit(build.change(insert=(build.key(1),))))
        assert run(store.get("acme", build.id(1))) == build.key(1)
    finally:
        run(store.close())


def test_many_writers_on_two_nodes_leave_no_gap(postgres_url, run, build):
    async def storm():
        nodes = [await open_store(postgres_url) for _ in range(2)]
        kills = [
            node.commit(
                build.change(
                    tenant=f"tenant-{n % 5}",
                    revoke=(build.kill(bytes([n % 8, at, n]) + bytes(13), Kind.GRANT),),
                )
            )
            for at, node in enumerate(nodes)
            for n in range(200)
        ]
        await asyncio.gather(*kills)
        ends = await nodes[0].positions()
        logs = [[e.seq for e in await nodes[1].read(shard, 0, 1000)] for shard in range(8)]
        broken = await nodes[0].verify_audit()
        for node in nodes:
            await node.close()
        return ends, logs, broken

    ends, logs, broken = run(storm())
    assert sum(ends) == 400
    assert logs == [list(range(1, end + 1)) for end in ends]
    assert broken is None


def test_a_write_that_no_standby_confirms_is_never_said_to_be_made(own_server, mine, run, build):
    run(mine.commit(build.change(insert=(build.key(1),))))
    own_server.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    own_server.sql("SELECT pg_reload_conf()")
    with pytest.raises(StoreUnavailable, match="not known"):
        run(mine.commit(build.change(insert=(build.key(2),))))
    own_server.sql("ALTER SYSTEM RESET synchronous_standby_names")
    own_server.sql("SELECT pg_reload_conf()")
    run(mine.commit(build.change(insert=(build.key(3),))))


def test_a_frozen_server_holds_up_no_call_for_ever(own_server, mine, run, build):
    run(mine.commit(build.change(insert=(build.key(1),))))
    own_server.freeze()

    async def ask():
        calls = (
            mine.get("acme", build.id(1)),
            mine.positions(),
            mine.commit(build.change(insert=(build.key(2),))),
            mine.debit("acme", (), build.now),
            mine.touch({("acme", build.id(1)): 5}),
        )
        # Far more than the stated bounds add up to: what is tested is that there are any.
        async with asyncio.timeout(60):
            return await asyncio.gather(*calls, return_exceptions=True)

    answers = run(ask())
    assert all(isinstance(answer, StoreUnavailable) for answer in answers), answers
    own_server.thaw()
    assert run(mine.get("acme", build.id(1))) == build.key(1)
    run(mine.commit(build.change(insert=(build.key(3),))))
    assert run(mine.get("acme", build.id(3))) == build.key(3)


def test_what_was_acknowledged_survives_a_server_that_is_killed(own_server, mine, run, build):
    acknowledged = []

    async def write():
        for number in range(1000):
            try:
                await mine.commit(build.change(insert=(build.key(number),)))
            except StoreUnavailable:
                return
            acknowledged.append(number)

    async def write_until_killed():
        writing = asyncio.ensure_future(write())
        while len(acknowledged) < 20:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(own_server.kill)
        await writing

    run(write_until_killed())
    own_server.start()
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            found = [run(mine.get("acme", build.id(number))) for number in acknowledged]
            break
        except StoreUnavailable:
            time.sleep(0.1)
    assert found == [build.key(number) for number in acknowledged]
    assert run(mine.verify_audit()) is None
    run(mine.commit(build.change(insert=(build.key(2000),))))


def test_a_node_that_stops_in_the_middle_of_a_write_lets_others_go_on(postgres_url, run, build):
    async def hold_and_write():

        stopped = await connect(postgres_url)
        await stopped.execute("BEGIN")
        await stopped.execute("SELECT 1 FROM counters FOR UPDATE")
        store = await open_store(postgres_url)
        try:
            await store.commit(build.change(insert=(build.key(1),)))
            return await store.get("acme", build.id(1))
        finally:
            await store.close()
            stopped.terminate()

    assert run(hold_and_write()) == build.key(1)
