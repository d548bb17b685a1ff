"""The goals of the design, beside what a run measured: met, missed, or not measured."""

from collections.abc import Callable, Iterator

import msgspec

from bench.report.svg import short
from bench.results import Measure, Run
from bench.stats import percentile

OURS = "Marzipan"
# rival -> how many times as long as ours it should take; None where there is no goal
RIVALS = {
    "libmacaroons (C)": 5.0,
    "go-macaroon": None,
    "pymacaroons": 30.0,
    "PyJWT HS256": 20.0,
    "PyJWT EdDSA": None,
    "biscuit-python": None,
    "itsdangerous": None,
}

# server -> how many times as many requests a second ours should answer
FLOORS = {
    "Go net/http, JSON in and out": 2.0,
    "uvicorn, raw ASGI": None,
    "httptools on uvloop, no ASGI": None,
}


class Row(msgspec.Struct, frozen=True):
    """One goal. `met` is None where it could not be measured, or where there is no goal."""

    what: str
    goal: str
    measured: str = "not measured"
    rival: str = ""
    ratio: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        verdict = {True: "met", False: "**not met**", None: "" if not self.goal else "-"}[self.met]
        return self.what, self.goal, self.measured, self.rival, self.ratio, verdict


def rows(run: Run) -> list[Row]:
    """The goals of the parts that a run has, in the order of the design."""
    makers: tuple[tuple[str, Callable[[Run], Iterator[Row]]], ...] = (
        ("engine", _verify), ("rivals", _rivals), ("engine", _blocks), ("engine", _many),
        ("saturation", _http), ("saturation", _processor), ("latency", _latency),
        ("growth", _keys), ("propagation", _propagation), ("traffic", _traffic),
    )  # fmt: skip
    taken = {each.name for each in run.sections}
    return [row for part, maker in makers if part in taken for row in maker(run)]


def _least(run: Run, section: str, name: str) -> float | None:
    found = run.find(section, name)
    return None if found is None else found.least


def _verify(run: Run) -> Iterator[Row]:
    for kind in ("key", "grant"):
        what = f"verify, {kind} + 1 block of 3 caveats"
        least = _least(run, "engine", f"verify, {kind} + 1 blocks")
        if least is None:
            yield Row(what, "at most 1.0 us")
        else:
            yield Row(what, "at most 1.0 us", f"{least:.2f} us", met=least <= 1.0)


def _rivals(run: Run) -> Iterator[Row]:
    ours = _least(run, "rivals", OURS)
    for name, goal in RIVALS.items():
        said = "" if goal is None else f"{goal:g} times as fast"
        rival = _least(run, "rivals", name)
        if ours is None or rival is None:
            yield Row(f"the same, beside {name}", said)
            continue
        ratio = rival / ours
        met = None if goal is None else ratio >= goal
        yield Row(
            f"the same, beside {name}",
            said,
            f"{ours:.2f} us",
            f"{rival:.2f} us",
            f"{ratio:.1f}",
            met,
        )


def _blocks(run: Run) -> Iterator[Row]:
    for kind in ("key", "grant"):
        what, goal = f"each further block, {kind}", "at most 0.25 us"
        one = _least(run, "engine", f"verify, {kind} + 1 blocks")
        last = _least(run, "engine", f"verify, {kind} + 16 blocks")
        if one is None or last is None:
            yield Row(what, goal)
        else:
            each = (last - one) / 15
            yield Row(what, goal, f"{each:.3f} us", met=each <= 0.25)


def _many(run: Run) -> Iterator[Row]:
    what = "verify_many, 1,000 tokens on one core"
    loop = _least(run, "engine", "1,000 tokens, one by one")
    many = _least(run, "engine", "1,000 tokens, verify_many")
    if loop is None or many is None:
        yield Row(what, "2 times verify")
    else:
        measured, rival = f"{many:.2f} us a token", f"{loop:.2f} us one by one"
        yield Row(what, "2 times verify", measured, rival, f"{loop / many:.2f}", loop / many >= 2)
    one = _least(run, "engine", "verify_many, threads 1")
    two = _least(run, "engine", "verify_many, threads 2")
    if one is None or two is None:
        yield Row("the same, two threads", "")
    else:
        yield Row("the same, two threads", "", f"{two:.2f} us", f"{one:.2f} us", f"{one / two:.2f}")


