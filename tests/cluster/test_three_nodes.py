"""What is done on one node holds on all the others."""

import pytest

from tests.servers.nodes import DERIVE, IMPORTED, ISSUED

DERIVED = {"algorithm": "TOKEN_ALGORITHM_MACAROON"}


@pytest.fixture(scope="module")
def three(running):
    """Three nodes that no test here harms."""
    return running.three()


def test_what_one_node_revokes_all_refuse_with_everything_derived_from_it(three):
    nodes = a, b, c = three
    key_id, secret = a.issue(scopes=["a:b"])
    derived = b.call("POST", DERIVE, DERIVED | {"credential": secret}).json()["token"]
    for node in nodes:
        assert node.verdict(secret) == node.verdict(derived["token"]) == "ok"
    answer = b.revoke(key_id)
    assert answer.status_code == 204 and answer.headers["marzipan-revision"]
    for node in nodes:
        node.until("REVOKED", secret)
        node.until("REVOKED", derived["token"])


def test_a_cached_record_of_a_key_is_dropped_on_every_node_when_the_key_is_changed(three):
    a, b, c = three
    key_id, secret = a.issue(scopes=["a:b", "c:d"])
    for node in (a, b, c):
        assert node.verdict(secret, context={"scopes": ["c:d"]}) == "ok"
    path = f"{ISSUED}/{key_id}?update_mask=scopes"
    assert b.call("PATCH", path, {"scopes": ["a:b"]}).status_code == 200
    for node in (a, b, c):
        node.until("SIGNATURE_INVALID", secret,
                   context={"scopes": ["c:d"]})  # fmt: skip
        assert node.verdict(secret, context={"scopes": ["a:b"]}) == "ok"
    assert c.call("PATCH", path, {"scopes": ["a:b", "e:f"]}).status_code == 200
    for node in (a, b, c):
        node.until("ok", secret, context={"scopes": ["e:f"]})
    assert a.call("POST", f"/v1/keys/{key_id}:suspend", {}).status_code == 200
    for node in (a, b, c):
        node.until("REVOKED", secret)
    assert b.call("POST", f"/v1/keys/{key_id}:resume", {}).status_code == 200
    for node in (a, b, c):
        node.until("ok", secret)


def test_a_key_that_nobody_knew_is_known_everywhere_once_one_node_has_imported_it(three):
    a, b, c = three
    for node in (a, b, c):
        assert node.verdict("raw-key-of-old") == "NOT_FOUND"
    body = {"raw_key": "raw-key-of-old", "name": "legacy", "actor_id": "owner"}
    key_id = a.call("POST", IMPORTED, body).json()["key_id"]
    for node in (a, b, c):
        node.until("ok", "raw-key-of-old")
    assert b.call("DELETE", f"{IMPORTED}/{key_id}").status_code == 204
    for node in (a, b, c):
        node.wait(lambda node=node: node.verdict("raw-key-of-old") != "ok")


def test_an_actor_revoked_on_one_node_is_dead_on_all(three):
    a, b, c = three
    _, secret = a.issue(actor_id="bot")
    for node in (a, b, c):
        assert node.verdict(secret) == "ok"
    answer = c.call(
        "POST", "/v1/actors/bot:revoke?wait=all", {"reason": "REVOCATION_REASON_SUPERSEDED"}
    )
    assert answer.headers["marzipan-applied"] == "applied=3, ended=0, waiting=0"
    assert [node.verdict(secret) for node in (a, b, c)] == ["REVOKED"] * 3


def test_a_verify_with_min_revision_never_accepts_what_was_revoked_before(three):
    a, b, c = three
    for _ in range(20):
        key_id, secret = a.issue()
        assert b.verdict(secret) == c.verdict(secret) == "ok"
        revision = a.revoke(key_id).headers["marzipan-revision"]
        assert b.verdict(secret, min_revision=revision) == "REVOKED"
        headers = {"authorization": f"Bearer {secret}"}
        assert c.call("GET", f"/v1/verify?min_revision={revision}", **headers).status_code == 401


def test_a_revision_that_no_database_has_is_a_503_and_not_a_wait(three):
    a, _, _ = three
    _, secret = a.issue()
    assert a.verdict(secret, min_revision="3:999999") == "503"
    assert a.verdict(secret, min_revision="nonsense") == "400"


def test_wait_all_answers_when_all_have_applied_it(three):
    a, b, c = three
    for _ in range(10):
        key_id, secret = a.issue()
        assert b.verdict(secret) == c.verdict(secret) == "ok"
        answer = a.revoke(key_id, "?wait=all")
        assert answer.headers["marzipan-applied"] == "applied=3, ended=0, waiting=0"
        assert b.verdict(secret) == c.verdict(secret) == "REVOKED"
    again = b.revoke(key_id, "?wait=all")
    assert again.status_code == 409
    assert again.headers["marzipan-applied"] == "applied=3, ended=0, waiting=0"
    assert a.revoke(key_id, "?wait=some").status_code == 400


def test_the_cluster_tells_of_every_node_and_forgets_one_that_left(cluster):
    a, b, c = cluster.three()
    told = b.call("GET", "/v1/cluster").json()
    assert (told["mode"], told["fresh"], len(told["nodes"])) == ("poll", True, 3)
    assert [node["this"] for node in told["nodes"]].count(True) == 1
    assert len({node["node_id"] for node in told["nodes"]}) == 3
    assert told["epoch"] == a.call("GET", "/v1/cluster").json()["epoch"]
    a.wait(lambda: all(n["lag"] == 0 for n in a.call("GET", "/v1/cluster").json()["nodes"]))
    c.stop()
    assert len(a.call("GET", "/v1/cluster").json()["nodes"]) == 2
