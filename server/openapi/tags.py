"""Under which heading an operation stands, by the path of its route."""

from collections.abc import Iterable

# The first that a path begins with counts.
_BY_PATH = (
    ("/v2alpha1/admin/issuedApiKeys", "Issued keys"),
    ("/v2alpha1/admin/importedApiKeys", "Imported keys"),
    ("/v2alpha1/admin/apiKeys", "Credentials"),
    ("/v2alpha1/apiKeys", "Credentials"),
    ("/v1/tokens", "Credentials"),
    ("/v1/keys/{key_id}:", "Key life"),
    ("/v1/actors", "Key life"),
    ("/v1/keys", "Finding keys"),
    ("/v1/oauth2", "OAuth"),
    ("/.well-known/oauth-authorization-server", "OAuth"),
    ("/v1/verify", "Gateways"),
    ("/v1/revocations", "Logs"),
    ("/v1/audit", "Logs"),
    ("/", "Service"),
)
_ABOUT = {
    "Issued keys": "Keys that this server makes; the Ory Talos API.",
    "Imported keys": "Raw keys of other systems, and hashes of them; the Ory Talos API.",
    "Credentials": "What is done with a key or token in hand: verify, derive, narrow, revoke.",
    "Key life": "Suspend, extend and more, of keys of either kind; all keys of an actor.",
    "Finding keys": "Search both kinds, and what hangs on a key.",
    "OAuth": "Introspection, token exchange and revocation, in forms.",
    "Gateways": "One request to be let through or not.",
    "Logs": "What is revoked, and who did what.",
    "Service": "Health, version, public keys, this document.",
}


def tag(template: str) -> str:
    """The heading of a route."""
    return next(name for prefix, name in _BY_PATH if template.startswith(prefix))


def described(templates: Iterable[str]) -> list[dict[str, str]]:
    """The headings of these routes, each with what it is about."""
    used = set(map(tag, templates))
    return [{"name": name, "description": about} for name, about in _ABOUT.items() if name in used]
