"""GET /v1/revocations that stays open: what it brings, and when it ends."""

import asyncio
import json
from typing import Any

import pytest

from server import following
from server.auth import READ
from storage.errors import StoreUnavailable
from tests.server.api.conftest import ISSUED
from tests.server.api.listening import Listening

REVOCATIONS = "/v1/revocations"


async def _revoke(api: Any, key_id: str) -> None:
    reason = {"reason": "REVOCATION_REASON_SUPERSEDED"}
    answer = await api.send("POST", f"{ISSUED}/{key_id}:revoke", reason)
    assert answer.status_code == 204


def _targets(listening: Listening) -> list[str]:
    return [json.loads(event["data"])["target"] for event in listening.events()]


def _asked(api: Any, query: str, **how: Any) -> Any:
    return api.send("GET", f"{REVOCATIONS}?{query}", **how)


def _positions(api: Any) -> str:
    return api.call("GET", f"{REVOCATIONS}?page_size=1000").json()["positions"]


# Long polling


def test_a_long_poll_is_answered_as_soon_as_something_is_revoked(api):
    key_id, _ = api.issue()
    after = _positions(api)

    async def scene() -> None:
        waiting = asyncio.ensure_future(_asked(api, f"after={after}&wait=60s"))
        await asyncio.sleep(0.05)
        assert not waiting.done() and api.node.streams.open == 1
        await _revoke(api, key_id)
        answer = (await asyncio.wait_for(waiting, 15)).json()
        assert [each["target"] for each in answer["revocations"]] == [key_id]
        assert api.node.streams.open == 0

    api.run(scene())


def test_a_long_poll_with_something_there_already_waits_for_nothing(api):
    key_id, _ = api.issue()
    api.run(_revoke(api, key_id))
    assert len(api.call("GET", f"{REVOCATIONS}?wait=60s").json()["revocations"]) == 1


def test_a_long_poll_in_vain_is_an_empty_page_with_the_same_positions(api):
    after = _positions(api)
    answer = api.call("GET", f"{REVOCATIONS}?after={after}&wait=1s").json()
    assert answer == {"revocations": [], "positions": after}


def test_a_change_that_revokes_nothing_ends_no_long_poll(api):
    key_id, _ = api.issue()
    after = _positions(api)

    async def scene() -> None:
        waiting = asyncio.ensure_future(_asked(api, f"after={after}&wait=60s"))
        await asyncio.sleep(0.05)
        await api.send("PATCH", f"{ISSUED}/{key_id}?update_mask=name", {"name": "new"})
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await _revoke(api, key_id)
        await asyncio.wait_for(waiting, 15)

    api.run(scene())


def test_whose_admin_key_was_revoked_meanwhile_is_told_nothing(api):
    admin = api.admin_key(READ)
    key_id, _ = api.issue()
    after = _positions(api)

    async def scene() -> None:
        waiting = asyncio.ensure_future(_asked(api, f"after={after}&wait=60s", key=admin))
        await asyncio.sleep(0.05)
        await api.send("POST", "/v1/tokens:revoke", {"credential": admin}, key=None)
        await _revoke(api, key_id)
        assert (await asyncio.wait_for(waiting, 15)).status_code == 401

    api.run(scene())


# Server-sent events


def test_a_stream_brings_what_is_there_and_what_comes_each_once_and_in_order(api):
    keys = [api.issue()[0] for _ in range(6)]

    async def scene() -> None:
        for key_id in keys[:3]:
            await _revoke(api, key_id)
        async with Listening(api) as listening:
            assert listening.headers["content-type"] == "text/event-stream"
            assert "content-length" not in listening.headers
            await listening.until(lambda: len(listening.events()) == 3)
            for key_id in keys[3:]:
                await _revoke(api, key_id)
            await listening.until(lambda: len(listening.events()) == 6)
            assert sorted(_targets(listening)) == sorted(keys)
            assert {event["event"] for event in listening.events()} == {"revocation"}

    api.run(scene())


def test_from_the_id_of_any_event_on_a_stream_goes_on_behind_it(api):
    keys = [api.issue()[0] for _ in range(5)]

    async def scene() -> None:
        for key_id in keys:
            await _revoke(api, key_id)
        async with Listening(api) as whole:
            await whole.until(lambda: len(whole.events()) == 5)
        for at, event in enumerate(whole.events()[:-1]):
            async with Listening(api, last_event_id=event["id"]) as rest:
                await rest.until(lambda rest=rest, at=at: len(rest.events()) == 4 - at)
                assert rest.events() == whole.events()[at + 1 :]

    api.run(scene())


def test_from_now_on_nothing_old_comes(api):
    old, new = api.issue()[0], api.issue()[0]

    async def scene() -> None:
        await _revoke(api, old)
        async with Listening(api, "after=now") as listening:
            await _revoke(api, new)
            await listening.until(listening.events)
            assert _targets(listening) == [new]

    api.run(scene())


def test_what_another_tenant_revokes_is_not_told_and_moves_the_place_on(api, monkeypatch):
    monkeypatch.setattr(following, "BEAT_S", 0.05)
    admin = api.admin_key(READ)

    async def scene() -> None:
        async with Listening(api, "after=now") as listening:
            await api.send("POST", "/v1/tokens:revoke", {"credential": admin}, key=None)
            here = following.positions_text(api.node.feed.positions)
            await listening.until(lambda: f"id: {here}\n: beat\n\n" in listening.text)
            assert not listening.events()

    api.run(scene())


