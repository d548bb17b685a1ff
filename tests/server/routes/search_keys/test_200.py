"""GET /v1/keys 200: the keys of either kind that are like this, the newest first."""

import json

import msgspec
import pytest

from server import searching, walking
from server.keys import NewKey, mint
from server.timestamps import to_ms
from storage.base import AuditEvent, Change
from tests.server.routes.finding import KEYS, ask, ids, pages

REVOKE = {"reason": "REVOCATION_REASON_SUPERSEDED"}
RAW = "sk_live_of_the_old_system_4eC3"


@pytest.fixture
def fill(api):
    """Puts many keys there at once, one per millisecond; `fields` are asked for each number."""

    def fill(count, fields=lambda number: {}):
        node = api.node
        for start in range(0, count, 1000):
            keys = []
            for number in range(start, min(start + 1000, count)):
                key = mint(node, node.tenant, NewKey(), node.now(), node.now() + 600).key
                new = {"created_ms": key.created_ms + number // 3, **fields(number)}
                keys.append(msgspec.structs.replace(key, **new))
            change = Change(
                tenant=node.tenant.name,
                at_ms=node.now_ms(),
                audit=AuditEvent(action="test", caller="test"),
                insert=tuple(keys),
            )
            api.run(node.commit(change))

    return fill


def test_both_kinds_are_found_the_newest_first_as_their_own_routes_show_them(api, clock):
    first, _ = api.issue(name="one", metadata={"a": 1})
    clock.forward(1)
    second = api.import_key(RAW)
    clock.forward(1)
    third, secret = api.issue(scopes=["a"])
    api.verify(secret)
    api.run(api.node.flush_uses())
    [[c, b, a]] = pages(api)
    assert [a["key_id"], b["key_id"], c["key_id"]] == [first, second, third]
    assert (a.pop("kind"), b.pop("kind"), c.pop("kind")) == ("issued", "imported", "issued")
    assert a == api.get(first) and c == api.get(third) and c["last_used_time"]
    imported = api.call("GET", f"/v2alpha1/admin/importedApiKeys/{second}").json()
    assert b == imported and b["key_hint"] == "4eC3"


def test_the_end_of_a_keys_text_finds_its_row(api):
    made = {api.issue()[1]: None for _ in range(9)}
    imported = api.import_key(RAW)
    for secret in made:
        [key] = [key for page in pages(api, hint=secret[-4:]) for key in page]
        assert key["key_hint"] == secret[-4:] and api.verify(secret)["key_id"] == key["key_id"]
    assert ids(api, hint=RAW[-4:]) == [imported]
    assert ids(api, hint=RAW[-4:], actor_id="owner") == [imported]
    assert ids(api, hint=RAW[-4:], actor_id="other") == ids(api, hint=RAW[-4:].lower()) == []


def test_5000_keys_are_each_listed_once_by_time(api, fill):
    fill(5000)
    found = [key for page in pages(api, page_size=1000) for key in page]
    assert len(found) == len({key["key_id"] for key in found}) == 5000
    order = [(to_ms(key["create_time"], ""), key["key_id"]) for key in found]
    assert order == sorted(order, reverse=True)
    for size in (7, 333):
        few = [key["key_id"] for page in pages(api, page_size=size) for key in page]
        assert few == [key["key_id"] for key in found]


def test_keys_that_are_made_during_a_walk_neither_repeat_nor_hide_any(api, clock):
    made = [api.issue()[0] for _ in range(20)]
    seen, token = [], ""
    while True:
        told = ask(api, page_size=3, page_token=token).json()
        seen += [key["key_id"] for key in told["keys"]]
        token = told["next_page_token"]
        if not token:
            break
        clock.forward(0.001)
        api.together(*(api.send("POST", "/v2alpha1/admin/issuedApiKeys", {}) for _ in range(4)))
    assert len(seen) == len(set(seen)) and set(seen) == set(made)


def test_a_search_looks_at_a_bounded_number_of_rows_and_goes_on_where_it_stopped(api, fill):
    fill(walking.WORK + 10, lambda number: {"name": "needle" if number < 2 else "hay"})
    first = ask(api, name="needle").json()
    assert first["keys"] == [] and first["next_page_token"]
    assert [len(page) for page in pages(api, name="needle")] == [0, 2]


def test_rows_with_much_metadata_count_for_more(api, fill):
    large = msgspec.json.encode({"x": "y" * 60_000})
    fill(walking.WORK // 10, lambda number: {"metadata": large})
    told = ask(api, page_size=1000)
    assert told.json()["next_page_token"] and len(told.content) < 8 * 2**20
    assert len(ids(api, page_size=1000)) == walking.WORK // 10


def test_the_last_page_has_no_token_where_it_is_short_and_an_empty_one_follows_a_full_one(api):
    for _ in range(walking.CHUNK):
        api.issue()
    assert [len(page) for page in pages(api, page_size=walking.CHUNK)] == [walking.CHUNK, 0]
    api.issue()
    assert [len(page) for page in pages(api, page_size=walking.CHUNK + 1)] == [walking.CHUNK + 1]
    assert [len(page) for page in pages(api, page_size=walking.CHUNK)] == [walking.CHUNK, 1]


def test_pages_are_of_50_unless_asked_and_of_1000_at_most(api, fill):
    fill(1001)
    assert len(ask(api).json()["keys"]) == len(ask(api, page_size=0).json()["keys"]) == 50
    assert len(ask(api, pageSize=9999).json()["keys"]) == 1000


def test_kind_actor_and_status_narrow_exactly(api, clock):
    active, _ = api.issue(actor_id="ada", ttl="1h")
    revoked, _ = api.issue(actor_id="ada", ttl="1h")
    expired, _ = api.issue(actor_id="Ada", ttl="1s")
    nobodys, _ = api.issue(ttl="1h")
    imported = api.import_key(RAW, actor_id="ada", ttl="1h")
    api.call("POST", f"/v2alpha1/admin/issuedApiKeys/{revoked}:revoke", REVOKE)
    clock.forward(1)
    assert set(ids(api, kind="imported")) == {imported}
    assert set(ids(api, kind="issued")) == {active, revoked, expired, nobodys}
    assert set(ids(api, actor_id="ada")) == {active, revoked, imported}
    assert set(ids(api, actorId="Ada")) == set(ids(api, status="expired")) == {expired}
    assert ids(api, actor_id="") == [nobodys]
    assert set(ids(api, status="active")) == {active, nobodys, imported}
    assert ids(api, status="revoked", actor_id="ada") == [revoked]
    assert ids(api, status="active", actor_id="ada", kind="issued") == [active]
    assert ids(api, status="suspended") == []


def test_status_suspended_finds_what_the_compatible_status_cannot_name(api, fill):
    fill(1, lambda number: {"status": 3})
    api.issue()
    [[key]] = pages(api, status="suspended")
    assert key["status"] == "KEY_STATUS_REVOKED" and ids(api, status="revoked") == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("backend", True),
        ("BACK", True),
        ("STRASSE", True),
        ("straße", True),
        ("end  of", True),
        ("%", False),
        ("_", False),
        (".", False),
        ("front", False),
    ],
)
def test_a_name_is_found_by_any_part_of_it_whatever_the_case(api, asked, found):
    key, _ = api.issue(name="Backend  of Hauptstraße")
    api.issue()
    assert ids(api, name=asked) == ([key] if found else [])


