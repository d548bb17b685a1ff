"""Credentials of an old Talos installation on every verify route."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from server.possession import _debits
from server.talossecrets import TalosSecretError
from storage.base import AuditEvent, Change, StoredKey

GATEWAY = "/v1/verify"
NOW = 1_800_000_000


@pytest.fixture
def secret_file(tmp_path: Path, old_talos) -> Path:
    path = tmp_path / "talos.secret"
    path.write_text(f"{'f' * 32}\n{old_talos.secret}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def insert(old_talos) -> Callable[..., None]:
    """Takes a row of the old installation over."""

    def do(api: Any, **fields: Any) -> None:
        key = StoredKey(
            **{
                "tenant": "default",
                "key_id": UUID(old_talos.key_id).bytes,
                "master_id": 0,
                "issued_at": NOW,
                "expires_at": NOW + 86_400,
                "created_ms": NOW * 1000,
                "updated_ms": NOW * 1000,
                "actor": "owner",
                "scopes": ("read", "write"),
                "metadata": b'{"team":"x"}',
            }
            | fields
        )
        event = AuditEvent(action="key.import", caller="test")
        api.run(
            api.node.commit(Change(tenant=key.tenant, at_ms=NOW * 1000, audit=event, insert=(key,)))
        )

    return do


@pytest.fixture
def api(open_api, secret_file: Path, insert, old_talos) -> Any:
    api = open_api(
        **{"talos.hmac_secret_file": str(secret_file), "talos.issuers": [old_talos.issuer]}
    )
    insert(api)
    return api


def gateway(api: Any, credential: str, query: str = "") -> int:
    path = GATEWAY + query
    return int(api.call("GET", path, key=credential).status_code)


def test_without_the_setting_nothing_of_it_is_accepted(open_api, insert, old_talos) -> None:
    api = open_api()
    insert(api)
    assert api.code(old_talos.key()) == "NOT_FOUND"
    assert api.code(old_talos.macaroon()) == "NOT_FOUND"
    assert gateway(api, old_talos.key()) == 401


def test_an_old_key_is_valid_and_told_as_a_native_one_is(api, old_talos) -> None:
    told = api.verify(old_talos.key())
    assert told["is_valid"] and told["key_id"] == old_talos.key_id
    assert (told["actor_id"], told["scopes"]) == ("owner", ["read", "write"])
    assert (told["metadata"], told["visibility"]) == ({"team": "x"}, "KEY_VISIBILITY_SECRET")
    assert (told["token_type"], told["status"]) == ("key", "KEY_STATUS_ACTIVE")
    assert told["issuer"] == api.node.settings.issuer


def test_an_old_macaroon_is_valid_and_told_as_a_native_grant_is(api, old_talos) -> None:
    claims = old_talos.claims(meta={"team": "x"}, plan="gold", vis="public", aud=["a"])
    told = api.verify(old_talos.macaroon(first=claims), expected_audiences=["b", "a"])
    assert told["is_valid"] and told["key_id"] == old_talos.key_id
    assert (told["grant_id"], told["token_type"]) == (old_talos.jti, "grant")
    assert (told["metadata"], told["custom_claims"]) == ({"team": "x"}, {"plan": "gold"})
    assert (told["visibility"], told["audiences"]) == ("KEY_VISIBILITY_PUBLIC", ["a"])


def test_every_verify_route_takes_them(api, old_talos) -> None:
    key, macaroon = old_talos.key(), old_talos.macaroon()
    body = {"requests": [{"credential": each} for each in (key, macaroon, key[:-1])]}
    answer = api.call("POST", "/v2alpha1/admin/apiKeys:batchVerify", body).json()
    assert [each["is_valid"] for each in answer["results"]] == [True, True, False]
    for credential in (key, macaroon):
        assert gateway(api, credential, "?scope=read") == 200
        assert gateway(api, credential, "?scope=admin") == 403
        context = {"credential": credential, "context": {"scopes": ["admin"]}}
        answer = api.call("POST", "/v1/tokens:explain", context)
        assert answer.status_code == 200 and "Scopes" in answer.text
    assert gateway(api, key[:-1]) == 401


def test_native_credentials_are_what_they_were(api) -> None:
    _, secret = api.issue(scopes=["read"])
    assert api.code(secret) == "ok"
    assert api.code(api.narrow(secret)) == "ok"
    assert api.code(api.derive(secret)) == "ok"


@pytest.mark.parametrize("how", [{"secret": "e" * 32}, {"prefix": "other"}, {"issued_at": NOW - 1}])
def test_wrong_secret_prefix_and_second_are_not_found(api, old_talos, how) -> None:
    assert api.code(old_talos.key(**how)) == "NOT_FOUND"


def test_a_key_without_a_row_is_not_found(api, old_talos) -> None:
    other = "22222222-2222-4333-8444-555555555555"
    assert api.code(old_talos.key(key_id=other)) == "NOT_FOUND"
    claims = old_talos.claims(sub=other)
    assert api.code(old_talos.macaroon(first=claims)) == "SIGNATURE_INVALID"


def test_the_codes_are_the_compatible_ones(api, clock, old_talos) -> None:
    key, issuer = old_talos.key(), {"iss": old_talos.issuer}
    wrong = old_talos.macaroon(secret="e" * 32)
    foreign = old_talos.macaroon(first=old_talos.claims(nid="0" * 8 + "-1111" * 3 + "-" + "1" * 12))
    assert [api.code(each) for each in (wrong, foreign)] == ["SIGNATURE_INVALID"] * 2
    assert api.code(old_talos.macaroon(issuer | {"tool": "x"})) == "SIGNATURE_INVALID"
    assert api.code(old_talos.macaroon(issuer | {"acl": ["10.0.0.0/8"]})) == "IP_NOT_ALLOWED"
    assert api.code(old_talos.macaroon(issuer | {"aud": ["a"]})) == "AUDIENCE_MISMATCH"
    assert api.code(key, expected_audiences=["a"]) == "AUDIENCE_MISMATCH"
    soon = old_talos.macaroon(issuer | {"exp": NOW + 60})
    clock.forward(60)
    assert (api.code(soon), api.code(old_talos.macaroon())) == ("EXPIRED", "ok")
    clock.forward(86_400)
    assert api.code(key) == "EXPIRED"


def test_a_refused_caveat_is_named_by_its_position(api, old_talos) -> None:
    issuer = {"iss": old_talos.issuer}
    told = api.verify(old_talos.macaroon(issuer, issuer | {"tool": "x"}))
    assert (told["caveat"]["block"], told["caveat"]["type"]) == (2, "Claims")


def test_an_old_key_is_administered_as_a_native_one_is(api, old_talos) -> None:
    key, macaroon = old_talos.key(), old_talos.macaroon()
    path = f"/v2alpha1/admin/issuedApiKeys/{old_talos.key_id}"
    assert api.get(old_talos.key_id)["actor_id"] == "owner"
    answer = api.call("PATCH", path + "?update_mask=scopes", {"scopes": ["read"]})
    assert answer.status_code == 200, answer.text
    assert api.verify(key)["scopes"] == ["read"]
    assert api.code(macaroon) == "REVOKED"  # its key was narrowed, and so all below it died


def test_rotation_gives_a_native_successor_and_ends_the_old_key(api, old_talos) -> None:
    path = f"/v2alpha1/admin/issuedApiKeys/{old_talos.key_id}:rotate"
    answer = api.call("POST", path, {})
    assert answer.status_code == 201, answer.text
    assert api.code(answer.json()["secret"]) == "ok"
    assert api.code(old_talos.key()) == api.code(old_talos.macaroon()) == "REVOKED"


def test_revoking_the_key_ends_its_macaroons_at_once(api, old_talos) -> None:
    assert api.code(old_talos.macaroon()) == "ok"
    path = f"/v2alpha1/admin/issuedApiKeys/{old_talos.key_id}:revoke"
    body = {"reason": "REVOCATION_REASON_KEY_COMPROMISE"}
    assert api.call("POST", path, body).status_code == 204
    assert api.code(old_talos.key()) == api.code(old_talos.macaroon()) == "REVOKED"


def test_revoking_the_actor_ends_key_and_macaroon(api, old_talos, revoke_actor) -> None:
    revoke_actor(api, "owner")
    assert api.code(old_talos.key()) == api.code(old_talos.macaroon()) == "REVOKED"


@pytest.mark.parametrize("route", ["/v1/tokens:revoke", "/v2alpha1/apiKeys:selfRevoke"])
def test_whoever_holds_an_old_key_can_revoke_it(api, old_talos, problem, route) -> None:
    body = {"credential": old_talos.key()}
    if "self" in route:
        body["reason"] = "REVOCATION_REASON_KEY_COMPROMISE"
    forged = old_talos.key(secret="e" * 32)
    problem(api.call("POST", route, body | {"credential": forged}, key=None), 404)
    wrong_second = old_talos.key(issued_at=NOW - 1)
    problem(api.call("POST", route, body | {"credential": wrong_second}, key=None), 404)
    assert api.code(old_talos.key()) == "ok"
    assert api.call("POST", route, body, key=None).status_code == 200
    assert api.code(old_talos.key()) == api.code(old_talos.macaroon()) == "REVOKED"
    assert api.call("POST", route, body, key=None).status_code == 200


def test_whoever_holds_a_macaroon_revokes_its_last_link_alone(api, old_talos, problem) -> None:
    parent = old_talos.macaroon()
    child = old_talos.append(parent, {"iss": old_talos.issuer, "scp": ["read"]})
    sibling = old_talos.append(parent, {"iss": old_talos.issuer, "scp": ["write"]})
    answer = api.call("POST", "/v1/tokens:revoke", {"credential": child}, key=None)
    assert answer.json()["revoked"] == "block"
    assert [api.code(each) for each in (child, sibling, parent)] == ["REVOKED", "ok", "ok"]
    api.call("POST", "/v1/tokens:revoke", {"credential": parent}, key=None)
    assert [api.code(each) for each in (sibling, parent)] == ["REVOKED"] * 2
    assert api.code(old_talos.key()) == "ok"
    body = {"credential": parent, "reason": "REVOCATION_REASON_KEY_COMPROMISE"}
    answer = api.call("POST", "/v2alpha1/apiKeys:selfRevoke", body, key=None)
    problem(answer, 400, "DERIVED_TOKEN_NOT_REVOCABLE")


def test_a_macaroon_of_any_depth_is_revoked_by_its_holder_at_its_own_cost(api, old_talos) -> None:
    parent = old_talos.macaroon()
    deep = parent
    for _ in range(70):
        deep = old_talos.append(deep, {"iss": old_talos.issuer})
        answer = api.call("POST", "/v1/tokens:revoke", {"credential": deep}, key=None)
        assert answer.status_code == 200, answer.text
        authentic = api.node.tenant.verifier.authenticate(deep)
        root = authentic.grant_id or authentic.header.key_id
        assert root + b"\xff" not in [each.counter for each in _debits(authentic)]
    assert api.code(parent) == "ok"


def test_a_macaroon_with_anothers_id_cannot_revoke_that_one(api, old_talos) -> None:
    key_id, secret = api.issue(scopes=["read"])
    impostor = old_talos.macaroon(
        first=old_talos.claims(jti=key_id), identifier=f'{{"jti": "{key_id}"}}'
    )
    answer = api.call("POST", "/v1/tokens:revoke", {"credential": impostor}, key=None)
    assert answer.status_code == 200
    assert (api.code(impostor), api.code(secret)) == ("REVOKED", "ok")


def test_an_old_key_derives_a_native_grant_that_dies_with_it(api, old_talos, problem) -> None:
    derived = api.derive(old_talos.key(), scopes=["read"])
    assert derived.startswith("mz_mc_") and api.verify(derived)["scopes"] == ["read"]
    body = {"credential": old_talos.macaroon(), "algorithm": "TOKEN_ALGORITHM_MACAROON"}
    answer = api.call("POST", "/v2alpha1/admin/apiKeys:derive", body)
    problem(answer, 400, "INVALID_TOKEN_TYPE")
    api.call("POST", "/v1/tokens:revoke", {"credential": old_talos.key()}, key=None)
    assert api.code(derived) == "REVOKED"


def test_no_old_credential_is_ever_an_admin_key(api, insert, old_talos) -> None:
    scopes = ("*", "marzipan:admin", "marzipan:verify", "marzipan:read")
    id_ = "33333333-2222-4333-8444-555555555555"
    insert(api, key_id=UUID(id_).bytes, scopes=scopes)
    insert(api, tenant="marzipan", key_id=UUID(id_).bytes, scopes=scopes)
    key = old_talos.key(key_id=id_)
    macaroon = old_talos.macaroon(first=old_talos.claims(sub=id_, scp=list(scopes)))
    assert api.code(key) == api.code(macaroon) == "ok"
    for credential in (key, macaroon):
        answer = api.call("GET", "/v2alpha1/admin/issuedApiKeys", key=credential)
        assert answer.status_code == 401


def test_an_old_key_never_matches_a_native_row_nor_a_native_key_an_old_row(
    api, insert, old_talos
) -> None:
    key_id, _ = api.issue(scopes=["read"])
    assert api.code(old_talos.key(key_id=key_id)) == "NOT_FOUND"
    macaroon = old_talos.macaroon(first=old_talos.claims(sub=key_id))
    assert api.code(macaroon) == "SIGNATURE_INVALID"
    minted = api.node.tenant.keys.mint_key(now=NOW)
    insert(api, key_id=minted.key_id)
    assert api.code(minted.text) == "NOT_FOUND"


def test_rows_of_the_old_installation_outlive_a_restart(api, old_talos) -> None:
    api.reopen()
    assert api.code(old_talos.key()) == api.code(old_talos.macaroon()) == "ok"


def test_a_server_does_not_start_with_a_secret_file_that_others_can_read(
    open_api, secret_file: Path
) -> None:
    secret_file.chmod(0o644)
    with pytest.raises(TalosSecretError, match="chmod 600"):
        open_api("other", **{"talos.hmac_secret_file": str(secret_file)})
