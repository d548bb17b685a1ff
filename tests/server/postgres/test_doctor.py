"""`marzipan doctor` over a Postgres as it may stand: whole, careless, a standby, frozen, away."""

import asyncio
import time

import pytest

from server import secretfile
from server.bootstrap import initialise
from server.doctor import examine
from server.doctor.servers import check as check_server
from server.settings import load
from storage import open_store
from storage.cluster import ClusterNode
from storage.errors import StoreUnavailable
from storage.postgres.facts import facts
from tests.servers.postgres import Postgres
from tests.servers.valkey import Valkey

SAFE = "fsync = on\nfull_page_writes = on\nsynchronous_commit = off\n"


@pytest.fixture(scope="module")
def safe():
    """A Postgres that loses nothing, and that a test may stop."""
    server = Postgres(SAFE)
    try:
        server.sql("CREATE DATABASE mine")
        yield server
    finally:
        server.stop()


@pytest.fixture
def flags(safe, tmp_path):
    return {"database": safe.url("mine"), "secret_file": str(tmp_path / "cluster.secret")}


def found(flags):
    """What doctor finds, by what it looked at: the worst level, and all that is said."""
    findings, worst = asyncio.run(examine(load(flags, {}))), {}
    for each in findings:
        levels = [each.level, worst.get(each.check, ("ok", ""))[0]]
        said = f"{worst.get(each.check, ('', ''))[1]} {each.message} {each.advice}"
        worst[each.check] = max(levels, key=["ok", "warn", "fail"].index), said
    return worst


@pytest.fixture
def initialised(safe, flags):
    safe.sql("DROP DATABASE mine WITH (FORCE)")
    safe.sql("CREATE DATABASE mine")
    asyncio.run(initialise(load(flags, {})))
    return flags


def test_a_server_that_is_well_has_no_fault(initialised):
    levels = {check: level for check, (level, _) in found(initialised).items()}
    assert levels == dict.fromkeys(levels, "ok") | {"standbys": "warn"}
    assert {"database", "schema", "clocks", "secret file", "check values", "nodes"} <= set(levels)


def test_a_server_without_fsync_is_a_fault_and_named(server, url, tmp_path):
    told = found({"database": url, "secret_file": str(tmp_path / "x.secret")})
    level, said = told["durability"]
    assert level == "fail" and "fsync is off" in said and "full_page_writes is off" in said
    assert told["secret file"][0] == "fail" and "marzipan init" in told["secret file"][1]


def test_a_commit_setting_that_marzipan_overrides_is_no_fault(initialised):
    level, said = found(initialised)["durability"]
    assert level == "ok" and "synchronous_commit is off, but on" in said


def test_a_database_without_a_schema_is_told_what_to_do(safe, flags):
    safe.sql("DROP DATABASE mine WITH (FORCE)")
    safe.sql("CREATE DATABASE mine")
    secretfile.create(load(flags, {}).secret_file)
    told = found(flags)
    assert told["schema"][0] == "warn" and "marzipan init" in told["schema"][1]
    assert "check values" not in told


def test_the_secrets_of_another_database_are_a_fault(initialised, tmp_path):
    other = tmp_path / "other.secret"
    secretfile.create(other)
    level, said = found(initialised | {"secret_file": str(other)})["check values"]
    assert level == "fail" and "master 1" in said


def test_a_node_that_is_behind_or_silent_is_told_of(initialised):
    async def enrol():
        store = await open_store(initialised["database"])
        try:
            for name, lease in ((b"s" * 16, -5000), (b"a" * 16, 60_000)):
                await store.enrol(
                    ClusterNode(
                        node_id=name,
                        boot_id=b"b" * 16,
                        positions=(0,) * 8,
                        mode="poll",
                        lease_ms=lease,
                    )  # fmt: skip
                )
        finally:
            await store.close()

    asyncio.run(enrol())
    level, said = found(initialised)["nodes"]
    assert level == "warn" and "node 73737373 has said nothing for 5 s" in said
    assert "61616161" not in said


def test_a_clock_that_is_far_off_is_a_fault_and_one_near_it_a_warning(safe, flags):
    server, settings = asyncio.run(facts(safe.url("mine"))), load(flags, {})

    def level(seconds):
        ours = server.ours_ms + seconds * 1000
        shifted = type(server)(**{**{f: getattr(server, f) for f in server.__struct_fields__},
                                  "ours_ms": ours})  # fmt: skip
        return next(f.level for f in check_server(shifted, settings) if f.check == "clocks")

    assert [level(s) for s in (0, -3, 3, -90, 90)] == ["ok", "warn", "warn", "fail", "fail"]


def test_a_redis_that_forgets_is_a_warning_and_one_away_a_fault(initialised):
    valkey = Valkey("--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru")
    try:
        told = found(initialised | {"redis": valkey.url})
        assert told["redis"][0] == "ok" and "Valkey 9" in told["redis"][1]
        assert told["redis memory"][0] == "warn" and "allkeys-lru" in told["redis memory"][1]
        valkey.kill()
        assert found(initialised | {"redis": valkey.url})["redis"][0] == "fail"
    finally:
        valkey.stop()


def test_no_password_of_a_url_is_told(initialised):
    url = initialised["database"].replace("postgres@", "postgres:hunter2@")
    redis = "redis://:hunter2@127.0.0.1:1/0"
    for database in (url, url.replace("/mine", "/none"), "postgresql://u:hunter2@127.0.0.1:1/x"):
        told = found(initialised | {"database": database, "redis": redis})
        assert "hunter2" not in str(told)
        assert told["redis"][0] == "fail"


def test_a_standby_is_a_fault_and_its_store_is_refused(safe, initialised):
    safe.kill()
    signal = safe.data / "standby.signal"
    signal.touch()
    try:
        safe.start()
        level, said = found(initialised)["primary"]
        assert level == "fail" and "primary" in said
        with pytest.raises(StoreUnavailable, match="standby"):
            asyncio.run(open_store(initialised["database"]))
    finally:
        signal.unlink()
        safe.kill()
        safe.start()


def test_a_frozen_server_is_a_fault_within_seconds(safe, initialised):
    safe.freeze()
    try:
        began = time.monotonic()
        told = found(initialised)
        assert told["database"][0] == "fail" and "in time" in told["database"][1]
        assert time.monotonic() - began < 60
    finally:
        safe.thaw()
