"""Listings: A.5 of the compatible API."""

import uuid
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.clients.conftest import Live

from .conftest import ISSUED, Wire

REASON = "REVOCATION_REASON_SUPERSEDED"


@pytest.fixture(scope="module")
def actor(wire: Wire) -> str:
    """An actor with 120 keys, every fourth of them revoked."""
    name = f'a "quoted\\" {uuid.uuid4()}'
    for number in range(120):
        key_id, _ = wire.issue(actor_id=name)
        if number % 4 == 0:
            wire.call(204, "POST", f"{ISSUED}/{key_id}:revoke", {"reason": REASON})
    return name


@pytest.fixture(scope="module")
def by_actor(actor: str) -> str:
    """The filter for that actor, as AIP-160 quotes it."""
    escaped = actor.replace("\\", "\\\\").replace('"', '\\"')
    return f'actor_id="{escaped}"'


def listed(wire: Wire, filter_: str, query: str = "") -> dict[str, list[dict[str, str]]]:
    return wire.call(200, "GET", f"{ISSUED}?filter={quote(filter_)}{query}")


@pytest.mark.parametrize(
    ("size", "count"),
    [("", 50), ("&page_size=0", 50), ("&page_size=-5", 50), ("&page_size=7", 7),
     ("&pageSize=7", 7), ("&page_size=1000", 120), ("&page_size=5000", 120)],
)  # fmt: skip
def test_a_page_has_50_keys_unless_another_size_up_to_1000_is_asked_for(
    wire, by_actor, size, count
):
    page = listed(wire, by_actor, size)
    assert len(page["issued_api_keys"]) == count
    assert bool(page["next_page_token"]) is (count < 120)


def test_pages_descend_by_key_id_and_none_is_lost_or_told_twice(wire, by_actor):
    ids, token = [], ""
    while True:
        page = listed(wire, by_actor, f"&page_size=11&page_token={token}")
        ids += [key["key_id"] for key in page["issued_api_keys"]]
        if not (token := page["next_page_token"]):
            break
    assert ids == sorted(set(ids), reverse=True) and len(ids) == 120


@pytest.mark.parametrize(
    ("filter_", "count"),
    [
        ("{actor}", 120),
        ("  {actor}  ", 120),
        ("{actor} AND status=KEY_STATUS_ACTIVE", 90),
        ("{actor} AND status=KEY_STATUS_REVOKED", 30),
        ('{actor} AND status = "KEY_STATUS_REVOKED"', 30),
        ("status=KEY_STATUS_REVOKED AND {actor}", 30),
        ("{actor} AND status=KEY_STATUS_EXPIRED", 0),
    ],
)
def test_a_filter_names_the_actor_the_status_or_both(wire, by_actor, filter_, count):
    page = listed(wire, filter_.replace("{actor}", by_actor), "&page_size=1000")
    assert len(page["issued_api_keys"]) == count


def test_a_filter_by_status_alone_is_answered(wire, actor):
    page = listed(wire, "status=KEY_STATUS_REVOKED", "&page_size=1000")
    assert sum(key["actor_id"] == actor for key in page["issued_api_keys"]) == 30
    assert {key["status"] for key in page["issued_api_keys"]} == {"KEY_STATUS_REVOKED"}


@pytest.mark.parametrize(
    "filter_",
    ['name="x"', "actor_id=x", 'actor_id!="x"', 'actor_id="x" OR status=KEY_STATUS_ACTIVE',
     'actor_id="x" AND actor_id="y"', "status=KEY_STATUS_ACTIVE AND status=KEY_STATUS_REVOKED",
     "status=ACTIVE", "status=KEY_STATUS_UNSPECIFIED", "status=KEY_STATUS_SUSPENDED",
     'actor_id="x" AND', 'NOT actor_id="x"', '(actor_id="x")', 'actor_id="x', "AND"],
)  # fmt: skip
def test_any_other_filter_is_a_400_naming_it(wire, filter_):
    error = wire.call(400, "GET", f"{ISSUED}?filter={quote(filter_)}")["error"]
    assert error["details"][0]["metadata"]["field"] == "filter"


def test_a_page_token_is_opaque_and_a_400_once_it_is_changed(wire, by_actor):
    page = listed(wire, by_actor, "&page_size=1")
    token, last = page["next_page_token"], page["issued_api_keys"][0]["key_id"]
    assert uuid.UUID(last).bytes.hex() not in token and last not in token
    changed = token[:10] + ("A" if token[10] != "A" else "B") + token[11:]
    for each in (changed, token[:-4], token + "AAAA", "junk", "x" * 88, "%00", "é"):
        for path in (f"{ISSUED}?filter={quote(by_actor)}&page_token={quote(each, safe='%')}",):
            error = wire.call(400, "GET", path)["error"]
            assert error["details"][0]["reason"] == "BAD_REQUEST"


def test_a_page_token_of_another_house_is_a_400(wire, launch: Callable[..., Live], by_actor):
    other = Wire(launch(tenant="other"))
    for _ in range(2):
        other.issue()
    token = other.call(200, "GET", f"{ISSUED}?page_size=1")["next_page_token"]
    wire.call(400, "GET", f"{ISSUED}?page_token={token}")


@pytest.mark.parametrize("query", ["page_size=x", "page_size=1.5", "page_size=1&page_size=2"])
def test_a_page_size_is_one_whole_number(wire, query):
    wire.call(400, "GET", f"{ISSUED}?{query}")


def test_an_unknown_query_parameter_is_ignored(wire):
    wire.call(200, "GET", f"{ISSUED}?page_size=1&order_by=name")


def test_a_status_is_computed_when_it_is_read(wire, expired):
    key = wire.call(200, "GET", f"{ISSUED}/{expired[0]}")
    assert key["status"] == "KEY_STATUS_EXPIRED"
    page = wire.call(200, "GET", f"{ISSUED}?filter=status%3DKEY_STATUS_EXPIRED")
    assert expired[0] in [key["key_id"] for key in page["issued_api_keys"]]
