"""Requests a second that one process on one core answers, beside floors in the same run.

The servers run side by side and are asked in turns, so that the machine's moods fall on all of
them. The server that is not asked costs nothing.
"""

import contextlib
import shutil
from contextlib import ExitStack
from typing import NamedTuple

from bench.plan import Mode
from bench.results import Section
from bench.rivals import Missing
from bench.wire.admin import Admin
from bench.wire.asked import Request, both
from bench.wire.clients import NO_WRK, Load, saturate
from bench.wire.kinds import kinds
from bench.wire.processes import cores
from bench.wire.servers import Server, floor, many_files, marzipan
from bench.wire.workers import several

FLOORS = ("go_json", "uvicorn_raw", "httptools_echo")
CONNECTIONS = 16
LABELS = {
    "verify": "Marzipan, apiKeys:verify",
    "gateway": "Marzipan, /v1/verify",
    "go_json": "Go net/http, JSON in and out",
    "uvicorn_raw": "uvicorn, raw ASGI",
    "httptools_echo": "httptools on uvloop, no ASGI",
}


class Target(NamedTuple):
    """Whom to ask what, what there is to say of it, and in which plot it stands."""

    server: Server
    request: Request
    note: str = ""
    series: str = ""


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
        targets = {LABELS[name]: Target(ours, one) for name, one in asked.items()}
        for each in FLOORS:
            with _or_missing(section):
                server = stack.enter_context(floor(each))
                targets[LABELS[each]] = Target(server, asked["verify"])
        targets |= _kinds(section, ours, mode)
        before = ours.resident()
        _rounds(section, targets, mode)
        _connections(section, targets, mode)
        section.add("memory of the server", "MiB", [ours.resident() / 2**20])
        grown = (ours.resident() - before) / 2**20
        section.add("memory it grew by", "MiB", [grown], note="under all load of this part")
    several(section, mode)
    return section


@contextlib.contextmanager
def _or_missing(section: Section):
    try:
        yield
    except Missing as missing:
        section.missing.append(str(missing))


def _kinds(section: Section, ours: Server, mode: Mode) -> dict[str, Target]:
    if shutil.which("wrk") is None:
        section.missing.append("verifies of other kinds: only wrk sends bodies in turns")
        return {}
    admin, found = Admin(ours.url, ours.admin_key), {}
    for kind in kinds(admin, *mode.pick((50, 100), (1000, 5))):
        if fault := kind.fault(admin):
            section.failures.append(fault)
        found[kind.label] = Target(ours, kind.request(ours.admin_key), kind.note, "kind")
    return found


def _asked(section: Section, server: Server, request: Request, seconds, connections) -> Load:
    load = saturate(server.port, request, seconds, connections)
    load.tell(section, f"{server.name}, {connections} connections")
    return load


def _rounds(section: Section, targets: dict[str, Target], mode: Mode) -> None:
    rates: dict[str, list[float]] = {name: [] for name in targets}
    spent: dict[str, list[float]] = {name: [] for name in targets}
    for number in range(mode.pick(1, 5)):
        for name in list(targets)[:: -1 if number % 2 else 1]:
            server, request = targets[name][:2]
            before = server.processor_s()
            load = _asked(section, server, request, mode.pick(1, 3), CONNECTIONS)
            each = (server.processor_s() - before) / max(1, load.answered) * 1e6
            rates[name].append(load.rate)
            spent[name].append(each)
    for name, target in targets.items():
        section.add(name, "requests/s", rates[name], note=target.note)
        section.add(
            f"{name}: processor", "us", spent[name], series=target.series,
            note="of the server, a request",
        )  # fmt: skip


def _connections(section: Section, targets: dict[str, Target], mode: Mode) -> None:
    shown = [LABELS["verify"], LABELS["uvicorn_raw"]]
    for count in mode.pick((1, 1000), (1, 4, 16, 64, 256, 1000)):
        for name in shown:
            server, request = targets[name][:2]
            load = _asked(section, server, request, mode.pick(1, 3), count)
            part = f"{name}, {count} connections"
            section.add(part, "requests/s", [load.rate], x=count, series=f"{name}: rate")
            section.add(f"{part}, p99", "us", [load.us["99"]], x=count, series=f"{name}: p99")
            # A connection that is long not accepted is seen by its first answer.
            note = "from sending, whether the connection is accepted yet or not"
            section.add(f"{part}, longest", "us", [load.us["100"]], note=note)
