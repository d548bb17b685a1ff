"""Guarantees of engine/formats/talos/imported.py."""

import pytest

from engine.formats.talos import NIL, imported

VECTOR = "8b07dda51326ae4438d0ece70b4772b790a26624b2aebf06abc2b372d1d39061"
KEY = bytes(range(32))


def test_the_id_is_the_one_that_the_old_installation_gave() -> None:
    assert imported.talos_id(NIL, "sk_test_1234567890") == VECTOR


def test_another_tenant_or_another_key_has_another_id() -> None:
    other = NIL[:-1] + "1"
    ids = {
        imported.talos_id(nid, raw) for nid in (NIL, other) for raw in ("a", "b", "", "\0a", "é")
    }
    assert len(ids) == 10


def test_what_is_stored_tells_the_id_only_to_who_has_the_key() -> None:
    digest = imported.digest(KEY, VECTOR)
    assert len(digest) == 32 and digest != bytes.fromhex(VECTOR)
    assert imported.digest(bytes(32), VECTOR) != digest
    assert imported.digest(KEY, imported.talos_id(NIL, "sk_test_1234567890")) == digest


@pytest.mark.parametrize("bad", ["", VECTOR[:-2], VECTOR + "00", VECTOR[:-1] + "g", f" {VECTOR}"])
def test_nothing_but_an_id_is_looked_up(bad) -> None:
    with pytest.raises(ValueError):
        imported.digest(KEY, bad)
