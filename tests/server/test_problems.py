"""Guarantees of server/problems.py."""

import msgspec
import pytest

from engine.errors import (
    BadTail,
    CaveatUnmet,
    ChecksumMismatch,
    MalformedToken,
    RecordNeeded,
    TokenError,
    TokenExpired,
    TokenRevoked,
    UnknownKey,
)
from server.problems import REASONS, Problem, invalid, problem_for
from storage.errors import (
    IssuedTooEarly,
    KeyExists,
    RequestReplayed,
    SchemaMismatch,
    Stale,
    StoreError,
    StoreUnavailable,
)


def test_the_envelope_is_talos_own() -> None:
    problem = invalid("ttl", "must be at least 1s")
    assert msgspec.json.decode(problem.body()) == {
        "error": {
            "code": 400,
            "message": "ttl must be at least 1s",
            "status": "INVALID_ARGUMENT",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "BAD_REQUEST",
                    "domain": "www.ory.com/talos",
                    "metadata": {"field": "ttl", "rule": "must be at least 1s"},
                }
            ],
        }
    }


def test_metadata_is_left_out_where_there_is_none() -> None:
    body = msgspec.json.decode(Problem("NOT_FOUND", "nothing here").body())
    assert "metadata" not in body["error"]["details"][0]


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_has_an_error_status_and_a_canonical_name(reason: str) -> None:
    problem = Problem(reason, "text")
    assert 400 <= problem.http < 600
    assert problem.status.replace("_", "").isupper()


@pytest.mark.parametrize(
    ("error", "http"),
    [
        (StoreUnavailable("db.internal:5432 refused"), 503),
        (KeyExists("x"), 409),
        (Stale("x"), 503),
        (RequestReplayed(b"k" * 16), 409),
        (IssuedTooEarly(5), 409),
        (SchemaMismatch("run migrate"), 500),
        (StoreError("x"), 500),
        (MalformedToken("x"), 401),
        (ChecksumMismatch(), 401),
        (UnknownKey("x"), 401),
        (BadTail(), 401),
        (TokenExpired(5), 401),
        (TokenRevoked("key", b"k" * 16), 401),
        (TokenError("x"), 401),
        (CaveatUnmet(0, 0, "Amount", "4999 < 5000"), 403),
        (CaveatUnmet(0, None, "Network", "10.0.0.1"), 403),
        (RecordNeeded(b"k" * 16), 500),
        (TimeoutError(), 504),
        (RecursionError(), 500),
        (ValueError("mz_ak_secret"), 500),
    ],
)
def test_every_error_of_the_layers_below_has_its_status(error: Exception, http: int) -> None:
    assert problem_for(error).http == http


def test_malformed_unknown_and_forged_tokens_look_the_same() -> None:
    errors: list[Exception] = [MalformedToken("a"), ChecksumMismatch(), UnknownKey("b"), BadTail()]
    assert len({problem_for(error).body() for error in errors}) == 1


def test_no_word_of_an_unforeseen_error_reaches_the_client() -> None:
    for error in (ValueError("hunter2"), StoreError("hunter2"), StoreUnavailable("hunter2")):
        assert b"hunter2" not in problem_for(error).body()


def test_a_refusal_by_address_has_its_own_reason() -> None:
    assert problem_for(CaveatUnmet(0, None, "Network", "x")).reason == "IP_NOT_ALLOWED"
