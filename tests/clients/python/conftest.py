"""The official Python client, unmodified, against the live server."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ory_client import ApiClient, ApiKeysApi, Configuration
from ory_client.exceptions import ApiException
from ory_client.models import IssueApiKeyRequest, VerifyApiKeyRequest, VerifyApiKeyResponse

from tests.clients.conftest import Live


class Client:
    """The client's API object, and what nearly every test does with it."""

    def __init__(self, server: Live, key: str | None = "") -> None:
        """`key` "" is the first admin key, None sends no credential."""
        token = server.admin_key if key == "" else key
        self.server = server
        self.api = ApiKeysApi(ApiClient(Configuration(host=server.url, access_token=token)))

    def issue(self, **fields: Any) -> tuple[str, str]:
        """The id and the secret of a new key."""
        made = self.api.admin_issue_api_key(IssueApiKeyRequest(**fields))
        return made.issued_api_key.key_id, made.secret

    def verify(self, credential: str, *audiences: str) -> VerifyApiKeyResponse:
        asked = VerifyApiKeyRequest(
            credential=credential, expected_audiences=list(audiences) or None
        )
        return self.api.admin_verify_api_key(verify_api_key_request=asked)

    def code(self, credential: str, *audiences: str) -> str:
        """ "ok", or the error code without its common beginning."""
        told = self.verify(credential, *audiences)
        assert told.is_valid is (told.error_code == "VERIFICATION_ERROR_UNSPECIFIED")
        word = str(told.error_code.value).removeprefix("VERIFICATION_ERROR_")
        return "ok" if told.is_valid else word


@pytest.fixture(scope="session")
def client(live: Live) -> Client:
    return Client(live)


@pytest.fixture(scope="session")
def connect() -> Callable[..., Client]:
    """A client of another server, or with another key."""
    return Client


@pytest.fixture(scope="session")
def expired(client: Client) -> tuple[str, str]:
    """The id and the secret of a key whose time is over."""
    key_id, secret = client.issue(ttl="1s")
    deadline = time.monotonic() + 20
    while client.verify(secret).is_valid and time.monotonic() < deadline:
        time.sleep(0.05)
    return key_id, secret


@pytest.fixture(scope="session")
def refused() -> Callable[..., Any]:
    """A block in which the client must be refused with a status, the envelope around the reason."""

    @contextmanager
    def refused_(status: int, reason: str | None = None) -> Iterator[None]:
        with pytest.raises(ApiException) as caught:
            yield
        assert caught.value.status == status, caught.value.body
        error = json.loads(caught.value.body)["error"]
        (detail,) = error["details"]
        assert error["code"] == status and error["message"] and error["status"]
        assert detail["domain"] == "www.ory.com/talos"
        assert reason in (None, detail["reason"])

    return refused_
