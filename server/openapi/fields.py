"""What each field is, in words: once for all Structs that have it, or for one Struct alone."""

from collections.abc import Mapping
from typing import Any

_WHERE = "The fact of the access that {} asks for; not given, it denies."

FIELDS: Mapping[str, str] = {
    # Keys
    "key_id": "The id of the key; no secret.",
    "name": "What people call the key.",
    "actor_id": "Whose key it is: a person, a service or an agent.",
    "scopes": "What it may do; `p:*` covers all that begins with `p:`.",
    "ttl": 'How long it lives from now on, such as "30d"; absent, the default of the server.',
    "expire_time": "When it ends.",
    "metadata": "An object to keep with the key, at most 65,536 bytes.",
    "visibility": "PUBLIC for a publishable key, which everybody may have; otherwise SECRET.",
    "ip_restriction": "The networks that it may be used from; null for any.",
    "allowed_cidrs": "Networks with their prefix length; none is any.",
    "rate_limit_policy": "How often the key may be used, with all that is derived from it.",
    "quota": "How many in a window.",
    "unit": "What is counted.",
    "window": "How long a window is, in whole seconds.",
    "request_id": "Sent a second time, it answers with the key of the first and makes no other.",
    "status": "REVOKED also for a suspended key.",
    "suspended": "Whether it is out of use until it is resumed; its status reads REVOKED.",
    "hash_pending": "Whether it was imported as a hash and waits for its first use.",
    "key_hint": "The last 4 characters of its text; empty where that is too short or not known.",
    "last_used_time": "When it was last good for something, written within seconds.",
    "predecessor_key_id": "The key that this one replaced in a rotation.",
    "successor_key_id": "The key that replaced this one in a rotation.",
    "revocation_reason": "Why it was revoked.",
    "revocation_description": "Why it was revoked, in words.",
    "secret": "The text of the key, shown this once; empty where a request_id was sent again.",
    "old_issued_api_key": "The key that was replaced.",
    "grace": "How long the old key lives on, with what was derived from it; absent, not at all.",
    "reason": "Why.",
    "description": "Why, in words: only beside REVOCATION_REASON_PRIVILEGE_WITHDRAWN.",
    # Imports
    "raw_key": "The text of the other system's key.",
    "key_hash": "A hash of the raw key, where no more is known of it.",
    "pepper": "The id of the HMAC's key in the file of peppers; for HMACs alone.",
    "lookup": "The leading 4 to 64 characters of the raw key, for salted hashes alone. They must "
    "tell it from all other keys, and are no secret.",
    "requests": "The items; each stands or falls alone.",
    # Credentials
    "credential": "The key or token, as its holder sends it.",
    "credentials": "Keys and tokens, as they were found.",
    "min_revision": "Nothing older may be answered by; the `Marzipan-Revision` of a revocation.",
    "expected_audiences": "The token must be for one of these.",
    "context": "The facts of the access that is to be judged.",
    "client_ip": "The client's address; absent, the connection's.",
    "method": _WHERE.format("an `Http` caveat"),
    "path": _WHERE.format("an `Http` caveat"),
    "tool": _WHERE.format("a `Tools` caveat"),
    "resource": _WHERE.format("a `Resource` caveat"),
    "amount": _WHERE.format("an `Amount` caveat or a `Budget` of money"),
    "currency": "Such as USD.",
    "minor": "Minor units: 4200 is 42.00 USD.",
    "body_hash": _WHERE.format("a `BodyHash` caveat"),
    "binding": _WHERE.format("a `Binding` caveat"),
    "audience": _WHERE.format("a list of audiences"),
    "algorithm": "JWT unless MACAROON is asked for; only a macaroon can be narrowed.",
    "custom_claims": "What was, or is to be, put into the derived token beside its terms.",
    "audiences": "Who the token is for; none is anybody.",
    "caveats": "What the token is narrowed to: `type` and its fields.",
    "seal": "Close it, so that nobody narrows it further.",
    "at": "Another moment: RFC 3339 or Unix seconds. What would be so then; it authorises nothing.",
    "is_valid": "The verdict.",
    "error_code": "Why not, in the words of the Ory Talos API.",
    "caveat": "Which restriction refused, for who may verify.",
    "delegates": "Whom it was handed to, in order, as its holders wrote it.",
    "token_type": "`key` or `grant`.",
    "grant_id": "The id of the derived token; empty for a key.",
    "revocation_id": "The id by which a narrowed token is revoked; of an answer, what was revoked.",
    "generation": "How often all that was derived from the key was revoked before.",
    "tenant_epoch": "The epoch of the tenant when it was made.",
    "dead_by": "What ended it before its time; null where nothing did.",
    # Lists and logs
    "next_page_token": "The `page_token` of the next page; empty where there is none.",
    "target": "What it was done to, by its id; a digest of the name for an actor or tenant.",
    "caller": "Who did it: the id of an admin key, or a word such as `possession`.",
    "action": "What was done.",
    "value": "Until when, or below which generation, the revocation reaches.",
    # OAuth
    "token": "The key or token.",
    "token_type_hint": "Not needed, and not looked at.",
    "client_id": "Not looked at where it is sent; in an answer the key's id.",
    "scope": "Scopes joined by blanks.",
    "amount_currency": "As `context.amount.currency` of verify.",
    "amount_minor": "As `context.amount.minor` of verify.",
    "grant_type": "That of token exchange.",
    "subject_token": "A bare key.",
    "subject_token_type": "That of an access token.",
    "requested_token_type": "A JWT unless an access token is asked for, which is a native token.",
    "actor_token": "Refused.",
    "actor_token_type": "Refused.",
}
OF_ONE: Mapping[tuple[str, str], str] = {
    ("Context", "scopes"): "The scopes that the access requires.",
    ("DeriveRequest", "scopes"): "A subset of the key's, word for word; absent, all of them.",
    ("UpdateRequest", "scopes"): "All that it may do from now on.",
    ("ExchangeForm", "audience"): "Who the token is for; may repeat.",
    ("ExchangeForm", "resource"): "Refused: name an audience.",
    ("IntrospectForm", "scope"): "The scopes that the access requires, joined by blanks.",
    ("IntrospectForm", "client_ip"): "The client's address; the connection's is not taken for it.",
    ("ExtendRequest", "ttl"): "How long it shall live from now on; this or `expire_time`.",
    ("ExtendRequest", "expire_time"): "Until when it shall live; this or `ttl`.",
    ("RevocationRequest", "grant_id"): "The id of a derived token.",
    ("RevocationRequest", "key_id"): "The key that the token is of; required by `revocation_id`.",
    ("ImportedKeyHash", "algorithm"): "How it was made.",
    ("ImportedKeyHash", "value"): "The hash, in the form of its algorithm.",
    ("ErrorInfo", "reason"): "What went wrong, in a word that stays.",
    ("ErrorInfo", "metadata"): "Which `field` broke which `rule`, and the like.",
    ("Error", "status"): "The canonical gRPC name.",
    ("Health", "status"): "`ok`.",
    ("LineageKey", "status"): "In which state it is.",
    ("ExplainedStep", "name"): "The type of the caveat, or the check again.",
    ("ExplainedStep", "reason"): "Why not; null where it allows.",
    ("UnmetCaveat", "reason"): "What was required, and what was presented.",
    ("RevocationEntry", "reason"): "Why: the number of a reason, or a word.",
    ("JwtHeader", "algorithm"): "How it is signed.",
    ("IntrospectResponse", "token_type"): "How it is to be sent.",
    ("ExchangeResponse", "token_type"): "How it is to be sent.",
}


def describe(schemas: Mapping[str, dict[str, Any]]) -> None:
    """Give the fields of these schemas their descriptions; what has one keeps it.

    Those of a caveat are told of in the caveat's own description.
    """
    for name, schema in schemas.items():
        for field, told in schema.get("properties", {}).items():
            text = OF_ONE.get((name, field)) or FIELDS.get(field)
            if text is not None and not name.startswith("Caveat"):
                told.setdefault("description", text)
