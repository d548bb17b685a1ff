"""Guarantees of server/protocol.py, refusals.py and deadline.py, over real sockets."""

import time

import pytest

from server.refusals import HEAD_BYTES, HEADER_LINES, PIPELINED

OFFERS = [
    b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n",
    b"Connection: keep-alive\r\nConnection: UPGRADE\r\nUpgrade: a\r\nUpgrade: b\r\n",
]


def request(body=b"", *, path=b"/echo", method=b"POST", headers=b""):
    length = b"content-length: %d\r\n" % len(body)
    return b"%s %s HTTP/1.1\r\nhost: a\r\n%s%s\r\n" % (method, path, headers, length) + body


@pytest.mark.parametrize("offer", OFFERS)
def test_a_request_that_offers_an_upgrade_keeps_its_body(connect, offer):
    wire = connect().send(request(b"whole body", headers=offer), request(b"next"))
    assert wire.answer().json["body"] == "whole body"
    assert wire.answer().json["body"] == "next"


@pytest.mark.parametrize("offer", OFFERS)
def test_the_body_of_an_upgrade_never_runs_as_a_request_of_its_own(connect, served, offer):
    inner = request(b"smuggled", path=b"/unread")
    whole = request(inner, headers=offer)
    wire = connect()
    for at in range(0, len(whole), 37):  # the body in segments of its own
        wire.send(whole[at : at + 37])
        time.sleep(0.002)
    assert wire.answer().json["body"] == inner.decode()
    assert wire.quiet(0.2)
    assert [each.path for each in served.seen] == ["/echo"]


def test_an_upgrade_with_a_chunked_body_an_empty_one_and_an_old_version_is_answered(connect):
    chunked = b"POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n%s\r\n" % OFFERS[0]
    wire = connect().send(chunked + b"3\r\nabc\r\n0\r\n\r\n" + request(headers=OFFERS[1]))
    assert wire.answer().json["body"] == "abc"
    assert wire.answer().json["body"] == ""
    old = b"POST /echo HTTP/1.0\r\ncontent-length: 3\r\n%s\r\nold" % OFFERS[0]
    wire = connect().send(old)
    assert wire.answer().json["body"] == "old"
    assert wire.closed()


def test_many_upgrades_sent_at_once_are_answered_one_by_one(connect):
    wire = connect().send(b"".join(request(b"%d" % n, headers=OFFERS[0]) for n in range(50)))
    assert [wire.answer().json["body"] for _ in range(50)] == [str(n) for n in range(50)]


def test_trailers_are_never_taken_for_headers(connect, served):
    head = b"POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    tail = b"3\r\nabc\r\n0\r\nX-Forwarded-For: 10.0.0.1\r\nAuthorization: Bearer x\r\n\r\n"
    assert connect().send(head + tail).answer().json["body"] == "abc"
    assert set(served.seen[0].headers) == {b"host", b"transfer-encoding"}


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /echo HTTP/9.1\r\n\r\n",
        b"GET /\xc3\xa9 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nbad header: x\r\n\r\n",
        b"GET /echo HTTP/1.1\r\na: b\r\n folded\r\n\r\n",
        b"POST /echo HTTP/1.1\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /echo HTTP/1.1\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
        b"POST /echo HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"CONNECT other.example:443 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_request_is_a_400_in_the_usual_envelope_and_the_end(connect, served, raw):
    wire = connect().send(raw)
    answer = wire.answer()
    assert (answer.status, answer.problem()["reason"]) == (400, "BAD_REQUEST")
    assert answer.headers["connection"] == "close"
    assert wire.closed()
    assert served.seen == []


def test_a_refused_request_is_named_by_its_own_request_id(connect):
    bad = b"GET / HTTP/1.1\r\nx-request-id: mine\r\nhost: a\r\nbad header: x\r\n\r\n"
    assert connect().send(bad).answer().headers["x-request-id"] == "mine"
    mixed = b"GET /echo HTTP/1.1\r\nx-request-id: mine\r\n\r\nnonsense\r\n\r\n"
    wire = connect().send(mixed)
    assert wire.answer().headers["x-request-id"] == "mine"
    assert wire.answer().headers["x-request-id"] != "mine"


def test_a_fault_behind_a_request_never_takes_the_place_of_its_answer(connect):
    wire = connect().send(request(b"first", path=b"/slow"), request(b"second"), b"nonsense\r\n\r\n")
    assert wire.answer().json["body"] == "first"
    assert wire.answer().json["body"] == "second"
    assert wire.answer().status == 400
    assert wire.closed()


def test_a_fault_within_a_body_that_waits_its_turn_leaves_the_answers_before_it(connect, served):
    chunked = b"POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"
    wire = connect().send(request(b"first", path=b"/slow") + chunked)
    assert wire.answer().json["body"] == "first"
    assert wire.answer().status == 400
    assert wire.closed()
    assert len(served.seen) == 1


def test_a_fault_within_a_body_that_was_answered_already_is_not_answered_twice(connect):
    head = b"POST /unread HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    wire = connect().send(head)
    assert wire.answer().status == 200
    wire.send(b"zz\r\n")
    assert wire.closed()


def test_a_head_of_the_limit_is_served_and_a_longer_one_is_a_431(connect, served):
    room = HEAD_BYTES - len(b"/echo") - len(b"host: a\r\nx: \r\n")
    head = b"GET /echo HTTP/1.1\r\nhost: a\r\nx: %s\r\n\r\n"
    assert connect().send(head % (b"y" * room)).answer().status == 200
    answer = connect().send(head % (b"y" * (room + 1))).answer()
    assert (answer.status, answer.problem()["reason"]) == (431, "HEADERS_TOO_LARGE")
    long = b"GET /echo?%s HTTP/1.1\r\nhost: a\r\n\r\n" % (b"y" * HEAD_BYTES)
    assert connect().send(long).answer().status == 431
    assert len(served.seen) == 1


