"""Raw HTTP against the live server: what the compatible API says of every byte that matters."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.clients.conftest import Live

ISSUED = "/v2alpha1/admin/issuedApiKeys"
IMPORTED = "/v2alpha1/admin/importedApiKeys"
APIKEYS = "/v2alpha1/admin/apiKeys"


class Wire:
    """A server, and requests to it that have to be answered with one status."""

    def __init__(self, server: Live) -> None:
        self.server = server

    def call(self, status: int, method: str, path: str, body: Any = None, **how: Any) -> Any:
        """The JSON of the answer, None where it has no body."""
        answer = self.answer(method, path, body, **how)
        assert answer.status_code == status, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def answer(self, method: str, path: str, body: Any = None, **how: Any) -> httpx.Response:
        if body is None and method not in ("GET", "DELETE", "HEAD"):
            body = {}
        return self.server.call(method, path, body, **how)

    def issue(self, **fields: Any) -> tuple[str, str]:
        told = self.call(201, "POST", ISSUED, fields)
        return told["issued_api_key"]["key_id"], told["secret"]

    def verify(self, credential: str, **fields: Any) -> dict[str, Any]:
        told: dict[str, Any] = self.call(
            200, "POST", f"{APIKEYS}:verify", {"credential": credential, **fields}
        )
        return told

    def code(self, credential: str, **fields: Any) -> str:
        told = self.verify(credential, **fields)
        return str(told.get("error_code", "ok")).removeprefix("VERIFICATION_ERROR_")

    def expire(self, **fields: Any) -> tuple[str, str]:
        """The id and the secret of a key whose time is over."""
        key_id, secret = self.issue(ttl="1s", **fields)
        deadline = time.monotonic() + 20
        while self.code(secret) == "ok" and time.monotonic() < deadline:
            time.sleep(0.05)
        return key_id, secret

    def derive(self, credential: str, **fields: Any) -> str:
        body = {"credential": credential, "algorithm": "TOKEN_ALGORITHM_MACAROON", **fields}
        return str(self.call(200, "POST", f"{APIKEYS}:derive", body)["token"]["token"])

    def reason(self, status: int, method: str, path: str, body: Any = None, **how: Any) -> str:
        error = self.call(status, method, path, body, **how)["error"]
        return str(error["details"][0]["reason"])


@pytest.fixture(scope="session")
def wire(live: Live) -> Wire:
    return Wire(live)


@pytest.fixture(scope="session")
def behind_proxy(launch: Callable[..., Live]) -> Wire:
    """A server to which 127.0.0.1 is a trusted proxy."""
    return Wire(launch(trusted_proxies="127.0.0.1,10.0.0.0/8"))


@pytest.fixture
def raw_key() -> str:
    return f"sk_live_{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def expired(wire: Wire) -> tuple[str, str]:
    """The id and the secret of a key whose time is over."""
    return wire.expire()
