"""Guarantees of server/signingkeys.py, server/jwk.py and server/keylife.py."""

import traceback
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from server import jwk
from server.keylife import DAY, Keys, LifeError, Terms, add, live, retire, rotate, standby
from server.signingkeys import (
    Algorithm,
    SigningKey,
    SigningKeyError,
    State,
    read_all,
    signing,
)

NOW, TTL = 1_800_000_000, 3600
POOL = [SigningKey.generate() for _ in range(8)]


@pytest.fixture(scope="module")
def rsa_jwk() -> dict[str, Any]:
    return SigningKey.generate(Algorithm.RS256).private_jwk()


def terms(**more: Any) -> Terms:
    return Terms(**{"now": NOW, "max_ttl": TTL} | more)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_new_key_reads_back_from_its_jwk(algorithm: Algorithm) -> None:
    key = SigningKey.generate(algorithm)
    again = SigningKey.from_jwk(key.private_jwk())
    assert again.private_jwk() == key.private_jwk()
    assert (again.kid, again.state, again.public.algorithm) == (key.kid, State.SIGNING, algorithm)


def test_a_new_rsa_key_has_3072_bits(rsa_jwk: dict[str, Any]) -> None:
    assert SigningKey.from_jwk(rsa_jwk).public.public.key_size == 3072


@pytest.mark.parametrize("part", ["n", "e", "d", "p", "q", "dp", "dq", "qi"])
def test_an_rsa_jwk_with_a_missing_or_wrong_part_is_refused(
    rsa_jwk: dict[str, Any], part: str
) -> None:
    other = SigningKey.generate(Algorithm.RS256).private_jwk()
    for value in (None, "", "AQ", "!", "é", 5, rsa_jwk[part] + "=", "AA" + rsa_jwk[part],
                  other[part] if part != "e" else "Aw"):  # fmt: skip
        changed = {name: each for name, each in rsa_jwk.items() if name != part}
        changed |= {} if value is None else {part: value}
        with pytest.raises(SigningKeyError) as caught:
            SigningKey.from_jwk(changed)
        assert rsa_jwk["d"] not in "".join(traceback.format_exception(caught.value))


def test_a_weak_rsa_key_is_refused() -> None:
    for private in (rsa.generate_private_key(65_537, 1024), rsa.generate_private_key(3, 2048)):
        numbers = private.public_key().public_numbers()
        members = {"kty": "RSA", "n": jwk.integer(numbers.n), "e": jwk.integer(numbers.e)}
        with pytest.raises(SigningKeyError, match="2048 to 4096 bits"):
            SigningKey.from_jwk(members | jwk.secret(private))


@pytest.mark.parametrize(
    "life",
    [
        {"state": "other"},
        {"state": 5},
        {"state": "signing", "end": 5},
        {"state": "standby", "retired_at": 5},
        {"state": "retired", "end": -1},
        {"state": "retired", "end": "5"},
        {"state": "retired", "end": True},
    ],
)
def test_a_state_or_time_of_another_form_is_refused(life: dict[str, Any]) -> None:
    with pytest.raises(SigningKeyError):
        SigningKey.from_jwk(POOL[0].private_jwk() | life)


def test_of_keys_without_any_state_the_newest_signs_and_the_others_verify() -> None:
    old = [{k: v for k, v in key.private_jwk().items() if k != "state"} for key in POOL[:3]]
    keys = read_all(old)
    assert [key.state for key in keys] == [State.RETIRED, State.RETIRED, State.SIGNING]
    assert all(key.end is None for key in keys)
    stated = read_all([*old[:2], POOL[2].moved(State.STANDBY).private_jwk()])
    assert signing(stated) is None


def test_the_first_key_signs_and_a_further_one_stands_by() -> None:
    keys = add(add((), POOL[0]), POOL[1])
    assert [key.state for key in keys] == [State.SIGNING, State.STANDBY]


def test_rotation_takes_the_newest_on_standby_of_the_algorithm_that_was_named() -> None:
    other = SigningKey.generate(Algorithm.RS256)
    keys = add(add(add(add((), POOL[0]), POOL[1]), POOL[2]), other)
    assert standby(keys, None) is keys[-1]
    assert standby(keys, Algorithm.EDDSA) is keys[2]
    assert standby(keys[:1], None) is None


