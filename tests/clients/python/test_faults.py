"""What the official client is told of faults that are the server's own."""

import json
import sqlite3
from contextlib import closing

import pytest
from ory_client.exceptions import ServiceException
from ory_client.models import DeriveTokenRequest, IssueApiKeyRequest

from tests.clients.conftest import Live


def told(caught: pytest.ExceptionInfo[ServiceException]) -> tuple[int, str, str]:
    error = json.loads(caught.value.body)["error"]
    assert error["code"] == caught.value.status
    return error["code"], error["status"], error["details"][0]["reason"]


def test_500_where_there_is_no_key_to_sign_with(connect, tmp_path):
    first = Live(tmp_path)
    secret = connect(first).issue()[1]
    first.stop()
    file = tmp_path / "marzipan.secret"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"signing_keys": []}))
    server = Live(tmp_path)
    try:
        client = connect(server, first.admin_key)
        for ask in (
            client.api.get_jwks,
            lambda: client.api.admin_derive_token(DeriveTokenRequest(credential=secret)),
        ):
            with pytest.raises(ServiceException) as caught:
                ask()
            assert told(caught) == (500, "INTERNAL", "INTERNAL_SERVER_ERROR")
        assert client.code(secret) == "ok"
    finally:
        server.stop()


def test_503_where_the_database_takes_no_write_and_reading_goes_on(client, live):
    key_id, secret = client.issue()
    with closing(sqlite3.connect(live.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ServiceException) as caught:
            client.issue()
        assert told(caught) == (503, "UNAVAILABLE", "SERVICE_UNAVAILABLE")
        assert client.code(secret) == "ok"
        assert client.api.admin_get_issued_api_key(key_id).key_id == key_id
        other.execute("ROLLBACK")
    assert client.api.admin_issue_api_key(IssueApiKeyRequest()).secret
