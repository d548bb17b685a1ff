"""Guarantees of server/trials.py: who is tried, in which order, and what nobody can hold up."""

import asyncio
import threading

import pytest

from server import trials as module
from server.trials import KNOWN, LINE, PRESENTED, QUICK, ROWS, THREADS, Busy, Trials

WAIT_S = 20


class Bench:
    """Trials whose hashes end when the test says so; `begun` has them in their order."""

    def __init__(self, **how):
        self.trials = Trials(**{"pause": 0.0} | how)
        self.begun: list[tuple[str, str]] = []
        self._gates: dict[tuple[str, str], threading.Event] = {}
        self.open = False

    def ask(self, row, guess, fits=False):
        gate = self._gates.setdefault((row, guess), threading.Event())

        def check():
            self.begun.append((row, guess))
            assert self.open or gate.wait(WAIT_S)
            if isinstance(fits, Exception):
                raise fits
            return fits

        attempt = self.trials.attempt(row.encode(), guess.encode(), check)
        asked = asyncio.ensure_future(attempt)
        asked.add_done_callback(lambda done: done.cancelled() or done.exception())
        return asked

    def end(self, row, guess):
        self._gates[row, guess].set()

    def end_all(self):
        self.open = True
        for gate in self._gates.values():
            gate.set()

    async def settle(self, begun):
        """Until so many have begun, and a little longer."""
        for _ in range(2000):
            if len(self.begun) >= begun:
                break
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.02)
        assert len(self.begun) == begun


@pytest.fixture
def bench():
    made = Bench()
    yield made
    made.end_all()
    made.trials.close()


def outcomes(tasks):
    done = [task for task in tasks if task.done()]
    return [("busy" if isinstance(t.exception(), Busy) else t.result()) for t in done]


def test_a_guess_is_told_whether_it_fits(bench):
    async def go():
        bench.end_all()
        return await bench.ask("a", "1", True), await bench.ask("a", "2", False)

    assert asyncio.run(go()) == (True, False)


def test_never_more_run_than_threads_and_one_of_a_row(bench):
    async def go():
        asked = [bench.ask(row, guess) for guess in "12" for row in "abc"]
        await bench.settle(THREADS)
        assert {row for row, _ in bench.begun} == {"a", "b"}
        bench.end("a", "1")
        await bench.settle(THREADS + 1)
        assert bench.begun[-1] == ("c", "1")  # before the second of a
        bench.end_all()
        await asyncio.gather(*asked)

    asyncio.run(go())


def test_a_row_that_nobody_attacks_waits_for_one_trial_of_each_other_row_at_most(bench):
    async def go():
        wrong = [bench.ask("attacked", str(n)) for n in range(1000)]
        await bench.settle(1)
        assert outcomes(wrong) == ["busy"] * (1000 - LINE - 1)
        other = bench.ask("other", "right", True)
        await bench.settle(2)  # at once, though 8 wait
        bench.end("other", "right")
        assert await other is True
        bench.end_all()
        await asyncio.gather(*wrong, return_exceptions=True)
        assert len(bench.begun) == LINE + 2

    asyncio.run(go())


def test_where_all_places_are_taken_a_fresh_row_takes_that_of_the_most_guessed_one(bench):
    async def go():
        bench.open = True
        for n in range(ROWS + THREADS):
            assert await bench.ask(f"row{n}", "first") is False
        for n in range(3):
            assert await bench.ask("row9", f"more{n}") is False
        bench.open = False
        begun = len(bench.begun)
        waiting = [bench.ask(f"row{n}", "second") for n in range(ROWS + THREADS)]
        await bench.settle(begun + THREADS)
        fresh = bench.ask("fresh", "right", True)
        await asyncio.sleep(0.02)
        assert outcomes(waiting) == ["busy"] and waiting[9].done()
        bench.end_all()
        assert await fresh is True
        await asyncio.gather(*waiting, return_exceptions=True)
        order = [row for row, _ in bench.begun[begun:]]
        assert order.index("fresh") <= ROWS + THREADS

    asyncio.run(go())


def test_where_all_places_are_taken_an_equal_row_is_to_come_again(bench):
    async def go():
        waiting = [bench.ask(f"row{n}", "x") for n in range(ROWS + THREADS)]
        await bench.settle(THREADS)
        with pytest.raises(Busy) as busy:
            await bench.ask("one more", "x")
        assert busy.value.http == 503 and (b"retry-after", b"1") in busy.value.headers
        bench.end_all()
        assert await asyncio.gather(*waiting) == [False] * (ROWS + THREADS)

    asyncio.run(go())


