"""Check values: remembered, and never replaced by another."""

import pytest

from storage.base import AuditEvent
from storage.errors import Conflict, KeyExists, Stale


def test_check_values_are_remembered(store, run):
    assert run(store.checks()) == {}
    run(store.add_check(1, b"a" * 16))
    run(store.add_check(255, b"b" * 16))
    assert run(store.checks()) == {1: b"a" * 16, 255: b"b" * 16}


def test_the_same_check_value_may_be_added_again_but_no_other(store, run):
    run(store.add_check(1, b"a" * 16))
    run(store.add_check(1, b"a" * 16))
    with pytest.raises(Conflict):
        run(store.add_check(1, b"b" * 16))
    assert run(store.checks()) == {1: b"a" * 16}


def test_the_epoch_of_a_tenant_never_raised_is_zero(store, run):
    assert run(store.tenant_epoch("acme")) == 0


def test_an_epoch_is_raised_by_one_for_its_tenant_alone(store, run, build):
    for old in range(3):
        run(store.commit(build.change(raise_epoch=old)))
        assert run(store.tenant_epoch("acme")) == old + 1
    assert run(store.tenant_epoch("other")) == 0


@pytest.mark.parametrize("read", [0, 2])
def test_an_epoch_that_changed_since_it_was_read_is_not_raised(store, run, build, read):
    run(store.commit(build.change(raise_epoch=0)))
    with pytest.raises(Stale, match="epoch"):
        run(store.commit(build.change(raise_epoch=read, insert=(build.key(),))))
    assert run(store.tenant_epoch("acme")) == 1
    assert run(store.get("acme", build.id(1))) is None
    assert len(run(store.audit("acme", limit=9))) == 1


def test_the_audit_row_of_a_raised_epoch_stands_or_falls_with_it(store, run, build):
    event = AuditEvent(action="tenant.raise_epoch", caller="ada", target="acme")
    run(store.commit(build.change(insert=(build.key(),))))
    with pytest.raises(KeyExists):
        run(store.commit(build.change(raise_epoch=0, audit=event, insert=(build.key(),))))
    assert run(store.tenant_epoch("acme")) == 0
    run(store.commit(build.change(raise_epoch=0, audit=event)))
    rows = run(store.audit("acme", limit=9))
    assert [row.action for row in rows] == ["tenant.raise_epoch", "test"]


@pytest.mark.parametrize("old", [-1, 2**32 - 1, 2**63])
def test_an_epoch_that_no_header_could_hold_is_refused(store, run, build, old):
    with pytest.raises(ValueError, match="epoch"):
        run(store.commit(build.change(raise_epoch=old)))
    assert run(store.tenant_epoch("acme")) == 0
