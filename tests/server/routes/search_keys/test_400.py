"""GET /v1/keys 400: what is not understood is refused, never ignored."""

import pytest

from tests.server.routes.finding import KEYS, ask


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page_size=ten", "page_size"),
        ("page_size=1e3", "page_size"),
        ("page_token=junk", "page_token"),
        ("page_token=" + "A" * 64, "page_token"),
        ("kind=", "kind"),
        ("kind=ISSUED", "kind"),
        ("kind=issued&kind=issued", "kind"),
        ("status=KEY_STATUS_ACTIVE", "status"),
        ("status=dead", "status"),
        ("status=", "status"),
        ("name=", "name"),
        ("name=" + "x" * 256, "name"),
        ("name=%00", "query"),
        ("name=%FF", "query"),
        ("name=%zz", "query"),
        ("name=%ED%A0%80", "query"),
        ("actor_id=" + "x" * 256, "actor_id"),
        ("actor_id=a&actorId=a", "actor_id"),
        ("hint=", "hint"),
        ("hint=abc", "hint"),
        ("hint=abcde", "hint"),
        ("hash_pending=", "hash_pending"),
        ("hash_pending=1", "hash_pending"),
        ("hash_pending=True", "hash_pending"),
        ("created_after=yesterday", "created_after"),
        ("created_after=", "created_after"),
        ("created_before=2027-01-15", "created_before"),
        ("expires_after=1800000000", "expires_after"),
        ("expires_before=2027-13-15T08:00:00Z", "expires_before"),
        ("metadata.=x", "metadata"),
        ("metadata." + "x" * 257 + "=y", "metadata"),
        ("metadata.x=" + "y" * 1025, "metadata"),
        ("&".join(f"metadata.k{n}=v" for n in range(9)), "metadata"),
        ("metadata.a=1&metadata.a=1", "query parameter"),
        ("metadata=x", "query parameter metadata"),
        ("metadata%00=x", "query"),
        ("Metadata.a=x", "query parameter"),
        ("filter=x", "query parameter filter"),
        ("actor=ada", "query parameter actor"),
        ("statis=active", "query parameter statis"),
        ("page_size=5&pageSize=5", "page_size"),
    ],
)
def test_the_parameter_is_named_with_its_rule(api, problem, query, field):
    error = problem(api.call("GET", f"{KEYS}?{query}"), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == field and error["metadata"]["rule"]


def test_a_whole_key_for_a_hint_is_refused_and_not_repeated(api, problem):
    _, secret = api.issue()
    answer = ask(api, hint=secret)
    assert problem(answer, 400)["metadata"]["field"] == "hint"
    assert secret[-4:] not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"name": "x"},
        {"actor_id": "ada"},
        {"metadata": {"a": "1", "b": "2"}},
        {"metadata": {"a": "2"}},
        {"created_after": "2027-01-15T08:00:00Z"},
        {"kind": "imported"},
        {"status": "active"},
    ],
)
def test_a_page_token_of_another_query_is_refused(api, problem, query):
    for _ in range(3):
        api.issue(metadata={"a": 1})
    token = ask(api, page_size=1, metadata={"a": "1"}).json()["next_page_token"]
    error = problem(ask(api, **query, page_size=1, page_token=token), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == "page_token"


def test_a_page_token_of_another_tenant_or_route_is_refused(api, problem):
    for _ in range(3):
        api.issue()
    token = ask(api, page_size=1).json()["next_page_token"]
    listed = api.call("GET", "/v2alpha1/admin/issuedApiKeys?page_size=1").json()
    problem(ask(api, page_token=listed["next_page_token"]), 400, "BAD_REQUEST")
    api.reopen(tenant="acme")
    error = problem(ask(api, page_size=1, page_token=token), 400, "BAD_REQUEST")
    assert error["message"] == "page token network mismatch"


def test_a_page_token_with_any_character_changed_is_refused(api, problem):
    for _ in range(3):
        api.issue()
    token = ask(api, page_size=1).json()["next_page_token"]
    for place in range(0, len(token), 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        problem(ask(api, page_token=changed), 400, "BAD_REQUEST")
