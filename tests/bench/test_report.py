"""The report says what was measured, what was not, and what failed; its plots are sound SVG."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.extra import read
from bench.plan import PARTS
from bench.report.charts import bars, lines, stacks
from bench.report.goals import rows
from bench.report.page import page
from bench.report.scales import Scale, decades, from_zero
from bench.report.svg import short
from bench.report.writing import write
from bench.results import Run, Section, load_run

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"


def run(*sections: Section) -> Run:
    return Run(
        machine={"processor": "an | abacus"}, versions={"Python": "3.11"}, commit="abc",
        mode="quick", started="2027-01-15T08:00:00", sections=list(sections),
    )  # fmt: skip


def full() -> Run:
    """A run with a figure for every goal and plot."""
    engine, rivals = Section(name="engine"), Section(name="rivals")
    for kind in ("key", "grant"):
        for blocks in (0, 1, 16):
            least = 0.4 + 0.2 * blocks
            engine.add(
                f"verify, {kind} + {blocks} blocks", "us", [least, 9.0], x=blocks, series=kind
            )
    for name, value in (("one by one", 0.9), ("verify_many", 0.4)):
        engine.add(f"1,000 tokens, {name}", "us", [value])
    for threads, value in ((1, 0.5), (2, 0.3)):
        engine.add(f"verify_many, threads {threads}", "us", [value])
    engine.add("step chain", "us", [0.2], series="step")
    for name, value in (("Marzipan", 0.6), ("libmacaroons (C)", 2.0), ("pymacaroons", 60.0)):
        rivals.add(name, "us", [value])
    http, latency = Section(name="saturation"), Section(name="latency")
    http.add("Marzipan, apiKeys:verify", "requests/s", [9000.0])
    http.add("Go net/http, JSON in and out", "requests/s", [30_000.0])
    for server, value in (("marzipan", 1200.0), ("httptools_echo", 300.0), ("added", 900.0)):
        name = f"{server} at 70 %, p99"
        latency.add(name, "us", [value], x=70, series=f"{server} p99")
    growth, stores = Section(name="growth"), Section(name="stores")
    for size, hit, miss in ((1000, 0.7, 30.0), (10**6, 0.72, 70.0)):
        growth.add(f"{size} hit", "us", [hit], x=size, series="hit")
        growth.add(f"{size} miss", "us", [miss], x=size, series="miss")
    stores.add("sqlite: read a key", "us", [20.0])
    traffic = Section(name="traffic")
    traffic.add("memory of the server", "MiB", [70.0 + at % 3 for at in range(600)])
    where = Section(name="where")
    where.add("verify", "us", [20.0])
    where.add("verify: kernel", "us", [8.0], series="kernel")
    return run(engine, rivals, http, where, latency, growth, stores, traffic)


def verdicts(found: Run) -> dict[str, bool | None]:
    return {row.what: row.met for row in rows(found)}


def test_a_goal_is_met_or_not_by_what_was_measured() -> None:
    found = verdicts(full())
    assert found["verify, key + 1 block of 3 caveats"] is True
    assert found["the same, beside libmacaroons (C)"] is False
    assert found["the same, beside pymacaroons"] is True
    assert found["each further block, key"] is True
    assert found["verify_many, 1,000 tokens on one core"] is True
    go = "HTTP verify, one process on one core, beside Go net/http, JSON in and out"
    assert found[go] is False
    assert found["p99 that an HTTP verify adds at 70 % load"] is True
    assert found["1,000 to 1,000,000 keys stored: hit"] is True
    assert found["1,000 to 1,000,000 keys stored: miss"] is False


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    found = rows(run(*(Section(name=part.name) for part in PARTS)))
    assert len(found) > 15
    for row in found:
        assert row.met is None and row.measured == "not measured"
        assert row.cells()[-1] == ("-" if row.goal else "")


def test_a_part_that_a_run_did_not_have_has_no_goals_in_it() -> None:
    assert {row.what for row in rows(run(Section(name="latency")))} == {
        "p99 that an HTTP verify adds at 70 % load"
    }


PRINTED = """\
300 revocations over {nodes} nodes
revoke, its answer                           p50     2.0   p99     4.1   max     9.9   ms
answer -> first refusal of the last node     p50     0.0   p99    {p99}   max    30.2   ms
"""


@pytest.mark.parametrize(
    ("nodes", "p99", "met"), [(8, "24.9", True), (8, "25.1", False), (3, "1.0", None)]
)
def test_propagation_is_judged_by_what_was_printed_of_eight_nodes(nodes, p99, met) -> None:
    section = read("propagation", PRINTED.format(nodes=nodes, p99=p99))
    assert len(section.measures) == 6
    assert verdicts(run(section))["revoke to the refusal on the last of 8 nodes, p99"] is met


def test_the_page_tells_machine_goals_failures_and_what_is_missing() -> None:
    broken = Section(
        name="saturation", failures=["3 answers were not 2xx"], missing=["wrk: absent"]
    )
    told = page(run(broken), [])
    for said in ("an \\| abacus", "Python 3.11", "3 answers were not 2xx", "wrk: absent"):
        assert said in told
    assert told.index("abacus") < told.index("## Goals") < told.index("## All figures")


def test_rows_of_a_table_have_as_many_cells_as_its_head() -> None:
    told = page(full(), [])
    for block in re.findall(r"(?:^\|.*\n)+", told, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1, block


def sound(svg: str) -> ElementTree.Element:
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title") is not None
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])
    for element in root.iter():
        for name, limit in (("x", width), ("y", height), ("cx", width), ("cy", height)):
            if name in element.attrib:
                assert 0 <= float(element.attrib[name]) <= limit, element.attrib
    return root


def test_every_plot_of_a_full_run_is_sound_and_is_shown(tmp_path: Path) -> None:
    (tmp_path / "old.svg").write_text("from a run before")
    report = write(full(), tmp_path)
    plots = {path.name for path in tmp_path.glob("*.svg")}
    assert {
        "rivals.svg",
        "chain.svg",
        "http.svg",
        "keys.svg",
        "where.svg",
        "latency.svg",
        "memory.svg",
    } <= plots
    assert "old.svg" not in plots
    for name in plots:
        sound((tmp_path / name).read_text())
    assert set(re.findall(r"\((.*?\.svg)\)", report.read_text())) == plots
    assert load_run(tmp_path / "run.json") == full()


texts = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30)
amounts = st.floats(1e-3, 1e9)


@given(texts, st.lists(st.tuples(texts, amounts), min_size=1, max_size=8))
def test_bars_are_sound_whatever_their_names_and_values(title, some) -> None:
    root = sound(bars(title, some, "us"))
    widths = [float(one.attrib["width"]) for one in root.iter(f"{SVG}rect")]
    order = sorted(range(len(some)), key=lambda one: some[one][1])
    assert [widths[one] for one in order] == sorted(widths)


@given(
    texts,
    st.dictionaries(
        texts, st.lists(st.tuples(amounts, amounts), min_size=1, max_size=6), min_size=1, max_size=4
    ),
    st.booleans(),
    st.booleans(),
)
def test_lines_are_sound_whatever_they_show(title, curves, log_x, log_y) -> None:
    sound(lines(title, curves, "x", "y", log_x=log_x, log_y=log_y, goal=1.0))


@given(
    st.dictionaries(
        texts, st.dictionaries(st.sampled_from("abc"), st.floats(0, 1e6), min_size=1), min_size=1
    )
)
def test_a_stack_is_as_wide_as_its_parts_together(rows) -> None:
    root = sound(stacks("t", "abc", rows, "us"))
    legend = {one.attrib["fill"] for one in list(root.iter(f"{SVG}rect"))[:3]}
    shapes = list(root.iter(f"{SVG}rect"))[3:]
    assert len(shapes) == sum(len(row) for row in rows.values())
    assert {one.attrib["fill"] for one in shapes} <= legend and len(legend) == 3
    for above, below in zip(shapes, shapes[1:], strict=False):
        if above.attrib["y"] == below.attrib["y"]:
            end = float(above.attrib["x"]) + float(above.attrib["width"])
            assert float(below.attrib["x"]) == pytest.approx(end, abs=0.2)


def test_a_plot_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="row"):
        stacks("t", "a", {}, "us")
    with pytest.raises(ValueError, match="colour"):
        stacks("t", "abcdefgh", {"r": {"a": 1}}, "us")
    with pytest.raises(ValueError, match="point"):
        lines("t", {"a": []}, "x", "y")
    with pytest.raises(ValueError, match="row"):
        bars("t", [], "us")


@given(st.lists(amounts, min_size=1, max_size=9))
def test_an_axis_holds_all_values_and_its_ticks(some: list[float]) -> None:
    for make in (from_zero, decades):
        scale: Scale = make(some, 100.0, 0.0)
        places = [scale(value) for value in sorted(some)]
        assert places == sorted(places, reverse=True)
        assert all(-1e-6 <= place <= 100 + 1e-6 for place in places)
        assert scale.ticks() and all(scale.low <= tick <= scale.high for tick in scale.ticks())


@given(st.lists(amounts, min_size=2, max_size=8))
def test_names_at_the_ends_of_lines_never_lie_over_each_other(ends: list[float]) -> None:
    root = sound(lines("t", {f"curve {n}": [(1, end)] for n, end in enumerate(ends)}, "x", "y"))
    names = [one for one in root.iter(f"{SVG}text") if (one.text or "").startswith("curve")]
    places = sorted(float(one.attrib["y"]) for one in names)
    assert len(places) == len(ends)
    assert all(below - above >= 14.9 for above, below in zip(places, places[1:], strict=False))


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (0.662, "0.662"), (5.61, "5.61"), (33.24, "33.2"), (1234.0, "1,234"),
     (57_000.0, "57k"), (1.2e6, "1.2M"), (0.0031, "0.00310")],
)  # fmt: skip
def test_figures_are_short(value: float, said: str) -> None:
    assert short(value) == said


def test_a_part_is_run_and_reported_from_the_command_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "--quick", "--only", "memory", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "a revocation" in (tmp_path / "report.md").read_text()
    assert json.loads((tmp_path / "run.json").read_text())["sections"][0]["name"] == "memory"
