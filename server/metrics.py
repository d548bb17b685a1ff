"""What one process has done and holds, for Prometheus; on a port of its own, without a credential.

Everything is counted by plain additions where it happens, and named only when somebody asks. No
label holds what a client sent: routes are templates, outcomes are words of an enum.
"""

from collections.abc import Callable, Iterator
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .bootstrap import StartError
from .counts import VALID
from .hot.paths import PATH
from .node import Node


class Exporter(Collector):
    """Tells a node's counts and sizes. Asked from a thread of its own, it only reads.

    `at_once` says how many verifies were answered without a task, which `Counts` knows nothing of.
    """

    def __init__(self, node: Node, at_once: Callable[[], int]) -> None:
        self._node = node
        self._at_once = at_once

    def collect(self) -> Iterator[Metric]:
        node, counts = self._node, self._node.counts
        at_once = self._at_once()
        requests = CounterMetricFamily(
            "marzipan_requests", "Answered requests.", labels=("method", "route", "status")
        )
        answered = dict(counts.requests)
        if at_once:
            hot = "POST", PATH, 200
            answered[hot] = answered.get(hot, 0) + at_once
        for (method, route, status), count in answered.items():
            requests.add_metric((method, route, str(status)), count)
        yield requests
        verdicts = CounterMetricFamily(
            "marzipan_verdicts", "Credentials judged, by final outcome.", labels=("outcome",)
        )
        outcomes = dict(counts.verdicts)
        outcomes[VALID] = outcomes.get(VALID, 0) + at_once
        for outcome, count in outcomes.items():
            verdicts.add_metric((outcome.removeprefix("VERIFICATION_ERROR_"),), count)
        yield verdicts
        yield CounterMetricFamily(
            "marzipan_verdicts_at_once", "Verifies answered without a task.", at_once
        )
        tenant = node.tenant
        yield GaugeMetricFamily(
            "marzipan_keys_cached", "Key records in memory.", len(tenant.records)
        )
        yield GaugeMetricFamily("marzipan_revocations", "Live revocations.", len(tenant.denylist))
        yield GaugeMetricFamily(
            "marzipan_uses_unwritten", "Last uses that are not written yet.", len(node.uses)
        )


def export(
    node: Node, host: str, port: int, at_once: Callable[[], int]
) -> tuple[WSGIServer, Thread]:
    """Answer /metrics until the server is shut down. Raises StartError."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Exporter(node, at_once))
    try:
        return start_http_server(port, host, registry)
    except OSError as error:
        raise StartError(
            f"Nothing can listen on {host} port {port} for metrics: {error.strerror}. Stop what "
            "listens there, or name another with --metrics-port."
        ) from None
