"""Guarantees of server/dispatch.py, server/body.py and server/asgi.py."""

import asyncio
import json
import logging
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from server.asgi import SECURITY_HEADERS, Request, Response, json_response
from server.body import LIMIT, read_body
from server.dispatch import Dispatch
from server.openapi.operation import Operation
from server.problems import Problem, invalid
from server.requestids import request_id
from server.routes import Route, Routes
from storage.errors import StoreUnavailable

ANY = Operation(id="any", summary="", answers={200: None})
SECRET = "mz_ak_" + "x" * 60 + "_abcdef"


async def echo(request: Request) -> Response:
    assert SECRET not in repr(request)
    return json_response(
        200,
        {
            "body": request.body.decode(),
            "params": request.params,
            "peer": request.peer,
            "query": request.query.decode(),
            "x": request.headers.get(b"x-two", b"").decode(),
        },
    )


async def empty(request: Request) -> Response:
    return Response(204)


async def refuse(request: Request) -> Response:
    raise invalid("name", "must be short")


async def crash(request: Request) -> Response:
    raise ValueError(f"oops {SECRET}")


async def down(request: Request) -> Response:
    raise StoreUnavailable("The database failed: disk I/O error.")


async def late(request: Request) -> Response:
    raise TimeoutError


APP = Dispatch(
    Routes(
        [
            Route("GET", "/echo/{name}", echo, ANY),
            Route("POST", "/echo", echo, ANY),
            Route("POST", "/empty", empty, ANY),
            Route("POST", "/refuse", refuse, ANY),
            Route("POST", "/crash", crash, ANY),
            Route("POST", "/down", down, ANY),
            Route("POST", "/late", late, ANY),
        ]
    ),
    body_limit=100,
)


class Answer:
    def __init__(self, sent: list[dict[str, Any]]) -> None:
        self.status: int = sent[0]["status"]
        self.headers: dict[bytes, bytes] = dict(sent[0]["headers"])
        self.body: bytes = b"".join(each["body"] for each in sent[1:])
        assert not sent[-1].get("more_body", False)
        assert len(self.headers) == len(sent[0]["headers"])

    def reason(self) -> str:
        error = json.loads(self.body)["error"]
        assert error["code"] == self.status
        return str(error["details"][0]["reason"])


def exchange(
    method: str, path: str, *chunks: bytes, gone: bool = False, **more: Any
) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    last = {"type": "http.disconnect"} if gone else {"type": "http.request", "body": b""}
    messages.append(last)

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "client": ("192.0.2.1", 5),
    }
    asyncio.run(APP(scope | more, receive, send))
    return sent


def ask(method: str, path: str, *chunks: bytes, **more: Any) -> Answer:
    return Answer(exchange(method, path, *chunks, **more))


def test_a_handler_gets_the_whole_request() -> None:
    headers = [(b"X-Two", b"a"), (b"x-two", b"b")]
    answer = ask("POST", "/echo", b"he", b"llo", headers=headers, query_string=b"a=1")
    assert answer.status == 200
    assert json.loads(answer.body) == {
        "body": "hello",
        "params": {},
        "peer": "192.0.2.1",
        "query": "a=1",
        "x": "a, b",
    }


def test_a_server_without_raw_path_and_without_a_peer_is_served_too() -> None:
    answer = ask("GET", "/echo/a b", raw_path=None, client=None)
    assert json.loads(answer.body)["params"] == {"name": "a b"}
    assert json.loads(answer.body)["peer"] is None


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("POST", "/refuse", 400, "BAD_REQUEST"),
        ("POST", "/nowhere", 404, "NOT_FOUND"),
        ("PUT", "/echo", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/crash", 500, "INTERNAL_SERVER_ERROR"),
        ("GET", "/echo/%zz", 400, "BAD_REQUEST"),
    ],
)
def test_every_refusal_has_the_envelope_the_request_id_and_the_security_headers(
    method: str, path: str, status: int, reason: str
) -> None:
    answer = ask(method, path, headers=[(b"x-request-id", b"req-1")])
    assert (answer.status, answer.reason()) == (status, reason)
    assert answer.headers[b"content-type"] == b"application/json"
    assert answer.headers[b"x-request-id"] == b"req-1"
    assert set(SECURITY_HEADERS) <= set(answer.headers.items())
    assert int(answer.headers[b"content-length"]) == len(answer.body)


def test_a_405_says_what_is_allowed() -> None:
    assert ask("PUT", "/echo").headers[b"allow"] == b"POST"


