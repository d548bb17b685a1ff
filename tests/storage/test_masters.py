"""Check values: remembered, and never replaced by another."""

import pytest

from storage.errors import Conflict


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
