"""How the tests of POST /v2alpha1/admin/importedApiKeys:batchCreate ask."""

from tests.server.routes.paths import BATCH_IMPORT


def item(raw, **fields):
    return {"raw_key": raw, "name": "legacy", "actor_id": "owner", **fields}


def post(api, *items):
    return api.call("POST", BATCH_IMPORT, {"requests": items})


def codes(answer):
    prefix = "BATCH_CREATE_IMPORTED_API_KEYS_ERROR_"
    told = answer.json()["results"]
    assert [each["index"] for each in told] == list(range(len(told)))
    return [each.get("error_code", "ok").removeprefix(prefix) for each in told]
