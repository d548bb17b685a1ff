"""Gateways and batches are answered alike on both roads, and counted alike."""

from engine import caveats
from tests.server.hot.conftest import PATH


def test_gateways_are_answered_alike(both, forge):
    api = both.api
    _, secret = api.issue(scopes=["a:*"], actor_id="owner, of \u00e9")
    tools = api.narrow(secret, caveats.Tools(("t",)), caveats.Delegate("helper"))
    grant = api.derive(secret, audiences=["ledger"])
    _, limited = api.issue(rate_limit_policy={"quota": "1000", "window": "60s"})
    targets = [
        "/v1/verify",
        "/v1/verify?scope=a:x&tool=t",
        "/v1/verify?scope=b",
        "/v1/verify?audience=ledger",
        "/v1/verify?audience=ledger&audience=x",
        "/v1/verify?deny_as=403&tool=x",
        "/v1/verify?deny_as=404",
        "/v1/verify?resource=/r/%2e%2e",
        "/v1/verify?min_revision=0:1",
        "/v1/verify?unknown=1",
        "/v1/verify?scope=",
        "/v1/verify#x",
        "/v1/verify/pay/1?scope=b",
        "/v1/verify/%zz",
        "/v1/verify/",
        "/v1/verifyy",
        "http://mz/v1/verify",
    ]
    keys = [secret, tools, grant, forge.tail(secret), forge.unknown(api), "", None]
    for target in targets:
        for key in keys:
            for method in ("GET", "POST", "HEAD", "OPTIONS"):
                both.same(both.gateway(key, target=target, method=method))
    assert both.answered > 30 and both.handled > 30
    for line in ("x-forwarded-for: 192.0.2.1", "x-forwarded-uri: /pay", "content-length: 0"):
        both.same(both.gateway(tools, line, target="/v1/verify?tool=t"))
    both.same(both.gateway(secret, "content-length: 3") + b"abc")
    left = [
        int(road(both.gateway(limited)).split(b"r=")[1].split(b";")[0])
        for road in (both.hot, both.ordinary, both.hot)
    ]
    assert left == [999, 998, 997]


def test_a_gateways_facts_are_those_of_the_peer_that_states_them(open_both):
    """A proxy's word for the original request is no fact where it is not trusted."""
    for proxies in ("", "127.0.0.1"):
        flags = {"trusted_proxies": proxies} if proxies else {}
        both = open_both(name=f"of-{proxies or 'nobody'}", **flags)
        _, secret = both.api.issue()
        paying = both.api.narrow(secret, caveats.Http(("POST",), ("/pay/*",)))
        near = both.api.narrow(secret, caveats.Network((b"\xc0\0\x02\0\x18",)))
        said = ("x-forwarded-method: POST", "x-forwarded-uri: /pay/1", "x-forwarded-for: 192.0.2.9")
        for credential in (paying, near, secret):
            told = both.same(both.gateway(credential, *said))
            assert told.startswith(b"HTTP/1.1 200 ") is (bool(proxies) or credential == secret)
            told = both.same(both.gateway(credential, *said[2:], target="/v1/verify/pay/1"))
            both.same(both.gateway(credential))
        assert both.answered > 0


def test_batches_are_answered_alike(both, forge):
    api = both.api
    _, secret = api.issue()
    _, limited = api.issue(rate_limit_policy={"quota": "1000", "window": "60s"})
    path = PATH.replace(":verify", ":batchVerify")

    def ask(*items, **body):
        return both.request({"requests": list(items)} | body, target=path)

    good, tool = {"credential": secret}, {"credential": secret, "context": {"tool": "t"}}
    bad, empty = {"credential": forge.tail(secret)}, {"credential": ""}
    before = both.handled
    for items in ((good,), (good, bad, tool, empty), (bad,) * 16, (good,) * 16):
        both.handled_at_once(ask(*items))
    before = both.handled
    both.same(ask(*(good,) * 17))
    both.same(ask(good, {"credential": secret, "min_revision": "0:1"}))
    both.same(ask({"credential": forge.unknown(api)}, good))
    assert both.handled == before
    for items in ((), (1,), (good, {"context": {"x": 1}}), (good,) * 101):
        both.same(ask(*items))
    both.same(ask(good), ask(bad, good))
    told = both.hot(ask(good, {"credential": limited}), ask({"credential": limited}))
    assert b'"rate_limit_remaining":"999"' in told and b'"rate_limit_remaining":"998"' in told


def test_what_a_handler_answers_at_once_is_counted_like_every_other(both, forge):
    """By route and status, and by outcome; nothing twice, and nothing on the way to waiting."""
    _, secret = both.api.issue()
    counts = both.api.node.counts
    kinds = [
        both.request(forge.tail(secret)),
        both.request(secret, key="wrong"),
        both.request({"credential": 1}),
        both.request(forge.unknown(both.api)),
        both.gateway(forge.tail(secret)),
    ]
    for request in kinds:
        seen = []
        for road in (both.ordinary, both.hot):
            requests, verdicts = counts.requests.copy(), counts.verdicts.copy()
            road(request)
            seen.append((counts.requests - requests, counts.verdicts - verdicts))
        assert seen[0] == seen[1]
