"""Last uses: gathered in memory, written in batches, lost by nothing but a kill."""

import pytest

from storage.errors import StoreUnavailable


def used(api, key_id):
    return api.get(key_id)["last_used_time"] is not None


def test_a_use_is_written_by_the_next_flush(api):
    key_id, secret = api.issue()
    assert api.code(secret) == "ok"
    assert not used(api, key_id)
    api.run(api.node.flush_uses())
    assert used(api, key_id)


def test_uses_that_could_not_be_written_are_written_the_next_time(api, monkeypatch):
    ids, secrets = zip(*[api.issue() for _ in range(2)], strict=True)
    assert api.code(secrets[0]) == "ok"

    async def gone(_):
        raise StoreUnavailable("gone")

    monkeypatch.setattr(api.node.store, "touch", gone)
    with pytest.raises(StoreUnavailable):
        api.run(api.node.flush_uses())
    monkeypatch.undo()
    assert api.code(secrets[1]) == "ok"
    api.run(api.node.flush_uses())
    assert [used(api, each) for each in ids] == [True, True]


def test_uses_are_written_when_the_server_stops(api):
    key_id, secret = api.issue()
    assert api.code(secret) == "ok"
    api.reopen()
    assert used(api, key_id)
