"""GET /openapi.json, 200: the document."""

import json

PATH = "/openapi.json"


def test_the_document_is_for_anybody_and_is_json(api):
    answer = api.call("GET", PATH, key=None)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.json()["openapi"] == "3.1.0"


def test_the_document_describes_itself(api):
    told = api.call("GET", PATH, key=None).json()
    assert told["paths"][PATH]["get"]["operationId"] == "getOpenApi"


def test_the_document_and_its_etag_stay_the_same_while_the_routes_do(api, open_api):
    first, again = (api.call("GET", PATH, key=None) for _ in range(2))
    assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
    public = open_api("other", surface="public").call("GET", PATH, key=None)
    assert public.headers["etag"] != first.headers["etag"]
    assert "/v2alpha1/admin" not in json.dumps(public.json()["paths"])


def test_an_etag_of_another_document_is_answered_with_the_document(api):
    answer = api.call("GET", PATH, key=None, headers={"if-none-match": '"0123"'})
    assert answer.status_code == 200 and answer.content
