"""The checker of the load finds every wrong answer, and calls no right one wrong."""

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.load.checking import (
    REVOKED,
    AnyEvent,
    Asked,
    Checker,
    Kept,
    Made,
    Revoked,
    Revoking,
    replay,
)

FORBIDDEN = "VERIFICATION_ERROR_SIGNATURE_INVALID"


def asked(sent: float, *, accepted: bool | None = True, **fields: Any) -> Asked:
    filled = {
        "credential": 1, "sent": sent, "answered": sent + 0.01, "fits": True, "status": 200,
        "accepted": accepted, **fields,
    }  # fmt: skip
    return Asked(**filled)


def faults(*events: AnyEvent, bound: float = 0.1) -> list[str]:
    """What a recorded history says, by the road through JSON."""
    return replay([msgspec.json.encode(event) for event in events], bound)


MADE = Made(credential=1)
BELOW = Made(credential=2, parent=1)
REVOKE = (Revoking(credential=1, at=10.0), Revoked(credential=1, at=11.0))


def test_a_good_credential_may_be_accepted() -> None:
    assert faults(MADE, asked(1.0)) == []


def test_a_revoked_credential_accepted_after_the_bound_is_a_fault() -> None:
    assert faults(MADE, *REVOKE, asked(11.2)) == [
        "a revoked credential was accepted after the bound"
    ]


def test_what_is_below_a_revoked_credential_dies_with_it() -> None:
    last = Made(credential=3, parent=2)
    assert faults(MADE, BELOW, last, *REVOKE, asked(11.2, credential=3)) == [
        "a revoked credential was accepted after the bound"
    ]


def test_what_is_above_or_beside_a_revoked_credential_lives_on() -> None:
    beside = Made(credential=3, parent=1)
    below = (Revoking(credential=2, at=10.0), Revoked(credential=2, at=11.0))
    history = (MADE, BELOW, beside, *below)
    for credential in (1, 3):
        assert faults(*history, asked(12.0, credential=credential)) == []
        late = asked(12.0, credential=credential, accepted=False, code=REVOKED)
        assert faults(*history, late) == ["a credential that nobody revoked was refused as revoked"]


@pytest.mark.parametrize("sent", [9.0, 10.5, 11.05])
@pytest.mark.parametrize("accepted", [True, False])
def test_while_a_revocation_is_under_way_either_answer_is_right(sent, accepted) -> None:
    answer = asked(sent, answered=12.0, accepted=accepted, code="" if accepted else REVOKED)
    assert faults(MADE, *REVOKE, answer) == []


def test_before_anybody_revokes_it_a_refusal_is_a_fault() -> None:
    early = asked(1.0, accepted=False, code=REVOKED)
    assert faults(MADE, *REVOKE, early) == [
        "a credential that nobody revoked was refused as revoked"
    ]
    assert len(faults(MADE, asked(1.0, accepted=False, code="VERIFICATION_ERROR_NOT_FOUND"))) == 1


def test_a_revocation_that_was_refused_changes_nothing() -> None:
    history = (MADE, REVOKE[0], Kept(credential=1))
    assert faults(*history, asked(12.0)) == []
    assert len(faults(*history, asked(12.0, accepted=False, code=REVOKED))) == 1


def test_a_revocation_without_an_answer_leaves_both_possible() -> None:
    history = (MADE, REVOKE[0])
    assert faults(*history, asked(99.0)) == []
    assert faults(*history, asked(99.0, accepted=False, code=REVOKED)) == []


def test_a_second_revocation_that_fails_does_not_undo_the_first() -> None:
    again = (Revoking(credential=1, at=20.0), Kept(credential=1))
    assert len(faults(MADE, *REVOKE, *again, asked(21.0))) == 1


def test_an_access_that_the_credential_forbids_must_be_refused() -> None:
    assert faults(MADE, asked(1.0, fits=False, accepted=False, code=FORBIDDEN)) == []
    assert faults(MADE, asked(1.0, fits=False)) == [
        "an access was allowed that the credential forbids"
    ]


def test_a_dead_credential_must_be_told_as_revoked() -> None:
    assert faults(MADE, *REVOKE, asked(12.0, accepted=False, code=FORBIDDEN)) == [
        f"a revoked credential was refused with {FORBIDDEN} instead"
    ]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_every_5xx_is_a_fault_whatever_it_says(status: int) -> None:
    for accepted in (None, True, False):
        assert faults(MADE, asked(1.0, status=status, accepted=accepted)) == [
            f"the server failed with {status}"
        ]


def test_no_answer_and_no_verdict_are_faults() -> None:
    assert faults(MADE, asked(1.0, status=0, accepted=None)) == ["there was no answer"]
    assert faults(MADE, asked(1.0, status=429, accepted=None)) == [
        "the answer was no verdict, with 429"
    ]


def test_an_event_of_a_credential_that_was_never_made_is_an_error() -> None:
    with pytest.raises(KeyError):
        Checker(0).see(asked(1.0))


class Server:
    """A server that forgets every so manieth revocation, and a client that asks it in turn."""

    def __init__(self, forgets: bool, source: random.Random) -> None:
        self.forgets, self.source = forgets, source
        self.parents: dict[int, int] = {}
        self.dead: set[int] = set()

    def is_dead(self, number: int) -> bool:
        while number:
            if number in self.dead:
                return True
            number = self.parents[number]
        return False

    def history(self, steps: int) -> list[AnyEvent]:
        events: list[AnyEvent] = []
        for step in range(1, steps + 1):
            now, act = float(step), self.source.randrange(4)
            if act == 0 or not self.parents:
                parent = self.source.choice([0, *self.parents])
                self.parents[step] = parent
                events.append(Made(credential=step, parent=parent))
                continue
            number = self.source.choice(list(self.parents))
            if act == 1:
                events += [Revoking(credential=number, at=now), Revoked(credential=number, at=now)]
                if not self.forgets:
                    self.dead.add(number)
            else:
                fits, dead = self.source.random() < 0.7, self.is_dead(number)
                code = REVOKED if dead else "" if fits else FORBIDDEN
                accepted = fits and not dead
                events.append(
                    asked(now + 0.5, credential=number, fits=fits, accepted=accepted, code=code)
                )
        return events


@given(st.randoms(use_true_random=False))
def test_an_honest_server_is_never_accused(source: random.Random) -> None:
    assert faults(*Server(False, source).history(60)) == []


def test_a_server_that_forgets_revocations_is_found_out() -> None:
    assert faults(*Server(True, random.Random(3)).history(300))
