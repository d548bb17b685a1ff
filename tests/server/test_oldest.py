"""Guarantees of server/oldest.py."""

from hypothesis import given
from hypothesis import strategies as st

from server.oldest import make_room, oldest


@given(st.integers(1, 600), st.integers(0, 1500))
def test_a_table_never_has_more_than_it_may_and_keeps_what_came_last(most, count):
    table: dict[int, None] = {}
    for number in range(count):
        make_room(table, most)
        table[number] = None
        assert len(table) <= most
    assert list(table) == list(range(count - len(table), count))
    assert len(table) >= min(count, most - 1 - most // 256)


def test_nothing_is_dropped_while_there_is_room():
    assert oldest({1: None}, 2) == ()
    assert oldest({1: None, 2: None}, 2) == [1]
