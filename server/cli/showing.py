"""Keys, verdicts and explanations as people read them."""

import sys
from typing import Any

import msgspec

from .output import emit, facts, hint, table
from .words import readable, status

_NOT_CHECKED = {
    "chain": "whether it is genuine",
    "record": "the key's own terms, which only the server knows",
    "revocation": "whether it was revoked, and what its budgets have spent",
}


def show_key(key: Any) -> None:
    """Print a key's resource."""
    limit, networks = key["rate_limit_policy"], key["ip_restriction"]
    facts(
        f"Key {key['key_id']}",
        [
            ("kind", key.get("kind")),
            ("name", key["name"]),
            ("text", key["key_hint"] and f"...{key['key_hint']}"),
            ("hash", "waits for its first use" if key.get("hash_pending") else None),
            ("actor", key["actor_id"]),
            ("status", status(key)),
            ("scopes", key["scopes"] or "none"),
            ("from", networks and networks["allowed_cidrs"]),
            ("rate limit", limit and f"{limit['quota']} per {limit['window']}"),
            ("metadata", _json(key["metadata"])),
            ("public", "yes" if key["visibility"].endswith("PUBLIC") else None),
            ("created", key["create_time"]),
            ("ends", key["expire_time"]),
            ("last used", key["last_used_time"]),
            ("replaces", key["predecessor_key_id"]),
            ("replaced by", key["successor_key_id"]),
            ("revoked for", _reason(key.get("revocation_reason"))),
            ("", key.get("revocation_description")),
        ],
    )


def show_verdict(answer: Any) -> None:
    """Print what a verify answered."""
    if not answer["is_valid"]:
        _refused(answer)
        return
    facts(
        "Allowed",
        [
            ("key id", answer["key_id"]),
            ("token", f"grant {answer['grant_id']}" if answer["grant_id"] else "the key itself"),
            ("actor", answer["actor_id"]),
            ("delegated to", answer["delegates"]),
            ("scopes", answer["scopes"] or "none"),
            ("audiences", answer["audiences"]),
            ("metadata", _json(answer["metadata"])),
            ("ends", answer["expire_time"]),
        ],
    )


def _refused(answer: Any) -> None:
    caveat = answer["caveat"]
    if caveat is None:
        hint(f"REFUSED: {answer['error_message']}")
    else:
        place = _place(caveat) or "the credential's own terms"
        hint(f"REFUSED by {caveat['type']} ({place}): {readable(caveat['reason'])}")
    hint("for every check: `marzipan keys explain` with the same options")


def show_explanation(answer: Any, as_json: bool) -> None:
    """Print an explanation and end with exit code 0 where nothing refuses, 1 where something does.

    Where something could not be checked, the title says so instead of "Allowed".
    """
    if as_json:
        emit(answer)
    else:
        rows = [
            ("allows" if s["allows"] else "REFUSES", s["name"], _place(s), _why(s))
            for s in answer["steps"]
        ]
        unchecked = answer.get("not_checked", ())
        verdict = "Refused" if not answer["allowed"] else "Nothing refuses" if unchecked else ""
        table(verdict or "Allowed", ("", "check", "where", "why"), rows)
        for each in unchecked:
            hint(f"not checked: {_NOT_CHECKED.get(each, each)}")
    sys.exit(0 if answer["allowed"] else 1)


def _why(step: Any) -> str:
    return "" if step["reason"] is None else readable(step["reason"])


def _place(step: Any) -> str:
    return "" if step["block"] is None else f"block {step['block']}, caveat {step['index']}"


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _reason(name: str | None) -> str | None:
    return name and name.removeprefix("REVOCATION_REASON_").lower().replace("_", " ")
