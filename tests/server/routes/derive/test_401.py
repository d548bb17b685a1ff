"""POST /v2alpha1/admin/apiKeys:derive, 401: no good credential."""

from tests.server.routes.derive.asking import MACAROON, derive
from tests.server.routes.paths import DERIVE


def test_derive_401_for_what_is_no_key_here(api, forge, problem):
    _, secret = api.issue()
    for credential in ("junk", forge.tail(secret), forge.unknown(api), forge.foreign(), api.admin):
        problem(derive(api, credential), 401, "SIGNATURE_INVALID")


def test_derive_401_from_outside_the_keys_networks(api, problem):
    _, secret = api.issue(ip_restriction={"allowed_cidrs": ["10.0.0.0/8"]})
    problem(derive(api, secret), 401, "UNAUTHORIZED")
    answer = api.call("POST", DERIVE, {"credential": secret, **MACAROON}, peer="10.0.0.1")
    token = answer.json()["token"]["token"]
    assert api.code(token) == "IP_NOT_ALLOWED"
    assert api.code(token, context={"client_ip": "10.3.3.3"}) == "ok"


def test_401_for_all_but_a_good_admin_key_and_nothing_is_derived(refuses, subject):
    refuses.strangers("POST", DERIVE, {"credential": subject.credential})
