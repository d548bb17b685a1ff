"""Revisions: what one answer says, another request may demand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.problems import Problem
from server.revisions import parse_revision, text_of
from storage.base import SHARDS

PLACES = st.dictionaries(st.integers(0, SHARDS - 1), st.integers(0, 10**18 - 1), max_size=SHARDS)


@given(PLACES)
def test_what_is_printed_is_read_as_the_same(places):
    assert dict(parse_revision("min_revision", text_of(places.items()))) == places


@pytest.mark.parametrize(
    "text",
    ["3", "3:", ":4", "8:1", "-1:2", "1:2,", ",", "1:2;3:4", "1: 2", "1:1" + "0" * 18, "x" * 9999]
    + [",".join(f"{n % SHARDS}:1" for n in range(SHARDS + 1)), "1:²", "٣:1"],
)
def test_what_is_no_revision_is_a_400_that_names_the_field(text):
    with pytest.raises(Problem) as caught:
        parse_revision("min_revision", text)
    assert caught.value.http == 400 and caught.value.metadata["field"] == "min_revision"


@given(st.text(max_size=40))
def test_no_text_is_anything_but_a_revision_or_a_400(text):
    try:
        places = parse_revision("min_revision", text)
    except Problem as problem:
        assert problem.http == 400
    else:
        assert all(0 <= shard < SHARDS and seq >= 0 for shard, seq in places)
