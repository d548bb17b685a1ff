"""A derived JWT never allows what its parent's record does not, and says so by the same words."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

JWT = {"algorithm": "TOKEN_ALGORITHM_JWT"}
SCOPES = ["a", "a:b", "a:*", "b", "*"]
NETWORKS = ["127.0.0.0/8", "10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"]

scopes = st.lists(st.sampled_from(SCOPES), max_size=3, unique=True)
contexts = st.fixed_dictionaries(
    {},
    optional={
        "scopes": st.lists(st.sampled_from(["a", "a:b", "a:c", "b", "c"]), max_size=2),
        "client_ip": st.sampled_from(["127.0.0.1", "10.1.2.3", "10.2.0.1", "2001:db8::1"]),
    },
)
keys = st.fixed_dictionaries(
    {"scopes": scopes, "actor_id": st.sampled_from(["", "me"])},
    optional={
        "ip_restriction": st.fixed_dictionaries(
            {"allowed_cidrs": st.lists(st.sampled_from(NETWORKS), max_size=2).map(
                lambda some: ["127.0.0.0/8", *some] if some else [])}
        ),
        "metadata": st.dictionaries(st.text("abc", min_size=1), st.integers(0, 9), max_size=2),
    },
)  # fmt: skip
claims = st.dictionaries(
    st.sampled_from(["scp", "scope", "act", "aud", "acl", "exp", "sub", "generation", "mine"]),
    st.sampled_from([["*"], "evil", 2**40, None]),
    max_size=4,
)


def test_a_jwt_never_allows_more_than_its_parents_record(api, clock):
    kept = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    seen = set()

    @kept
    @given(keys, st.data(), claims, contexts, st.integers(1, 4000), st.integers(0, 4000))
    def attempt(key, data, custom, context, ttl, later):
        start = clock.now
        key_id, secret = api.issue(**key, ttl="1h")
        asked = data.draw(st.lists(st.sampled_from(key["scopes"]), max_size=2) if key["scopes"]
                          else st.just([]))  # fmt: skip
        body = {"credential": secret, "scopes": asked, "ttl": f"{ttl}s", "custom_claims": custom}
        answer = api.call("POST", "/v2alpha1/admin/apiKeys:derive", body | JWT)
        assert answer.status_code == (200 if ttl <= 3600 else 400)
        if ttl > 3600:
            return
        clock.forward(later)
        token = answer.json()["token"]["token"]
        child, parent = api.verify(token, context=context), api.verify(secret, context=context)
        seen.add((child["is_valid"], parent["is_valid"]))
        if child["is_valid"]:
            assert parent["is_valid"]
            assert set(child["scopes"]) <= set(parent["scopes"]) == set(key["scopes"])
            assert child["expire_time"] <= parent["expire_time"]
            assert (child["key_id"], child["actor_id"]) == (key_id, key["actor_id"])
        clock.now = start

    attempt()
    assert {(True, True), (False, True), (False, False)} == seen
