"""What other nodes must drop from their memory stands in the log, whoever changed it."""

import pytest

from engine.types import Kind
from storage.base import KeyKind, RevokedKey
from storage.notices import LIFE_S, Notice, is_known, kind_of


@pytest.fixture
def logged(store, run, build):
    """Commits a change; the kinds and targets of what the log got for it."""

    def commit(**fields):
        entries = run(store.commit(build.change(**fields)))
        return [(entry.kind, entry.target) for entry in entries]

    return commit


def test_a_new_key_is_no_news_to_anybody(logged, build):
    assert logged(insert=(build.key(1),)) == []


def test_every_way_of_changing_a_row_is_told(logged, build):
    logged(insert=(build.key(1), build.key(2), build.key(3)))
    assert logged(replace=((build.key(1), build.key(1)),)) == [(Notice.RECORD, build.id(1))]
    revoked = (RevokedKey(key_id=build.id(2), reason=1),)
    assert logged(revoke_keys=revoked) == [(Notice.RECORD, build.id(2))]
    assert logged(delete=(build.key(3),)) == [(Notice.RECORD, build.id(3))]


def test_a_revocation_of_the_key_itself_says_it_and_any_other_does_not(logged, build):
    logged(insert=(build.key(1), build.key(2)))
    children = build.kill(build.id(1), Kind.CHILDREN, 1)
    assert logged(replace=((build.key(1), build.key(1)),), revoke=(children,)) == [
        (Kind.CHILDREN, build.id(1))
    ]
    grant = build.kill(build.id(9), Kind.GRANT)
    assert logged(replace=((build.key(2), build.key(2)),), revoke=(grant,)) == [
        (Kind.GRANT, build.id(9)),
        (Notice.RECORD, build.id(2)),
    ]


def test_a_revocation_that_stood_already_leaves_the_change_to_be_told(logged, build):
    logged(insert=(build.key(1),), revoke=(build.kill(build.id(1)),))
    again = {"revoke_keys": (RevokedKey(key_id=build.id(1), reason=1),)}
    told = logged(**again, revoke=(build.kill(build.id(1)),))
    assert told == [(Notice.RECORD, build.id(1))]


def test_an_import_is_told_once_for_each_kind_of_hash(store, run, build):
    imports = [
        build.key(n, kind=KeyKind.IMPORTED, digest=bytes([n]) * 32, hash_kind=kind)
        for n, kind in enumerate(["sha256", None, "sha256", None], 1)
    ]
    entries = run(store.commit(build.change(insert=tuple(imports))))
    assert {entry.kind for entry in entries} == {Notice.IMPORTED}
    assert sorted(entry.reason for entry in entries) == ["", "sha256"]


def test_a_raised_epoch_is_told(store, run, build):
    (entry,) = run(store.commit(build.change(raise_epoch=0)))
    assert (entry.kind, entry.tenant, entry.value) == (Notice.EPOCH, "acme", 1)


def test_a_notice_expires_early_and_is_pruned_then(store, run, build):
    run(store.commit(build.change(insert=(build.key(1),))))
    (entry,) = run(store.commit(build.change(replace=((build.key(1), build.key(1)),))))
    assert entry.expires_at == build.now + LIFE_S
    assert run(store.prune(entry.expires_at)) == 0
    assert run(store.prune(entry.expires_at + 1)) == 1
    assert run(store.positions())[entry.shard] == entry.seq


def test_a_kind_that_is_not_known_is_read_as_its_number():
    assert kind_of(Kind.GRANT) is Kind.GRANT and kind_of(64) is Notice.RECORD
    assert kind_of(999) == 999 and not is_known(999)
    assert not {int(kind) for kind in Kind} & {int(notice) for notice in Notice}
