"""Guarantees of server/metrics.py: what a scrape of a running server tells, and never tells."""

import socket

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.settings import SettingsError, load
from tests.servers.postgres import free_port

ISSUED = "/v2alpha1/admin/issuedApiKeys"
VERIFY = "/v2alpha1/admin/apiKeys:verify"


@pytest.fixture
def scraped(start):
    """A server, and what reads the value of a sample of it."""
    port = free_port()
    server = start(metrics_port=str(port))

    def text():
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics")
        assert answer.status_code == 200
        return answer.text

    def value(name, **labels):
        families = text_string_to_metric_families(text())
        samples = [sample for family in families for sample in family.samples]
        found = [each.value for each in samples if each.name == name and each.labels == labels]
        return found[0] if found else 0

    server.text, server.value, server.metrics_port = text, value, port
    return server


def test_every_answer_is_counted_whichever_road_it_took(scraped):
    secret = scraped.call("POST", ISSUED, {}).json()["secret"]
    for _ in range(5):
        assert scraped.call("POST", VERIFY, {"credential": secret}).json()["is_valid"]
    scraped.call("POST", VERIFY, {"credential": "mz_ak_unknown"})
    scraped.call("GET", "/v1/verify", key=secret)
    scraped.call("GET", "/v1/verify", key="mz_ak_unknown")
    value = scraped.value
    assert value("marzipan_requests_total", method="POST", route=VERIFY, status="200") == 6
    assert value("marzipan_requests_total", method="POST", route=ISSUED, status="201") == 1
    assert value("marzipan_requests_total", method="GET", route="/v1/verify", status="401") == 1
    assert value("marzipan_verdicts_total", outcome="VALID") == 6
    assert value("marzipan_verdicts_total", outcome="NOT_FOUND") == 2
    assert value("marzipan_verdicts_at_once_total") >= 4
    assert value("marzipan_ready") == 1
    assert value("marzipan_keys_cached", tenant="default") == 1
    assert value("process_open_fds") > 0


def test_at_log_level_debug_every_verify_is_logged_and_none_is_answered_at_once(start):
    server = start(log_level="debug")
    secret = server.call("POST", ISSUED, {}).json()["secret"]
    for _ in range(3):
        server.call("POST", VERIFY, {"credential": secret})
    server.call("GET", ISSUED)  # a line is written after its answer, and before the next one's
    assert server.log.count(f'"route": "{VERIFY}"') == 3


def test_nothing_that_a_client_sent_is_told(scraped):
    secret = scraped.call("POST", ISSUED, {"name": "canary-name"}).json()["secret"]
    scraped.call("POST", VERIFY, {"credential": secret})
    scraped.call("GET", f"/canary-path/{secret}?canary-query={secret}", x_request_id="canary-id")
    scraped.call("CANARYMETHOD", "/v1/verify", key=secret)
    scraped.call("GET", "/v1/verify/canary-below", key=secret)
    text = scraped.text()
    for canary in ("canary", "CANARY", secret, scraped.admin_key, secret[6:30], "secret"):
        assert canary not in text
    assert 'route="-"' in text


def test_metrics_are_on_a_port_of_their_own_and_nothing_else_is(scraped):
    assert scraped.call("GET", "/metrics").status_code == 404
    base = f"http://127.0.0.1:{scraped.metrics_port}"
    for path in (VERIFY, ISSUED, "/health/alive", "/"):
        assert httpx.get(base + path).status_code == 404
    assert httpx.post(f"{base}/metrics").status_code == 405
    with socket.socket() as elsewhere:
        elsewhere.settimeout(2)
        with pytest.raises(OSError):
            elsewhere.connect(("127.0.0.2", scraped.metrics_port))


@pytest.mark.parametrize(("port", "workers"), [("0", "1"), ("65535", "2"), ("65536", "1")])
def test_a_port_that_a_worker_would_not_have_is_refused_at_the_start(port, workers):
    env = {
        "MARZIPAN_DATABASE": "postgresql://mz@127.0.0.1/mz",
        "MARZIPAN_METRICS_PORT": port,
        "MARZIPAN_WORKERS": workers,
    }
    with pytest.raises(SettingsError, match="(?i)metrics_port"):
        load({}, env)


def test_workers_over_a_sqlite_file_are_refused_by_what_to_do():
    with pytest.raises(SettingsError, match="need a database server"):
        load({"workers": 2, "database": "sqlite:////tmp/marzipan.db"}, {})