def test_who_presents_one_key_again_and_again_is_tried_before_all_that_guess(bench):
    async def go():
        numbers = iter(range(10_000))
        lost = [bench.ask("row", f"guess {next(numbers)}") for _ in range(100)]
        await bench.settle(1)
        with pytest.raises(Busy):
            await bench.ask("row", "right", True)
        lost += [bench.ask("row", f"guess {next(numbers)}") for _ in range(100)]
        right = bench.ask("row", "right", True)  # for the second time: it has a place
        lost += [bench.ask("row", f"guess {next(numbers)}") for _ in range(100)]
        await asyncio.sleep(0.01)
        assert not right.done()
        bench.end("row", "guess 0")
        await bench.settle(2)
        assert bench.begun[1] == ("row", "right")
        bench.end_all()
        assert await right is True
        await asyncio.gather(*lost, return_exceptions=True)

    asyncio.run(go())


@pytest.mark.parametrize(("before", "times"), [(0, 0), (50 * PRESENTED, 1), (PRESENTED, 5)])
def test_within_the_bound_four_presentations_are_enough_whatever_came_before(bench, before, times):
    """To each of the holder's there are PRESENTED / 2 guesses, each of them new."""

    async def go():
        held = bench.ask("row", "held")
        await bench.settle(1)
        lost, tries, number = [], 0, before
        for n in range(before * times):
            bench.trials._rows[b"row"].count(f"g{n % before}".encode())
        right = None
        while right is None or right.done():
            lost += [bench.ask("row", f"g{number + n}") for n in range(PRESENTED // 2)]
            number += PRESENTED // 2
            right = bench.ask("row", "right", True)
            await asyncio.sleep(0.01)
            tries += 1
            assert tries <= 4
        bench.end("row", "held")
        await bench.settle(2)
        while bench.begun[-1] != ("row", "right"):
            bench.end(*bench.begun[-1])
            await bench.settle(len(bench.begun) + 1)
        assert len(bench.begun) <= LINE + 2
        bench.end_all()
        assert await right is True
        await asyncio.gather(held, *lost, return_exceptions=True)

    asyncio.run(go())


def test_a_wrong_guess_costs_one_hash_however_often_it_is_presented(bench):
    async def go():
        bench.end_all()
        for _ in range(50):
            assert await bench.ask("row", "wrong") is False
        assert await bench.ask("another", "wrong", True) is True

    asyncio.run(go())
    assert bench.begun == [("row", "wrong"), ("another", "wrong")]


def test_after_some_wrong_guesses_a_row_pauses_and_others_do_not():
    bench = Bench(pause=3600.0)

    async def go():
        bench.end_all()
        for n in range(QUICK):
            assert await bench.ask("row", f"wrong {n}") is False
        paused = bench.ask("row", "right", True)
        assert await bench.ask("other", "right", True) is True
        await asyncio.sleep(0.02)
        assert not paused.done() and ("row", "right") not in bench.begun
        paused.cancel()

    asyncio.run(go())
    bench.trials.close()


def test_a_pause_ends_by_itself():
    bench = Bench(pause=0.05)

    async def go():
        bench.end_all()
        guesses = [bench.ask("row", f"wrong {n}") for n in range(LINE)]
        await asyncio.gather(*guesses)
        more = [bench.ask("row", f"more {n}") for n in range(QUICK)][:LINE]
        assert set(await asyncio.wait_for(asyncio.gather(*more), WAIT_S)) == {False}

    asyncio.run(go())
    bench.trials.close()


def test_a_hash_that_can_not_be_computed_is_an_error_and_no_wrong_guess(bench):
    async def go():
        bench.end_all()
        with pytest.raises(MemoryError):
            await bench.ask("row", "x", MemoryError("no room"))
        assert await bench.ask("row", "x", True) is True

    asyncio.run(go())


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "WRONG", 20)
    bench = Bench()

    async def go():
        bench.end_all()
        for n in range(KNOWN + 50):
            await bench.ask(f"row{n}", "x")
        for n in range(PRESENTED + 50):
            bench.trials._rows[b"row%d" % (KNOWN + 26)].count(str(n).encode())

    asyncio.run(go())
    assert len(bench.trials._rows) == KNOWN and len(bench.trials._wrong) == 20
    assert len(bench.trials._rows[b"row%d" % (KNOWN + 26)].presented) == PRESENTED
    assert not bench.trials._turns
    bench.trials.close()


def test_who_gives_up_takes_nobody_along_and_a_stop_begins_nothing_more(bench):
    async def go():
        first = bench.ask("a", "1")
        second, third = bench.ask("a", "2", True), bench.ask("a", "3")
        await bench.settle(1)
        first.cancel()
        third.cancel()
        bench.end("a", "1")
        await bench.settle(2)
        bench.end("a", "2")
        assert await second is True
        bench.ask("b", "1")
        await bench.settle(4)
        last = bench.ask("b", "2")
        await asyncio.sleep(0)
        bench.trials.close()
        bench.end_all()
        await asyncio.sleep(0.05)
        assert ("b", "2") not in bench.begun
        last.cancel()

    asyncio.run(go())
