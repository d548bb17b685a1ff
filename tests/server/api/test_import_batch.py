"""POST /v2alpha1/admin/importedApiKeys:batchCreate: many at once, each on its own."""

import json

import pytest

from storage.errors import StoreUnavailable

IMPORTED = "/v2alpha1/admin/importedApiKeys"
BATCH = IMPORTED + ":batchCreate"


def item(raw, **fields):
    return {"raw_key": raw, "name": "legacy", "actor_id": "owner", **fields}


def post(api, *items):
    return api.call("POST", BATCH, {"requests": items})


def codes(answer):
    prefix = "BATCH_CREATE_IMPORTED_API_KEYS_ERROR_"
    told = answer.json()["results"]
    assert [each["index"] for each in told] == list(range(len(told)))
    return [each.get("error_code", "ok").removeprefix(prefix) for each in told]


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


@pytest.mark.parametrize(
    ("raws", "status", "reason"),
    [
        (["there", "there too", ""], 409, "API_KEY_EXISTS"),
        (["", "", "there"], 400, "BAD_REQUEST"),
        (["eyJh.a.b", "mz_mc_x", ""], 409, "FAILED_PRECONDITION"),
        (["", "there"], 409, "API_KEY_EXISTS"),
        (["mz_mc_x", ""], 400, "BAD_REQUEST"),
    ],
)
def test_the_most_frequent_fault_is_the_answer_where_nothing_was_imported(
    api, problem, raws, status, reason
):
    api.import_key("there")
    api.import_key("there too")
    error = problem(post(api, *map(item, raws)), status, reason)
    assert f"None of {len(raws)} keys was imported" in error["message"]


def test_400_for_no_items_too_many_or_no_list(api, problem):
    bodies = [{}, {"requests": []}, {"requests": None}, {"requests": {}}, [], b"", b"x", b"\xff"]
    bodies.append({"requests": [item(str(n)) for n in range(1001)]})
    for body in bodies:
        problem(api.call("POST", BATCH, body), 400, "BAD_REQUEST")
    assert api.call("GET", IMPORTED).json()["imported_api_keys"] == []


def test_503_where_the_database_is_lost_and_a_fault_of_one_item_is_its_own(
    api, problem, monkeypatch
):
    commit = api.node.store.commit

    async def lost(change):
        raise StoreUnavailable("gone")

    async def broken(change):
        if change.insert[0].name == "broken":
            raise RuntimeError("unforeseen")
        return await commit(change)

    monkeypatch.setattr(api.node.store, "commit", lost)
    problem(post(api, item("a"), item("b")), 503, "SERVICE_UNAVAILABLE")
    monkeypatch.setattr(api.node.store, "commit", broken)
    answer = post(api, item("a"), item("b", name="broken"))
    assert codes(answer) == ["ok", "INTERNAL"] and "unforeseen" not in answer.text
    problem(post(api, item("c", name="broken")), 500, "INTERNAL_SERVER_ERROR")
    assert [api.code(raw) for raw in "abc"] == ["ok", "NOT_FOUND", "NOT_FOUND"]


def test_an_item_may_be_spelled_in_any_way_that_a_single_import_may(api):
    body = json.dumps({"requests": [{"rawKey": "raw", "name": "n", "actorId": "a", "ttl": None}]})
    answer = api.call("POST", BATCH, body.replace("rawKey", "\\u0072awKey").encode())
    assert answer.status_code == 200 and codes(answer) == ["ok"], answer.text
    assert api.code("raw") == "ok"


def test_403_for_a_caller_that_may_not_write(api, problem):
    body = {"requests": [item("raw")]}
    problem(api.call("POST", BATCH, body, key=api.admin_key("marzipan:read")), 403)
