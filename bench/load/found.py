"""What locust counted, as a section of the bench's results."""

from typing import Any

from bench.results import Section

PARTS = (0.5, 0.9, 0.99, 0.999)


def found(stats: Any, memory: list[float]) -> Section:
    """Rates and latencies by kind of request, every failure with its number, and the memory."""
    section = Section(name="traffic")
    total = stats.total
    section.add("all requests", "requests/s", [total.total_rps])
    section.add("requests", "count", [total.num_requests])
    section.add("failures", "count", [total.num_failures])
    for entry in [*sorted(stats.entries.values(), key=lambda one: -one.num_requests), total]:
        if not entry.num_requests:
            continue
        name = entry.name if entry is not total else "all"
        for part in PARTS:
            value = entry.get_response_time_percentile(part)
            note = f"of {entry.num_requests}" if part == PARTS[0] else ""
            section.add(f"{name}, p{part * 100:g}", "ms", [value], note=note)
    if memory:
        section.add("memory of the server", "MiB", memory, note="sampled each second")
        section.add("memory it grew by", "MiB", [memory[-1] - memory[0]])
    section.failures = [
        f"{error.occurrences} times, {error.name}: {error.error}" for error in stats.errors.values()
    ]
    return section
