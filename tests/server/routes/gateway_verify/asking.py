"""How the tests of /v1/verify ask."""

PROXY = "10.0.0.9"
STRANGER = "203.0.113.5"


def gate(api, credential, path="/v1/verify", *, method="GET", peer=PROXY, **headers):
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.call(method, path, key=credential, peer=peer, headers=given)
