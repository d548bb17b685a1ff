"""POST /v2alpha1/admin/importedApiKeys, 401: no good credential."""

from tests.server.routes.import_key.asking import BODY
from tests.server.routes.paths import IMPORTED


def test_401_for_all_but_a_good_admin_key_and_nothing_is_imported(refuses):
    refuses.strangers("POST", IMPORTED, BODY)