def test_a_stream_ends_soon_after_its_admin_key_was_revoked(api, monkeypatch):
    monkeypatch.setattr(following, "CHECK_S", 0.1)
    admin = api.admin_key(READ)

    async def scene() -> None:
        async with Listening(api, authorization=f"Bearer {admin}") as listening:
            await asyncio.sleep(0.3)
            assert not listening.ended
            await api.send("POST", "/v1/tokens:revoke", {"credential": admin}, key=None)
            await listening.end()

    api.run(scene())


def test_a_client_that_left_leaves_nothing_open(api):
    async def scene() -> None:
        async with Listening(api):
            assert api.node.streams.open == 1
        assert api.node.streams.open == 0

    api.run(scene())


def test_a_node_that_stops_ends_every_stream_and_begins_none(api):
    async def scene() -> None:
        async with Listening(api) as one, Listening(api) as other:
            waiting = asyncio.ensure_future(_asked(api, "wait=60s"))
            await asyncio.sleep(0.05)
            api.node.streams.close()
            await one.end()
            await other.end()
            assert (await asyncio.wait_for(waiting, 15)).status_code == 200
        async with Listening(api) as late:
            assert late.status == 503

    api.run(scene())


def test_no_more_streams_are_open_than_may_be(api, monkeypatch):
    monkeypatch.setattr(api.node.streams, "_most", 2)

    async def scene() -> None:
        async with Listening(api) as one, Listening(api):
            async with Listening(api) as third:
                assert third.status == 503 and third.headers["retry-after"]
            assert (await _asked(api, "wait=1s")).status_code == 503
            assert (await _asked(api, "")).status_code == 200
            one.leave()
            await one.until(lambda: api.node.streams.open == 1)
            async with Listening(api) as again:
                assert again.status == 200

    api.run(scene())


def test_for_a_reader_that_does_not_read_nothing_is_gathered(api, monkeypatch):
    monkeypatch.setattr(following, "_PAGE", 1)
    keys = [api.issue()[0] for _ in range(30)]

    async def scene() -> None:
        async with Listening(api, "after=now") as listening:
            await listening.until(lambda: "retry" in listening.text)
            listening.reads.clear()
            reads: list[int] = []
            read = api.node.pages.read

            async def counted(after: list[int], limit: int) -> Any:
                reads.append(limit)
                return await read(after, limit)

            monkeypatch.setattr(api.node.pages, "read", counted)
            for key_id in keys:
                await _revoke(api, key_id)
            await asyncio.sleep(0.1)
            assert len(reads) == 1
            listening.reads.set()
            await listening.until(lambda: len(listening.events()) == 30)

    api.run(scene())


def test_many_who_follow_have_an_entry_read_once(api, monkeypatch):
    key_id, _ = api.issue()
    reads: list[int] = []
    read = api.node.store.read

    async def counted(shard: int, after: int, limit: int) -> Any:
        reads.append(shard)
        return await read(shard, after, limit)

    async def scene() -> None:
        streams = [Listening(api, "after=now") for _ in range(20)]
        for each in streams:
            await each.__aenter__()
        monkeypatch.setattr(api.node.store, "read", counted)
        await _revoke(api, key_id)
        for each in streams:
            await each.until(each.events)
            await each.__aexit__()
        assert len(reads) <= 2  # the revocation, and the notice to forget the key's record

    api.run(scene())


def test_a_stream_whose_database_is_away_ends_and_says_nothing_of_why(api, monkeypatch):
    key_id, _ = api.issue()

    async def lost(*_: object) -> Any:
        raise StoreUnavailable("no database")

    async def scene() -> None:
        async with Listening(api, "after=now") as listening:
            monkeypatch.setattr(api.node.store, "read", lost)
            await _revoke(api, key_id)
            await listening.end()
            assert "database" not in listening.text

    api.run(scene())


def test_what_is_unforeseen_ends_a_stream_and_stands_in_the_log(api, monkeypatch, caplog):
    key_id, _ = api.issue()

    async def broken(*_: object) -> Any:
        raise RuntimeError("broken")

    async def scene() -> None:
        async with Listening(api, "after=now") as listening:
            monkeypatch.setattr(api.node.pages, "read", broken)
            await _revoke(api, key_id)
            await listening.end()
            assert "broken" not in listening.text

    api.run(scene())
    assert "unforeseen error" in caplog.text


@pytest.mark.parametrize("last", ["x", "1,2", "-1,0,0,0,0,0,0,0"])
def test_a_last_event_id_that_is_none_is_refused(api, last):
    async def scene() -> None:
        async with Listening(api, last_event_id=last) as listening:
            assert listening.status == 400 and "last-event-id" in listening.text

    api.run(scene())


def test_a_head_of_a_stream_has_its_headers_and_ends(api):
    answer = api.call("HEAD", REVOCATIONS, headers={"accept": "text/event-stream"})
    assert answer.status_code == 200 and answer.content == b""
    assert answer.headers["content-type"] == "text/event-stream"
