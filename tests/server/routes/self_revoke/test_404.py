"""POST /v2alpha1/apiKeys:selfRevoke, 404: what is not here."""

import pytest

from tests.server.routes.paths import IMPORTED, REVOKE, SELF_REVOKE
from tests.server.routes.self_revoke.asking import self_revoke


@pytest.mark.parametrize("path", [SELF_REVOKE, REVOKE])
def test_404_for_a_stranger_and_a_deleted_key_403_for_a_public_one(api, problem, path):
    public = api.import_key("public", visibility="KEY_VISIBILITY_PUBLIC")
    problem(api.call("POST", path, {"credential": "public"}, key=None), 403, "FORBIDDEN")
    problem(api.call("POST", path, {"credential": "stranger"}, key=None), 404)
    api.call("DELETE", f"{IMPORTED}/{public}")
    problem(api.call("POST", path, {"credential": "public"}, key=None), 404)


def test_self_revoke_404_for_what_is_no_key_of_this_tenant(api, forge, problem):
    _, secret = api.issue()
    admin = api.admin
    for credential in ("junk", secret[:-1], forge.tail(secret), forge.unknown(api), admin, "кот"):
        problem(self_revoke(api, credential), 404, "API_KEY_NOT_FOUND")
    assert api.code(secret) == "ok" and api.log() == []
