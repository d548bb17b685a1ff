"""What the hot road keeps and does for one request or one connection has a bound."""

import asyncio
import json
import socket
import tracemalloc

import pytest

from engine import caveats
from server.handlers import verify
from tests.server.api.conftest import APIKEYS
from tests.server.hot.conftest import PATH

FLOOD = 150


@pytest.fixture
def grown():
    """How many bytes are kept of what is done."""
    tracemalloc.start()

    def grown(act):
        before = tracemalloc.get_traced_memory()[0]
        act()
        return tracemalloc.get_traced_memory()[0] - before

    yield grown
    tracemalloc.stop()


def head_of(both, *headers, key="x"):
    """The quick way of requests with such headers."""
    given = [(b"authorization", f"Bearer {key}".encode()), (b"content-length", b"60000"), *headers]
    return both.protocol.roads.plain(b"POST", PATH.encode(), given, "127.0.0.1").head


def test_bug_addresses_of_strangers_fill_no_memory(both, grown):
    """What stood in X-Forwarded-For was kept whole, 64 KB of it, before anybody was let in."""
    body = json.dumps({"credential": "mz_ak_x"}).encode()

    def flood():
        for number in range(FLOOD):
            head = head_of(both, (b"x-forwarded-for", b"%060000d" % number))
            assert head.answer(body, "127.0.0.1", (), None) is None

    assert grown(flood) < FLOOD * 60_000 / 4


def test_bug_large_answers_fill_no_memory(both, grown):
    """32,768 answers were kept, each as large as the metadata of the key that it is about."""
    _, secret = both.api.issue(metadata={"a": "b" * 60_000})
    tokens = [both.api.narrow(secret) for _ in range(FLOOD)]
    both.ordinary(both.request(secret))
    head = head_of(both, key=both.api.admin)

    def flood():
        for token in tokens:
            body = json.dumps({"credential": token}).encode()
            assert b'"is_valid":true' in head.answer(body, "127.0.0.1", (), None)

    assert grown(flood) < FLOOD * 60_000 / 4


def test_bug_a_second_head_has_no_more_time_than_the_first(both, monkeypatch):
    """After a request whose head was known, the next one had as long as an idle connection."""
    _, secret = both.api.issue()
    plain = both.request(secret)
    both.at_once(plain)
    monkeypatch.setattr(both.protocol, "head_s", 0.2)

    async def ask():
        loop = asyncio.get_running_loop()
        with socket.create_connection(("127.0.0.1", both._hot)) as client:
            client.setblocking(False)
            await loop.sock_sendall(client, plain)
            assert (await loop.sock_recv(client, 65_536)).startswith(b"HTTP/1.1 200 ")
            await loop.sock_sendall(client, plain[:20])
            return await asyncio.wait_for(loop.sock_recv(client, 65_536), 20)

    assert both.api.run(ask()).startswith(b"HTTP/1.1 408 ")


def test_bug_a_head_at_the_limit_is_handed_over(both):
    """Its limit was tried again with the body counted in, when nobody could be told any more."""
    lines = [f"x{number}:" for number in range(90)]
    body = json.dumps({"credential": "mz_ak_unknown", "min_revision": "0.0"}).encode()
    body += b" " * 2000
    room = 65_536 - len(both.head(*lines, length=len(body)))
    lines[0] += "a" * room
    head = both.head(*lines, length=len(body))
    assert len(head) == 65_536
    assert both.hot(head, body) == both.ordinary(head, body)


def test_bug_requests_sent_ahead_are_not_all_judged_in_one_go(both):
    """One read may bring hundreds that are to be refused, and all others waited for each."""
    _, secret = both.api.issue()
    refused = both.gateway(both.api.narrow(secret, caveats.Tools(["t"])))
    assert b" 403 " in both.handled_at_once(refused)
    before = both.handled
    told = both.hot(refused * 20)
    assert told == both.ordinary(refused * 20)
    assert both.handled < before + 20


def test_bug_a_batch_of_large_credentials_is_not_judged_in_one_go(both):
    """Sixteen of them took 60 ms, in which nobody else was answered."""
    _, secret = both.api.issue()
    token = secret
    for _ in range(12):
        token = both.api.narrow(token, *[caveats.Http(["GET"], ["/a/*"])] * 32)
    bad = both.api.narrow(token, caveats.Tools(["t"]))

    def ask(*credentials):
        body = json.dumps({"requests": [{"credential": each} for each in credentials]}).encode()
        request = both.request(body, target=f"{APIKEYS}:batchVerify")
        expected, before = both.ordinary(request), both.handled
        assert both.hot(request) == expected
        return both.handled - before

    assert ask(*[secret] * verify.AT_ONCE) == 1
    assert ask(bad) == 1
    assert ask(*[bad] * 4) == 0


def test_what_fails_on_the_hot_road_is_answered_on_the_ordinary_one(both, monkeypatch, caplog):
    """And stands in the log, without what was asked."""
    _, secret = both.api.issue()
    asked = both.request({"credential": secret, "context": {"tool": "t"}}, key="wrong")
    expected = both.ordinary(asked)

    def fails(plain, body):
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(both.protocol.roads, "answer", fails)
    assert both.hot(asked) == expected
    assert "answering at once failed" in caplog.text and secret not in caplog.text


def test_a_body_in_single_bytes_is_put_together(both):
    _, secret = both.api.issue()
    request = both.request(secret)
    head, _, body = request.partition(b"\r\n\r\n")
    pieces = [bytes((each,)) for each in body]
    assert both.hot(head + b"\r\n\r\n", *pieces) == both.ordinary(request)
