"""What every floor answers: a verdict of the size of ours."""

import json

BODY = json.dumps(
    {
        "is_valid": True, "status": "KEY_STATUS_ACTIVE", "scopes": ["payments:*"],
        "key_id": "01890a5d-ac96-774b-bcce-b302099a8057", "actor_id": "billing",
        "expire_time": "2027-01-15T08:00:00Z", "metadata": None, "custom_claims": None,
        "visibility": "KEY_VISIBILITY_SECRET", "issuer": "http://127.0.0.1:4420", "audiences": [],
        "rate_limit_policy": None, "rate_limit_reset_time": None, "caveat": None, "grant_id": "",
        "delegates": [], "token_type": "key",
    },
    separators=(",", ":"),
).encode()  # fmt: skip
