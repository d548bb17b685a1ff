"""GET /v1/keys/{key_id} 200: one key of either kind, and which kind it is."""

import io
import logging

import pytest

from server import logs

RAW = "sk_live_of_the_old_system_4eC3"


@pytest.fixture
def log():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure("debug")
    stream = io.StringIO()
    root.handlers[0].setStream(stream)
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])


def test_a_key_of_either_kind_is_shown_as_its_own_route_shows_it(api):
    issued, _ = api.issue(name="one", metadata={"a": [1]}, scopes=["a:*"])
    imported = api.import_key(RAW)
    told = api.call("GET", f"/v1/keys/{issued}").json()
    assert told == api.get(issued) | {"kind": "issued"}
    theirs = api.call("GET", f"/v2alpha1/admin/importedApiKeys/{imported}").json()
    assert api.call("GET", f"/v1/keys/{imported}").json() == theirs | {"kind": "imported"}


def test_every_route_that_shows_a_key_shows_its_hint(api):
    issued = api.call("POST", "/v2alpha1/admin/issuedApiKeys", {}).json()
    key, secret = issued["issued_api_key"], issued["secret"]
    assert key["key_hint"] == secret[-4:]
    path = f"/v2alpha1/admin/issuedApiKeys/{key['key_id']}"
    assert api.call("PATCH", path, {"name": "x"}).json()["key_hint"] == secret[-4:]
    rotated = api.call("POST", f"{path}:rotate", {}).json()
    assert rotated["issued_api_key"]["key_hint"] == rotated["secret"][-4:]
    assert rotated["old_issued_api_key"]["key_hint"] == secret[-4:]
    listed = api.call("GET", "/v2alpha1/admin/issuedApiKeys").json()["issued_api_keys"]
    assert {each["key_hint"] for each in listed} == {secret[-4:], rotated["secret"][-4:]}


@pytest.mark.parametrize(
    ("raw", "hint"),
    [
        ("x" * 20 + "abc", ""),
        ("x" * 20 + "abcd", "abcd"),
        ("x" * 20 + "äöü☃", "äöü☃"),
        ("short", ""),
    ],
)
def test_only_a_raw_key_of_24_characters_spares_four(api, raw, hint):
    key_id = api.import_key(raw)
    assert api.call("GET", f"/v1/keys/{key_id}").json()["key_hint"] == hint
    item = {"raw_key": "b" + raw, "name": "n", "actor_id": "a"}
    answer = api.call("POST", "/v2alpha1/admin/importedApiKeys:batchCreate", {"requests": [item]})
    [result] = answer.json()["results"]
    longer = ("b" + raw)[-4:] if len(raw) >= 23 else ""
    assert result["imported_api_key"]["key_hint"] == longer


def test_a_hint_is_in_no_log(api, log):
    hint = "☃é☃é"
    api.import_key("y" * 20 + hint)
    api.call("GET", "/v1/keys?hint=%E2%98%83%C3%A9%E2%98%83%C3%A9")
    api.call("GET", "/v1/keys?hint=%E2%98%83%C3%A9%E2%98%83%C3%A9x")
    _, secret = api.issue()
    [key] = api.call("GET", f"/v1/keys?hint={secret[-4:]}").json()["keys"]
    api.call("GET", f"/v1/keys/{key['key_id']}")
    # The test's own client logs its requests too.
    lines = "\n".join(line for line in log.getvalue().splitlines() if '"marzipan.' in line)
    assert lines.count('"route": "/v1/keys') == 4
    assert f'"{secret[-4:]}' not in lines and f"={secret[-4:]}" not in lines
    assert "☃" not in lines and "\\u2603" not in lines and "%E2" not in lines
