"""GET /v1/audit, 401: no good credential."""

import pytest

from tests.server.routes.paths import AUDIT


@pytest.mark.parametrize("path", [AUDIT, f"{AUDIT}/heads"])
def test_401_and_403_without_the_scope_to_read(api, problem, path):
    _, secret = api.issue()
    problem(api.call("GET", path, key=None), 401)
    problem(api.call("GET", path, key=secret), 401)
    problem(api.call("GET", path, key=api.admin_key("marzipan:verify")), 403)
    assert api.call("GET", path, key=api.admin_key("marzipan:read")).status_code == 200


def test_401_for_all_but_a_good_admin_key_and_nothing_is_told(refuses):
    refuses.strangers("GET", AUDIT)
