"""The log: no gaps per shard, written once per strength, in order, until pruned."""

import pytest

from engine.types import Kind
from storage.base import SHARDS

WHOLE = [Kind.KEY, Kind.GRANT, Kind.BLOCK]
RISING = [Kind.CHILDREN, Kind.ACTOR, Kind.TENANT]


def test_an_empty_log_stands_at_zero_in_every_shard(store, run):
    assert list(run(store.positions())) == [0] * SHARDS


def test_sequences_have_no_gaps_and_positions_name_their_ends(store, run, build):
    for n in range(40):
        kills = tuple(build.kill(build.id(n, shard)) for shard in (n % 8, 3))
        run(store.commit(build.change(revoke=kills)))
    positions = run(store.positions())
    for shard, position in enumerate(positions):
        seqs = [entry.seq for entry in run(store.read(shard, 0, 1000))]
        assert seqs == list(range(1, position + 1))
    assert sum(positions) == 40 + 40 - 5  # where both were the same, one was written


def test_the_shard_comes_from_the_first_byte_of_the_target(store, run, build):
    kills = tuple(build.kill(bytes([first]) + bytes(15)) for first in (0, 7, 8, 255))
    entries = run(store.commit(build.change(revoke=kills)))
    assert [(e.shard, e.seq) for e in entries] == [(0, 1), (7, 1), (0, 2), (7, 2)]


def test_an_entry_says_all_that_was_revoked(store, run, build):
    kill = build.kill(build.id(1, 5), Kind.SUNSET, 77, expires_at=88, reason="leaked")
    (entry,) = run(store.commit(build.change(revoke=(kill,))))
    assert (entry.tenant, entry.kind, entry.target) == ("acme", Kind.SUNSET, build.id(1, 5))
    assert (entry.value, entry.expires_at, entry.reason) == (77, 88, "leaked")
    assert entry.at == build.now
    assert list(run(store.read(5, 0, 10))) == [entry]


def test_reading_goes_on_where_it_stopped(store, run, build):
    kills = tuple(build.kill(build.id(n)) for n in range(10))
    entries = run(store.commit(build.change(revoke=kills)))
    assert list(run(store.read(0, 0, 4))) == list(entries[:4])
    assert list(run(store.read(0, 4, 100))) == list(entries[4:])
    assert list(run(store.read(0, 10, 100))) == []
    assert list(run(store.read(1, 0, 100))) == []


def written(store, run, build, *kills):
    return [len(run(store.commit(build.change(revoke=(kill,))))) for kill in kills]


@pytest.mark.parametrize("kind", WHOLE)
def test_what_is_dead_is_not_revoked_again(store, run, build, kind):
    kills = [build.kill(build.id(1), kind, value) for value in (0, 5, 0)]
    assert written(store, run, build, *kills) == [1, 0, 0]


@pytest.mark.parametrize("kind", RISING)
def test_only_a_greater_value_kills_more(store, run, build, kind):
    kills = [build.kill(build.id(1), kind, value) for value in (5, 5, 4, 6, 5)]
    assert written(store, run, build, *kills) == [1, 0, 0, 1, 0]


def test_only_an_earlier_sunset_kills_more(store, run, build):
    kills = [build.kill(build.id(1), Kind.SUNSET, value) for value in (5, 5, 6, 4, 5)]
    assert written(store, run, build, *kills) == [1, 0, 0, 1, 0]


@pytest.mark.parametrize("kind", list(Kind))
def test_an_entry_that_ends_earlier_does_not_stand_in_the_way(store, run, build, kind):
    kills = [build.kill(build.id(1), kind, 5, expires_at=end) for end in (100, 99, 100, 101)]
    assert written(store, run, build, *kills) == [1, 0, 0, 1]


def test_a_weaker_entry_that_lasts_as_long_is_strong_enough_for_its_like(store, run, build):
    strong_but_short = build.kill(build.id(1), Kind.ACTOR, 10, expires_at=100)
    weak_but_long = build.kill(build.id(1), Kind.ACTOR, 5, expires_at=200)
    kills = (strong_but_short, weak_but_long, weak_but_long, strong_but_short)
    assert written(store, run, build, *kills) == [1, 1, 0, 0]


def test_entries_of_other_tenants_kinds_and_targets_are_not_in_the_way(store, run, build):
    written(store, run, build, build.kill(build.id(1)))
    assert written(store, run, build, build.kill(build.id(2))) == [1]
    assert written(store, run, build, build.kill(build.id(1), Kind.GRANT)) == [1]
    other = build.change(tenant="other", revoke=(build.kill(build.id(1)),))
    assert len(run(store.commit(other))) == 1


def test_one_change_does_not_write_the_same_revocation_twice(store, run, build):
    kill = build.kill(build.id(1))
    assert len(run(store.commit(build.change(revoke=(kill, kill))))) == 1


@pytest.mark.parametrize(("kind", "values", "strongest"), [
    (Kind.CHILDREN, (1, 2, 3), 3),
    (Kind.ACTOR, (1, 2, 3), 3),
    (Kind.SUNSET, (9, 8, 7), 7),
])  # fmt: skip
def test_the_strongest_entry_stands(store, run, build, kind, values, strongest):
    written(store, run, build, *(build.kill(build.id(1), kind, value) for value in values))
    assert run(store.standing("acme", kind, build.id(1))).value == strongest
    assert run(store.standing("other", kind, build.id(1))) is None
    assert run(store.standing("acme", Kind.KEY, build.id(1))) is None


def test_of_equally_strong_entries_the_longest_stands(store, run, build):
    kills = (build.kill(build.id(1), expires_at=end) for end in (100, 300))
    written(store, run, build, *kills)
    assert run(store.standing("acme", Kind.KEY, build.id(1))).expires_at == 300


def test_pruning_takes_what_expired_before_now_and_nothing_else(store, run, build):
    kills = tuple(build.kill(build.id(n), expires_at=100 + n) for n in range(5))
    run(store.commit(build.change(revoke=kills)))
    assert run(store.prune(102)) == 2
    assert [entry.seq for entry in run(store.read(0, 0, 10))] == [3, 4, 5]
    assert run(store.standing("acme", Kind.KEY, build.id(0))) is None
    assert run(store.prune(102)) == 0


def test_pruning_never_takes_a_position_back(store, run, build):
    run(store.commit(build.change(revoke=(build.kill(build.id(1), expires_at=1),))))
    assert run(store.prune(build.now)) == 1
    assert run(store.positions())[0] == 1
    (entry,) = run(store.commit(build.change(revoke=(build.kill(build.id(1)),))))
    assert entry.seq == 2


def test_pruning_more_than_a_page_takes_all_of_it(store, run, build):
    kills = tuple(build.kill(build.id(n), expires_at=1) for n in range(1100))
    run(store.commit(build.change(revoke=kills)))
    assert run(store.prune(2)) == 1100
    assert list(run(store.read(0, 0, 10))) == []
