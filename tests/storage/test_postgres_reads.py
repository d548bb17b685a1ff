"""Reads on a database server: tried again where that helps, and never for ever."""

import asyncio

import pytest

from storage import open_store
from storage.errors import StoreUnavailable
from storage.postgres.connecting import connect
from storage.postgres.reading import read_once
from storage.sql import queries
from tests.servers.pgproxy import RESET, PgProxy, lose

READS = {
    "a read": lambda store, build: store.get("acme", build.id(1)),
    "a read of one moment": lambda store, build: store.verify_audit(),
}
ANSWERS = {"a read": lambda build: build.key(1), "a read of one moment": lambda build: None}


class Times:
    """A rule that strikes the first `count` statements with values."""

    def __init__(self, verdict, count):
        self.verdict, self.left, self.struck = verdict, count, 0

    def __call__(self, kind, body):
        if kind == b"B" and self.left:
            self.left -= 1
            self.struck += 1
            return self.verdict
        return None


@pytest.fixture
def proxy(server):
    proxy = PgProxy(server.port)
    yield proxy
    proxy.stop()


@pytest.fixture
def proxied_url(proxy, server, own_url):
    return own_url.replace(str(server.port), str(proxy.port))


@pytest.fixture
def behind(proxy, proxied_url, run, build):
    store = run(open_store(proxied_url))
    run(store.commit(build.change(insert=(build.key(1),))))
    yield store
    proxy.rule = lambda kind, body: None
    run(store.close())


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
@pytest.mark.parametrize("read", READS)
def test_a_read_that_lost_a_race_is_run_again_from_its_start(
    behind, proxy, run, build, read, sqlstate
):
    proxy.rule = rule = Times(lose(sqlstate), count=3)
    assert run(READS[read](behind, build)) == ANSWERS[read](build)
    assert rule.struck == 3


@pytest.mark.parametrize("read", READS)
def test_a_read_that_loses_every_race_ends(behind, proxy, run, build, read):
    proxy.rule = rule = Times(lose(), count=1000)
    with pytest.raises(StoreUnavailable, match="40001"):
        run(READS[read](behind, build))
    assert 2 <= rule.struck <= 10


@pytest.mark.parametrize("read", READS)
def test_a_read_whose_connection_was_lost_is_made_over_another(behind, proxy, run, build, read):
    proxy.rule = rule = Times(RESET, count=1)
    assert run(READS[read](behind, build)) == ANSWERS[read](build)
    assert rule.struck == 1


@pytest.mark.parametrize("read", READS)
def test_a_read_that_loses_every_connection_ends(behind, proxy, run, build, read):
    proxy.rule = Times(RESET, count=1000)
    with pytest.raises(StoreUnavailable):
        run(READS[read](behind, build))


def test_a_read_beside_the_server_is_run_again_too(behind, proxy, proxied_url, run):
    run(behind.add_check(1, b"c" * 16))
    told = []

    def rule(kind, body):
        # The read of the check values, and not the look at the schema before it.
        if kind == b"P" and b"check_value" in body:
            told.append("asked")
        if kind == b"B" and told == ["asked"]:
            told.append("lost")
            return lose()
        return None

    proxy.rule = rule
    assert run(read_once(proxied_url, queries.checks)) == {1: b"c" * 16}
    assert told == ["asked", "lost", "asked"]


CHANGED = "ALTER TABLE audit_log ALTER COLUMN caller TYPE VARCHAR({})"


def test_a_read_outlives_a_change_of_the_schema_under_what_it_prepared(behind, run, own_url):
    async def alter_between():
        other = await connect(own_url)
        try:
            assert await behind.verify_audit() is None
            await other.execute(CHANGED.format(300))
            assert await behind.verify_audit() is None
            assert await behind.verify_audit() is None
        finally:
            other.terminate()

    run(alter_between())


def test_a_write_outlives_a_change_of_the_schema_under_what_it_prepared(
    behind, run, build, own_url
):
    async def alter_between():
        other = await connect(own_url)
        try:
            await behind.commit(build.change(revoke=(build.kill(build.id(2)),)))
            await other.execute("ALTER TABLE revocation_log ALTER COLUMN reason TYPE VARCHAR(300)")
            await behind.commit(build.change(revoke=(build.kill(build.id(2)),)))
        finally:
            other.terminate()

    run(alter_between())
    assert len(run(behind.audit("acme", limit=9))) == 3


def test_many_reads_of_a_frozen_server_all_end(own_server, mine, run, build):
    run(mine.commit(build.change(insert=(build.key(1),))))
    own_server.freeze()

    async def ask():
        reads = [read(mine, build) for read in READS.values() for _ in range(20)]
        reads.append(read_once(own_server.url("mine"), queries.checks))
        # Far more than the stated bounds add up to: what is tested is that there are any.
        async with asyncio.timeout(60):
            return await asyncio.gather(*reads, return_exceptions=True)

    answers = run(ask())
    assert all(isinstance(answer, StoreUnavailable) for answer in answers), answers
    own_server.thaw()
    assert run(mine.get("acme", build.id(1))) == build.key(1)


def test_a_transaction_that_could_not_be_ended_is_nobodys_next(behind, proxy, run, build):
    proxy.rule = lambda kind, body: lose() if (kind, body) == (b"Q", b"ROLLBACK\0") else None
    for _ in range(3):
        assert run(behind.verify_audit()) is None
        assert run(behind.get("acme", build.id(1))) == build.key(1)
