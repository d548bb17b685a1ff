"""Guarantees of server/serving.py: the server as an operator starts it, asked over sockets."""

import json
import os
import signal

import httpx

ISSUED = "/v2alpha1/admin/issuedApiKeys"
VERIFY = "/v2alpha1/admin/apiKeys:verify"
H2C = {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2_settings": "AAMAAABk"}


def test_a_key_asked_for_over_an_offer_of_http2_is_as_narrow_as_it_was_asked_to_be(start):
    server = start()
    wish = {
        "scopes": ["a:b"],
        "ttl": "60s",
        "ip_restriction": {"allowed_cidrs": ["192.0.2.0/24"]},
    }
    answer = server.call("POST", ISSUED, wish, **H2C)
    assert answer.status_code == 201
    key = answer.json()["issued_api_key"]
    assert key["scopes"] == ["a:b"]
    assert key["ip_restriction"] == {"allowed_cidrs": ["192.0.2.0/24"]}
    path = f"{ISSUED}/{key['key_id']}?update_mask=scopes"
    assert server.call("PATCH", path, {"scopes": []}, **H2C).json()["scopes"] == []
    body = {"credential": answer.json()["secret"], "context": {"client_ip": "192.0.2.1"}}
    told = server.call("POST", VERIFY, body, **H2C).json()
    assert (told["is_valid"], told["scopes"]) == (True, [])


def test_a_forwarded_address_is_believed_of_nobody_that_is_not_configured(start):
    server = start()
    wish = {"ip_restriction": {"allowed_cidrs": ["192.0.2.0/24"]}}
    secret = server.call("POST", ISSUED, wish).json()["secret"]
    for header in ("x_forwarded_for", "forwarded", "x_real_ip"):
        value = "for=192.0.2.1" if header == "forwarded" else "192.0.2.1"
        answer = server.call("GET", "/v1/verify", key=secret, **{header: value})
        assert answer.status_code == 403, header
        told = server.call("POST", VERIFY, {"credential": secret}, **{header: value}).json()
        assert told["error_code"] == "VERIFICATION_ERROR_IP_NOT_ALLOWED"


def test_a_configured_proxy_is_believed_and_never_taken_for_its_client(start):
    server = start(trusted_proxies="127.0.0.1")
    wish = {"ip_restriction": {"allowed_cidrs": ["192.0.2.0/24"]}}
    far = server.call("POST", ISSUED, wish).json()["secret"]
    wish = {"ip_restriction": {"allowed_cidrs": ["127.0.0.0/8"]}}
    near = server.call("POST", ISSUED, wish).json()["secret"]
    heard = {"x_forwarded_for": "198.51.100.1, 192.0.2.1"}
    assert server.call("GET", "/v1/verify", key=far, **heard).status_code == 200
    assert server.call("GET", "/v1/verify", key=near, **heard).status_code == 403
    assert server.call("GET", "/v1/verify", key=near).status_code == 403


def test_admin_auth_that_is_off_is_said_at_every_log_level(start):
    server = start(insecure_no_admin_auth="true", log_level="error")
    assert server.call("GET", ISSUED, key=None).status_code == 200
    (line,) = server.log.splitlines()
    assert json.loads(line)["level"] == "critical"
    assert "ADMIN AUTHENTICATION IS OFF" in line


def test_admin_auth_that_is_on_is_not_complained_about(start):
    server = start(log_level="info")
    assert server.call("GET", ISSUED, key=None).status_code == 401
    assert "ADMIN AUTHENTICATION" not in server.log


def test_every_line_of_the_log_is_json_and_names_no_path_or_query(start):
    server = start(log_level="debug")
    server.call("GET", "/v1/verify/secret-path?secret-query=1", key=None)
    server.call("GET", "/secret-path", key=None)
    lines = [json.loads(line) for line in server.log.splitlines()]
    assert {"/v1/verify/**", "-"} <= {line.get("route") for line in lines}
    assert all(line["time"] and line["level"] for line in lines)
    assert "secret-" not in server.log


def test_a_server_that_is_told_to_stop_ends_its_streams_and_does_not_wait_for_their_clients(start):
    server = start()
    headers = {"authorization": f"Bearer {server.admin_key}", "accept": "text/event-stream"}
    with httpx.stream("GET", f"{server.url}/v1/revocations", headers=headers, timeout=20) as told:
        lines = told.iter_lines()
        assert next(lines).startswith("retry: ")
        os.kill(server.pid, signal.SIGTERM)
        # With a stream open uvicorn alone would wait for 30 seconds, and cut it off.
        assert list(lines) == [""]
    server.stop()
    assert "Traceback" not in server.log
