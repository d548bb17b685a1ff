"""docs/jwt.md says what a derived JWT holds."""

import base64
import json
import re
from pathlib import Path

from engine.formats.jwt.claims import Claims
from engine.formats.sealed import RESERVED

PAGE = (Path(__file__).parents[3] / "docs" / "jwt.md").read_text()
TABLE = PAGE.partition("## Claims")[2].partition("## Beside")[0]


def test_the_table_of_claims_has_each_and_no_other():
    first = re.findall(r"^\| (`.*?) \|", TABLE, re.MULTILINE)
    named = [name for cell in first for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(named) == sorted(Claims.__struct_fields__)
    taken = set(re.findall(r"`(\w+)`", TABLE.partition("These names are taken")[2]))
    assert taken - {"custom_claims"} == RESERVED - set(named)


def test_the_claims_are_what_the_table_says_and_introspection_means_other_things(api):
    key_id, secret = api.issue(
        actor_id="billing",
        scopes=["p:*"],
        metadata={"team": "red"},
        ip_restriction={"allowed_cidrs": ["127.0.0.0/8"]},
    )
    jwt = api.derive(
        secret,
        algorithm="TOKEN_ALGORITHM_JWT",
        audiences=["one"],
        custom_claims={"plan": "pro", "sub": "dropped", "oid": "dropped"},
    )
    part = jwt.split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert told == {
        "jti": api.verify(jwt, expected_audiences=["one"])["grant_id"],
        "sub": key_id,
        "act": "billing",
        "iss": api.settings.issuer,
        "aud": ["one"],
        "iat": 1_800_000_000,
        "nbf": 1_800_000_000,
        "exp": 1_800_003_600,
        "scp": ["p:*"],
        "acl": ["127.0.0.0/8"],
        "meta": {"team": "red"},
        "vis": "secret",
        "nid": "default",
        "tenant_epoch": told["tenant_epoch"],
        "key_issued_at": 1_800_000_000,
        "generation": 0,
        "plan": "pro",
    }
    form = {"token": jwt, "audience": "one", "client_ip": "127.0.0.1"}
    body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    seen = api.call("POST", "/v1/oauth2/introspect", body, headers=headers).json()
    assert (seen["sub"], seen["client_id"], seen["jti"]) == ("billing", key_id, told["jti"])
