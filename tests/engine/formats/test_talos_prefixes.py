"""Guarantees of engine/formats/talos/prefixes.py, installation.py and hmacsecret.py."""

import pytest

from engine import Prefixes
from engine.formats.talos import HmacSecret, Installation, TalosPrefixes

SECRET = "0123456789abcdef0123456789abcdef"


def test_the_defaults_of_both_systems_stand_beside_each_other() -> None:
    TalosPrefixes().require_apart(Prefixes())


@pytest.mark.parametrize("bad", ["", "a-b", "a" * 17, "é", "a b", "a\n"])
def test_a_prefix_that_the_old_system_did_not_allow_is_refused(bad) -> None:
    with pytest.raises(ValueError, match="must be 1 to 16 letters"):
        TalosPrefixes(issued=(bad,))
    with pytest.raises(ValueError, match="must be 1 to 8 letters"):
        TalosPrefixes(macaroon=(bad,))


def test_a_macaroons_prefix_is_shorter() -> None:
    with pytest.raises(ValueError, match="must be 1 to 8 letters"):
        TalosPrefixes(macaroon=("a" * 9,))


@pytest.mark.parametrize(
    ("issued", "macaroon"),
    [
        (("mc",), ("mc",)),
        (("ory_ak", "ory_ak"), ("mc",)),
        (("ory_ak",), ("mc", "mc")),
        (("mc_v1_x",), ("mc",)),
        (("mc",), ("mc_v1_x",)),
    ],
)
def test_two_prefixes_of_which_one_could_be_taken_for_the_other_are_refused(
    issued, macaroon
) -> None:
    with pytest.raises(ValueError, match="could be taken for another prefix of the old"):
        TalosPrefixes(issued=issued, macaroon=macaroon)


@pytest.mark.parametrize(
    ("issued", "macaroon"),
    [
        (("mz_ak",), ()),
        (("fine", "mz_pk"), ()),
        (("mz_ms_x",), ()),
        ((), ("mz_mc",)),
        ((), ("mz_mc_x",)),
    ],
)
def test_a_prefix_that_could_be_taken_for_a_native_one_is_refused(issued, macaroon) -> None:
    with pytest.raises(ValueError, match="could be taken for a native prefix"):
        TalosPrefixes(issued=issued, macaroon=macaroon).require_apart(Prefixes())


def test_a_native_prefix_that_begins_like_an_old_credential_is_refused() -> None:
    with pytest.raises(ValueError, match="'old' could be taken for a native prefix, 'old_v1'"):
        TalosPrefixes(issued=("old",)).require_apart(Prefixes(key="old_v1"))


def test_an_installation_has_a_secret_and_a_well_formed_tenant_id() -> None:
    with pytest.raises(ValueError, match="without an HMAC secret"):
        Installation(secrets=())
    with pytest.raises(ValueError, match="must be a UUID"):
        Installation(secrets=(HmacSecret(SECRET),), nid="default")
    with pytest.raises(ValueError, match="must not be empty"):
        HmacSecret("")


def test_no_repr_shows_the_secret() -> None:
    shown = repr(Installation(secrets=(HmacSecret(SECRET, 5),)))
    assert "HmacSecret(end=5)" in shown and SECRET not in shown
