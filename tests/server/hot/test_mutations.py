"""Requests that were changed at random are answered in the same bytes by both roads, and counted
alike.
"""

import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import caveats
from server import body as bodies
from server.protocol import Protocol
from tests.server.api.conftest import APIKEYS

# Where requests are cut open, doubled, and what is put in between.
ODD = [
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b"\0",
    b"\x80",
    b"\xff",
    b"\xef\xbb\xbf",
    b":",
    b",",
    b"0",
    b"+",
    b"%2f",
    b"%00",
    b"/",
    b"#",
    b"?",
    b"?scope=a",
    b"?audience=x",
    b"&",
    b'"',
    b"\\",
    b"\\u0061",
    b"{}",
    b"[]",
    b"null",
    b"1e400",
    b"/**/",
    b"Bearer ",
    b"Basic ",
    b"http://mz",
    b"HTTP/1.0",
    b"content-length: 0\r\n",
    b"Content-Length: 5\r\n",
    b"transfer-encoding: chunked\r\n",
    b"transfer-encoding: identity\r\n",
    b"connection: close\r\n",
    b"connection: keep-alive\r\n",
    b"connection: upgrade\r\nupgrade: h2c\r\n",
    b"expect: 100-continue\r\n",
    b"expect: x\r\n",
    b"content-encoding: gzip\r\n",
    b"x-request-id: other\r\n",
    b"x-request-id: \r\n",
    b"x-forwarded-for: 192.0.2.1\r\n",
    b"x-forwarded-for: 127.0.0.1, x\r\n",
    b"x-forwarded-host: other\r\n",
    b"x-forwarded-uri: /a/b\r\n",
    b"x-forwarded-method: GET\r\n",
    b"authorization: Bearer x\r\n",
    b"host: other\r\n",
    b'"credential":"x",',
    b'"credential":"",',
    b'"context":{"scopes":["a"]},',
    b'"context":{},',
    b'"context":null,',
    b'"context":{"audience":"a"},',
    b'"context":{"client_ip":"192.0.2.1","method":"get","path":"/a"},',
    b'"expected_audiences":["a"],',
    b'"expected_audiences":["a","b"],',
    b'"expectedAudiences":["a"],',
    b'"min_revision":"0.1",',
    b'"more":{"credential":"x"},',
]
METHODS = [b"GET", b"POST", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"get", b"CONNECT", b"X"]


@pytest.fixture
def roads(open_both, monkeypatch):
    """Both roads, of little patience, and requests of all kinds that may be answered at once."""
    monkeypatch.setattr(Protocol, "head_s", 2.0)
    monkeypatch.setattr(Protocol, "unread_s", 0.5)
    monkeypatch.setitem(bodies.read_body.__kwdefaults__, "patience_s", 1.0)
    both = open_both(trusted_proxies="127.0.0.1")
    api = both.api
    _, secret = api.issue(scopes=["a", "b"], metadata={"plan": "silver"})
    grant = api.derive(secret, audiences=["a"])
    network = api.narrow(secret, caveats.Network((b"\xc0\x00\x02\x00\x18",)))
    requests = [
        both.request(secret, "x-forwarded-for: 127.0.0.1"),
        both.request(grant, "x-forwarded-for: 127.0.0.1"),
        both.request(network, "x-forwarded-for: 192.0.2.7"),
        both.request({"credential": grant, "expected_audiences": ["a"]}),
        both.request({"credential": secret, "context": {"scopes": ["a"]}}),
        both.gateway(secret),
        both.gateway(grant, target="/v1/verify?scope=a&audience=a"),
        both.gateway(api.narrow(secret, caveats.Http(["GET"], ["/a/*"])), target="/v1/verify/a/b"),
        both.request(
            json.dumps({"requests": [{"credential": secret}, {"credential": "mz_ak_x"}]}).encode(),
            target=f"{APIKEYS}:batchVerify",
        ),
        both.request("mz_ak_unknown"),
    ]
    for each in requests:
        both.same(each)
    return both, requests


@st.composite
def mutated(draw, requests):
    """One request, with what others have in it, and with its length corrected or not."""
    raw = draw(st.sampled_from(requests))
    at_all = [0, *(place for place, byte in enumerate(raw) if byte in b'\r\n :/?"{}[],')]
    for _ in range(draw(st.integers(0, 3))):
        where = draw(st.sampled_from(at_all)) + draw(st.integers(0, 2))
        what = draw(st.sampled_from(["put", "cut", "double", "flip", "swap", "method"]))
        size = draw(st.integers(1, 12))
        if what == "put":
            raw = raw[:where] + draw(st.sampled_from(ODD)) + raw[where:]
        elif what == "cut":
            raw = raw[:where] + raw[where + size :]
        elif what == "double":
            raw = raw[: where + size] + raw[where:]
        elif what == "flip" and where < len(raw):
            raw = raw[:where] + bytes((draw(st.integers(0, 255)),)) + raw[where + 1 :]
        elif what == "swap":
            other = draw(st.sampled_from(requests))
            raw = raw[:where] + other[draw(st.integers(0, len(other))) :]
        elif what == "method":
            raw = draw(st.sampled_from(METHODS)) + b" " + raw.partition(b" ")[2]
    head, end, rest = raw.partition(b"\r\n\r\n")
    if end and draw(st.booleans()):
        lines = [line for line in head.split(b"\r\n") if not line.startswith(b"content-length")]
        if rest or raw.startswith(b"POST"):
            lines.append(b"content-length: %d" % len(rest))
        raw = b"\r\n".join(lines) + end + rest
    return raw


def told(both, ask, parts):
    """What was answered, and what was counted for it by whoever answered."""
    node, roads = both.api.node, both.protocol.roads
    node.counts.requests.clear()
    node.counts.verdicts.clear()
    node.uses.clear()
    before = Counter({tally.of: tally.count for tally in roads.tallies()})
    answer = ask(*parts)
    at_once = Counter({tally.of: tally.count for tally in roads.tallies()}) - before
    verdicts = node.counts.verdicts + Counter(VALID=at_once.total())
    return answer, node.counts.requests + at_once, +verdicts, node.uses


def test_requests_that_were_changed_anyhow_are_answered_alike(roads):
    both, requests = roads

    @settings(
        max_examples=400,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(mutated(requests), min_size=1, max_size=3), st.booleans(), st.data())
    def check(some, in_one, data):
        parts = some
        if in_one:
            text = b"".join(some)
            cuts = st.lists(st.integers(1, max(1, len(text) - 1)), max_size=3, unique=True)
            at = [0, *sorted(data.draw(cuts)), len(text)]
            parts = [text[begin:end] for begin, end in zip(at, at[1:], strict=False)]
        assert told(both, both.hot, parts) == told(both, both.ordinary, parts)
        # And once more, now that the heads are known.
        assert told(both, both.hot, parts) == told(both, both.ordinary, parts)

    check()
    assert both.answered > 50
