"""What the bench needs of a running Marzipan: keys of it, over its own HTTP API."""

import json
import urllib.request
from typing import Any


class Admin:
    """An administrator of one server."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url, key

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer's JSON. Raises urllib.error.HTTPError."""
        request = urllib.request.Request(
            self._url + path,
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def issue(self, *scopes: str, actor: str = "bench") -> str:
        """The text of a new key."""
        body = {"name": "bench", "actor_id": actor, "scopes": scopes, "ttl": "1h"}
        text: str = self.post("/v2alpha1/admin/issuedApiKeys", body)["secret"]
        return text
