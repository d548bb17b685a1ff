"""What the tests of the routes under /v1/keys and /v1/actors share."""

from engine.caveats import MaxDepth

ISSUED = "/v2alpha1/admin/issuedApiKeys"
IMPORTED = "/v2alpha1/admin/importedApiKeys"
REASON = {"reason": "REVOCATION_REASON_KEY_COMPROMISE"}
KINDS = ("issued", "imported")
NOWHERE = (
    "00000000-0000-4000-8000-000000000000",
    "x",
    "00000000000040008000000000000000",
    "%0a",
)


def act(api, key_id, verb, body=None):
    return api.call("POST", f"/v1/keys/{key_id}:{verb}", body)


def done(api, key_id, verb, body=None):
    """The key that a 200 answers."""
    answer = act(api, key_id, verb, body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def made(api, kind, **fields):
    """The id of a new key and its credential."""
    if kind == "issued":
        return api.issue(**fields)
    return api.import_key("raw", **fields), "raw"


def shown(api, kind, key_id):
    return api.call("GET", f"{ISSUED if kind == 'issued' else IMPORTED}/{key_id}").json()


def listed(api, kind, status=""):
    """The ids that a listing shows."""
    path = ISSUED if kind == "issued" else IMPORTED
    asked = f"?filter=status=KEY_STATUS_{status}" if status else ""
    answer = api.call("GET", path + asked).json()
    return [key["key_id"] for key in answer[f"{kind}_api_keys"]]


def revoked(api, kind, key_id):
    path = ISSUED if kind == "issued" else IMPORTED
    assert api.call("POST", f"{path}/{key_id}:revoke", REASON).status_code == 204


def derived(api, credential):
    """One of each kind of token that a key can be the root of, and one narrowed from that."""
    grant = api.derive(credential)
    jwt = api.derive(credential, algorithm="TOKEN_ALGORITHM_JWT")
    return [grant, api.narrow(grant, MaxDepth(3)), jwt]


def codes(api, *credentials):
    return [api.code(each) for each in credentials]


def audited(api, action):
    """The rows of the audit that tell of such an act."""
    rows = api.run(api.node.store.audit("default", limit=1000))
    return [row for row in rows if row.action == action]


def written(api):
    """Whatever a write would add to."""
    return len(api.log()), len(api.run(api.node.store.audit("default", limit=1000)))
