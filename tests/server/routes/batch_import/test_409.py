"""POST /v2alpha1/admin/importedApiKeys:batchCreate, 409: what stands against it."""

from tests.server.routes.batch_import.asking import item, post


def test_409_where_every_raw_key_is_there_already_and_nothing_is_imported(api, problem):
    for raw in ("one", "two"):
        api.import_key(raw)
    before = api.keys()
    problem(post(api, item("one"), item("two")), 409, "API_KEY_EXISTS")
    assert api.keys() == before


def test_409_where_every_item_would_be_judged_as_a_credential_of_this_server(api, problem):
    _, secret = api.issue()
    before = api.keys()
    problem(post(api, item(secret)), 409, "CONFLICT")
    problem(post(api, item(api.derive(secret))), 409, "FAILED_PRECONDITION")
    assert api.keys() == before
