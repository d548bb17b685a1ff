"""POST /v2alpha1/admin/apiKeys:verify, 200: what it answers."""

import pytest

from engine.caveats import (
    Amount,
    Audience,
    Binding,
    BodyHash,
    Budget,
    Custom,
    Delegate,
    Http,
    MaxDepth,
    Network,
    Resource,
    Scopes,
    Tools,
    Window,
)
from engine.networks import cidr
from tests.server.routes.paths import VERIFY

REFUSED = {
    "is_valid": False,
    "status": "KEY_STATUS_UNSPECIFIED",
    "key_id": "",
    "actor_id": "",
    "scopes": [],
    "expire_time": None,
    "metadata": None,
    "custom_claims": None,
    "visibility": "KEY_VISIBILITY_UNSPECIFIED",
    "issuer": "",
    "audiences": [],
    "rate_limit_policy": None,
    "rate_limit_reset_time": None,
    "grant_id": "",
    "delegates": [],
    "token_type": "",
}
CAVEATS = {
    "Window": (Window(1_800_000_100, 1_800_000_200), {}, None),
    "Audience": (Audience(("api",)), {}, {"audience": "api"}),
    "Scopes": (Scopes(("a",)), {"scopes": ["b"]}, {"scopes": ["a"]}),
    "Network": (Network((cidr("10.0.0.0/8"),)), {}, {"client_ip": "10.9.9.9"}),
    "Tools": (Tools(("db.*",)), {"tool": "rm"}, {"tool": "db.read"}),
    "Amount": (
        Amount("USD", 100),
        {"amount": {"currency": "USD", "minor": 101}},
        {"amount": {"currency": "USD", "minor": "100"}},
    ),
    "Http": (
        Http(("GET",), ("/a/*",)),
        {"method": "POST", "path": "/a/b"},
        {"method": "get", "path": "/a/b"},
    ),
    "Resource": (Resource(("doc/*",)), {"resource": "img/1"}, {"resource": "doc/1"}),
    "BodyHash": (BodyHash(b"\1" * 32), {"body_hash": "02" * 32}, {"body_hash": "01" * 32}),
    "Binding": (Binding(b"\1" * 32), {}, {"binding": "AQEB" * 10 + "AQE"}),
    "Custom": (Custom("x", b""), {}, None),
    "MaxDepth": (MaxDepth(0), {}, {}),
    "Delegate": (Delegate("bot"), {}, {}),
}
CODES = {"Audience": "AUDIENCE_MISMATCH", "Network": "IP_NOT_ALLOWED"}


def test_verify_200_tells_all_of_a_key(api):
    key_id, secret = api.issue(
        actor_id="me",
        scopes=["a"],
        metadata={"k": [1]},
        rate_limit_policy={"quota": 5, "window": "60s"},
        visibility="KEY_VISIBILITY_PUBLIC",
        ttl="1h",
    )
    answer = api.call("POST", VERIFY, {"credential": secret})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "is_valid": True,
        "status": "KEY_STATUS_ACTIVE",
        "key_id": key_id,
        "actor_id": "me",
        "scopes": ["a"],
        "expire_time": "2027-01-15T09:00:00Z",
        "metadata": {"k": [1]},
        "custom_claims": None,
        "visibility": "KEY_VISIBILITY_PUBLIC",
        "issuer": "http://127.0.0.1:4420",
        "audiences": [],
        "rate_limit_policy": {"quota": "5", "window": "60s", "unit": "requests"},
        "rate_limit_remaining": "4",
        "rate_limit_reset_time": "2027-01-15T08:00:12Z",
        "caveat": None,
        "grant_id": "",
        "delegates": [],
        "token_type": "key",
    }


def test_verify_200_tells_all_of_a_grant_and_no_claim_of_it_as_the_keys_metadata(api):
    key_id, secret = api.issue(actor_id="me", scopes=["a", "b"], metadata={"k": 1}, ttl="1h")
    body = {"credential": secret, "algorithm": "TOKEN_ALGORITHM_MACAROON", "scopes": ["a"]}
    body |= {"custom_claims": {"k": 2, "x": 3}, "audiences": ["api"], "ttl": "60s"}
    token = api.call("POST", "/v2alpha1/admin/apiKeys:derive", body).json()["token"]
    told = api.verify(token["token"], expected_audiences=["api"])
    assert told["key_id"] == key_id and told["grant_id"] == token["grant_id"] != ""
    assert (told["actor_id"], told["scopes"], told["audiences"]) == ("me", ["a"], ["api"])
    assert (told["metadata"], told["custom_claims"]) == ({"k": 1}, {"k": 2, "x": 3})
    assert (told["token_type"], told["visibility"]) == ("grant", "KEY_VISIBILITY_SECRET")
    assert told["expire_time"] == "2027-01-15T08:01:00Z"


