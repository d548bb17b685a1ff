"""Many keys in one change: as one by one, in few round trips."""

import pytest

from storage import open_store
from storage.errors import KeyExists
from tests.servers.pgproxy import PgProxy


@pytest.mark.parametrize("count", [1, 5, 85, 341])
def test_every_key_of_a_change_is_inserted_as_it_is(store, run, build, count):
    keys = tuple(
        build.key(
            n, digest=n.to_bytes(32, "big"), name=f"key {n}", metadata=b"{}" if n % 2 else None
        )
        for n in range(count)
    )
    run(store.commit(build.change(insert=keys)))
    assert run(store.newest("acme", limit=1000)) == list(reversed(keys))


@pytest.mark.parametrize("at", [0, 256, 349])
def test_one_key_that_is_there_already_leaves_none_of_many(store, run, build, at):
    run(store.commit(build.change(insert=(build.key(at),))))
    with pytest.raises(KeyExists):
        run(store.commit(build.change(insert=tuple(build.key(n) for n in range(350)))))
    assert [key.key_id for key in run(store.newest("acme", limit=1000))] == [build.id(at)]


def test_many_keys_are_few_statements_to_a_server(server, postgres_url, run, build):
    proxy, said = PgProxy(server.port), []
    store = run(open_store(postgres_url.replace(str(server.port), str(proxy.port))))
    try:
        proxy.rule = lambda kind, body: said.append(kind)
        run(store.commit(build.change(insert=tuple(build.key(n) for n in range(1000)))))
    finally:
        run(store.close())
        proxy.stop()
    assert said.count(b"B") + said.count(b"Q") < 25
