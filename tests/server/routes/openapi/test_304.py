"""GET /openapi.json, 304: who has the document need not fetch it again."""

import pytest

PATH = "/openapi.json"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"older", {}', "*"])
def test_whoever_has_the_document_is_told_so_without_a_body(api, form):
    etag = api.call("GET", PATH, key=None).headers["etag"]
    headers = {"if-none-match": form.replace("{}", etag)}
    answer = api.call("GET", PATH, key=None, headers=headers)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag
    # RFC 9110, section 8.6: a length would have to be the document's.
    assert "content-length" not in answer.headers
