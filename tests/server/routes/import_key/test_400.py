"""POST /v2alpha1/admin/importedApiKeys, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.import_key.asking import RAW, post
from tests.server.routes.paths import IMPORTED


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"raw_key": None}, "raw_key"),
        ({"raw_key": ""}, "raw_key"),
        ({"raw_key": "x" * 8193}, "raw_key"),
        ({"raw_key": "é" * 4097}, "raw_key"),
        ({"raw_key": "a\0b"}, "raw_key"),
        ({"raw_key": "a\ufffdb"}, "raw_key"),
        ({"raw_key": 5}, "raw_key"),
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"actor_id": None}, "actor_id"),
        ({"name": "x" * 256}, "name"),
        ({"ttl": "0s"}, "ttl"),
        ({"ttl": "366d"}, "ttl"),
        ({"scopes": ["marzipan:admin"]}, "scopes[0]"),
        ({"scopes": [""]}, "scopes[0]"),
        ({"request_id": "x" * 37}, "request_id"),
        ({"ip_restriction": {"allowed_cidrs": ["here"]}}, "ip_restriction.allowed_cidrs[0]"),
        ({"ip_restriction": {"cidrs": []}}, "ip_restriction"),
    ],
)
def test_400_names_the_field_and_imports_nothing(api, problem, fields, field):
    error = problem(post(api, **fields), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == field
    assert RAW not in str(error)
    assert api.call("GET", IMPORTED).json()["imported_api_keys"] == []
