"""POST /v2alpha1/admin/importedApiKeys:batchCreate, 401: no good credential."""

from tests.server.routes.batch_import.asking import item
from tests.server.routes.paths import BATCH_IMPORT


def test_401_for_all_but_a_good_admin_key_and_nothing_is_imported(refuses):
    refuses.strangers("POST", BATCH_IMPORT, {"requests": [item("raw")]})
