"""What tells which imported hashes still wait for their first use, and what that use leaves."""

import pytest

from tests.server.hashed.hashes import ALL, RAW, add
from tests.server.routes.paths import IMPORTED

KEYS = "/v1/keys"


def ids(api, pending):
    found = api.call("GET", f"{KEYS}?hash_pending={pending}").json()["keys"]
    assert {key["hash_pending"] for key in found} <= {pending == "true"}
    return {key["key_id"] for key in found}


@pytest.mark.parametrize("algorithm", ALL)
def test_a_hash_is_pending_on_every_route_until_its_first_use(peppered, algorithm):
    api = peppered
    key_id, other = add(api, algorithm), api.import_key("raw")
    issued, _ = api.issue()
    assert (ids(api, "true"), ids(api, "false")) == ({key_id}, {other, issued})
    assert api.code(RAW + "x") == "NOT_FOUND"
    for path in (f"{IMPORTED}/{key_id}", f"{KEYS}/{key_id}"):
        assert api.call("GET", path).json()["hash_pending"] is True
    assert api.code(RAW) == "ok"
    for path in (f"{IMPORTED}/{key_id}", f"{KEYS}/{key_id}"):
        assert api.call("GET", path).json()["hash_pending"] is False
    assert (ids(api, "true"), ids(api, "false")) == (set(), {key_id, other, issued})


@pytest.mark.parametrize("algorithm", ALL)
def test_the_first_use_of_a_hash_gives_the_key_its_hint_where_it_is_long_enough(
    peppered, algorithm
):
    api = peppered
    for raw in ("long.secret-of-24-chars!", "brief.secret-of-23-char"):
        key_id = add(api, algorithm, raw)
        assert api.call("GET", f"{KEYS}/{key_id}").json()["key_hint"] == ""
        assert api.code(raw + "x") == "NOT_FOUND" and api.code(raw) == "ok"
        hint = raw[-4:] if len(raw) == 24 else ""
        assert api.call("GET", f"{KEYS}/{key_id}").json()["key_hint"] == hint
    found = api.call("GET", f"{KEYS}?hint=ars!").json()["keys"]
    assert [key["key_hint"] for key in found] == ["ars!"]
