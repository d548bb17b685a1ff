"""GET /health/alive and /health/ready, 200: what it answers."""

import pytest


@pytest.mark.parametrize("path", ["/health/alive", "/health/ready"])
@pytest.mark.parametrize("surface", ["all", "admin", "public"])
def test_200_for_anybody_on_every_surface(open_api, surface, path):
    answer = open_api(surface=surface).call("GET", path, key=None)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_alive_200_though_the_database_is_out_of_reach(api, break_store):
    break_store(RuntimeError("gone"))
    assert api.call("GET", "/health/alive", key=None).status_code == 200


def test_200_of_a_head_has_no_body(api):
    answer = api.call("HEAD", "/health/ready", key=None)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "15"
