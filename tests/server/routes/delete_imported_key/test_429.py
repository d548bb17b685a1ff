"""DELETE /v2alpha1/admin/importedApiKeys/{key_id}, 429: too much."""

from server.body import LIMIT
from tests.server.routes.delete_imported_key.asking import delete


def test_429_for_a_body_of_one_byte_too_many_and_nothing_is_deleted(api, problem, subject):
    answer = delete(api, subject.imported, body=b"x" * (LIMIT + 1))
    assert problem(answer, 429, "REQUEST_TOO_LARGE")["metadata"]["field"] == "body"
    assert api.code(subject.raw_key) == "ok"
    assert delete(api, subject.imported, body=b"x" * LIMIT).status_code == 204
