"""What the files for pytest-benchmark share."""

from collections.abc import Callable

import pytest

Run = Callable[[int], object]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", type=float, default=1.0, help="part of the rounds to be run, 0 to 1")


@pytest.fixture
def measure(benchmark, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Times `run(per)`, which does a thing `per` times, in `rounds` rounds, under a name."""
    part = request.config.getoption("--part")

    def timed(name: str, run: Run, per: int, rounds: int = 400, **extra: object) -> None:
        benchmark.name = name
        benchmark.extra_info.update(per=per, **extra)
        count = max(3, round(rounds * part))
        benchmark.pedantic(run, args=(per,), rounds=count, warmup_rounds=2, iterations=1)

    return timed
