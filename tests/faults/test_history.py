"""The checker itself can fail, and only where a promise was broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults.history import (
    ACCEPTED,
    LOST,
    NS,
    REVOKED,
    UNSURE,
    Credential,
    History,
    Verdict,
    accepted_too_late,
    refused_too_soon,
    slower_than,
    taken_back,
    words,
    worst_acceptance,
)

BOUND = 2


def made(*verdicts, revoked=(10, 11), link="key"):
    """A history in which `link` was revoked by a call of these seconds, and these verdicts."""
    history = History()
    history.holds(Credential("parent", "p", frozenset({"key"})))
    history.holds(Credential("child", "c", frozenset({"key", "block"})))
    history.holds(Credential("other", "o", frozenset({"another"})))
    began, ended = revoked
    history.revoking(link, began * NS)
    if ended is not None:
        history.revoked(link, ended * NS)
    for credential, word, began, ended in verdicts:
        history.saw(Verdict("node", credential, int(began * NS), int(ended * NS), word))
    return history


def late(history, bound=BOUND):
    return accepted_too_late(history, lambda verdict, revocation: bound)


def test_an_acceptance_past_the_bound_is_found_with_how_late_it_was():
    (found,) = late(made(("parent", ACCEPTED, 13.5, 14)))
    assert (found.verdict.credential, found.revocation.link, found.after_s) == (
        "parent",
        "key",
        2.5,
    )


def test_a_child_counts_by_every_link_that_it_rests_on():
    assert late(made(("child", ACCEPTED, 14, 14)))
    assert late(made(("child", ACCEPTED, 14, 14), link="block"))
    assert not late(made(("parent", ACCEPTED, 14, 14), link="block"))
    assert not late(made(("other", ACCEPTED, 14, 14)))


def test_a_request_counts_by_when_it_began():
    assert not late(made(("parent", ACCEPTED, 12.9, 99)))
    assert not late(made(("parent", ACCEPTED, 10.5, 99)), bound=0)
    assert late(made(("parent", ACCEPTED, 11.1, 11.2)), bound=0)


@pytest.mark.parametrize("word", [REVOKED, UNSURE, LOST])
def test_only_an_acceptance_breaks_the_promise(word):
    assert not late(made(("parent", word, 14, 14)))


def test_a_revocation_that_was_never_answered_binds_nobody():
    history = made(("parent", ACCEPTED, 99, 99), revoked=(10, None))
    assert not late(history) and not history.acknowledged()


def test_a_second_answer_to_the_same_revocation_moves_no_bound():
    history = made(("parent", ACCEPTED, 14, 14))
    history.revoking("key", 20 * NS)
    history.revoked("key", 21 * NS)
    assert late(history) and history.acknowledged() == ["key"]


def test_the_bound_may_be_another_for_each_verdict_and_each_revocation():
    history = made(("parent", ACCEPTED, 14, 14), ("child", ACCEPTED, 14, 14))
    history.revoking("block", 11 * NS)
    history.revoked("block", 12 * NS, everywhere=True)
    by_name = accepted_too_late(history, lambda v, r: 9 if v.credential == "child" else 1)
    assert [each.verdict.credential for each in by_name] == ["parent"]
    by_link = accepted_too_late(history, lambda v, r: 0 if r.everywhere else 9)
    assert [(each.verdict.credential, each.revocation.link) for each in by_link] == [
        ("child", "block")
    ]


def test_the_worst_acceptance_is_the_one_that_began_last():
    history = made(("parent", ACCEPTED, 11.5, 12), ("child", ACCEPTED, 12.25, 20))
    assert worst_acceptance(history) == 1.25
    assert worst_acceptance(made(("parent", ACCEPTED, 10.5, 12))) == 0


def test_a_refusal_before_any_revocation_began_is_found():
    assert refused_too_soon(made(("other", REVOKED, 14, 14)))
    assert refused_too_soon(made(("parent", REVOKED, 8, 9)))
    assert not refused_too_soon(made(("parent", REVOKED, 8, 10.5)))
    assert not refused_too_soon(made(("parent", REVOKED, 14, 14), revoked=(10, None)))


def test_an_acceptance_after_a_refusal_is_found():
    assert taken_back(made(("parent", REVOKED, 11, 12), ("parent", ACCEPTED, 12.5, 13)))
    # They were on their way at the same time.
    assert not taken_back(made(("parent", REVOKED, 11, 12), ("parent", ACCEPTED, 11.5, 13)))
    assert not taken_back(made(("parent", REVOKED, 11, 12), ("child", ACCEPTED, 12.5, 13)))
    assert not taken_back(made(("parent", UNSURE, 11, 12), ("parent", ACCEPTED, 12.5, 13)))


def test_a_slow_answer_is_found_and_so_is_none():
    history = made(("parent", ACCEPTED, 1, 2), ("parent", LOST, 3, 9))
    assert [each.word for each in slower_than(history, 5)] == [LOST]
    assert not slower_than(history, 6)


def test_words_are_counted_by_node_and_by_when_the_request_began():
    history = made(("parent", ACCEPTED, 1, 2), ("parent", UNSURE, 3, 4), ("other", UNSURE, 5, 6))
    assert words(history, "node") == {ACCEPTED: 1, UNSURE: 2}
    assert words(history, "node", since=4 * NS) == {UNSURE: 1}
    assert words(history, "node", until=3 * NS) == {ACCEPTED: 1}
    assert words(history, "elsewhere") == {}


@given(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from([ACCEPTED, REVOKED, UNSURE]))),
    st.integers(0, 10),
)
def test_a_history_is_good_exactly_where_its_worst_acceptance_is_within_the_bound(seen, bound):
    history = made(*(("parent", word, at, at + 1) for at, word in seen))
    assert bool(late(history, bound)) == (worst_acceptance(history) > bound)
    expected = max((at - 11 for at, word in seen if word == ACCEPTED and at > 11), default=0)
    assert worst_acceptance(history) == expected
