"""A database server: which it is, and whether what it acknowledges survives."""

from collections.abc import Sequence

from server.settings import Settings
from storage.postgres.facts import ServerFacts

from .finding import FAIL, OK, WARN, Finding

_FAR_MS = 20.0
_CLOCK_MS = 1000.0


def check(server: ServerFacts, settings: Settings) -> Sequence[Finding]:
    """What its facts mean."""
    found = [Finding("database", OK, " ".join(server.version.split()[:3]).rstrip(","))]
    if not server.cockroach:
        found += [_primary(server), *_durability(server), _standbys(server)]
    return [*found, _distance(server), _clock(server, settings)]


def _primary(server: ServerFacts) -> Finding:
    if server.standby:
        advice = (
            "Name the primary in the URL, or all hosts: a node finds the one that takes writes."
        )
        return Finding("primary", FAIL, "this server is a standby, and takes no writes", advice)
    return Finding("primary", OK, "this server takes writes")


def _durability(server: ServerFacts) -> Sequence[Finding]:
    losing = {
        "fsync": "what was acknowledged is lost, or the database broken, when the power fails",
        "full_page_writes": "a page that was half written when the power failed stays broken",
    }
    off = [name for name in losing if server.settings[name] == "off"]
    found = [
        Finding("durability", FAIL, f"{name} is off: {losing[name]}", f"Set {name} = on, reload.")
        for name in off
    ]
    if not found:
        found = [Finding("durability", OK, "fsync and full_page_writes are on")]
    if server.settings["synchronous_commit"] == "off":
        found.append(
            Finding("durability", OK, "synchronous_commit is off, but on for what Marzipan writes")
        )
    isolation = server.settings["default_transaction_isolation"]
    return [*found, Finding("isolation", OK, f"{isolation}; Marzipan asks for read committed")]


def _standbys(server: ServerFacts) -> Finding:
    if server.settings["synchronous_standby_names"]:
        return Finding("standbys", OK, "a write waits for a synchronous standby")
    return Finding(
        "standbys",
        WARN,
        "no standby is synchronous: a failover may lose revocations that were acknowledged",
        "Where you fail over, set synchronous_standby_names.",
    )


def _distance(server: ServerFacts) -> Finding:
    took = f"a round trip takes {server.round_trip_ms:.1f} ms"
    if server.round_trip_ms > _FAR_MS:
        advice = "Run nodes near their database: a change takes some ten round trips."
        return Finding("distance", WARN, took, advice)
    return Finding("distance", OK, took)


def _clock(server: ServerFacts, settings: Settings) -> Finding:
    apart = abs(server.clock_ms - server.ours_ms)
    said = f"our clock and the database's differ by {apart / 1000:.3f} s"
    if apart <= _CLOCK_MS + server.round_trip_ms:
        return Finding("clocks", OK, said)
    level = FAIL if apart > settings.clock_skew * 1000 else WARN
    return Finding("clocks", level, said, "Keep both with NTP: keys are stamped by our clock.")
