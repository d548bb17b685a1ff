"""Whose word about the client's address counts, on every route that asks for it."""

import pytest

from engine import attenuate, cidr
from engine.caveats import Network

from .conftest import APIKEYS, ISSUED, Wire

INSIDE, OUTSIDE = "192.0.2.7", "198.51.100.7"
ONLY = {"allowed_cidrs": ["192.0.2.0/24"]}


def verdicts(wire: Wire, secret: str, **headers: str) -> dict[str, bool]:
    """Per route, whether it let the credential pass."""
    body = {"credential": secret}
    one = wire.answer("POST", f"{APIKEYS}:verify", body, **headers).json()
    many = wire.answer("POST", f"{APIKEYS}:batchVerify", {"requests": [body]}, **headers).json()
    explained = wire.answer("POST", "/v1/tokens:explain", body, **headers).json()
    return {
        "verify": one["is_valid"],
        "batch": many["results"][0]["is_valid"],
        "derive": wire.answer("POST", f"{APIKEYS}:derive", body, **headers).status_code == 200,
        "gateway": wire.answer("GET", "/v1/verify", key=secret, **headers).status_code == 200,
        "explain": explained["allowed"],
    }


@pytest.mark.parametrize(
    "headers",
    [{"x_forwarded_for": INSIDE}, {"x_real_ip": INSIDE}, {"true_client_ip": INSIDE},
     {"cf_connecting_ip": INSIDE}, {"forwarded": f"for={INSIDE}"}],
)  # fmt: skip
def test_no_route_believes_a_header_of_a_peer_that_is_no_trusted_proxy(wire, headers):
    _, secret = wire.issue(ip_restriction=ONLY)
    assert not any(verdicts(wire, secret, **headers).values())


@pytest.mark.parametrize(
    ("forwarded", "allowed"),
    [
        (INSIDE, True),
        (f"{OUTSIDE}, {INSIDE}", True),  # the left one is the client's own text
        (f"{INSIDE}, {OUTSIDE}", False),
        (f"{INSIDE}, 10.1.2.3", True),  # a proxy of ours
        (f"{OUTSIDE}, 10.1.2.3, 10.1.2.4", False),
        (f"{INSIDE}, nonsense", False),
        ("", False),
    ],
)
def test_every_route_takes_the_right_most_hop_that_is_no_proxy(behind_proxy, forwarded, allowed):
    _, secret = behind_proxy.issue(ip_restriction=ONLY)
    told = verdicts(behind_proxy, secret, x_forwarded_for=forwarded)
    assert told == dict.fromkeys(told, allowed)


def test_no_route_takes_other_headers_of_a_trusted_proxy_for_the_address(behind_proxy):
    _, secret = behind_proxy.issue(ip_restriction=ONLY)
    for name in ("x_real_ip", "true_client_ip", "cf_connecting_ip"):
        assert not any(verdicts(behind_proxy, secret, **{name: INSIDE}).values())


def test_an_address_in_the_body_counts_for_callers_that_may_verify_and_for_nobody_else(wire, live):
    _, secret = wire.issue(ip_restriction=ONLY)
    body = {"credential": secret, "context": {"client_ip": INSIDE}}
    verifier = live.key_for("marzipan:verify")
    assert wire.call(200, "POST", f"{APIKEYS}:verify", body, key=verifier)["is_valid"]
    batch = wire.call(200, "POST", f"{APIKEYS}:batchVerify", {"requests": [body]}, key=verifier)
    assert batch["results"][0]["is_valid"]
    assert wire.call(200, "POST", "/v1/tokens:explain", body, key=verifier)["allowed"]
    for path in (f"{APIKEYS}:verify", "/v1/tokens:explain"):
        for key in (None, live.key_for("marzipan:read"), secret):
            assert wire.answer("POST", path, body, key=key).status_code in (401, 403)
    # Those routes have no context: what is said there of an address says nothing.
    for key in ("", live.key_for("marzipan:admin")):
        wire.call(401, "POST", f"{APIKEYS}:derive", body, key=key)
    wire.call(400, "GET", f"/v1/verify?client_ip={INSIDE}", key=secret)


def test_a_caveat_asks_for_the_same_address_as_the_keys_own_networks(behind_proxy):
    narrowed = attenuate(behind_proxy.issue()[1], Network((cidr("192.0.2.0/24"),))).text
    for forwarded, allowed in ((INSIDE, True), (OUTSIDE, False)):
        told = verdicts(behind_proxy, narrowed, x_forwarded_for=forwarded)
        assert told == {**dict.fromkeys(told, allowed), "derive": False}


def test_an_admin_key_that_is_good_from_one_network_is_judged_by_the_same_address(behind_proxy):
    narrowed = attenuate(behind_proxy.server.admin_key, Network((cidr("192.0.2.0/24"),))).text
    for forwarded, status in ((INSIDE, 200), (OUTSIDE, 403), (f"{INSIDE}, {OUTSIDE}", 403)):
        behind_proxy.call(status, "GET", ISSUED, key=narrowed, x_forwarded_for=forwarded)
    behind_proxy.call(403, "GET", ISSUED, key=narrowed)
