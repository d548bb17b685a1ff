"""A body that is no JSON object is refused before anything is done."""

import pytest

from tests.server.routes.lifecycle import act


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff"])
def test_a_body_that_is_no_object_is_refused_and_nothing_is_done(api, problem, body):
    key_id, secret = api.issue()
    grant = api.derive(secret)
    assert problem(act(api, key_id, "suspend", body), 400)["metadata"]["field"] == "body"
    assert (api.code(secret), api.code(grant)) == ("ok", "ok")