def _http(run: Run) -> Iterator[Row]:
    for ours, name in (("Marzipan, apiKeys:verify", "verify"), ("Marzipan, /v1/verify", "gateway")):
        found = run.find("saturation", ours)
        for floor, goal in FLOORS.items():
            rival = run.find("saturation", floor)
            what = f"HTTP {name}, one process on one core, beside {floor}"
            said = "" if goal is None else f"{goal:g} times as many"
            if found is None or rival is None:
                yield Row(what, said)
                continue
            ratio = _in_turns(found, rival)
            yield Row(
                what, said, f"{short(found.median)}/s", f"{short(rival.median)}/s", f"{ratio:.2f}",
                None if goal is None else ratio >= goal,
            )  # fmt: skip


def _in_turns(ours: Measure, rival: Measure) -> float:
    """The median of the rounds' ratios: in each round all servers are asked in turns, so that a
    machine that slows down for a while does so for all.
    """
    pairs = zip(ours.values, rival.values, strict=True)
    return percentile([mine / other for mine, other in pairs], 50)


def _processor(run: Run) -> Iterator[Row]:
    """Of the processor, so that a reader sees how much of a request is below Marzipan."""
    for ours, name in (("Marzipan, apiKeys:verify", "verify"), ("Marzipan, /v1/verify", "gateway")):
        found = run.find("saturation", f"{ours}: processor")
        for floor in ("Go net/http, JSON in and out", "httptools on uvloop, no ASGI"):
            rival = run.find("saturation", f"{floor}: processor")
            what = f"HTTP {name}, the server's processor a request, beside {floor}"
            if found is None or rival is None:
                yield Row(what, "")
            else:
                measured, other = f"{short(found.least)} us", f"{short(rival.least)} us"
                yield Row(what, "", measured, other, f"{rival.least / found.least:.2f}")


def _latency(run: Run) -> Iterator[Row]:
    what, goal = "p99 that an HTTP verify adds at 70 % load", "under 1 ms"
    added = run.find("latency", "added at 70 %, p99")
    ours = run.find("latency", "marzipan at 70 %, p99")
    bare = run.find("latency", "httptools_echo at 70 %, p99")
    if added is None or ours is None or bare is None:
        yield Row(what, goal)
        return
    beside = f"{ours.median / 1e3:.2f} ms in all, httptools {bare.median / 1e3:.2f} ms"
    yield Row(what, goal, f"{added.median / 1e3:.2f} ms", beside, met=added.median < 1000)


def _keys(run: Run) -> Iterator[Row]:
    # "Unchanged" can't be measured to the last digit; a tenth is what rounds differ by anyway.
    for series, limit, goal in (("hit", 1.1, "unchanged"), ("miss", 2.0, "at most 2 times")):
        found = run.curve("growth", series)
        if len(found) < 2:
            yield Row(f"more keys stored: {series}", goal)
            continue
        first, last = found[0], found[-1]
        what = f"{first.x:,.0f} to {last.x:,.0f} keys stored: {series}"
        ratio = last.least / first.least
        yield Row(
            what,
            goal,
            f"{last.least:.2f} us",
            f"{first.least:.2f} us",
            f"{ratio:.2f}",
            ratio <= limit,
        )


def _propagation(run: Run) -> Iterator[Row]:
    what, goal = "revoke to the refusal on the last of 8 nodes, p99", "under 25 ms"
    told = next((each.text for each in run.sections if each.name == "propagation"), "")
    found = run.find("propagation", "answer -> first refusal of the last node, p99")
    if found is None or " over 8 nodes" not in told:
        yield Row(what, goal)
        return
    answer = run.find("propagation", "revoke, its answer, p99")
    beside = "" if answer is None else f"the answer itself {answer.median:.1f} ms"
    yield Row(what, goal, f"{found.median:.1f} ms", beside, met=found.median < 25)


def _traffic(run: Run) -> Iterator[Row]:
    checked = run.find("traffic", "answers checked")
    beside = "" if checked is None else f"{checked.median:,.0f} answers checked"
    for name in ("wrong answers", "5xx"):
        found = run.find("traffic", name)
        if found is None:
            yield Row(f"{name} under mixed traffic", "0")
        else:
            measured = f"{found.median:,.0f}"
            yield Row(f"{name} under mixed traffic", "0", measured, beside, met=found.median == 0)
    grown = run.find("traffic", "memory, slope")
    if grown is not None:
        what = "memory of the server under mixed traffic"
        yield Row(what, "", f"{short(grown.median)} MiB a minute", grown.note)
