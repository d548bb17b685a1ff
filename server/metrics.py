"""What one process has done and holds, for Prometheus; on a port of its own, without a credential.

Everything is counted by plain additions where it happens, and named only when somebody asks. No
label holds what a client sent: routes are templates, outcomes are words of an enum.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client import generate_latest as text_of
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .asgi import Request, Response
from .connections import Answered
from .counts import VALID
from .dispatch import Dispatch
from .node import Node
from .openapi.operation import Operation
from .routes import Route, Routes

_TEXT = b"content-type", b"text/plain; version=0.0.4; charset=utf-8"
_METRICS = Operation(id="metrics", summary="What this process has done.", answers={200: None})


class Exporter(Collector):
    """Tells a node's counts and sizes, and only reads.

    `at_once` tells what was answered without a handler, and `Counts` so knows nothing of.
    """

    def __init__(self, node: Node, at_once: Answered) -> None:
        self._node = node
        self._at_once = at_once

    def collect(self) -> Iterator[Metric]:
        yield from self._counted()
        yield from self._held()
        node = self._node
        yield GaugeMetricFamily(
            "marzipan_ready", "Whether this process accepts credentials.", int(node.ready)
        )
        if node.store.shared:
            # Alone with its database a node has nobody to follow.
            yield GaugeMetricFamily(
                "marzipan_staleness_seconds",
                "Since the database last said what was revoked, and all of it was applied.",
                node.freshness.staleness,
            )
            yield CounterMetricFamily(
                "marzipan_resyncs", "Times the revocation log was read anew.", node.feed.resyncs
            )

    def _counted(self) -> Iterator[Metric]:
        counts = self._node.counts
        requests = CounterMetricFamily(
            "marzipan_requests", "Answered requests.", labels=("method", "route", "status")
        )
        answered = counts.requests.copy()
        verdicts = counts.verdicts.copy()
        at_once = 0
        for of, count in self._at_once().items():
            answered[of] += count
            at_once += count
        if at_once:
            verdicts[VALID] += at_once
        for (method, route, status), count in answered.items():
            requests.add_metric((method, route, str(status)), count)
        yield requests
        judged = CounterMetricFamily(
            "marzipan_verdicts", "Credentials judged, by final outcome.", labels=("outcome",)
        )
        for outcome, count in verdicts.items():
            judged.add_metric((outcome,), count)
        yield judged
        yield CounterMetricFamily(
            "marzipan_verdicts_at_once",
            "Good credentials told as they were told before.",
            at_once,
        )

    def _held(self) -> Iterator[Metric]:
        keys = GaugeMetricFamily(
            "marzipan_keys_cached", "Key records in memory.", labels=("tenant",)
        )
        revoked = GaugeMetricFamily(
            "marzipan_revocations", "Live revocations in memory.", labels=("tenant",)
        )
        for tenant in self._node.tenants():
            keys.add_metric((tenant.name,), len(tenant.records))
            revoked.add_metric((tenant.name,), len(tenant.denylist))
        yield keys
        yield revoked
        yield GaugeMetricFamily(
            "marzipan_uses_unwritten", "Last uses that are not written yet.", len(self._node.uses)
        )


def metrics_app(node: Node, at_once: Answered) -> Dispatch:
    """The application that answers GET /metrics, and nothing else."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Exporter(node, at_once))
    ProcessCollector(registry=registry)

    async def metrics(request: Request) -> Response:
        return Response(200, text_of(registry), (_TEXT, (b"cache-control", b"no-store")))

    return Dispatch(Routes([Route("GET", "/metrics", metrics, _METRICS, body_limit=None)]))
