"""The prefix says what is inside, and one credential has one spelling."""

import pytest

from engine import Access, MalformedToken, Prefixes, Visibility, attenuate, inspect, seal
from engine.caveats import Delegate

NOW = 1_800_000_000
ACCESS = Access(now=NOW)


def test_the_prefix_fits_the_shape_and_the_records_visibility(world) -> None:
    secret = world.key()
    public = world.key(prefix="mz_pk", visibility=Visibility.PUBLIC)
    shapes = {
        secret: "mz_ak",
        public: "mz_pk",
        attenuate(secret, Delegate("a")).text: "mz_mc",
        attenuate(public, Delegate("a")).text: "mz_mc",
        world.grant(): "mz_mc",
        seal(secret): "mz_ms",
        seal(public): "mz_ms",
        seal(world.grant()): "mz_ms",
        seal(attenuate(secret, Delegate("a")).text): "mz_ms",
    }
    for text, fitting in shapes.items():
        for prefix in ("mz_ak", "mz_pk", "mz_mc", "mz_ms"):
            respelled = world.spell(prefix, world.unspell(text)[1])
            if prefix == fitting:
                assert respelled == text and world.verifier().verify(text, ACCESS)
            else:
                with pytest.raises(MalformedToken, match="prefix does not fit"):
                    world.verifier().verify(respelled, ACCESS)


def test_a_tenants_own_prefixes_are_the_only_ones_it_reads(world) -> None:
    own = Prefixes(key="acme_sk", public="acme_pk", macaroon="acme_mc", sealed="acme_ms")
    key = world.key(prefix="acme_sk")
    child = attenuate(key, Delegate("a"), prefixes=own).text
    closed = seal(child, prefixes=own)
    assert (child[:8], closed[:8]) == ("acme_mc_", "acme_ms_")
    for text in (key, child, closed, world.grant(prefix="acme_mc")):
        assert world.verifier(prefixes=own).verify(text, ACCESS)
        assert inspect(text, prefixes=own).unverified_sealed is (text is closed)
        with pytest.raises(MalformedToken):
            world.verifier().verify(text, ACCESS)
    with pytest.raises(ValueError, match="sealed"):
        attenuate(closed, Delegate("a"), prefixes=own)


@pytest.mark.parametrize("fields", [
    {"key": ""}, {"key": "a b"}, {"key": "a-b"}, {"key": "é"}, {"key": "a" * 17}, {"key": "mz_pk"},
    {"key": "mz"}, {"sealed": "mz_mc_x"}, {"key": "mz_ak\n"},
])  # fmt: skip
def test_prefixes_that_could_be_taken_for_another_are_refused(fields) -> None:
    with pytest.raises(ValueError, match="prefix"):
        Prefixes(**fields)
