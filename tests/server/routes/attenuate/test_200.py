"""POST /v1/tokens:attenuate, 200: what it answers."""

from engine import seal
from tests.server.routes.tokens import ask, kill


def test_attenuate_200_does_what_the_library_does_offline(api):
    _, secret = api.issue(scopes=["a", "b"])
    caveats = [{"type": "Scopes", "scopes": ["a"]}, {"type": "MaxDepth", "blocks": 3}]
    answer = ask(api, "attenuate", {"credential": secret, "caveats": caveats})
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    token = answer.json()["token"]
    assert api.verify(token)["scopes"] == ["a"]
    assert kill(api, token).json()["revocation_id"] == answer.json()["revocation_id"]
    assert (api.code(token), api.code(secret)) == ("REVOKED", "ok")


def test_attenuate_200_seals_with_or_without_caveats_and_400_once_sealed(api, problem):
    _, secret = api.issue()
    one = ask(api, "attenuate", {"credential": secret, "seal": True}).json()
    assert one["token"] == seal(secret) and one["revocation_id"] is None
    body = {"credential": secret, "caveats": [{"type": "MaxDepth", "blocks": 0}], "seal": True}
    both = ask(api, "attenuate", body).json()["token"]
    assert api.code(one["token"]) == api.code(both) == "ok"
    for sealed in (one["token"], both):
        problem(ask(api, "attenuate", body | {"credential": sealed}), 400, "BAD_REQUEST")
