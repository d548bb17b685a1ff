"""POST /v2alpha1/admin/importedApiKeys:batchCreate, 200: what it answers."""

import json

from tests.server.routes.batch_import.asking import codes, item, post
from tests.server.routes.paths import BATCH_IMPORT, IMPORTED


def test_200_with_every_key_verifiable_at_once(api):
    raws = [f"raw {number}" for number in range(1000)]
    assert api.code(raws[500]) == "NOT_FOUND"
    answer = post(api, *(item(raw, scopes=[f"s{n}"]) for n, raw in enumerate(raws)))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["success_count"], body["failure_count"]) == (1000, 0)
    assert set(codes(answer)) == {"ok"}
    for number in (0, 500, 999):
        told = api.verify(raws[number])
        assert told["scopes"] == [f"s{number}"]
        assert told["key_id"] == body["results"][number]["imported_api_key"]["key_id"]
    rows = api.run(api.node.store.audit("default", limit=2000))
    assert [row.action for row in rows] == ["key.import"] * 1000


def test_200_when_at_least_one_was_imported_each_fault_told_apart(api):
    api.import_key("there")
    _, issued = api.issue()
    grant = api.derive(issued)
    answer = post(
        api,
        item("new"),
        item("there"),
        item(issued),
        item(grant),
        item(""),
        item("x", ttl="99999d"),
        item("y", scopes=["marzipan:admin"]),
        5,
        item("z", rateLimitPolicy={"quota": 5, "window": "60s"}, actor_id=None, actorId="camel"),
    )
    assert answer.status_code == 200, answer.text
    assert codes(answer) == [
        *("ok", "ALREADY_EXISTS", "ALREADY_EXISTS", "FAILED_PRECONDITION"),
        *("INVALID_ARGUMENT", "INVALID_ARGUMENT", "INVALID_ARGUMENT", "INVALID_ARGUMENT", "ok"),
    ]
    told = answer.json()
    assert (told["success_count"], told["failure_count"]) == (2, 7)
    good, bad = told["results"][0], told["results"][4]
    assert "error_code" not in good and "error_message" not in good
    assert bad["imported_api_key"] is None and "raw_key" in bad["error_message"]
    assert told["results"][8]["imported_api_key"]["actor_id"] == "camel"
    assert issued not in answer.text and grant not in answer.text
    assert [api.code(raw) for raw in ("new", "x", "y", "z")] == ["ok", *["NOT_FOUND"] * 2, "ok"]


def test_a_duplicate_inside_a_batch_is_told_against_the_first(api):
    answer = post(api, item("a"), item("b"), item("a", name="again"), item("a"))
    assert codes(answer) == ["ok", "ok", "ALREADY_EXISTS", "ALREADY_EXISTS"]
    for result in answer.json()["results"][2:]:
        assert "requests[0]" in result["error_message"]
    answer = post(api, item("c", request_id="r"), item("d", request_id="r"), item("e"))
    assert codes(answer) == ["ok", "INVALID_ARGUMENT", "ok"]
    assert api.code("d") == "NOT_FOUND"


def test_a_batch_that_is_sent_again_makes_nothing_and_answers_the_same(api):
    items = [item("a", request_id="1"), item("b", request_id="2")]
    first = post(api, *items)
    assert post(api, *items).json() == first.json()
    assert len(api.call("GET", IMPORTED).json()["imported_api_keys"]) == 2
    assert codes(post(api, item("c", request_id="1"), item("d"))) == ["ALREADY_EXISTS", "ok"]


def test_an_item_may_be_spelled_in_any_way_that_a_single_import_may(api):
    body = json.dumps({"requests": [{"rawKey": "raw", "name": "n", "actorId": "a", "ttl": None}]})
    answer = api.call("POST", BATCH_IMPORT, body.replace("rawKey", "\\u0072awKey").encode())
    assert answer.status_code == 200 and codes(answer) == ["ok"], answer.text
    assert api.code("raw") == "ok"
