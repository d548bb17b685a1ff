"""A short run of the fuzzers with fixed seeds: the same inputs every time."""

import random
from collections import Counter

import pytest

from tests.fuzz import targets
from tests.fuzz.corpus import FOLDER, made, seeds
from tests.fuzz.targets import TARGETS, mutate


@pytest.mark.parametrize("target", TARGETS)
def test_both_roads_agree_on_the_corpus_and_its_mutations(target) -> None:
    rng, told, pool = random.Random(7), Counter(), seeds(target)
    for data in [*pool, *(mutate(target, rng.choice(pool), rng) for _ in range(1500))]:
        told[TARGETS[target](data)] += 1
    assert told["compiled road: yes"] and told["readable road: MalformedToken"]


def test_every_target_has_the_seeds_that_the_generator_writes() -> None:
    for target, files in made().items():
        assert target in TARGETS
        assert {path.name: path.read_bytes() for path in (FOLDER / target).iterdir()} == files


def test_a_disagreement_is_found(monkeypatch) -> None:
    broken = type("Broken", (targets.Watched,), {"verify": lambda self, token, access: None})
    verifier = broken(targets.WORLD.keys, denylist=targets.Denylist())
    monkeypatch.setattr(targets, "VERIFIERS", [verifier, verifier])
    with pytest.raises(AssertionError):
        TARGETS["block"](seeds("block")[0])
