"""However requests come in pieces and one after another, both roads answer the same bytes."""

import asyncio
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.hot.conftest import LAST


@pytest.fixture
def stream(both):
    """Requests of several kinds, among them those that are answered at once."""
    _, secret = both.api.issue()
    plain = both.request(secret)
    body = plain.partition(b"\r\n\r\n")[2]
    chunked = both.head("transfer-encoding: chunked", length=0)
    chunked = chunked.replace(b"content-length: 0\r\n", b"")
    for _ in range(2):
        both.at_once(plain)
    return both, [
        plain,
        both.request(both.api.derive(secret)),
        both.request("mz_ak_unknown"),
        both.request(secret, key="wrong"),
        both.request(secret, "expect: 100-continue"),
        both.request({"credential": secret, "context": {"tool": "t"}}),
        LAST.replace(b"connection: close\r\n", b""),
        chunked + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
        b"\r\n" + plain,
    ]


def test_a_request_that_is_cut_anywhere_is_answered_alike(stream):
    both, (plain, *_) = stream
    expected = both.ordinary(plain)
    for at in range(1, len(plain)):
        assert both.hot(plain[:at], plain[at:]) == expected, at
        assert both.hot(plain[:at], plain[at:] + plain) == both.ordinary(plain, plain), at


def test_a_request_that_comes_byte_by_byte_is_answered_alike(stream):
    both, (plain, *_) = stream
    pieces = [bytes((each,)) for each in plain]
    assert both.hot(*pieces, plain) == both.ordinary(plain, plain)


def test_any_requests_cut_anywhere_are_answered_alike(stream):
    both, kinds = stream

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(kinds), min_size=1, max_size=5), st.data())
    def check(requests, data):
        text = b"".join(requests)
        cuts = st.lists(st.integers(1, len(text) - 1), max_size=6, unique=True)
        at = [0, *sorted(data.draw(cuts)), len(text)]
        parts = [text[begin:end] for begin, end in zip(at, at[1:], strict=False)]
        assert both.hot(*parts) == both.ordinary(*parts)

    check()
    assert both.answered > 20


@pytest.mark.parametrize("before", [b"", LAST.replace(b"connection: close\r\n", b"")])
def test_bug_the_rest_of_a_head_authorises_nobody_who_sends_it_alone(stream, before):
    """A head that came in pieces was remembered by its last piece, without what was before it."""
    both, (plain, *_) = stream
    head, _, body = plain.partition(b"\r\n\r\n")
    for at in (len(head), len(head) - 10, head.index(b"content-length"), 5):
        both.hot(before + plain[:at], plain[at:])
        alone = both.hot(plain[at:])
        assert alone == both.ordinary(plain[at:])
        assert b"is_valid" not in alone


def test_bug_a_body_that_does_not_come_is_told_so(both, monkeypatch):
    """It was waited for without the application, which alone says what is late."""
    monkeypatch.setattr(both.protocol, "unread_s", 0.1)
    head = both.head(length=50)

    async def ask():
        loop = asyncio.get_running_loop()
        with socket.create_connection(("127.0.0.1", both._hot)) as client:
            client.setblocking(False)
            await loop.sock_sendall(client, head + b'{"cred')
            await asyncio.sleep(0.5)  # the connection is still there, and the rest is taken
            await loop.sock_sendall(client, b" " * 44)
            return await asyncio.wait_for(loop.sock_recv(client, 65_536), 20)

    assert both.api.run(ask()).startswith(b"HTTP/1.1 400 ")


def test_bug_a_request_that_a_server_ends_with_closes_its_connection(stream):
    """Answered at once, it left the connection open, and the server waiting for it."""
    both, (plain, *_) = stream
    for at in (len(plain) - 5, 20):

        async def ask(at=at):
            loop = asyncio.get_running_loop()
            with socket.create_connection(("127.0.0.1", both._hot)) as client:
                client.setblocking(False)
                await loop.sock_sendall(client, plain[:at])
                await asyncio.sleep(0.1)
                for connection in list(both.states[0].connections):
                    connection.shutdown()
                await loop.sock_sendall(client, plain[at:])
                told = b""
                async with asyncio.timeout(20):
                    while more := await loop.sock_recv(client, 65_536):
                        told += more
                return told

        told = both.api.run(ask())
        assert told.startswith(b"HTTP/1.1 200 ") and b"connection: close" in told
