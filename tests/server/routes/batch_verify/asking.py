"""How the tests of POST /v2alpha1/admin/apiKeys:batchVerify ask."""

from tests.server.routes.paths import BATCH_VERIFY


def batch(api, *requests):
    return api.call("POST", BATCH_VERIFY, {"requests": list(requests)})
