"""What an older client does all day; run with that client alone on the path. Prints JSON.

It goes by models and methods that every version with the API has.
"""

import json
import os

import ory_client
from ory_client import models as m

COMPROMISE = m.RevocationReason.REVOCATION_REASON_KEY_COMPROMISE


def main() -> dict[str, object]:
    configuration = ory_client.Configuration(
        host=os.environ["SERVER"], access_token=os.environ["KEY"]
    )
    api = ory_client.ApiKeysApi(ory_client.ApiClient(configuration))

    def verify(credential: str) -> m.VerifyApiKeyResponse:
        asked = m.VerifyApiKeyRequest(credential=credential)
        return api.admin_verify_api_key(verify_api_key_request=asked)

    made = api.admin_issue_api_key(
        m.IssueApiKeyRequest(
            name="n",
            actor_id="older",
            scopes=["a"],
            rate_limit_policy=m.RateLimitPolicy(quota="5", window="60s"),
            visibility=m.KeyVisibility.KEY_VISIBILITY_PUBLIC,
        )
    )
    key_id = made.issued_api_key.key_id
    listed: list[str] = []
    token = None
    while token != "":
        page = api.admin_list_issued_api_keys(
            filter="status=KEY_STATUS_ACTIVE", page_size=1_000, page_token=token
        )
        listed += [key.key_id for key in page.issued_api_keys]
        token = page.next_page_token
    body = m.AdminUpdateIssuedApiKeyRequest(name="new")
    updated = api.admin_update_issued_api_key(key_id, body, update_mask="name")
    derived = api.admin_derive_token(m.DeriveTokenRequest(credential=made.secret)).token
    rotated = api.admin_rotate_issued_api_key(key_id, m.AdminRotateIssuedApiKeyBody())
    new_id = rotated.issued_api_key.key_id
    good, dead = verify(rotated.secret), verify(derived.token)
    revoked = m.AdminRevokeIssuedApiKeyBody(reason=COMPROMISE)
    api.admin_revoke_issued_api_key(new_id, revoked)
    imported = api.admin_import_api_key(
        m.ImportApiKeyRequest(raw_key=f"older {key_id}", name="n", actor_id="older")
    )
    api.revoke_api_key(m.SelfRevokeApiKeyRequest(credential=f"older {key_id}"))
    requests = [m.VerifyApiKeyRequest(credential=each) for each in (rotated.secret, "x", "")]
    batch = api.admin_batch_verify_api_keys(
        batch_verify_api_keys_request=m.BatchVerifyApiKeysRequest(requests=requests)
    )
    try:
        api.admin_get_issued_api_key("nobody")
        missing = 200
    except ory_client.ApiException as error:
        missing = error.status
    return {
        "version": ory_client.__version__,
        "listed": key_id in listed,
        "name": updated.name,
        "public": rotated.issued_api_key.visibility,
        "valid": [good.is_valid, dead.is_valid],
        "status": api.admin_get_imported_api_key(imported.key_id).status,
        "batch": [each.error_code for each in batch.results],
        "missing": missing,
        "keys": len(api.get_jwks().jwks.keys),
    }


if __name__ == "__main__":
    print(json.dumps(main()))
