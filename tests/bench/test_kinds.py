"""Each kind of verify asks what its name and note say."""

import json
from collections import Counter
from typing import cast

import pytest

from bench.corpus import NOW
from bench.wire.admin import Admin
from bench.wire.kinds import CONTEXTS, Kind, kinds
from engine import Access, BadTail, Denylist, KeyRecord, Keyring, MasterSecret, TokenError, Verifier


class Minting:
    """Issues keys as an administrator does, without a server."""

    def __init__(self) -> None:
        self._keys = Keyring(MasterSecret(1, bytes(32))).tenant("default")
        self._records: dict[bytes, KeyRecord] = {}
        self.verifier = Verifier(self._keys, denylist=Denylist(), records=self._records)

    def issue(self, *scopes: str) -> str:
        key = self._keys.mint_key(now=NOW)
        self._records[key.key_id] = KeyRecord(1, NOW, NOW + 3600, scopes=scopes)
        return key.text


MINTING = Minting()
KINDS = {kind.label: kind for kind in kinds(cast("Admin", MINTING), 20, 5)}


def fault(body: dict) -> type[TokenError] | None:
    """Why the engine refuses the question, or None."""
    told = body.get("context", {})
    amount = told.get("amount")
    access = Access(
        now=NOW, tool=told.get("tool"), scopes=tuple(told.get("scopes", ())),
        amount=amount and (amount["currency"], amount["minor"]),
    )  # fmt: skip
    try:
        MINTING.verifier.verify(body["credential"], access)
    except TokenError as error:
        return type(error)
    return None


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_question_of_a_kind_is_answered_as_the_kind_says(kind: Kind) -> None:
    asked = [one for body in kind.bodies for one in body.get("requests", [body])]
    found = {fault(one) for one in asked[:: max(1, len(asked) // 500)]}
    assert found == ({None} if kind.good else {BadTail})


def test_the_context_that_changes_is_never_the_same_twice_in_one_turn() -> None:
    bodies = KINDS["verify, another context each time"].bodies
    assert len({json.dumps(body) for body in bodies}) == CONTEXTS
    assert len({body["credential"] for body in bodies}) == 1


def test_many_credentials_are_asked_by_the_law_of_zipf() -> None:
    drawn = Counter(body["credential"] for body in KINDS["verify, many credentials"].bodies)
    assert len(drawn) == 20 * 5
    shares = [count / drawn.total() for _, count in drawn.most_common()]
    harmonic = sum(1 / rank for rank in range(1, 101))
    for rank in (1, 2, 3, 10):
        assert shares[rank - 1] == pytest.approx(1 / rank / harmonic, rel=0.15)


def test_a_kind_shows_no_credential() -> None:
    for kind in KINDS.values():
        assert "mz_" not in repr(kind)
