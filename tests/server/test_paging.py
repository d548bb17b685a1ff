"""Guarantees of server/paging.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.paging import Pager
from server.problems import Problem

KEY = bytes(range(32))
PAGER = Pager(KEY)
TOKEN = PAGER.token(b"k" * 16, tenant="default", listing="issued?")


@given(st.binary(min_size=16, max_size=16), st.text(), st.text())
def test_a_token_gives_back_the_id_for_the_same_tenant_and_filter(
    last: bytes, tenant: str, listing: str
) -> None:
    token = PAGER.token(last, tenant=tenant, listing=listing)
    assert PAGER.last(token, tenant=tenant, listing=listing) == last


def test_no_token_is_the_first_page() -> None:
    assert PAGER.last("", tenant="default", listing="issued?") is None


def test_another_tenants_token_is_refused_in_talos_words() -> None:
    with pytest.raises(Problem, match="^page token network mismatch$") as caught:
        PAGER.last(TOKEN, tenant="other", listing="issued?")
    assert caught.value.http == 400


def test_a_token_is_good_for_its_own_filter_only() -> None:
    with pytest.raises(Problem, match="belongs to another filter"):
        PAGER.last(TOKEN, tenant="default", listing='issued?actor_id="x"')


@pytest.mark.parametrize("position", range(len(TOKEN)))
def test_a_token_with_any_character_changed_is_refused(position: int) -> None:
    other = "A" if TOKEN[position] != "A" else "B"
    forged = TOKEN[:position] + other + TOKEN[position + 1 :]
    with pytest.raises(Problem, match="was not made by this server"):
        PAGER.last(forged, tenant="default", listing="issued?")


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(Problem):
        Pager(bytes(32)).last(TOKEN, tenant="default", listing="issued?")


@given(st.text() | st.text("ABCabc019-_=", min_size=60, max_size=300))
def test_no_junk_raises_anything_but_a_problem(junk: str) -> None:
    if junk:
        with pytest.raises(Problem) as caught:
            PAGER.last(junk, tenant="default", listing="issued?")
        assert caught.value.http == 400


def test_neither_token_nor_repr_shows_tenant_or_key() -> None:
    assert "default" not in TOKEN
    assert repr(PAGER) == "Pager(...)"