METADATA = {
    "team": "red",
    "n": 5,
    "f": 1.5,
    "on": True,
    "off": None,
    "empty": "",
    "quoted": 'say "hi" \'; DROP',
    "Ünï": "snowman ☃",
    "camelCase": "kept",
    "deep": {"er": {"still": "yes"}, "list": ["red"]},
    "app.kubernetes.io/name": "dotted",
    "a.b": {"c.d": "dots twice"},
    "a": {"b": {"c": {"d": "plain"}}},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("team", "red"),
        ("n", "5"),
        ("f", "1.5"),
        ("on", "true"),
        ("off", "null"),
        ("empty", ""),
        ("quoted", 'say "hi" \'; DROP'),
        ("Ünï", "snowman ☃"),
        ("camelCase", "kept"),
        ("deep.er.still", "yes"),
        ("app.kubernetes.io/name", "dotted"),
        ("a.b.c.d", "plain"),
        ("a.b.c.d", "dots twice"),
    ],
)
def test_metadata_is_found_at_its_path(api, path, value):
    key, _ = api.issue(metadata=METADATA)
    api.issue(metadata={"team": "blue"})
    api.issue()
    assert ids(api, metadata={path: value}) == [key]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("team", "re"),
        ("team", "Red"),
        ("team", '"red"'),
        ("Team", "red"),
        ("n", "5.0"),
        ("f", "1.50"),
        ("on", "True"),
        ("empty", '""'),
        ("camel_case", "kept"),
        ("deep", '{"er":{"still":"yes"},"list":["red"]}'),
        ("deep.list", "red"),
        ("deep.list", '["red"]'),
        ("deep.list.0", "red"),
        ("deep.er", "yes"),
        ("team.red", ""),
        ("team.", "red"),
        (".team", "red"),
        ("...", ""),
        ("missing", "null"),
        ("missing", ""),
    ],
)
def test_metadata_of_another_path_or_spelling_is_not_found(api, path, value):
    api.issue(metadata=METADATA)
    api.issue()
    assert ids(api, metadata={path: value}) == []


