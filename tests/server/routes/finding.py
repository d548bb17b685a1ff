"""Asking GET /v1/keys, page by page."""

from typing import Any
from urllib.parse import urlencode

KEYS = "/v1/keys"


def ask(api: Any, **query: Any) -> Any:
    """The answer to a query; `metadata` maps paths to values."""
    metadata = query.pop("metadata", {})
    named = {**query, **{f"metadata.{path}": value for path, value in metadata.items()}}
    return api.call("GET", f"{KEYS}?{urlencode(named)}")


def pages(api: Any, **query: Any) -> list[list[dict[str, Any]]]:
    """All pages of a query, by following its tokens."""
    found, token = [], ""
    while True:
        answer = ask(api, **query, page_token=token)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        found.append(told["keys"])
        token = told["next_page_token"]
        if not token:
            return found


def ids(api: Any, **query: Any) -> list[str]:
    """The ids of all keys that a query finds, in order."""
    return [key["key_id"] for page in pages(api, **query) for key in page]