def test_a_crash_tells_the_client_nothing_and_the_log_the_request_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = ask("POST", "/crash", headers=[(b"x-request-id", b"req-9")])
    assert b"oops" not in answer.body and b"Traceback" not in answer.body
    record = next(each for each in caplog.records if each.levelno == logging.ERROR)
    assert record.exc_info is not None
    assert vars(record)["request_id"] == "req-9"


@pytest.mark.parametrize(("path", "cause"), [("/down", "disk I/O error"), ("/late", "Timeout")])
def test_the_log_has_the_cause_of_what_the_client_is_only_told_to_repeat(
    path: str, cause: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = ask("POST", path, headers=[(b"x-request-id", b"req-8")])
    assert answer.status in (503, 504) and cause.encode() not in answer.body
    record = next(each for each in caplog.records if each.levelno == logging.ERROR)
    assert cause in logging.Formatter().format(record)
    assert vars(record)["request_id"] == "req-8"


def test_the_log_has_no_request_id_that_could_be_part_of_a_token(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    part = b"cut-0Token-of-which-no-mark-is-left_at_all"
    answer = ask("POST", "/crash", headers=[(b"x-request-id", part)])
    assert answer.headers[b"x-request-id"] == part
    assert part.decode() not in str([vars(record) for record in caplog.records])


def test_head_has_gets_headers_and_no_body() -> None:
    get, head = ask("GET", "/echo/a"), ask("HEAD", "/echo/a")
    assert head.body == b""
    assert head.headers[b"content-length"] == get.headers[b"content-length"]


def test_a_204_has_neither_body_nor_length() -> None:
    answer = ask("POST", "/empty")
    assert (answer.status, answer.body) == (204, b"")
    assert b"content-length" not in answer.headers


def test_a_body_at_the_limit_is_read_and_one_byte_more_is_a_429() -> None:
    assert ask("POST", "/echo", b"x" * 60, b"x" * 40).status == 200
    for answer in (
        ask("POST", "/echo", b"x" * 60, b"x" * 41),
        ask("POST", "/echo", headers=[(b"content-length", b"101")]),
    ):
        error = json.loads(answer.body)["error"]
        assert (answer.status, error["status"]) == (429, "RESOURCE_EXHAUSTED")
        assert answer.headers[b"connection"] == b"close"


def test_the_default_limit_is_four_mebibytes() -> None:
    assert LIMIT == 4 * 1024 * 1024


def test_a_client_that_goes_away_is_not_answered() -> None:
    assert exchange("POST", "/echo", b"he", gone=True) == []


def test_a_body_that_never_comes_is_given_up() -> None:
    async def silence() -> Any:
        await asyncio.sleep(60)

    with pytest.raises(Problem, match=r"within 0\.01 seconds"):
        asyncio.run(read_body(silence, {}, patience_s=0.01))


@pytest.mark.parametrize("offered", [b"a", b"x" * 128, b"!~"])
def test_a_request_id_of_visible_ascii_is_echoed(offered: bytes) -> None:
    assert request_id(offered) == offered.decode()


@pytest.mark.parametrize("offered", [None, b"", b"x" * 129, b"a b", b"a\r\nb", b"\xc3\xa9", b"\0"])
def test_any_other_request_id_is_replaced_by_a_fresh_uuid(offered: bytes | None) -> None:
    assert uuid.UUID(request_id(offered)).version == 4
    assert request_id(offered) != request_id(offered)


def test_the_access_log_names_the_template_and_never_the_path_or_query(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    ask("GET", f"/echo/{SECRET}", query_string=f"token={SECRET}".encode())
    ask("GET", f"/none/{SECRET}")
    facts = [vars(record) for record in caplog.records if record.name == "marzipan.http"]
    assert [(each["route"], each["status"]) for each in facts] == [
        ("/echo/{name}", 200),
        ("-", 404),
    ]
    assert SECRET not in str(facts)


def _converse(scope_type: str, *messages: str, app: Callable[..., Any] = APP) -> list[str]:
    sent: list[str] = []
    pending = [{"type": message} for message in messages]

    async def receive() -> Any:
        return pending.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(app({"type": scope_type}, receive, send))
    return sent


def test_without_a_lifespan_start_and_stop_are_confirmed() -> None:
    assert _converse("lifespan", "lifespan.startup", "lifespan.shutdown") == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_the_given_lifespan_is_used() -> None:
    async def lifespan(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "mine"})

    assert _converse("lifespan", app=Dispatch(Routes([]), lifespan)) == ["mine"]


def test_a_websocket_is_closed() -> None:
    assert _converse("websocket") == ["websocket.close"]
