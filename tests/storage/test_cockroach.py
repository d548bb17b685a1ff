"""What a store says to a CockroachDB, and what it makes of its answers; and what stands in for one.

The contract suite runs over the store "cockroach-strict". Its server is a Postgres: only with
MARZIPAN_TEST_COCKROACH_URL is anything tested on a CockroachDB.
"""

import asyncio

import asyncpg
import pytest

import storage.migrate
from engine.types import Debit
from storage import migrate_status, migrate_up, open_store
from storage.postgres.connecting import connect
from tests.servers import subset
from tests.servers.pgproxy import lose
from tests.servers.wiping import say, wipe

STEPS = storage.migrate.known("postgres")
REFUSED = [
    "LISTEN revocations",
    "NOTIFY revocations",
    "COPY masters TO STDOUT",
    "SELECT pg_terminate_backend(1)",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_xact_lock(1)",
    "PREPARE p (BIGINT) AS SELECT 1",
    "DECLARE c CURSOR FOR SELECT 1",
    "SELECT 1; SELECT 2",
    "SELECT name || actor FROM api_keys",
    "SELECT CAST(name AS BIGINT) FROM api_keys",
    "SELECT name::BIGINT FROM api_keys",
    "CREATE TABLE masters (master_id BIGINT)",
    "CREATE TABLE IF NOT EXISTS masters (master_id SERIAL)",
    "TRUNCATE masters",
    "SET lock_timeout = 5",
    "SELECT name FROM pg_type",
]


def test_the_contract_suite_runs_over_a_real_cockroachdb_too(real_url, run):
    async def version():
        db = await connect(real_url)
        try:
            return (await db.fetch("SELECT version()"))[0][0]
        finally:
            db.terminate()

    assert "CockroachDB" in run(version())


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_step_of_the_schema_is_one_statement_of_the_subset_that_may_be_said_twice(step):
    assert subset.fault(step.sql) is None
    assert ";" not in step.sql.strip().removesuffix(";")
    assert "IF NOT EXISTS" in step.sql


@pytest.mark.parametrize("sql", REFUSED)
def test_what_stands_in_refuses_what_cockroachdb_refuses(strict, run, sql):
    strict.refused.clear()
    with pytest.raises(asyncpg.PostgresError):
        run(say(strict.url, sql))
    assert len(strict.refused) == 1
    strict.refused.clear()


def test_what_stands_in_refuses_a_change_of_the_schema_in_a_transaction(strict, run):
    async def alter():
        db = await connect(strict.url)
        try:
            await db.execute("BEGIN")
            with pytest.raises(asyncpg.PostgresError):
                await db.execute("ALTER TABLE masters ADD COLUMN IF NOT EXISTS name TEXT")
        finally:
            db.terminate()

    strict.refused.clear()
    run(alter())
    assert ["transaction" in why for why in strict.refused] == [True]
    strict.refused.clear()


def test_what_stands_in_keeps_transactions_serializable(strict_url, run):
    async def race():
        one, other = await connect(strict_url), await connect(strict_url)
        try:
            for db in (one, other):
                await db.execute("BEGIN")
                await db.fetch("SELECT epoch FROM tenants WHERE tenant = $1", "acme")
            insert = "INSERT INTO tenants (tenant, epoch) VALUES ($1, $2)"
            await one.execute(insert, "acme", 1)
            await other.execute(insert, "beta", 1)
            await one.execute("COMMIT")
            await other.execute("COMMIT")
        finally:
            one.terminate()
            other.terminate()

    with pytest.raises(asyncpg.SerializationError):
        run(race())


def test_a_schema_is_made_where_every_statement_loses_its_first_race(server, strict, run):
    server.sql("CREATE DATABASE bare")
    lost = set()

    def rule(kind, body):
        if kind == b"Q" and body not in lost:
            lost.add(body)
            return lose()
        return None

    url = strict.url.replace("/strict", "/bare")
    strict.proxy.rule = rule
    try:
        assert list(run(migrate_up(url))) == [step.name for step in STEPS]
    finally:
        strict.proxy.rule = lambda kind, body: None
    assert len(lost) > len(STEPS)
    assert all(step.applied for step in run(migrate_status(url)))
    assert strict.refused == []


def test_two_nodes_that_spend_and_write_at_once_overspend_nothing_and_leave_no_gap(
    strict_url, run, build
):
    debits = [Debit(counter=b"c" * 17, unit="calls", cost=1, limit=30, window_s=60)]

    async def storm():
        nodes = [await open_store(strict_url) for _ in range(2)]
        try:
            spent = [node.debit("acme", debits, build.now) for node in nodes for _ in range(40)]
            kills = [
                node.commit(build.change(revoke=(build.kill(bytes([n % 8, at, n]) + bytes(13)),)))
                for at, node in enumerate(nodes)
                for n in range(40)
            ]
            answers = await asyncio.gather(*spent, *kills)
            ends = await nodes[0].positions()
            return answers[: len(spent)], ends, await nodes[1].verify_audit()
        finally:
            for node in nodes:
                await node.close()

    answers, ends, broken = run(storm())
    assert answers.count(None) == 30
    assert sum(ends) == 80
    assert broken is None


def test_wiping_leaves_the_schema_and_nothing_else(
    strict, strict_url, cockroach_strict, run, build
):
    run(cockroach_strict.commit(build.change(insert=(build.key(1),))))
    run(wipe(strict.behind))
    assert run(cockroach_strict.get("acme", build.id(1))) is None
    assert all(step.applied for step in run(migrate_status(strict.url)))
