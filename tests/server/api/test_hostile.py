"""Bad input is a 4xx that changes nothing; a fault is a clean 5xx; no secret shows anywhere."""

import io
import json
import logging

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server import logs
from server.app import _admin, _public
from storage.errors import StoreUnavailable

KEY_ID = "00000000-0000-0000-0000-000000000000"
ISSUED = "/v2alpha1/admin/issuedApiKeys"
WORDS = ["credential", "context", "amount", "minor", "scopes", "ttl", "requests", "caveats", "type"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=12,
)
BODIES = st.one_of(
    st.binary(max_size=60),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.integers(1, 20_000).map(lambda n: b'{"context":' * n),
    st.integers(1, 20_000).map(lambda n: b"[" * n),
    st.sampled_from([b'{"name":"\\ud800"}', b'{"ttl":1e999}', b'{"name":"\\u0000"}', b"\xff\xfe"]),
)


def posts(api):
    for route in [*_admin(api.node, api.node.tenant), *_public(api.node, api.node.tenant)]:
        if route.method in ("POST", "PATCH"):
            path = route.template.replace("{key_id}", KEY_ID)
            yield route.method, path.replace("{actor_id}", KEY_ID)


# What an answer says that was made, and what was killed: (keys, revocations).
DONE = {
    ("POST", ISSUED, 201): (1, 0),
    ("POST", f"{ISSUED}/{KEY_ID}:rotate", 201): (1, 1),
    ("POST", f"{ISSUED}/{KEY_ID}:revoke", 204): (0, 1),
    ("POST", f"/v1/keys/{KEY_ID}:suspend", 200): (0, 1),
    ("POST", f"/v1/keys/{KEY_ID}:revokeChildren", 200): (0, 1),
    ("POST", f"/v1/actors/{KEY_ID}:revoke", 200): (0, 1),
}


def test_no_body_on_any_route_is_a_5xx_or_kills_or_makes_what_its_answer_does_not_say(api):
    kept = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    _, bystander = api.issue(scopes=["a"])
    told = set()

    @kept
    @given(BODIES)
    def attempt(body):
        target, _ = api.issue()
        keys, killed = api.keys(), len(api.log())
        for method, path in posts(api):
            answer = api.call(method, path.replace(KEY_ID, target), body)
            assert answer.status_code < 500, (method, path, body, answer.text)
            if answer.status_code >= 400:
                assert answer.json()["error"]["message"]
            made, dead = DONE.get((method, path, answer.status_code), (0, 0))
            keys, killed = keys + made, killed + dead
            if made or dead:
                told.add((method, path, answer.status_code))
            assert (api.keys(), len(api.log())) == (keys, killed), (method, path, body)

    attempt()
    # An honest body does it, so that the count above had something to count.
    for method, path in posts(api):
        target, _ = api.issue()
        body = {"reason": "REVOCATION_REASON_SUPERSEDED"} if path.endswith(":revoke") else {}
        answer = api.call(method, path.replace(KEY_ID, target), body)
        told.add((method, path, answer.status_code))
    assert DONE.keys() <= told
    assert api.code(bystander) == "ok"


def test_five_mebibytes_are_refused_and_the_server_goes_on(api, problem):
    body = b'{"name":"' + b"x" * (5 << 20) + b'"}'
    problem(api.call("POST", "/v2alpha1/admin/issuedApiKeys", body), 429)
    assert api.issue()


def test_a_lost_database_is_a_503_and_nothing_is_accepted(api, problem, monkeypatch):
    _, secret = api.issue()

    async def lost(*_, **__):
        raise StoreUnavailable("gone")

    for name in ("get", "commit", "list", "debit", "standing", "read", "positions"):
        monkeypatch.setattr(api.node.store, name, lost)
    api.node.tenant.records.evict(next(iter(api.node.tenant.records), b""))
    verify = "/v2alpha1/admin/apiKeys:verify"
    problem(api.call("POST", verify, {"credential": secret}), 503)
    problem(api.call("POST", "/v2alpha1/admin/issuedApiKeys", {}), 503)
    problem(api.call("GET", "/health/ready", key=None), 503)
    assert api.call("GET", "/health/alive", key=None).status_code == 200


def test_an_unforeseen_fault_is_a_500_without_a_stack_or_a_secret(api, problem, monkeypatch):
    _, secret = api.issue()

    async def broken(*_, **__):
        raise RuntimeError(f"saw {secret}")

    stream = _log_to_text()
    monkeypatch.setattr(api.node.store, "list", broken)
    error = problem(api.call("GET", "/v2alpha1/admin/issuedApiKeys"), 500)
    assert secret not in str(error) and "Traceback" not in str(error)
    assert "RuntimeError" in stream.getvalue() and secret not in stream.getvalue()


def _log_to_text() -> io.StringIO:
    logs.configure("debug")
    stream = io.StringIO()
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    return stream
