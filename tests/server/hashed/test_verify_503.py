"""POST /v2alpha1/admin/apiKeys:verify, 503: nothing is known of the credential yet."""

import asyncio
import logging

import httpx
import pytest

from server import trials
from server.app import create_app
from tests.server.hashed.hashes import LOOKUP, RAW, add
from tests.server.routes import paths

ROUTES = {
    "verify": ("POST", paths.VERIFY, True),
    "derive": ("POST", paths.DERIVE, True),
    "explain": ("POST", "/v1/tokens:explain", True),
    "self revoke": ("POST", "/v2alpha1/apiKeys:selfRevoke", True),
    "revoke": ("POST", "/v1/tokens:revoke", True),
    "gateway": ("GET", "/v1/verify", False),
}


async def crowd(api, gate):
    """So many guesses that none more is taken."""
    guesses = [
        asyncio.ensure_future(api.send("POST", paths.VERIFY, {"credential": f"{LOOKUP}.{n}"}))
        for n in range(1 + trials.LINE)
    ]
    rows = api.node.trials._rows
    while not gate.tried or sum(len(row.waiting) for row in rows.values()) < trials.LINE:
        await asyncio.sleep(0.01)
    assert not any(each.done() for each in guesses)
    return guesses


@pytest.mark.parametrize("name", ROUTES)
def test_503_says_when_to_come_again_on_every_route_and_changes_nothing(api, problem, gate, name):
    add(api)
    gate.held = lambda raw: True
    method, path, in_body = ROUTES[name]

    async def go():
        guesses = await crowd(api, gate)
        sent = {"body": {"credential": RAW}} if in_body else {"key": RAW}
        answer = await api.send(method, path, **sent)
        gate.open()
        await asyncio.gather(*guesses)
        return answer

    answer = api.run(go())
    error = problem(answer, 503, "SERVICE_UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"
    assert RAW not in str(error) and LOOKUP not in str(error)
    assert api.code(RAW) == "ok"


def test_a_flood_of_503_is_no_error_and_one_line_of_the_log(api, gate, caplog):
    add(api)
    gate.held = lambda raw: True

    async def go():
        guesses = await crowd(api, gate)
        sent = [{"credential": f"{LOOKUP}.more{n}"} for n in range(20)]
        transport, key = httpx.ASGITransport(create_app(api.node)), f"Bearer {api.admin}"
        async with httpx.AsyncClient(transport=transport, base_url="http://mz") as client:
            client.headers["authorization"] = key
            many = [await client.post(paths.VERIFY, json=each) for each in sent]
        gate.open()
        await asyncio.gather(*guesses)
        return many

    assert {answer.status_code for answer in api.run(go())} == {503}
    told = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert {each.levelno for each in told} == {logging.WARNING}
    assert len(told) < 20 and "too many wait for that" in told[0].getMessage()


def test_a_batch_is_answered_as_a_whole_and_tells_which_is_to_come_again(api, gate):
    add(api)
    api.import_key("good")
    gate.held = lambda raw: True

    async def go():
        guesses = await crowd(api, gate)
        items = [{"credential": each} for each in ("good", RAW, "stranger", "good")]
        answer = await api.send("POST", paths.BATCH_VERIFY, {"requests": items})
        gate.open()
        await asyncio.gather(*guesses)
        return answer

    answer = api.run(go())
    assert answer.status_code == 200 and answer.headers["retry-after"] == "1"
    told = answer.json()["results"]
    assert [each["is_valid"] for each in told] == [True, False, False, True]
    assert told[1]["error_code"] == "VERIFICATION_ERROR_INTERNAL"
    assert "Present it again" in told[1]["error_message"] and told[1]["key_id"] == ""
    assert told[2]["error_code"] == "VERIFICATION_ERROR_NOT_FOUND"
