"""What a run of locust counted stands in its section, and its memory with a slope."""

from types import SimpleNamespace

import pytest

from bench.load.found import WARM_S, found
from bench.load.tally import Tally
from bench.load.watch import Memory
from bench.report.goals import rows
from bench.results import Run, Section

NO_STATS = SimpleNamespace(
    total=SimpleNamespace(total_rps=1.0, num_requests=0, num_failures=0), entries={}, errors={}
)


def section(tally: Tally | None = None, memory: tuple[float, ...] = ()) -> Section:
    return found(NO_STATS, tally or Tally(), list(memory))


def value(section: Section, name: str) -> float:
    return next(one.median for one in section.measures if one.name == name)


def test_an_answer_is_good_wrong_failed_or_absent() -> None:
    tally = Tally()
    for status, wrong in ((200, False), (401, False), (200, True), (503, True), (0, True)):
        tally.answer(status, wrong=wrong)
    told = section(tally)
    assert value(told, "answers checked") == 4
    assert value(told, "wrong answers") == 1
    assert value(told, "5xx") == 1
    assert value(told, "requests without an answer") == 1


@pytest.mark.parametrize(
    ("name", "tally"), [("wrong answers", Tally(wrong=1)), ("5xx", Tally(failed=1))]
)
def test_one_wrong_answer_misses_the_goal(name: str, tally: Tally) -> None:
    run = Run(machine={}, versions={}, commit="", mode="", started="", sections=[section(tally)])
    verdicts = {row.what: row.met for row in rows(run)}
    assert verdicts.pop(f"{name} under mixed traffic") is False
    assert list(verdicts.values()) == [True]


def test_the_slope_of_memory_leaves_out_what_it_took_to_warm_up() -> None:
    warm = tuple(50.0 + at for at in range(WARM_S))
    level = tuple(200.0 + at / 60 * 3 for at in range(300))
    told = section(memory=warm + level)
    assert value(told, "memory, slope") == pytest.approx(3.0)
    assert value(told, "memory it grew by") == pytest.approx(level[-1] - 50)


def test_of_a_short_run_the_second_half_is_the_slope() -> None:
    told = section(memory=(1.0, 90.0, 5.0, 5.0, 5.0, 5.0))
    assert value(told, "memory, slope") == pytest.approx(0)


@pytest.mark.parametrize("memory", [(), (7.0,)])
def test_no_slope_is_told_of_less_than_two_samples(memory: tuple[float, ...]) -> None:
    assert not [one for one in section(memory=memory).measures if "memory" in one.name]


def test_memory_has_a_sample_for_every_second_that_passed() -> None:
    memory = Memory(1)
    for passed, samples in ((0.1, 1), (0.6, 1), (1.1, 2), (4.9, 5), (5.0, 6)):
        memory.sample(passed)
        assert len(memory.samples) == samples


def test_a_process_that_is_gone_is_not_sampled() -> None:
    memory = Memory(2**22 + 1)  # above the greatest id of a process
    memory.sample(3.0)
    assert memory.samples == []
