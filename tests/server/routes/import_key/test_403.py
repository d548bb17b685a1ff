"""POST /v2alpha1/admin/importedApiKeys, 403: a credential that may not."""

import pytest

from tests.server.routes.import_key.asking import BODY, RAW
from tests.server.routes.paths import IMPORTED


@pytest.mark.parametrize("scope", ["marzipan:verify", "marzipan:read"])
def test_403_for_a_caller_that_may_not_write(api, problem, scope):
    key = api.admin_key(scope)
    problem(api.call("POST", IMPORTED, BODY, key=key), 403)
    problem(api.call("POST", IMPORTED, BODY, key=None), 401)
    assert api.code(RAW) == "NOT_FOUND"


def test_403_without_the_scope_marzipan_admin_and_nothing_is_imported(refuses):
    refuses.powerless("marzipan:admin", "POST", IMPORTED, BODY)
