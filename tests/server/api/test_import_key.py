"""POST /v2alpha1/admin/importedApiKeys: a raw key of another system, good at once."""

import pytest

IMPORTED = "/v2alpha1/admin/importedApiKeys"


def test_201_smoke(api):
    assert api.code("raw") == "NOT_FOUND"
    answer = api.call("POST", IMPORTED, {"raw_key": "raw", "name": "n", "actor_id": "a"})
    assert answer.status_code == 201, answer.text
    assert api.code("raw") == "ok"
