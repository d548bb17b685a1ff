"""A head is known again by what matters of it, and means what a parser would read in it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import caveats
from server.app import create_app
from server.hot.heads import Roads

IDLE = (
    "user-agent: curl/8.5",
    "Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "accept: */*",
    "ACCEPT-ENCODING:gzip, deflate",
    "content-type: application/json",
    "baggage: \t a=b,c=d \t",
    "date:",
)


@pytest.fixture
def learned(both, monkeypatch):
    """What has been learnt: whole heads, by their bytes."""
    heads, known = both.protocol.roads.heads, []

    class Noting:
        def receive(self, protocol, data):
            return heads.receive(protocol, data)

        def learn(self, raw, head):
            if heads.learn(raw, head):
                known.append(raw)

    monkeypatch.setattr(both.protocol.roads, "heads", Noting())
    return known


def test_a_head_is_known_again_whatever_it_says_that_nothing_depends_on(both, learned):
    _, secret = both.api.issue()
    for ask in (both.request, both.gateway):
        both.same(ask(secret))
        assert len(learned) == 1
        for line in IDLE:
            both.same(ask(secret, line))
            both.same(ask(secret, line, *IDLE))
        for offered in ("one", "x" * 128, "  padded"):
            again = ask(secret).replace(b"x-request-id: same", f"X-Request-Id:{offered}".encode())
            assert offered.strip().encode() in both.same(again)
        both.same(ask(secret).replace(b"x-request-id: same\r\n", b""))
        assert len(learned) == 1
        for odd in ("", " ", "a b", "x" * 129, "\ttab", "tab\t", "blank ", "\xe9"):
            line = f"x-request-id:{odd}".encode("latin-1")
            both.same(ask(secret).replace(b"x-request-id: same", line))
        learned.clear()


def test_every_other_line_matters(both, learned):
    _, secret = both.api.issue()
    near = both.api.narrow(secret, caveats.Network((b"\x7f\0\0\0\x08",)))
    for ask in (both.request, both.gateway):
        both.same(ask(near))
        for line in (
            "x-forwarded-for: 192.0.2.1",
            "x-forwarded-host: elsewhere",
            "x-forwarded-uri: /x",
            "authorization: Bearer x",
            "host: elsewhere",
            "connection: close",
            "expect: 100-continue",
            "transfer-encoding: chunked",
            "content-encoding: gzip",
            "content-length: 1",
            "upgrade: h2c",
            "x-request-id: another",
            "x-whatever: 1",
        ):
            before = len(learned)
            both.same(ask(near, line))
            again = both.answered
            both.hot(ask(near, line))
            # It was read by the parser: taken for something of its own, or not at all.
            assert len(learned) > before or both.answered == again, line


@pytest.mark.parametrize("size", [3000, 4095, 4096, 4097, 70_000])
def test_a_head_that_no_honest_client_sends_is_answered_and_not_remembered(both, learned, size):
    """All that is remembered has a bound in bytes, whoever has an admin key."""
    _, secret = both.api.issue()
    bare = len(both.head("user-agent: ", length=len(both.request(secret))))
    request = both.request(secret, "user-agent: " + "a" * (size - bare))
    length = request.index(b"\r\n\r\n") + 4
    both.same(request)
    assert bool(learned) is (length <= 4096)


def test_more_lines_than_are_read_are_refused_whatever_they_say(both, learned):
    """A hundred are read: those that nothing depends on are counted with the others."""
    _, secret = both.api.issue()
    both.at_once(both.request(secret))
    for count in (90, 95, 96, 97, 98, 110, 500):
        told = both.same(both.request(secret, *("date:",) * count))
        assert told.startswith(b"HTTP/1.1 431 ") is (count > 96)


NAMES = st.sampled_from(
    ["user-agent", "User-Agent ", " user-agent", "accept", "date", "\taccept", "a b", "", "pragma",
     "x-request-id", "content-length", "transfer-encoding", "accept\0", "acc\xe9pt", "DNT", "b3"]
)  # fmt: skip
VALUES = st.sampled_from(
    ["", " ", "x", " a: b", "\r", "\n", "a\rb", "a\nb", "\r\n x", "\0", "\x7f", "\xff", "\t", "118",
     "\r\n\r\n", "a\r\nauthorization: Bearer x", "a\r\ncontent-length: 1", "chunked"]
)  # fmt: skip
ODD = st.tuples(NAMES, st.sampled_from([":", ": ", " :", "", "::"]), VALUES).map("".join)
LINES = st.sampled_from(IDLE) | ODD


def test_bug_class_whatever_lines_are_put_into_a_known_head_both_roads_read_the_same(both):
    _, secret = both.api.issue()
    known = [both.request(secret), both.gateway(secret)]
    for each in known:
        both.at_once(each)

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from(known),
        st.lists(st.tuples(st.integers(0, 5), LINES), min_size=1, max_size=3),
        st.sampled_from(["\r\n", "\r\n", "\r\n", "\n", "\r"]),
    )
    def check(request, put, end):
        head, _, body = request.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        for at, line in put:
            lines.insert(min(at, len(lines)), line.encode("latin-1"))
        odd = b"\r\n".join(lines[:-1]) + end.encode() + lines[-1] + b"\r\n\r\n" + body
        assert both.hot(odd) == both.ordinary(odd)

    check()
    assert both.answered > 20


def test_so_many_heads_are_remembered_and_no_more(open_api):
    node = open_api().node
    heads = Roads(node, create_app(node)).heads
    for number in range(10_000):
        assert heads.learn(b"GET /%d HTTP/1.1\r\n\r\n" % number, None)  # type: ignore[arg-type]
        assert len(heads) <= 4096
    assert len(heads) > 4000
