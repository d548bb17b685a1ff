"""POST /v2alpha1/admin/importedApiKeys:batchCreate, 200: hashes among raw keys."""

from tests.server.hashed.hashes import ALL, body, hashed
from tests.server.routes.paths import BATCH_IMPORT

PREFIX = "BATCH_CREATE_IMPORTED_API_KEYS_ERROR_"


def post(api, *items):
    answer = api.call("POST", BATCH_IMPORT, {"requests": items})
    assert answer.status_code == 200, answer.text
    told = answer.json()["results"]
    return [each.get("error_code", "ok").removeprefix(PREFIX) for each in told]


def test_hashes_of_every_algorithm_and_raw_keys_stand_side_by_side(peppered):
    raws = [f"{algorithm}_k.secret" for algorithm in ALL]
    items = [body(hashed(algorithm, raw)) for algorithm, raw in zip(ALL, raws, strict=True)]
    items.append({"raw_key": "plain", "name": "n", "actor_id": "a"})
    assert post(peppered, *items) == ["ok"] * len(items)
    assert [peppered.code(raw) for raw in (*raws, "plain")] == ["ok"] * len(items)
    again = peppered.call("POST", BATCH_IMPORT, {"requests": items})
    assert again.status_code == 409


def test_each_item_stands_or_falls_alone(api):
    first = body(hashed("bcrypt"))
    told = post(
        api,
        first,
        first,
        body(hashed("sha256", "other")),
        body(hashed("sha256", "other")),
        body({"algorithm": "bcrypt", "value": "x", "lookup": "abcd"}),
        body({"algorithm": "hmac-sha256", "value": "ab" * 32, "pepper": "lost"}),
        body(hashed("bcrypt", "mz_ak_.x")),
    )
    assert told == [
        *("ok", "ALREADY_EXISTS", "ok", "ALREADY_EXISTS"),
        *("INVALID_ARGUMENT", "INVALID_ARGUMENT", "ALREADY_EXISTS"),
    ]


def test_one_batch_brings_no_more_lengths_than_are_looked_up(api):
    items = [body(hashed("bcrypt", chr(97 + n) * (n + 4) + ".secret")) for n in range(20)]
    told = post(api, *items)
    assert told == ["ok"] * 8 + ["FAILED_PRECONDITION"] * 12
    assert len(api.run(api.node.store.hash_kinds("default"))) == 8
