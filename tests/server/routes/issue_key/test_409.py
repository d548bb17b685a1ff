"""POST /v2alpha1/admin/issuedApiKeys, 409: what stands against it."""

from tests.server.routes.paths import ISSUED


def test_409_for_a_request_id_by_which_a_key_was_imported_and_none_is_issued(api, problem):
    api.import_key("raw", request_id="once")
    before = api.keys()
    problem(api.call("POST", ISSUED, {"request_id": "once"}), 409, "CONFLICT")
    assert api.keys() == before
