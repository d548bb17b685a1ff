"""What locust counted, as a section of the bench's results."""

from typing import Any

from bench.load.tally import Tally
from bench.results import Section
from bench.stats import slope

PARTS = (0.5, 0.9, 0.99, 0.999)
WARM_S = 120  # within which caches, tables and the database's pages fill
COUNTED = {
    "answers checked": "answers",
    "verdicts judged": "verdicts",
    "wrong answers": "wrong",
    "5xx": "failed",
    "requests without an answer": "absent",
    "credentials made": "credentials",
    "revocations": "revocations",
    "rotations among them": "rotations",
}


def found(stats: Any, tally: Tally, memory: list[float]) -> Section:
    """Counts, rates and latencies by kind of request, every failure, and the memory."""
    section = Section(name="traffic")
    total = stats.total
    section.add("all requests", "requests/s", [total.total_rps])
    section.add("requests", "count", [total.num_requests])
    section.add("failures", "count", [total.num_failures])
    for name, field in COUNTED.items():
        section.add(name, "count", [getattr(tally, field)])
    for entry in [*sorted(stats.entries.values(), key=lambda one: -one.num_requests), total]:
        if not entry.num_requests:
            continue
        name = entry.name if entry is not total else "all"
        for part in PARTS:
            value = entry.get_response_time_percentile(part)
            note = f"of {entry.num_requests}" if part == PARTS[0] else ""
            section.add(f"{name}, p{part * 100:g}", "ms", [value], note=note)
    _memory(section, memory, tally.credentials)
    section.failures = [
        f"{error.occurrences} times, {error.name}: {error.error}" for error in stats.errors.values()
    ]
    return section


def _memory(section: Section, samples: list[float], credentials: int) -> None:
    """What the server held, and by how much it grew, of a sample a second."""
    if len(samples) < 2:
        return
    section.add("memory of the server", "MiB", samples, note="sampled each second")
    section.add("memory it grew by", "MiB", [samples[-1] - samples[0]])
    warm = min(WARM_S, len(samples) // 2)
    note = (
        f"by least squares, {len(samples) - warm} s after the first {warm} s; "
        f"{credentials / len(samples) * 60:,.0f} credentials were made a minute"
    )
    section.add("memory, slope", "MiB/min", [slope(samples[warm:]) * 60], note=note)
