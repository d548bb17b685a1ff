"""The OAuth routes as their clients call them: forms, and the admin key as Bearer or Basic."""

import base64
from urllib.parse import quote, urlencode

from tests.server.routes.paths import INTROSPECT as INTROSPECT
from tests.server.routes.paths import TOKEN as TOKEN

REVOKE = "/v1/oauth2/revoke"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
JWT = "urn:ietf:params:oauth:token-type:jwt"
FORM = "application/x-www-form-urlencoded"


def post(api, path, fields=(), *, kind=FORM, headers=None, **how):
    """`fields`: a mapping, pairs, or the body itself."""
    body = fields if isinstance(fields, bytes) else urlencode(fields, doseq=True).encode()
    return api.call("POST", path, body, headers={"content-type": kind, **(headers or {})}, **how)


def introspect(api, token, **fields):
    answer = post(api, INTROSPECT, {"token": token, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


def exchange(api, subject, **fields):
    base = {"grant_type": EXCHANGE, "subject_token": subject, "subject_token_type": ACCESS_TOKEN}
    return post(api, TOKEN, base | fields)


def basic(key, client="any", encode=quote):
    pair = base64.b64encode(f"{encode(client)}:{encode(key)}".encode()).decode()
    return {"authorization": f"Basic {pair}"}


def refused(answer, status, error):
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["error"] == error and set(body) == {"error", "error_description"}
    assert not set(body["error_description"]) & set('"\\') and body["error_description"].isascii()
    return body["error_description"]
