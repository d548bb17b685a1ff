"""Guarantees of server/redis/client.py, against a real Valkey."""

import asyncio
from collections.abc import Iterator

import pytest

from server.redis.client import DOWN, connect, explain
from tests.servers.valkey import Valkey


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    server = Valkey()
    yield server
    server.stop()


async def _asked(url: str) -> BaseException | None:
    client = connect(url)
    try:
        await client.set("a", "b")
    except DOWN as error:
        return error
    finally:
        await client.aclose()
    return None


def test_a_live_server_answers(valkey: Valkey) -> None:
    assert asyncio.run(_asked(valkey.url)) is None


def test_a_frozen_server_is_given_up_at_the_first_try(valkey: Valkey) -> None:
    valkey.freeze()
    # redis-py as it comes tries for 12 seconds; a test that waits so long has failed.
    error = asyncio.run(asyncio.wait_for(_asked(valkey.url), 5))
    assert error is not None and explain(error) == "TimeoutError"


def test_of_a_server_that_is_gone_no_password_is_told(valkey: Valkey) -> None:
    valkey.kill()
    error = asyncio.run(_asked(f"redis://me:hunter2@127.0.0.1:{valkey.port}/0"))
    assert error is not None and "hunter2" not in explain(error)


@pytest.mark.parametrize("url", ["redis://a:b@[::1/0", "redis://host:port", "http://host"])
def test_of_a_url_that_cannot_be_read_nothing_is_repeated(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        connect(url)
    assert str(refused.value) == "the URL of Redis can't be read"


@pytest.mark.parametrize(
    "nonsense",
    [
        b":x\r\n",
        b"$x\r\n",
        b"*x\r\n",
        b"$-9\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\r\n",
        b"",
    ],
)
def test_a_server_that_speaks_nonsense_is_a_redis_that_is_away(nonsense: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            writer.write(nonsense * 8)
        writer.close()
        await writer.wait_closed()
        left.set()

    async def scene() -> BaseException | None:
        server = await asyncio.start_server(answer, "127.0.0.1")
        async with server:
            port = server.sockets[0].getsockname()[1]
            try:
                return await asyncio.wait_for(_asked(f"redis://127.0.0.1:{port}/0"), 15)
            finally:
                await asyncio.wait_for(left.wait(), 15)

    left = asyncio.Event()
    error = asyncio.run(scene())
    assert error is not None and "127.0.0.1" not in explain(error)
