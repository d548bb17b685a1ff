"""The rows by which nodes know of each other, on every database that has them."""

import msgspec
import pytest

from engine.types import Kind
from storage.cluster import ClusterNode
from tests.servers.pgproxy import LOSE_AT_COMMIT, lose

ONE, OTHER = (
    ClusterNode(
        node_id=name * 16, boot_id=b"b" * 16, positions=(0,) * 8, mode="poll", lease_ms=5000
    )
    for name in (b"1", b"2")
)


@pytest.fixture(params=["sqlite", "postgres", "cockroach-strict"])
def cluster(request):
    return request.getfixturevalue(request.param.replace("-", "_"))


def told(nodes):
    """Rows without how long their leases run, which has become less since."""
    assert all(0 < node.lease_ms <= 5000 for node in nodes)
    return [msgspec.structs.replace(node, lease_ms=5000) for node in nodes]


def test_a_node_is_known_from_its_first_word_until_it_leaves(cluster, run):
    for node in (OTHER, ONE, msgspec.structs.replace(ONE, positions=(7,) * 8)):
        run(cluster.enrol(node))
    further = msgspec.structs.replace(ONE, positions=(7,) * 8)
    assert told(run(cluster.nodes())) == [further, OTHER]
    run(cluster.leave(ONE.node_id))
    run(cluster.leave(ONE.node_id))
    assert told(run(cluster.nodes())) == [OTHER]


def test_a_poll_tells_where_every_shard_ends_and_whether_somebody_waits(cluster, run, build):
    first = run(cluster.poll())
    assert [head.seq for head in first.heads] == [0] * 8 and not first.watched
    run(cluster.commit(build.change(revoke=(build.kill(b"\x03" + bytes(15), Kind.GRANT),))))
    run(cluster.watch(60_000))
    second = run(cluster.poll())
    assert [head.seq for head in second.heads] == [0, 0, 0, 1, 0, 0, 0, 0] and second.watched
    assert second.epoch == first.epoch
    assert [entry.target[0] for entry in run(cluster.follow(3, 0, 9))] == [3]


@pytest.mark.parametrize("ending", [lose(), LOSE_AT_COMMIT], ids=["statement", "commit"])
def test_what_lost_a_race_is_said_again(cockroach_strict, strict, run, ending):
    lost = []

    def rule(kind, body):
        if kind == b"B" and len(lost) < 3:
            lost.append(body)
            return ending
        return None

    strict.proxy.rule = rule
    run(cockroach_strict.enrol(ONE))
    assert told(run(cockroach_strict.nodes())) == [ONE]
    assert len(lost) == 3
