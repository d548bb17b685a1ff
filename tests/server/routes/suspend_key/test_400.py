"""A body that is no JSON object is refused before anything is done."""

import pytest

from tests.server.routes.lifecycle import act


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff"])
@pytest.mark.parametrize("verb", ["suspend", "resume", "revokeChildren"])
def test_a_body_that_is_no_object_is_refused_and_nothing_is_done(api, problem, verb, body):
    key_id, secret = api.issue()
    grant = api.derive(secret)
    assert problem(act(api, key_id, verb, body), 400)["metadata"]["field"] == "body"
    assert (api.code(secret), api.code(grant)) == ("ok", "ok")
