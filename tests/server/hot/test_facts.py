"""What a body states of an access is judged alike on both roads."""

from engine import caveats

FACTS = {
    "tool": {"tool": "t"},
    "scopes": {"scopes": ["a:x"]},
    "amount": {"amount": {"currency": "USD", "minor": 4200}},
    "amount as text": {"amount": {"currency": "USD", "minor": "4200"}},
    "too much": {"amount": {"currency": "USD", "minor": 9000}},
    "client": {"client_ip": "10.1.2.3"},
    "client, spelled oddly": {"client_ip": "::ffff:10.1.2.3"},
    "another client": {"client_ip": "192.0.2.1"},
    "camel case": {"clientIp": "10.1.2.3"},
    "null": {"client_ip": None},
    "http": {"method": "post", "path": "/pay/1?x=2"},
    "audience": {"audience": "ledger"},
    "another audience": {"audience": "elsewhere"},
    "digest": {"body_hash": "00" * 32},
    "unknown": {"tols": "t"},
    "no address": {"client_ip": "10.1.2"},
    "all": {
        "tool": "t", "scopes": ["a:x"], "amount": {"currency": "USD", "minor": 1},
        "client_ip": "10.9.9.9", "method": "POST", "path": "/pay/1", "audience": "ledger",
        "body_hash": "00" * 32,
    },
}  # fmt: skip


def test_what_is_stated_of_the_access_is_judged_alike(both):
    api = both.api
    _, secret = api.issue(scopes=["a:*"])
    narrowed = [
        (),
        (caveats.Tools(("t",)),),
        (caveats.Scopes(("a:x",)), caveats.Amount("USD", 5000)),
        (caveats.Network((b"\x0a\0\0\0\x08",)),),
        (caveats.Http(("POST",), ("/pay/*",)),),
        (caveats.Audience(("ledger", "other")),),
        (caveats.BodyHash(b"\0" * 32),),
    ]
    credentials = [api.narrow(secret, *each) if each else secret for each in narrowed]
    credentials += [api.derive(secret, audiences=["ledger"])]
    yes = no = 0
    for facts in FACTS.values():
        for credential in credentials:
            told = both.same(both.request({"credential": credential, "context": facts}))
            yes += b'"is_valid":true' in told
            no += b'"is_valid":false' in told
    assert yes > 20 and no > 30
    assert both.answered == 3 * yes  # and every refusal is a handler's
    assert both.handled > 0


def test_expected_audiences_and_revisions_are_judged_alike(both):
    api = both.api
    _, secret = api.issue()
    credentials = [
        secret,
        api.narrow(secret, caveats.Audience(("ledger", "other"))),
        api.derive(secret, audiences=["ledger"]),
    ]
    bodies = [
        {"expected_audiences": ["ledger"]},
        {"expectedAudiences": ["ledger"]},
        {"expected_audiences": ["x", "ledger"]},
        {"expected_audiences": []},
        {"expected_audiences": ["x"]},
        {"expected_audiences": [""]},
        {"expected_audiences": ["ledger"], "context": {"audience": "x"}},
        {"min_revision": ""},
        {"min_revision": "0:1"},
        {"min_revision": "x"},
    ]
    for body in bodies:
        for credential in credentials:
            both.same(both.request({"credential": credential, **body}))
    assert both.answered > 0 and both.handled > 0


def test_facts_of_one_request_are_not_those_of_the_next(both):
    """What a body asks is remembered by its bytes: neither its time is, nor its client."""
    api = both.api
    _, secret = api.issue()
    near = api.narrow(secret, caveats.Network((b"\x7f\0\0\0\x08",)))
    brief = api.narrow(secret, caveats.Window(0, api.node.now() + 10))
    for credential in (near, brief, secret):
        both.at_once(both.request({"credential": credential, "context": {"tool": "t"}}))
    elsewhere = {"credential": near, "context": {"tool": "t", "client_ip": "192.0.2.1"}}
    assert b'"is_valid":false' in both.same(both.request(elsewhere))
    api.clock.forward(11)
    for credential, good in ((near, True), (brief, False), (secret, True)):
        told = both.same(both.request({"credential": credential, "context": {"tool": "t"}}))
        assert (b'"is_valid":true' in told) is good