@pytest.mark.parametrize(
    "claims",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"meta": [1]}',
        b'{"meta": "x", "vis": 9}',
        b'{"vis": -1}',
        b"[" * 4_000,
    ],
)
def test_verify_200_of_a_grant_that_an_embedder_minted_with_claims_of_its_own(api, claims):
    now = api.node.now()
    minted = api.node.tenant.keys.mint_grant(
        bytes(16),
        key_issued_at=now,
        now=now,
        expires_at=2**62,
        actor="edge",
        scopes=(),
        claims=claims,
    )
    told = api.verify(minted.text)
    assert told["is_valid"] and told["metadata"] is told["custom_claims"] is None
    assert told["expire_time"] == "9999-12-31T23:59:59Z"


@pytest.mark.parametrize("name", CAVEATS)
def test_verify_200_judges_every_caveat_by_the_facts_of_the_context_and_denies_without(api, name):
    caveat, outside, inside = CAVEATS[name]
    key_id, secret = api.issue(scopes=["a", "b"], actor_id="me", metadata={"k": 1})
    token = api.narrow(secret, caveat)
    if name == "MaxDepth":
        token = api.narrow(token)
    if name == "Delegate":
        assert api.verify(token)["delegates"] == ["bot"]
        return
    told = api.verify(token, context=outside)
    unmet = told.pop("caveat")
    assert told.pop("error_code").endswith(CODES.get(name, "SIGNATURE_INVALID"))
    assert key_id not in told.pop("error_message")
    assert told == REFUSED
    assert unmet["type"] == name and unmet["block"] == 0 and unmet["index"] == 0
    if inside:
        assert api.code(token, context=inside) == "ok"
        assert api.code(token) != "ok" or name == "Scopes"


def test_verify_200_ip_not_allowed_by_the_keys_own_networks_and_the_connections_address(api):
    _, secret = api.issue(ip_restriction={"allowed_cidrs": ["10.0.0.0/8", "2001:db8::/32"]})
    assert api.code(secret) == "IP_NOT_ALLOWED"
    assert api.code(secret, context={"client_ip": "10.0.0.1"}) == "ok"
    assert api.code(secret, context={"client_ip": "::ffff:10.0.0.1"}) == "ok"
    assert api.code(secret, context={"client_ip": "2001:db8::1"}) == "ok"
    assert api.code(secret, context={"client_ip": "2001:db9::1"}) == "IP_NOT_ALLOWED"
    answer = api.call("POST", VERIFY, {"credential": secret}, peer="10.0.0.7")
    assert answer.json()["is_valid"]


def test_verify_200_expired_by_the_key_the_grant_or_a_window(api, clock):
    _, secret = api.issue(ttl="60s")
    grant = api.derive(secret, ttl="30s")
    window = api.narrow(secret, Window(0, 1_800_000_010))
    clock.forward(10)
    assert (api.code(window), api.code(grant)) == ("EXPIRED", "ok")
    assert api.verify(window)["caveat"]["type"] == "Window"
    clock.forward(20)
    assert (api.code(grant), api.code(secret)) == ("EXPIRED", "ok")
    clock.forward(30)
    assert api.code(secret) == "EXPIRED"


def test_verify_200_rate_limited_by_a_spent_budget(api, clock):
    _, secret = api.issue()
    token = api.narrow(secret, Budget("calls", 2, 60))
    assert [api.code(token) for _ in range(3)] == ["ok", "ok", "RATE_LIMITED"]
    assert api.verify(token)["rate_limit_reset_time"] == "2027-01-15T08:01:00Z"
    unmet = api.verify(token)["caveat"]
    assert (unmet["type"], unmet["block"], unmet["index"]) == ("Budget", 0, 0)
    clock.forward(7)
    answer = api.call("POST", VERIFY, {"credential": token})
    assert answer.headers["retry-after"] == "53"
    clock.forward(53)
    assert api.code(token) == "ok"


