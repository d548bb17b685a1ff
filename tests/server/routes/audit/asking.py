"""How the tests of GET /v1/audit ask."""

from tests.server.routes.paths import AUDIT


def pages(api, size, **query):
    token, seen = "", []
    while True:
        asked = "&".join(f"{k}={v}" for k, v in {"page_size": size, **query}.items())
        answer = api.call("GET", f"{AUDIT}?{asked}&page_token={token}")
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert len(told["audit"]) <= size
        seen += told["audit"]
        token = told["next_page_token"]
        if not token:
            return seen
