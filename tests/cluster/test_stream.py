"""Three real nodes with a real Valkey between them: faster with it, and no worse without."""

from collections.abc import Iterator

import pytest

from tests.servers.valkey import Valkey

from .conftest import Cluster


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    server = Valkey()
    yield server
    server.stop()


def _modes(node) -> set[str]:
    return {member["mode"] for member in node.call("GET", "/v1/cluster").json()["nodes"]}


def _revoke(one, *nodes) -> str:
    """Revoke a key on one node and see all refuse it; how it went there, as the answer says."""
    key_id, secret = one.issue()
    for node in nodes:
        node.until("ok", secret)
    answer = one.revoke(key_id)
    assert answer.status_code == 204
    for node in (one, *nodes):
        node.until("REVOKED", secret)
    return answer.headers["marzipan-propagation"]


def test_what_one_node_revokes_goes_to_all_by_the_stream_and_every_node_says_so(
    cluster: Cluster, valkey: Valkey
) -> None:
    a, b, c = cluster.three(redis=valkey.url)
    a.wait(lambda: _modes(a) == {"stream"})
    for one, *others in ((a, b, c), (b, c, a), (c, a, b)):
        assert _revoke(one, *others) == "stream"


def test_a_node_starts_and_revokes_while_redis_is_away_and_takes_the_stream_up_when_it_is_there(
    cluster: Cluster, valkey: Valkey
) -> None:
    valkey.kill()
    a, b, c = cluster.three(redis=valkey.url)
    assert _revoke(a, b, c) == "poll" and _modes(a) == {"poll"}
    valkey.start()
    a.wait(lambda: _modes(a) == {"stream"})
    assert _revoke(b, c, a) == "stream"


@pytest.mark.parametrize("fault", ["kill", "freeze"])
def test_when_redis_dies_under_them_nothing_that_was_revoked_is_accepted_for_long(
    cluster: Cluster, valkey: Valkey, fault: str
) -> None:
    a, b, c = cluster.three(redis=valkey.url)
    a.wait(lambda: _modes(a) == {"stream"})
    keys = [a.issue() for _ in range(5)]
    for _, secret in keys:
        for node in (a, b, c):
            node.until("ok", secret)
    getattr(valkey, fault)()
    for key_id, _ in keys:
        assert a.revoke(key_id).status_code == 204
    for _, secret in keys:
        for node in (a, b, c):
            node.until("REVOKED", secret)
    a.wait(lambda: _modes(a) == {"poll"})
    assert _revoke(b, c, a) == "poll"
    if fault == "kill":
        valkey.start()
    else:
        valkey.thaw()
    a.wait(lambda: _modes(a) == {"stream"})
    assert _revoke(c, a, b) == "stream"


def test_a_node_that_redis_can_not_reach_hears_of_everything_by_the_database(
    cluster: Cluster, valkey: Valkey
) -> None:
    a, b = cluster.start(redis=valkey.url), cluster.start(redis=valkey.url)
    lonely = cluster.start(redis="redis://127.0.0.1:1/0")
    a.wait(lambda: _modes(a) == {"stream", "poll"})
    assert _revoke(lonely, a, b) == "poll"
    assert _revoke(a, lonely, b) == "stream"


def test_no_node_ends_or_logs_an_error_when_it_is_stopped_on_a_stream(
    cluster: Cluster, valkey: Valkey
) -> None:
    a, b, _ = nodes = cluster.three(redis=valkey.url)
    a.wait(lambda: _modes(a) == {"stream"})
    _revoke(a, b)
    for node in nodes:
        node.stop()
        assert node.process.returncode == 0 and "Traceback" not in node.log