def test_a_path_of_many_dots_costs_no_more_than_what_it_is_looked_for_in():
    path, looked = ".".join("a" * 128), 0

    class Counting(str):
        def __getitem__(self, part):
            nonlocal looked
            looked += 1
            return Counting(str.__getitem__(self, part))

    tree = {}
    level = [tree]
    for _ in range(5):
        level = [node.setdefault(name, {}) for node in level for name in ("a", "a.a", "a.a.a")]
    level[0]["a"] = "not it"
    assert not list(searching._spelled(tree, Counting(path)))
    assert looked <= 3 + 9 + 27 + 81 + 243 + 1


def test_terms_of_metadata_are_joined_by_and_with_all_others(api):
    both, _ = api.issue(metadata={"a": 1, "b": {"c": "x"}}, actor_id="ada")
    api.issue(metadata={"a": 1}, actor_id="ada")
    api.issue(metadata={"a": 1, "b": {"c": "x"}})
    assert ids(api, metadata={"a": "1", "b.c": "x"}, actor_id="ada") == [both]
    assert len(ids(api, metadata={"a": "1", "b.c": "x"})) == 2


def test_text_and_number_of_one_spelling_are_both_found(api):
    number, _ = api.issue(metadata={"n": 5})
    text, _ = api.issue(metadata={"n": "5"})
    assert set(ids(api, metadata={"n": "5"})) == {number, text}


def test_times_take_in_their_first_moment_and_leave_out_their_last(api, clock):
    made = []
    for _ in range(4):
        made.append(api.issue(ttl="60s")[0])
        clock.forward(0.5)
    one, two, three, four = made
    assert ids(api, created_after="2027-01-15T08:00:00.500Z") == [four, three, two]
    assert ids(api, created_before="2027-01-15T09:00:01+01:00") == [two, one]
    bounds = {"created_after": "2027-01-15T08:00:00.5Z", "created_before": "2027-01-15T08:00:01Z"}
    assert ids(api, **bounds) == [two] and ids(api, createdAfter="9999-12-31T00:00:00Z") == []
    assert ids(api, created_before="0001-01-01T00:00:00Z") == []
    assert len(ids(api, created_after="0001-01-01T00:00:00Z")) == 4
    assert set(ids(api, expires_after="2027-01-15T08:01:01Z")) == {three, four}
    assert set(ids(api, expires_before="2027-01-15T08:01:01Z")) == {one, two}


def test_time_bounds_hold_on_every_page(api, clock):
    made = []
    for _ in range(9):
        made.append(api.issue()[0])
        clock.forward(1)
    bounds = {"created_after": "2027-01-15T08:00:02Z", "created_before": "2027-01-15T08:00:08Z"}
    assert ids(api, **bounds, page_size=2) == made[2:8][::-1]


def test_admin_keys_and_other_tenants_keys_are_never_found(api, open_api):
    api.issue()
    hint = api.admin[-4:]
    assert ids(api, hint=hint) == [] and len(ids(api)) == 1
    api.reopen(tenant="acme")
    assert ids(api) == []


def test_a_page_token_is_good_after_a_restart_and_for_another_page_size(api):
    made = {api.issue()[0] for _ in range(5)}
    first = ask(api, page_size=2).json()
    api.reopen()
    rest = ask(api, page_size=1000, page_token=first["next_page_token"]).json()
    assert {key["key_id"] for key in first["keys"] + rest["keys"]} == made


def test_a_token_knows_its_query_however_that_is_spelled(api):
    for _ in range(3):
        api.issue(metadata={"a": 1, "b": 2})
    asked = f"{KEYS}?page_size=1&metadata.a=1&metadata.b=2&name="
    assert api.call("GET", asked).status_code == 400  # an empty name
    token = ask(api, page_size=1, metadata={"a": 1, "b": 2}).json()["next_page_token"]
    again = ask(api, metadata={"b": "2", "a": "1"}, page_token=token)
    assert again.status_code == 200 and len(again.json()["keys"]) == 2


def test_no_secret_is_in_an_answer(api):
    _, secret = api.issue(metadata={"a": 1})
    text = api.call("GET", KEYS).text
    assert secret not in text and secret[:-4] not in text and json.loads(text)["keys"]
