"""Paths beside the route are nothing."""

import pytest

from tests.server.routes.lifecycle import REASON


@pytest.mark.parametrize(
    "path", ["/v1/actors/:revoke", "/v1/actors/team/ada:revoke", "/v1/actors/ada:suspend"]
)
def test_an_actor_without_a_name_or_with_a_bare_slash_is_no_path(api, problem, path):
    problem(api.call("POST", path, REASON), 404, "NOT_FOUND")
    assert api.log() == []