@pytest.mark.parametrize("derived", [False, True])
def test_verify_200_rate_limited_keeps_what_it_tells_of_a_good_key(api, derived):
    _, secret = api.issue(actor_id="me", scopes=["a"], metadata={"k": 1})
    token = api.narrow(api.derive(secret) if derived else secret, Budget("calls", 1, 60))
    good, spent = api.verify(token), api.verify(token)
    differs = {name for name in good.keys() | spent.keys() if good.get(name) != spent.get(name)}
    said = {"is_valid", "error_code", "error_message", "caveat", "rate_limit_reset_time"}
    assert differs == said
    assert (spent["is_valid"], spent["metadata"], spent["actor_id"]) == (False, {"k": 1}, "me")


@pytest.mark.parametrize("prefix", ["mz_ak", "mz_pk", "mz_mc", "mz_ms"])
def test_verify_200_cannot_be_used_to_tell_malformed_unknown_and_forged_apart(api, forge, prefix):
    _, secret = api.issue()
    real = {"mz_ak": secret, "mz_mc": api.narrow(secret)}.get(prefix, secret)
    spelled = forge.prefix(real, prefix)
    credentials = [
        f"{prefix}_",
        f"{prefix}_junk",
        spelled[:-1] + ("0" if spelled[-1] != "0" else "1"),
        spelled[:60],
        forge.tail(spelled),
        forge.unknown(api, prefix),
        forge.foreign(prefix),
        forge.foreign(prefix, "other"),
        forge.prefix(api.admin, prefix),
        *([spelled] if prefix in ("mz_pk", "mz_ms") else []),
    ]
    answers = [api.call("POST", VERIFY, {"credential": each}) for each in credentials]
    assert len({answer.content for answer in answers}) == 1
    told = answers[0].json()
    code = "NOT_FOUND" if prefix in ("mz_ak", "mz_pk") else "SIGNATURE_INVALID"
    assert told.pop("error_code") == f"VERIFICATION_ERROR_{code}"
    told.pop("error_message")
    assert told == REFUSED | {"caveat": None}


def test_verify_200_not_found_for_text_of_no_kind_and_invalid_format_for_none(api):
    for credential in ("x", "eyJhbGciOi.e30", "ключ", " " * 9, "\u00a0"):
        assert api.code(credential) == "NOT_FOUND"
    assert api.code("") == "INVALID_FORMAT"
    assert api.call("POST", VERIFY, {}).json()["error_message"] == "credential is required"


def test_verify_200_expected_audiences_need_a_token_that_names_one_of_them(api):
    _, secret = api.issue()
    one, both = api.derive(secret, audiences=["api"]), api.derive(secret, audiences=["x", "api"])
    narrowed = api.narrow(secret, Audience(("api",)))
    twice = api.narrow(both, Audience(("api", "other")))
    tokens = {"key": secret, "none": api.derive(secret), "one": one, "both": both}
    tokens |= {"narrowed": narrowed, "twice": twice}

    def passing(**how):
        verdicts = {name: api.code(token, **how) for name, token in tokens.items()}
        assert set(verdicts.values()) <= {"ok", "AUDIENCE_MISMATCH"}
        return {name for name, verdict in verdicts.items() if verdict == "ok"}

    assert passing() == passing(expected_audiences=[]) == {"key", "none"}
    assert passing(expected_audiences=["api"]) == {"one", "both", "narrowed", "twice"}
    assert passing(expected_audiences=["nope", "api"]) == {"one", "both", "narrowed", "twice"}
    assert passing(expected_audiences=["x"]) == {"both"}
    assert passing(expected_audiences=["API"]) == set()
    assert passing(expected_audiences=["other"]) == set()
    assert passing(context={"audience": "api"}) == {"one", "both", "narrowed", "twice"}
    assert passing(context={"audience": "api"}, expected_audiences=["x"]) == {"both"}
    assert api.verify(twice, expected_audiences=["api"])["audiences"] == ["api"]


def test_verify_200_for_an_audience_that_is_not_expected_spends_no_budget(api):
    _, secret = api.issue()
    token = api.narrow(secret, Budget("calls", 1, 60))
    assert api.code(token, expected_audiences=["a", "b"]) == "AUDIENCE_MISMATCH"
    assert api.code(token) == "ok"
    both = api.narrow(secret, Audience(("b",)), Budget("calls", 1, 60))
    assert api.code(both, expected_audiences=["a", "b"]) == "ok"
    assert api.code(both, expected_audiences=["a", "b"]) == "RATE_LIMITED"
