"""The clients of the bench count what they were answered, and ask what they were told to."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httptools
import pytest

from bench.rivals import Missing
from bench.wire.asked import Request, gateway, verify
from bench.wire.clients import Load, paced, saturate

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Read:
    """What httptools understands of the bytes."""

    def __init__(self, data: bytes) -> None:
        self.headers: dict[str, str] = {}
        self.body, self.url, self.whole = b"", b"", False
        parser = httptools.HttpRequestParser(self)
        parser.feed_data(data)
        self.method = parser.get_method()

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode()] = value.decode()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.whole = True


@pytest.mark.parametrize("request_", [verify("admin", "mz_ak_x"), gateway("mz_ak_x")])
def test_the_bytes_of_a_request_are_the_request(request_: Request) -> None:
    read = Read(request_.raw())
    assert read.whole
    assert read.method.decode() == request_.method
    assert read.url.decode() == request_.path
    assert read.body.decode() == request_.body
    assert read.headers.items() >= dict(request_.headers).items()


def test_the_script_of_wrk_has_the_same_method_headers_and_body() -> None:
    request = Request("POST", "/p", (("A", 'b"c'),), '{"d": "e"}')
    assert request.lua().splitlines() == [
        'wrk.method = "POST"',
        'wrk.headers["A"] = "b\\"c"',
        'wrk.body = "{\\"d\\": \\"e\\"}"',
    ]


@contextmanager
def answering(
    answer: bytes, *, close_after: int = 0, after_s: float = 0
) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers everything alike, and keeps what it read; or hangs up after some."""
    served, standing = list[bytes](), list[asyncio.Transport]()

    class Serve(asyncio.Protocol):
        def connection_made(self, transport) -> None:
            self.transport = transport
            standing.append(transport)

        def connection_lost(self, error: Exception | None) -> None:
            standing.remove(self.transport)

        def data_received(self, data: bytes) -> None:
            for _ in range(data.count(b"\r\n\r\n")):
                served.append(data)
                if after_s:
                    loop.call_later(after_s, self.transport.write, answer)
                    return
                self.transport.write(answer)
                if close_after and len(served) >= close_after:
                    self.transport.close()
                    return

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(Serve, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1], served
    finally:

        async def stop() -> None:
            server.close()
            await server.wait_closed()
            for transport in list(standing):
                transport.abort()
            while standing:
                await asyncio.sleep(0)
            loop.stop()

        asyncio.run_coroutine_threadsafe(stop(), loop)
        thread.join()
        loop.close()


def load(answer: bytes, rate: float = 0, **server: int) -> tuple[Load, int]:
    with answering(answer, **server) as (port, served):
        return paced(port, Request("GET", "/"), 0.3, 4, rate), len(served)


def test_the_load_generator_counts_good_answers() -> None:
    found, served = load(OK)
    assert 0 < found.answered <= served
    assert found.fault() == ""
    assert 0 < found.us["50"] <= found.us["99"] <= found.us["100"]


def test_the_load_generator_counts_answers_that_are_not_2xx() -> None:
    found, _ = load(OK.replace(b"200 OK", b"503 No"))
    assert found.not_2xx >= found.answered > 0
    assert "not 2xx" in found.fault()


def test_the_load_generator_tells_of_connections_that_broke() -> None:
    found, _ = load(OK, close_after=1)
    assert found.broken > 0
    assert "broke" in found.fault()


def test_a_server_that_answers_nothing_is_a_fault() -> None:
    found, _ = load(b"")
    assert found.fault() == "nothing was answered"


def test_a_paced_load_sends_no_more_than_its_rate() -> None:
    found, served = load(OK, rate=200)
    assert served <= 200 * 0.3 + 1
    assert found.unsent + served <= 200 * 0.3 + 1


@pytest.mark.parametrize("rate", [0, 200])
def test_a_latency_is_at_least_what_the_server_waits(rate: float) -> None:
    with answering(OK, after_s=0.01) as (port, _):
        found = paced(port, Request("GET", "/"), 0.5, 4, rate)
    assert found.fault() == ""
    assert min(found.us.values()) >= 0.97 * 10_000  # a bucket is 3 % wide


def test_a_server_that_stands_still_is_charged_for_all_that_was_due_meanwhile() -> None:
    # 100 a second over four connections that take 100 ms each: 40 can be answered, and the others
    # are later and later. Counted from when they were sent, each would have waited 100 ms.
    with answering(OK, after_s=0.1) as (port, _):
        found = paced(port, Request("GET", "/"), 1, 4, 100)
    assert found.us["50"] > 200_000 and found.unsent > 30


def test_requests_that_could_not_be_sent_in_time_are_told() -> None:
    # Four connections whose answers never come: four are sent, all others are late.
    found, served = load(b"", rate=1000)
    assert served == 4
    assert found.unsent == 1000 * 0.3 - 4


@pytest.fixture
def wrk() -> None:
    if shutil.which("wrk") is None:
        pytest.skip("wrk: apt-get install wrk")


def test_bodies_in_turns_reach_the_server_one_after_another(wrk: None) -> None:
    bodies = tuple(f'{{"n":{number}}}' for number in range(7))
    request = Request("POST", "/p", (("A", "b"),), bodies[0], bodies)
    with answering(OK) as (port, served):
        found = saturate(port, request, 1, 1)
    assert found.fault() == ""
    read = [Read(data) for data in served[:20]]
    assert all(one.whole and one.headers["A"] == "b" for one in read)
    first = bodies.index(read[0].body.decode())  # wrk may try its script before it sends
    assert [one.body.decode() for one in read] == list(bodies * 4)[first : first + 20]


def test_an_answer_later_than_two_seconds_is_no_broken_connection(wrk: None) -> None:
    with answering(OK, after_s=2.2) as (port, _):
        found = saturate(port, Request("GET", "/"), 3, 2)
    assert found.fault() == ""
    assert found.us["99"] > 2.0e6


def test_bodies_in_turns_are_refused_where_no_client_can_send_them(monkeypatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(Missing, match="turns"):
        saturate(1, Request("POST", "/", body="a", turns=("a", "b")), 1, 1)
