"""Guarantees of server/schemas/repeats.py, and of reading a batch."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.problems import Problem
from server.schemas import DeriveRequest, IssueRequest, VerifyRequest, decode, decode_batch
from server.schemas.decode import decode_update
from server.schemas.tokens import AttenuateRequest

TWICE = [
    b'{"credential":"x","context":{"scopes":["a"]},"context":{}}',
    b'{"context":{"scopes":["a"],"scopes":[]}}',
    b'{"context":{"scopes":["a"],"scope\\u0073":[]}}',
    b'{"context" : {"amount":{"currency":"a","minor":1,"minor":2}}}',
    b'{"credential":"a","expectedAudiences":["a"],"expectedAudiences":[]}',
    b'{"expectedAudiences":["a"],"expected_audiences":[]}',
]


@pytest.mark.parametrize("body", TWICE)
def test_a_name_given_twice_is_refused_since_the_last_would_undo_the_first(body):
    with pytest.raises(Problem) as caught:
        decode(VerifyRequest, body)
    assert caught.value.http == 400
    with pytest.raises(Problem):
        decode_batch(b'{"requests":[{},%s]}' % body)


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        (IssueRequest, b'{"metadata":{"a":1,"a":2}}'),
        (IssueRequest, b'{"name":"a","name":"b"}'),
        (DeriveRequest, b'{"credential":"x","custom_claims":{"r":{"a":1,"a":2}}}'),
        (
            AttenuateRequest,
            b'{"credential":"x","caveats":[{"type":"Amount","maximum":1,"maximum":9}]}',
        ),
    ],
)
def test_a_name_given_twice_is_refused_in_what_has_a_free_form_too(type_, body):
    with pytest.raises(Problem, match="name twice"):
        decode(type_, body)


def test_a_name_given_twice_is_refused_in_a_patch_and_a_batch():
    with pytest.raises(Problem, match="name twice"):
        decode_update(b'{"scopes":["a"],"scopes":["a","b"]}')
    with pytest.raises(Problem, match="name twice"):
        decode_batch(b'{"requests":[{"credential":"x"}],"requests":[{}]}')


@pytest.mark.parametrize(
    "body",
    [
        b'{"credential":"credential","context":{"scopes":["context","context","scopes"]}}',
        b'{"credential":"a\\"context\\":","context":{"method":"GET"}}',
        b'{"zz":{"credential":1},"credential":"x"}',
        b'{"credential":"a:b:c"}',
    ],
)
def test_a_name_that_is_only_a_value_or_stands_in_another_object_is_no_repeat(body):
    assert decode(VerifyRequest, body)


@given(st.dictionaries(st.sampled_from(["scopes", "method", "path", "tool"]), st.just(None)))
def test_no_object_without_a_repeat_is_refused(context):
    decode(VerifyRequest, json.dumps({"credential": "a:b", "context": context}).encode())


def test_what_cannot_be_walked_through_is_refused_and_not_let_pass():
    deep = b'{"context":{"scopes":["a"]},"z":' + b"[" * 5_000 + b"]" * 5_000 + b',"context":{}}'
    long = b'{"context":{"scopes":["a"]},"z":%s,"context":{}}' % (b"9" * 9_000)
    many = b'{"context":{},"z":[%s],"context":{}}' % b",".join([b"{}"] * 60_000)
    for body in (deep, long, many):
        with pytest.raises(Problem):
            decode(VerifyRequest, body)


def test_a_batch_reads_its_items_as_verify_does_and_names_the_place_of_a_fault():
    items = decode_batch(b'{"requests":[{"credential":"a"},{"expectedAudiences":["b"]}]}')
    assert [each.credential for each in items] == ["a", ""]
    assert items[1].expected_audiences == ("b",)
    for item, field in (
        ({"context": {"nope": 1}}, "requests[1].context"),
        ({"credential": "x" * 8193}, "requests[1].credential"),
        (None, "requests[1]"),
        ([], "requests[1]"),
    ):
        with pytest.raises(Problem) as caught:
            decode_batch(msgspec.json.encode({"requests": [{}, item]}))
        assert caught.value.metadata["field"] == field


@pytest.mark.parametrize("body", [b"", b"{}", b'{"requests":[]}', b'{"requests":null}', b"[]"])
def test_a_batch_of_nothing_is_a_400(body):
    with pytest.raises(Problem):
        decode_batch(body)


@pytest.mark.parametrize("ending", [b"{}", b'{"context":null}', b'{"expectedAudiences":[]}'])
def test_a_batch_is_counted_before_its_items_are_read(ending, monkeypatch):
    body = b'{"requests":[%s,%s]}' % (b",".join([b"{}"] * 3_000), ending)
    made = []
    monkeypatch.setattr(VerifyRequest, "__post_init__", made.append)
    with pytest.raises(Problem) as caught:
        decode_batch(body)
    assert caught.value.metadata["field"] == "requests"
    assert made == []


def test_a_long_list_where_an_object_belongs_is_not_gone_through():
    body = b'{"x":null,"context":[%s]}' % b",".join([b"{}"] * 1_001)
    with pytest.raises(Problem, match="context must have at most 1000 items"):
        decode(VerifyRequest, body)
