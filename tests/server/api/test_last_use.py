"""When a key was last used: what counts, and that no use gets lost on its way to the database."""

import pytest

from server import housekeeping
from storage.errors import StoreUnavailable


def used(api, key_id):
    return api.get(key_id)["last_used_time"]


def test_deriving_counts_as_use(api):
    key_id, secret = api.issue()
    api.derive(secret)
    api.run(api.node.flush_uses())
    assert used(api, key_id) == "2027-01-15T08:00:00Z"


def test_a_refused_derivation_is_no_use(api):
    key_id, secret = api.issue(scopes=["a"])
    body = {"credential": secret, "scopes": ["b"]}
    assert api.call("POST", "/v2alpha1/admin/apiKeys:derive", body).status_code == 403
    api.run(api.node.flush_uses())
    assert used(api, key_id) is None


@pytest.mark.parametrize("why", [StoreUnavailable("the disk is full"), TimeoutError()])
def test_uses_that_could_not_be_written_are_written_the_next_time(api, monkeypatch, clock, why):
    one, first = api.issue()
    two, second = api.issue()
    assert api.code(first) == api.code(second) == "ok"
    store = api.node.store
    touch = store.touch

    async def fail(uses):
        # A use that comes while the writing is under way is newer than what failed.
        clock.forward(5)
        api.node.used("default", bytes.fromhex(two.replace("-", "")))
        raise why

    monkeypatch.setattr(store, "touch", fail)
    with pytest.raises(type(why)):
        api.run(api.node.flush_uses())
    monkeypatch.setattr(store, "touch", touch)
    api.run(api.node.flush_uses())
    assert used(api, one) == "2027-01-15T08:00:00Z"
    assert used(api, two) == "2027-01-15T08:00:05Z"


def test_what_is_flushed_is_not_written_again(api, monkeypatch):
    _, secret = api.issue()
    assert api.code(secret) == "ok"
    api.run(api.node.flush_uses())

    async def never(uses):
        raise AssertionError("nothing is left to write")

    monkeypatch.setattr(api.node.store, "touch", never)
    api.run(api.node.flush_uses())


def test_stopping_writes_the_last_uses_before_it_closes(api):
    key_id, secret = api.issue()
    assert api.code(secret) == "ok"
    assert used(api, key_id) is None, "it is written in batches"
    api.reopen()
    assert used(api, key_id) == "2027-01-15T08:00:00Z"


def test_stopping_closes_the_store_also_where_the_uses_cannot_be_written(api, monkeypatch):
    _, secret = api.issue()
    assert api.code(secret) == "ok"

    async def fail(uses):
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(api.node.store, "touch", fail)
    api.run(housekeeping.stop(api.node))
    api.open()
    assert api.code(secret) == "ok"