def test_as_many_headers_as_the_limit_are_served_and_one_more_is_a_431(connect):
    head = b"GET /echo HTTP/1.1\r\n%s\r\n"
    assert connect().send(head % (b"a:b\r\n" * HEADER_LINES)).answer().status == 200
    assert connect().send(head % (b"a:b\r\n" * (HEADER_LINES + 1))).answer().status == 431


@pytest.mark.parametrize("endless", [b"a" * 65536, b"a:b\r\n" * 13000])
def test_headers_without_an_end_are_a_431_after_the_limit_and_not_after_the_end(connect, endless):
    wire = connect().send(b"GET /echo HTTP/1.1\r\nx: ", endless, endless)
    assert wire.answer().status == 431
    assert wire.closed()


@pytest.mark.parametrize("endless", [b"0\r\nx: " + b"a" * 300_000, b"1;" + b"a" * 300_000])
def test_what_frames_a_body_is_limited_too(connect, endless):
    wire = connect().send(b"POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", endless)
    assert wire.answer().status == 431


def test_a_body_in_small_chunks_is_served(connect):
    head = b"POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
    wire = connect().send(head, b"1\r\nx\r\n" * 10_000, b"8\r\n12345678\r\n" * 9_000, b"0\r\n\r\n")
    assert len(wire.answer().json["body"]) == 82_000


def test_requests_far_ahead_of_their_answers_are_refused_after_those_that_came_first(connect):
    wire = connect().send(request(b"x", path=b"/slow") + request(b"x") * (PIPELINED + 5))
    for _ in range(PIPELINED + 1):
        assert wire.answer().status == 200
    answer = wire.answer()
    assert (answer.status, answer.problem()["reason"]) == (429, "TOO_MANY_REQUESTS")
    assert wire.closed()


def test_a_connection_that_says_nothing_is_closed(connect):
    assert 0.3 < connect().closed_after() < 5


def test_a_head_that_does_not_end_in_time_is_a_408_however_it_drips(connect):
    wire = connect().send(b"GET /echo HTTP/1.1\r\n")
    began = time.monotonic()
    for _ in range(100):
        if not wire.quiet(0.05):
            break
        wire.send(b"a: b\r\n")
    answer = wire.answer()
    assert 0.3 < time.monotonic() - began < 4
    assert (answer.status, answer.problem()["reason"]) == (408, "REQUEST_TIMEOUT")
    assert wire.closed()


def test_the_second_head_of_a_connection_has_its_own_time(connect):
    wire = connect().send(request(b"a"))
    assert wire.answer().status == 200
    assert wire.quiet(0.8)  # longer than a head may take, shorter than idleness
    wire.send(b"GET /echo HTTP/1.1\r\n")
    assert wire.quiet(0.3)
    assert wire.send(b"\r\n").answer().status == 200
    wire.send(b"GET /echo HTTP/1.1\r\n")
    began = time.monotonic()
    assert wire.answer().status == 408
    assert time.monotonic() - began < 1.1  # not the idle time


def test_an_idle_connection_is_closed_and_a_busy_one_is_not(connect):
    wire = connect()
    for _ in range(4):
        assert wire.send(request(b"a", path=b"/slow")).answer().status == 200
        assert wire.quiet(0.3)
    assert 0.5 < wire.closed_after() < 5


def test_a_request_at_work_has_no_deadline_of_the_connections(connect):
    wire = connect().send(*[request(b"%d" % n, path=b"/slow") for n in range(6)])
    for n in range(6):  # 1.8 s: longer than any of the times
        assert wire.answer().json["body"] == str(n)


def test_a_body_that_nobody_reads_is_dropped_and_the_connection_goes_on(connect):
    wire = connect().send(request(b"x" * 300_000, path=b"/unread"), request(b"next"))
    assert wire.answer().status == 200
    assert wire.answer().json["body"] == "next"


def test_a_body_that_nobody_reads_has_to_end_in_time_however_it_drips(connect):
    wire = connect().send(b"POST /unread HTTP/1.1\r\nhost: a\r\ncontent-length: 999\r\n\r\n")
    assert wire.answer().status == 200
    began = time.monotonic()
    while time.monotonic() - began < 5:
        if not wire.quiet(0.1):
            break
        wire.send(b"x")
    assert 0.3 < time.monotonic() - began < 4


def test_a_client_that_reads_no_answers_is_cut_off(connect, served):
    wire = connect()
    with pytest.raises((TimeoutError, ConnectionError)):
        wire.flood(request(b"y" * 90_000), seconds=15)
    deadline = time.monotonic() + 5
    while served.connections() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert served.connections() == 0


def test_a_refused_body_is_read_off_so_that_the_answer_arrives(connect):
    whole = request(b"x" * 1_000_000)
    wire = connect().send(whole[:200_000])
    answer = wire.answer()
    assert (answer.status, answer.problem()["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert answer.headers["connection"] == "close"
    for at in range(200_000, len(whole), 200_000):
        wire.send_whole(whole[at : at + 200_000])
        time.sleep(0.05)
    assert wire.closed()


def test_a_refused_body_that_does_not_end_is_not_read_off_for_ever(connect):
    wire = connect().send(request(b"x" * 9_000_000)[:200_000])
    assert wire.answer().status == 429
    assert wire.closed_after() < 10
