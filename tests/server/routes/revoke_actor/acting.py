"""Revoking an actor, as an administrator does."""

from urllib.parse import quote

from tests.server.routes.lifecycle import REASON


def revoke(api, actor, body=REASON):
    return api.call("POST", f"/v1/actors/{quote(actor, safe='')}:revoke", body)


def told(api, actor, body=REASON):
    answer = revoke(api, actor, body)
    assert answer.status_code == 200, answer.text
    return answer.json()
