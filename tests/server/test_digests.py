"""Guarantees of server/digests.py: right after every change, bounded, one load at a time."""

import asyncio

import pytest

from server.digests import DigestIds
from storage.base import KeyKind, StoredKey

A, B = b"a" * 32, b"b" * 32


def key(name: bytes = b"k") -> StoredKey:
    return StoredKey(
        tenant="t",
        key_id=name * 16,
        kind=KeyKind.IMPORTED,
        master_id=1,
        issued_at=1,
        expires_at=2,
        created_ms=1,
        updated_ms=1,
    )


class Slow:
    """A store whose answers come when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[bytes], asyncio.Future[StoredKey | None]]] = []

    async def __call__(self, digests):
        future = asyncio.get_running_loop().create_future()
        self.asked.append((list(digests), future))
        return await future

    def answer(self, number, found):
        self.asked[number][1].set_result(found)


@pytest.fixture
def slow() -> Slow:
    return Slow()


def ids_over(slow, **sizes) -> DigestIds:
    ids = DigestIds(**sizes)
    ids.imported()
    return ids


def known(ids, digest):
    """What is in memory of a digest: an id, None for a stranger, or "not in memory"."""
    try:
        return ids[digest]
    except KeyError as error:
        return error.args[0]


async def find(ids, slow, found, *digests, meanwhile=lambda: None):
    """One load, with something happening while it is under way."""
    finding = asyncio.ensure_future(ids.find(digests, slow))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    meanwhile()
    slow.answer(-1, found)
    await finding


def test_a_tenant_without_imported_keys_knows_nobody_and_asks_nothing(slow):
    assert known(DigestIds(), A) is None and slow.asked == []


def test_an_answer_is_remembered_under_the_first_digest(slow):
    ids = ids_over(slow)
    asyncio.run(find(ids, slow, key(), A, B))
    assert slow.asked[0][0] == [A, B]
    assert known(ids, A) == b"k" * 16 and known(ids, B) == "not in memory"
    asyncio.run(find(ids, slow, None, B))
    assert known(ids, B) is None


def test_many_that_ask_for_one_digest_share_one_read(slow):
    ids = ids_over(slow)

    async def go():
        asking = [asyncio.ensure_future(ids.find([A], slow)) for _ in range(5)]
        await asyncio.sleep(0.01)
        asking[0].cancel()  # whoever gives up takes nobody along
        slow.answer(0, key())
        return await asyncio.gather(*asking, return_exceptions=True)

    told = asyncio.run(go())
    assert isinstance(told[0], asyncio.CancelledError) and told[1:] == [None] * 4
    assert len(slow.asked) == 1 and known(ids, A) == b"k" * 16


def test_a_key_evicted_while_it_is_loaded_is_not_brought_back(slow):
    ids = ids_over(slow)
    asyncio.run(find(ids, slow, key(), A, meanwhile=lambda: ids.evict(b"k" * 16)))
    assert known(ids, A) == "not in memory"
    asyncio.run(find(ids, slow, key(), A, meanwhile=lambda: ids.evict(b"other" * 3 + b"!")))
    assert known(ids, A) == b"k" * 16


def test_nobody_is_called_a_stranger_who_was_imported_while_the_store_was_asked(slow):
    ids = ids_over(slow)
    asyncio.run(find(ids, slow, None, A, meanwhile=ids.imported))
    assert known(ids, A) == "not in memory"


def test_an_import_clears_the_strangers_and_keeps_the_keys(slow):
    ids = ids_over(slow)
    asyncio.run(find(ids, slow, None, A))
    asyncio.run(find(ids, slow, key(), B))
    ids.imported()
    assert known(ids, A) == "not in memory" and known(ids, B) == b"k" * 16


def test_an_eviction_forgets_one_key_alone_and_may_be_repeated(slow):
    ids = ids_over(slow)
    asyncio.run(find(ids, slow, key(b"1"), A))
    asyncio.run(find(ids, slow, key(b"2"), B))
    for _ in range(2):
        ids.evict(b"1" * 16)
    assert known(ids, A) == "not in memory" and known(ids, B) == b"2" * 16


def test_a_failed_read_is_told_and_asked_again(slow):
    ids = ids_over(slow)

    async def go():
        for _ in range(2):
            finding = asyncio.ensure_future(ids.find([A], slow))
            await asyncio.sleep(0.01)
            slow.asked[-1][1].set_exception(OSError("lost"))
            with pytest.raises(OSError):
                await finding

    asyncio.run(go())
    assert len(slow.asked) == 2 and known(ids, A) == "not in memory"


def test_both_tables_are_bounded_oldest_out_first(slow):
    ids = ids_over(slow, capacity=3, strangers=2)
    digests = [bytes([n]) * 32 for n in range(10)]
    for n, digest in enumerate(digests[:5]):
        asyncio.run(find(ids, slow, key(bytes([n])), digest))
    assert [known(ids, d) != "not in memory" for d in digests[:5]] == [False] * 2 + [True] * 3
    for digest in digests[5:]:
        asyncio.run(find(ids, slow, None, digest))
    assert [known(ids, d) for d in digests[5:]] == ["not in memory"] * 3 + [None] * 2
    assert known(ids, digests[4]) == bytes([4]) * 16
