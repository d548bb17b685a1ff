"""Guarantees of server/logs.py."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from server.asgi import Request
from server.logs import MASK, JsonLines, Redactor, access_line, configure, loggable_id

KEY = "mz_ak_k8QblQEBAMQQS0tLS0tLS0tLS0tLS0tLS85rSdIAkMQgUOd6GdbpK1wJTEeo8bYc-2f9YisTBfopOmaOGLR"
KEY += "-jbY_3AKvIN"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Redactor())
    handler.setFormatter(JsonLines())
    root.handlers[:] = [handler]
    root.setLevel("INFO")
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    "secret",
    [
        KEY,
        KEY[:40],
        KEY.replace("mz_ak", "mz_mc"),
        KEY.replace("mz_ak", "acme_live"),
        "ory_ak_v1_Qj4wVa6bnVhWgdS6eg6XNAoqGvPVeaGDK4wanG2NMQrxMDYvV1t2ztEUSy79K5mW_8fPTzdfdfYiC",
        "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
        "ab" * 32,
    ],
)
@pytest.mark.parametrize("around", ["{}", "key={} end", '{{"k":"{}"}}', "/path/{}?q", "'{}',"])
def test_anything_that_looks_like_a_token_is_masked(secret: str, around: str) -> None:
    assert Redactor().redact(around.format(secret)) == around.format(MASK)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Basic"])
def test_an_authorization_value_is_masked_whatever_it_is(scheme: str) -> None:
    assert Redactor().redact(f"got '{scheme} hunter2', why") == f"got '{scheme} {MASK}', why"


def test_configured_prefixes_are_masked_even_when_cut() -> None:
    assert Redactor(["acme"]).redact("acme_k8QblQEBAM") == MASK


@pytest.mark.parametrize(
    "text",
    ["4b4b4b4b-4b4b-4b4b-4b4b-4b4b4b4b4b4b", "/v2alpha1/admin/issuedApiKeys/{key_id}", "mz_ak"],
)
def test_ids_routes_and_prefixes_stay_readable(text: str) -> None:
    assert Redactor().redact(text) == text


def test_a_hostile_line_costs_linear_time() -> None:
    assert Redactor().redact("a_" * 200_000) == "a_" * 200_000


def test_a_record_is_one_json_line_with_message_arguments_and_fields_masked(
    stream: io.StringIO,
) -> None:
    logging.getLogger("x").warning("line one\nkey %s", KEY, extra={"request_id": KEY})
    (line,) = stream.getvalue().splitlines()
    said = json.loads(line)
    assert (said["level"], said["message"]) == ("warning", f"line one\nkey {MASK}")
    assert said["request_id"] == MASK
    assert said["time"].endswith("Z")


def test_a_traceback_is_logged_with_secrets_masked(stream: io.StringIO) -> None:
    try:
        raise ValueError(f"bad {KEY}")
    except ValueError:
        logging.getLogger("x").exception("failed")
    said = json.loads(stream.getvalue())
    assert f"ValueError: bad {MASK}" in said["error"]
    assert KEY not in stream.getvalue()


def test_a_request_is_logged_by_its_facts(stream: io.StringIO) -> None:
    request = Request(method="GET", path="/p", route="/r/{x}", request_id="r1")
    access_line(logging.getLogger("x"), request, 200, 0.0125, 42)
    said = json.loads(stream.getvalue())
    assert {key: said[key] for key in ("method", "route", "status", "duration_ms", "bytes")} == {
        "method": "GET",
        "route": "/r/{x}",
        "status": 200,
        "duration_ms": 12.5,
        "bytes": 42,
    }


def test_below_info_no_request_is_logged(stream: io.StringIO) -> None:
    logging.getLogger().setLevel("WARNING")
    access_line(logging.getLogger("x"), Request(method="GET", path="/p"), 200, 0.1, 1)
    assert stream.getvalue() == ""


def test_configure_silences_uvicorns_access_log_and_keeps_its_errors(stream: io.StringIO) -> None:
    others = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error", "uvicorn.access")]
    for each in others:
        each.addHandler(logging.StreamHandler(stream))
    configure("warning")
    # A handler of its own would write past the redactor.
    assert [each.handlers for each in others] == [[], [], []]
    root = logging.getLogger()
    assert root.level == logging.WARNING
    assert [type(each) for each in root.handlers[0].filters] == [Redactor]
    assert not logging.getLogger("uvicorn.access").propagate
    assert logging.getLogger("uvicorn.error").propagate


@pytest.mark.parametrize(
    "given",
    [
        "4b4b4b4b-4b4b-4b4b-4b4b-4b4b4b4b4b4b",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "req-9",
        "a.b_c:1~2",
    ],
)
def test_a_request_id_of_a_usual_form_is_logged_as_it_is(given: str) -> None:
    assert loggable_id(given) == given


@pytest.mark.parametrize("begin", [0, 6, 13, 40, 70])
@pytest.mark.parametrize("size", [17, 26, 32, 36, 43, 80])
def test_no_part_of_a_token_that_helps_anybody_is_logged_as_a_request_id(
    begin: int, size: int, stream: io.StringIO
) -> None:
    part = KEY[begin : begin + size]
    if len(part) < 17:
        return
    access_line(logging.getLogger("x"), Request(method="GET", path="/", request_id=part), 200, 0, 0)
    assert part not in stream.getvalue()
    assert json.loads(stream.getvalue())["request_id"] == loggable_id(part)
    assert loggable_id(part).startswith("sha256:") and len(loggable_id(part)) == 23


@pytest.mark.parametrize("method", [KEY, "a-raw-key-of-no-shape", "get"])
def test_a_credential_in_the_place_of_the_method_is_not_logged(
    stream: io.StringIO, method: str
) -> None:
    access_line(logging.getLogger("x"), Request(method=method, path="/"), 405, 0, 0)
    assert method not in stream.getvalue() and json.loads(stream.getvalue())["method"] == "-"


def test_no_repr_of_a_request_shows_its_method_or_its_request_id() -> None:
    shown = repr(Request(method=KEY, path="/", route="/r/{x}", request_id=KEY))
    assert shown == "Request(/r/{x})"
