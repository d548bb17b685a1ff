"""Which plots a run gets, each from the measures that are there."""

from collections.abc import Iterator, Mapping, Sequence

from bench.report.charts import bars, lines, stacks
from bench.report.goals import OURS, RIVALS
from bench.results import Measure, Run
from bench.wire.where import PARTS

Plots = Iterator[tuple[str, str]]
Rows = Sequence[tuple[str, float]]
Curves = dict[str, list[tuple[float, float]]]
_HTTP = (
    "Marzipan, apiKeys:verify", "Marzipan, /v1/verify", "Go net/http, JSON in and out",
    "uvicorn, raw ASGI", "httptools on uvloop, no ASGI",
)  # fmt: skip


def plots(run: Run) -> Plots:
    """Names and contents of SVG files; a plot without a measure is left out."""
    for maker in (_engine, _http, _where, _connections, _latency, _growth, _stores, _traffic):
        yield from maker(run)


def _bars(name: str, title: str, rows: Rows, unit: str, ours: int = 99) -> Plots:
    if rows:
        yield name, bars(title, rows, unit, first_is_ours=ours)


def _curves(
    run: Run, section: str, names: Mapping[str, str], *, least: bool = False, scale: float = 1.0
) -> Curves:
    """Label -> points, of the series that were measured."""
    found: Curves = {}
    for label, series in names.items():
        for one in run.curve(section, series):
            value = one.least if least else one.median
            found.setdefault(label, []).append((one.x or 0.0, value * scale))
    return found


def _rows(
    run: Run, section: str, names: Sequence[str], suffix: str = ""
) -> list[tuple[str, float]]:
    found = [(name, run.find(section, name + suffix)) for name in names]
    return [(name, one.least if one.unit == "us" else one.median) for name, one in found if one]


def _measures(run: Run, section: str) -> list[Measure]:
    return [one for each in run.sections if each.name == section for one in each.measures]


def _engine(run: Run) -> Plots:
    ours = _rows(run, "rivals", (OURS, f"{OURS}, derived"))
    others = sorted(_rows(run, "rivals", tuple(RIVALS)), key=lambda row: row[1])
    title = "One verify of one credential with three restrictions (less is better)"
    yield from _bars("rivals.svg", title, ours + others, "us", len(ours))

    names = {"compressions": "of the chain, the compressions", "standing": "denylist and record"}
    steps = [one for one in _measures(run, "engine") if one.series == "step"]
    bare = [(one.name.removeprefix("step "), one.least * 1e3) for one in steps]
    rows = [(names.get(name, name), value) for name, value in bare]
    yield from _bars("steps.svg", "Where the time of a verify goes", rows, "ns")

    labels = {"key, by blocks": "key", "derived, by blocks": "grant", "key, by caveats": "caveats"}
    if curves := _curves(run, "engine", labels, least=True):
        title = "One verify by blocks (one caveat each), and by caveats of one block"
        yield "chain.svg", lines(title, curves, "blocks, or caveats", "us, least")


def _http(run: Run) -> Plots:
    title = "HTTP on one core, 16 connections (more is better)"
    yield from _bars("http.svg", title, _rows(run, "saturation", _HTTP), "/s", 2)
    title = "The server's processor, a request (less is better)"
    rows = _rows(run, "saturation", _HTTP, ": processor")
    yield from _bars("http-processor.svg", title, rows, "us", 2)
    kinds = [one for one in _measures(run, "saturation") if one.series == "kind"]
    constant = run.find("saturation", f"{_HTTP[0]}: processor")
    rows = [(one.name.removesuffix(": processor"), one.least) for one in kinds]
    if kinds and constant is not None:
        rows.insert(0, ("verify, the same context each time", constant.least))
    title = "The server's processor, a request of each kind (less is better)"
    yield from _bars("kinds.svg", title, rows, "us")
    if curves := _curves(run, "saturation", {OURS: "workers"}):
        title = "Requests a second by worker processes, on all cores, the client's too"
        yield "workers.svg", lines(title, curves, "workers", "requests/s")


def _where(run: Run) -> Plots:
    rows: dict[str, dict[str, float]] = {}
    for one in _measures(run, "where"):
        if one.series:
            name = one.name.removesuffix(f": {one.series}")
            rows.setdefault(name, {})[one.series] = one.median
    if rows:
        title = "Where the server's processor spends its time, a request (less is better)"
        yield "where.svg", stacks(title, PARTS, rows, "us")


def _connections(run: Run) -> Plots:
    servers = {OURS: _HTTP[0], "uvicorn, raw ASGI": "uvicorn, raw ASGI"}
    rates = {label: f"{name}: rate" for label, name in servers.items()}
    if curves := _curves(run, "saturation", rates):
        title = "Requests a second by connections"
        yield "connections.svg", lines(title, curves, "connections", "requests/s", log_x=True)
    late = {label: f"{name}: p99" for label, name in servers.items()}
    if curves := _curves(run, "saturation", late, scale=1e-3):
        title = "p99 at the limit, by connections"
        plot = lines(title, curves, "connections", "ms", log_x=True, log_y=True)
        yield "connections-p99.svg", plot


def _latency(run: Run) -> Plots:
    names = {f"{OURS} {part}": f"marzipan {part}" for part in ("p50", "p99", "p99.9")}
    names |= {f"httptools {part}": f"httptools_echo {part}" for part in ("p50", "p99")}
    if curves := _curves(run, "latency", names, scale=1e-3):
        title = "Latency by load, counted from when a request was due"
        across = "percent of Marzipan's limit"
        yield "latency.svg", lines(title, curves, across, "ms", log_y=True)


def _growth(run: Run) -> Plots:
    if curves := _curves(run, "growth", {"hit": "hit", "miss": "miss"}, least=True):
        title = "One verify by keys stored in SQLite"
        yield "keys.svg", lines(title, curves, "keys", "us, least", log_x=True, log_y=True)
    if curves := _curves(run, "growth", {"lookup": "five absent"}, least=True):
        title = "Five ids that are not revoked, by revocations in memory"
        yield "denylist.svg", lines(title, curves, "entries", "us, least", log_x=True)


def _stores(run: Run) -> Plots:
    for kind, title in (("sqlite", "SQLite"), ("postgresql", "Postgres")):
        found = [one for one in _measures(run, "stores") if one.name.startswith(f"{kind}: ")]
        rows = [(one.name.removeprefix(f"{kind}: "), one.median) for one in found]
        yield from _bars(f"{kind}.svg", f"{title}, one call, median", rows, "us")


def _traffic(run: Run) -> Plots:
    found = [one for one in _measures(run, "traffic") if one.name.endswith(", p99")]
    rows = [(one.name.removesuffix(", p99"), one.median) for one in found[:12]]
    yield from _bars("traffic.svg", "Mixed traffic through locust, p99", rows, "ms")
    held = run.find("traffic", "memory of the server")
    if held is not None and len(held.values) > 1:
        each = max(1, len(held.values) // 60)
        points = [(float(at), value) for at, value in enumerate(held.values)][::each]
        title = "The server's memory under mixed traffic, sampled each second"
        yield "memory.svg", lines(title, {OURS: points}, "seconds", "MiB")
