"""A short run over the formats beside the native one, with fixed seeds."""

import random
from collections import Counter

import pytest

from tests.fuzz.formats import FORMATS, SEEDS
from tests.fuzz.mutate import garble


@pytest.mark.parametrize("name", FORMATS)
def test_no_mutation_is_accepted_or_fails_otherwise_than_refused(name) -> None:
    rng, told = random.Random(11), Counter()
    for data in [*SEEDS[name], *(garble(rng.choice(SEEDS[name]), rng) for _ in range(1500))]:
        told[FORMATS[name](data)] += 1
    assert told["refused"] > 500
    assert told["read" if name == "v2_json" else "allowed"]