def test_a_rotated_key_verifies_until_all_that_it_signed_has_expired() -> None:
    old, new = rotate(add((), POOL[0]), POOL[1], terms())
    assert (old.state, old.retired_at, old.end) == (State.RETIRED, NOW, NOW + TTL + DAY)
    assert new.state is State.SIGNING and new.end is None
    assert not old.public.ended(NOW + TTL + DAY - 1) and old.public.ended(NOW + TTL + DAY)


def test_an_end_that_strands_live_tokens_must_be_asked_for_in_so_many_words() -> None:
    keys = add((), POOL[0])
    with pytest.raises(LifeError, match="--strand-live-tokens"):
        rotate(keys, POOL[1], terms(end=NOW + TTL + DAY - 1))
    assert rotate(keys, POOL[1], terms(end=NOW + TTL + DAY))[0].end == NOW + TTL + DAY
    assert rotate(keys, POOL[1], terms(end=NOW, strand=True))[0].end == NOW
    retired = rotate(keys, POOL[1], terms())
    later = terms(now=NOW + TTL + DAY - 5, end=NOW + TTL + DAY - 5)
    with pytest.raises(LifeError):
        retire(retired, POOL[0].kid, later)


def test_retire_refuses_the_key_that_signs_and_one_that_is_not_there() -> None:
    keys = add((), POOL[0])
    with pytest.raises(LifeError, match="rotate"):
        retire(keys, POOL[0].kid, terms(strand=True))
    with pytest.raises(LifeError, match="list"):
        retire(keys, "nobody", terms())


def test_retire_drops_a_key_on_standby_which_has_signed_nothing() -> None:
    keys = add(add((), POOL[0]), POOL[1])
    assert retire(keys, POOL[1].kid, terms()) == keys[:1]


def test_retire_gives_an_endless_key_the_end_that_outlives_its_tokens() -> None:
    keys = (POOL[0].moved(State.RETIRED), POOL[1])
    assert retire(keys, POOL[0].kid, terms())[0].end == NOW + TTL + DAY


def test_retire_never_lengthens_a_leaked_keys_life_by_default() -> None:
    keys = rotate(add((), POOL[0]), POOL[1], terms(end=NOW + 5, strand=True))
    with pytest.raises(LifeError, match="--end"):
        retire(keys, POOL[0].kid, terms())


steps = st.lists(
    st.tuples(st.sampled_from(["add", "rotate", "retire", "live"]), st.integers(0, 7),
              st.integers(0, 2 * (TTL + DAY)), st.none() | st.integers(0, 2 * (TTL + DAY))),
    max_size=25,
)  # fmt: skip


@given(steps)
def test_no_order_of_steps_loses_a_key_that_verifies_live_tokens(plan: list[Any]) -> None:
    """Signed at any moment while it was the one that signs, a token finds its key until it ends."""
    keys: Keys = add((), POOL[0])
    now, signed = NOW, {POOL[0].kid: NOW}
    for verb, number, wait, end in plan:
        now += wait
        at = terms(now=now, end=None if end is None else now + end)
        current = signing(keys)
        assert current is not None
        signed[current.kid] = now
        try:
            if verb == "add" and POOL[number].kid not in signed:
                held = {key.kid for key in keys}
                keys = add(keys, POOL[number]) if POOL[number].kid not in held else keys
            elif verb == "rotate" and (following := standby(keys, None)) is not None:
                keys = rotate(keys, following, at)
            elif verb == "retire" and keys:
                keys = retire(keys, keys[number % len(keys)].kid, at)
            elif verb == "live":
                keys = live(keys, now)
        except LifeError:
            pass
        assert sum(key.state is State.SIGNING for key in keys) == 1
        alive = {key.kid for key in keys if not key.public.ended(now)}
        assert {kid for kid, last in signed.items() if now < last + TTL} <= alive


def test_no_repr_shows_a_private_part(rsa_jwk: dict[str, Any]) -> None:
    for members in (rsa_jwk, POOL[0].private_jwk()):
        key = SigningKey.from_jwk(members)
        shown = repr(key) + repr(key.public) + repr(key.private) + str(key.public_jwk())
        for name in ("d", "p", "q", "dp", "dq", "qi"):
            assert members.get(name, "-") == "-" or members[name] not in shown
