"""Guarantees of server/schemas."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from engine import types
from server import schemas
from server.problems import Problem
from server.schemas import (
    DeriveRequest,
    IssueRequest,
    KeyVisibility,
    RevokeRequest,
    RotateRequest,
    SelfRevokeRequest,
    UpdateRequest,
    VerifyRequest,
    decode,
    decode_update,
    parse_mask,
)
from storage.base import StoredKey

REQUESTS: list[type[Any]] = [IssueRequest, RotateRequest, RevokeRequest, VerifyRequest]
REQUESTS += [DeriveRequest, SelfRevokeRequest]

FIELDS = ["name", "actor_id", "actorId", "scopes", "ttl", "metadata", "rate_limit_policy", "quota"]
FIELDS += ["rateLimitPolicy", "window", "ip_restriction", "allowedCidrs", "visibility", "context"]
FIELDS += ["credential", "requests", "client_ip", "amount", "minor", "reason", "custom_claims"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=20,
)


@given(st.sampled_from(REQUESTS), JSON)
def test_no_json_makes_decode_raise_anything_but_a_400(type_: Any, value: object) -> None:
    _only_problems(type_, json.dumps(value).encode())


@given(
    st.sampled_from(REQUESTS), st.binary() | st.text('{}[]":,nul\\ud800eE+-.0123').map(str.encode)
)
def test_no_bytes_make_decode_raise_anything_but_a_400(type_: Any, body: bytes) -> None:
    _only_problems(type_, body)


@pytest.mark.parametrize("type_", REQUESTS)
@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"metadata":', b'{"context":{"amount":'])
@pytest.mark.parametrize("key", [b'{"zz":', b'{"metadata":', b'{"custom_claims":', b'{"actorId":'])
def test_deep_nesting_is_a_400_and_never_a_crash(type_: Any, opening: bytes, key: bytes) -> None:
    for depth in (900, 1100, 100_000):
        _only_problems(type_, key + opening * depth)
        close = b"]" if opening == b"[" else b"}" * opening.count(b"{")
        _only_problems(type_, key + opening * depth + b"1" + close * depth + b"}")


def _only_problems(type_: Any, body: bytes) -> None:
    for read in (lambda: decode(type_, body), lambda: decode_update(body)):
        try:
            read()
        except Problem as problem:
            assert problem.http == 400
            assert problem.metadata["field"] and problem.metadata["rule"]
            assert len(problem.message) < 300


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}"])
def test_an_empty_body_is_an_empty_object(body: bytes) -> None:
    assert decode(IssueRequest, body) == IssueRequest()


def test_both_spellings_of_every_name_are_read_and_unknown_fields_dropped() -> None:
    snake = decode(
        IssueRequest,
        b'{"actor_id":"a","rate_limit_policy":{"quota":"5","window":"60s"},"zz":1,'
        b'"ip_restriction":{"allowed_cidrs":["10.1.2.3/8"]},"request_id":"r"}',
    )
    camel = decode(
        IssueRequest,
        b'{"actorId":"a","rateLimitPolicy":{"quota":"5","window":"60s"},"zz":null,'
        b'"ipRestriction":{"allowedCidrs":["10.1.2.3/8"]},"\\u0072equestId":"r","name":null}',
    )
    assert snake == camel
    assert snake.limit() == types.RateLimit(5, 60)
    assert snake.networks() == ("10.0.0.0/8",)


def test_names_inside_metadata_and_claims_are_left_alone() -> None:
    issue = decode(IssueRequest, b'{"actorId":"a","metadata":{"actorId":null,"fooBar":[1]}}')
    assert issue.metadata_bytes() == b'{"actorId":null,"fooBar":[1]}'


def test_one_field_in_two_spellings_is_refused() -> None:
    with pytest.raises(Problem, match="actor_id must be given only once"):
        decode(IssueRequest, b'{"actor_id":"a","actorId":"b"}')


@pytest.mark.parametrize("quota", ['"9223372036854775807"', "9223372036854775807"])
def test_an_int64_is_read_from_string_or_number(quota: str) -> None:
    body = f'{{"rate_limit_policy":{{"quota":{quota},"window":"1s"}}}}'.encode()
    assert decode(IssueRequest, body).limit() == types.RateLimit(2**63 - 1, 1)


@pytest.mark.parametrize("policy", ["{}", '{"quota":"0"}', "null"])
def test_an_empty_policy_is_no_policy(policy: str) -> None:
    assert decode(IssueRequest, f'{{"rate_limit_policy":{policy}}}'.encode()).limit() is None


@pytest.mark.parametrize(
    ("type_", "value", "field"),
    [
        (IssueRequest, {"name": 5}, "name"),
        (IssueRequest, {"name": "x" * 256}, "name"),
        (IssueRequest, {"name": "é" * 256}, "name"),
        (IssueRequest, {"actor_id": "é" * 129}, "actor_id"),
        (IssueRequest, {"name": "a\0"}, "name"),
        (IssueRequest, {"actor_id": "x" * 256}, "actor_id"),
        (IssueRequest, {"scopes": "a"}, "scopes"),
        (IssueRequest, {"scopes": ["a", 5]}, "scopes[1]"),
        (IssueRequest, {"scopes": ["a", None]}, "scopes[1]"),
        (IssueRequest, {"scopes": ["a", ""]}, "scopes[1]"),
        (IssueRequest, {"scopes": ["x" * 257]}, "scopes[0]"),
        (IssueRequest, {"scopes": ["x"] * 257}, "scopes"),
        (IssueRequest, {"ttl": "0s"}, "ttl"),
        (IssueRequest, {"ttl": ""}, "ttl"),
        (IssueRequest, {"ttl": 5}, "ttl"),
        (IssueRequest, {"metadata": []}, "metadata"),
        (IssueRequest, {"metadata": {"a": "x" * 65_536}}, "metadata"),
        (IssueRequest, {"metadata": {"a": 2**63}}, "metadata"),
        (IssueRequest, {"request_id": "x" * 37}, "request_id"),
        (IssueRequest, {"visibility": "PUBLIC"}, "visibility"),
        (IssueRequest, {"visibility": 1}, "visibility"),
        (IssueRequest, {"rate_limit_policy": {"quota": "-1"}}, "rate_limit_policy.quota"),
        (IssueRequest, {"rate_limit_policy": {"quota": 2**63}}, "rate_limit_policy.quota"),
        (IssueRequest, {"rate_limit_policy": {"quota": True}}, "rate_limit_policy.quota"),
        (IssueRequest, {"rate_limit_policy": {"unit": "calls"}}, "rate_limit_policy.unit"),
        (IssueRequest, {"rate_limit_policy": {"window": "1m"}}, "rate_limit_policy.window"),
        (
            IssueRequest,
            {"ip_restriction": {"allowed_cidrs": ["10.0.0.1"]}},
            "ip_restriction.allowed_cidrs[0]",
        ),
        (
            IssueRequest,
            {"ip_restriction": {"allowed_cidrs": ["10.0.0.0/8"] * 257}},
            "ip_restriction.allowed_cidrs",
        ),
        (IssueRequest, [], "body"),
        (IssueRequest, None, "body"),
        (RotateRequest, {"grace": "-1s"}, "grace"),
        (RotateRequest, {"name": "x" * 256}, "name"),
        (RevokeRequest, {"description": "x"}, "description"),
        (
            RevokeRequest,
            {"reason": "REVOCATION_REASON_PRIVILEGE_WITHDRAWN", "description": "x" * 501},
            "description",
        ),
        (VerifyRequest, {"credential": "x" * 8193}, "credential"),
        (VerifyRequest, {"expected_audiences": [""]}, "expected_audiences[0]"),
        (VerifyRequest, {"context": {"client_ip": "x"}}, "context.client_ip"),
        (VerifyRequest, {"context": {"method": "GET /"}}, "context.method"),
        (VerifyRequest, {"context": {"path": "x" * 8193}}, "context.path"),
        (VerifyRequest, {"context": {"scops": []}}, "context"),
        (VerifyRequest, {"context": {"scopes": [""]}}, "context.scopes[0]"),
        (VerifyRequest, {"context": {"amount": {"currency": "USD"}}}, "context.amount"),
        (
            VerifyRequest,
            {"context": {"amount": {"currency": "USD", "minor": -1}}},
            "context.amount.minor",
        ),
        (
            VerifyRequest,
            {"context": {"amount": {"currency": "USD", "minor": 1.5}}},
            "context.amount.minor",
        ),
        (VerifyRequest, {"context": {"body_hash": "00"}}, "context.body_hash"),
        (VerifyRequest, {"context": {"binding": "_" * 43}}, "context.binding"),
        (DeriveRequest, {}, "credential"),
        (DeriveRequest, {"credential": "x", "algorithm": "JWT"}, "algorithm"),
        (DeriveRequest, {"credential": "x", "custom_claims": {"a": 2**64}}, "custom_claims"),
        (SelfRevokeRequest, {}, "credential"),
        (
            SelfRevokeRequest,
            {"credential": "x", "reason": "REVOCATION_REASON_PRIVILEGE_WITHDRAWN"},
            "reason",
        ),
    ],
)
def test_a_broken_rule_is_a_400_that_names_the_field(type_: Any, value: object, field: str) -> None:
    with pytest.raises(Problem) as caught:
        decode(type_, msgspec.json.encode(value))
    assert (caught.value.http, caught.value.metadata["field"]) == (400, field)
    assert caught.value.message == f"{field} {caught.value.metadata['rule']}"


def test_at_the_limit_everything_is_accepted() -> None:
    value = {
        "name": "x" * 255,
        "scopes": ["x" * 256] * 256,
        "request_id": "x" * 36,
        "metadata": {"a": "x" * (65_536 - 8)},
        "ttl": "10y",
    }
    assert decode(IssueRequest, msgspec.json.encode(value)).ttl_seconds() == 315_360_000


def test_what_a_client_sent_is_never_repeated_in_a_message() -> None:
    for body in (
        b'{"visibility":"hunter2"}',
        b'{"hunter2":"\\ud800"}',
        b'{"name":"hunter2\xff"}',
        b"hunter2",
        b'{"metadata":{"hunter2":1e999}}',
    ):
        with pytest.raises(Problem) as caught:
            decode(IssueRequest, body)
        assert b"hunter2" not in caught.value.body()
    with pytest.raises(Problem) as caught:
        decode(VerifyRequest, b'{"context":{"hunter2":1}}')
    assert b"hunter2" not in caught.value.body()


def test_no_repr_shows_a_credential() -> None:
    for type_ in (VerifyRequest, DeriveRequest, SelfRevokeRequest):
        assert "hunter2" not in repr(decode(type_, b'{"credential":"hunter2"}'))


def test_a_context_becomes_the_engines_access() -> None:
    digest = "ab" * 32
    request = decode(
        VerifyRequest,
        msgspec.json.encode(
            {
                "credential": "x",
                "context": {
                    "clientIp": "::ffff:192.0.2.1",
                    "method": "post",
                    "path": "/a",
                    "scopes": ["s"],
                    "tool": "t",
                    "resource": "r",
                    "amount": {"currency": "USD", "minor": "4999"},
                    "bodyHash": digest,
                    "binding": "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=",
                    "audience": "aud",
                },
            }
        ),
    )
    access = request.access(7)
    assert (access.now, access.client_ip, access.method) == (7, "192.0.2.1", "POST")
    assert (access.path, access.scopes, access.tool, access.resource) == ("/a", ("s",), "t", "r")
    assert (access.amount, access.audience) == (("USD", 4999), "aud")
    assert access.body_hash == access.binding == bytes.fromhex(digest)
    assert decode(VerifyRequest, b"{}").access(7).scopes == ()


def test_a_rotation_tells_absent_from_empty() -> None:
    assert decode(RotateRequest, b'{"name":null}').changes().fields() == {}
    empty = b'{"name":"","scopes":[],"metadata":{},"ip_restriction":{},"rate_limit_policy":{}}'
    assert decode(RotateRequest, empty).changes().fields() == {
        "name": "",
        "scopes": (),
        "metadata": None,
        "networks": None,
        "limit": None,
    }
    assert decode(RotateRequest, b"").visibility is KeyVisibility.UNSPECIFIED
    assert decode(RotateRequest, b'{"grace":"24h"}').grace_seconds() == 86_400


@pytest.mark.parametrize("wrapper", ["{}", '{{"issued_api_key":{}}}', '{{"issuedApiKey":{}}}'])
def test_a_patch_is_read_bare_or_wrapped_and_tells_null_from_absent(wrapper: str) -> None:
    update = decode_update(wrapper.format('{"name":"n","rateLimitPolicy":null}').encode())
    assert (update.name, update.rate_limit_policy, update.scopes) == ("n", None, UNSET)


def test_a_patch_without_a_mask_applies_every_populated_field() -> None:
    body = (
        b'{"name":"","scopes":[],"metadata":{"a":1},"ip_restriction":{},"rate_limit_policy":null}'
    )
    changes = decode_update(body).changes(None)
    assert changes.fields() == {"metadata": b'{"a":1}', "networks": None}


def test_a_masked_field_is_set_or_cleared_and_others_are_left() -> None:
    body = b'{"name":"n","scopes":["s"],"actor_id":"ignored"}'
    mask = parse_mask("name,metadata, ipRestriction,rate_limit_policy")
    assert decode_update(body).changes(mask).fields() == {
        "name": "n",
        "metadata": None,
        "networks": None,
        "limit": None,
    }
    assert decode_update(b"").changes(parse_mask("name,scopes")).fields() == {
        "name": "",
        "scopes": (),
    }


def test_only_the_five_changeable_fields_may_be_masked() -> None:
    assert parse_mask("") is None
    for text in ("actor_id", "name,status", "metadata.a", "*", "name,", "Name", "visibility"):
        with pytest.raises(Problem, match="update_mask may name only"):
            parse_mask(text)


def test_changes_carry_the_stored_keys_own_field_names() -> None:
    assert set(schemas.Changes.__struct_fields__) <= set(StoredKey.__struct_fields__)
    assert set(UpdateRequest.__struct_fields__) == parse_mask(
        "name,scopes,metadata,rate_limit_policy,ip_restriction"
    )
