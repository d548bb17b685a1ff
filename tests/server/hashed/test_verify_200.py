"""POST /v2alpha1/admin/apiKeys:verify, 200: the first use of a key that was imported as a hash."""

import asyncio
import uuid

import msgspec
import pytest

from server import trials
from storage.base import AuditEvent, Change
from storage.errors import Stale
from tests.server.hashed.hashes import LOOKUP, RAW, add, hashed, post
from tests.server.routes import paths


def rehashes(api):
    rows = api.run(api.node.store.audit("default", limit=100))
    return [row for row in rows if row.action == "key.rehash"]


def send(api, credential, **how):
    return api.send("POST", paths.VERIFY, {"credential": credential}, **how)


def row(api, key_id):
    return api.run(api.node.store.get("default", uuid.UUID(key_id).bytes))


def replace(api, old, **fields):
    new = msgspec.structs.replace(old, **fields)
    event = AuditEvent(action="test", caller="test")
    change = Change(tenant="default", at_ms=1, audit=event, replace=((old, new),))
    api.run(api.node.store.commit(change))


def test_the_second_use_needs_no_slow_hash_nor_the_first_after_a_restart(api, gate):
    add(api)
    assert [api.code(RAW) for _ in range(3)] == ["ok"] * 3
    api.reopen()
    assert api.code(RAW) == "ok"
    assert gate.tried == [RAW] and len(rehashes(api)) == 1


def test_fifty_first_uses_at_once_cost_one_slow_hash_and_all_are_good(api, gate):
    add(api)
    answers = api.together(*(send(api, RAW) for _ in range(50)))
    assert [a.json()["is_valid"] for a in answers] == [True] * 50
    assert gate.tried == [RAW] and len(rehashes(api)) == 1


def test_a_wrong_guess_costs_one_slow_hash_however_often_and_whatever_is_imported_meanwhile(
    api, gate
):
    add(api)
    for n in range(5):
        assert api.code(RAW + "x") == "NOT_FOUND"
        api.import_key(f"another {n}")
    assert gate.tried == [RAW + "x"]
    assert api.code(RAW) == "ok"


def test_what_does_not_begin_with_a_lookup_costs_no_slow_hash(api, gate):
    add(api)
    for guess in ("stranger", LOOKUP[:-1], "x" + RAW, RAW.upper()):
        assert api.code(guess) == "NOT_FOUND"
    assert gate.tried == []


def test_a_thousand_wrong_guesses_stall_neither_what_is_in_memory_nor_another_first_use(api, gate):
    add(api)
    add(api, "argon2", "other.secret")
    api.import_key("in memory")
    assert api.code("in memory") == "ok"
    gate.held = lambda raw: raw.startswith(LOOKUP)  # they run until the test is over

    async def go():
        guesses = [asyncio.ensure_future(send(api, f"{LOOKUP}.{n}")) for n in range(1000)]
        while sum(each.done() for each in guesses) < 1000 - 1 - trials.LINE or not gate.tried:
            await asyncio.sleep(0.01)
        for _ in range(20):
            assert (await send(api, "in memory")).json()["is_valid"]
        first = await send(api, "other.secret")
        assert first.json()["is_valid"], first.text
        refused = [each.result() for each in guesses if each.done()]
        held = [each for each in guesses if not each.done()]
        assert len(held) == 1 + trials.LINE
        gate.open()
        return refused, [await each for each in held]

    refused, held = api.run(go())
    assert {answer.status_code for answer in refused} == {503}
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    assert {answer.json().get("error_code") for answer in held} == {"VERIFICATION_ERROR_NOT_FOUND"}
    assert gate.tried.count("other.secret") == 1 and len(gate.tried) == 2 + trials.LINE


def test_the_holder_of_an_attacked_key_is_tried_before_the_guesses_that_keep_coming(api, gate):
    add(api)
    gate.held = lambda raw: raw != RAW
    numbers = iter(range(10_000))

    def flood(many):
        return [asyncio.ensure_future(send(api, f"{LOOKUP}.{next(numbers)}")) for _ in range(many)]

    async def go():
        guesses = flood(100)
        while not gate.tried:
            await asyncio.sleep(0.01)
        statuses = []
        while True:
            right = asyncio.ensure_future(send(api, RAW))
            guesses += flood(100)
            # Until none but the one that runs and the whole line is without an answer.
            while sum(not each.done() for each in (right, *guesses)) > 1 + trials.LINE:
                await asyncio.sleep(0.01)
            if not right.done():
                break
            statuses.append(right.result().status_code)
            assert len(statuses) < 4
        gate.open()
        told = (await right).json()
        await asyncio.gather(*guesses)
        return statuses, told

    statuses, told = api.run(go())
    assert told["is_valid"] and set(statuses) <= {503}
    assert gate.tried.index(RAW) == 1  # right behind the one that ran


def test_a_seal_that_was_moved_to_another_row_opens_nothing(api, gate):
    mine, victim = add(api, "bcrypt", "mine.secret"), add(api, "bcrypt", "victim.secret")
    replace(api, row(api, victim), hash_sealed=row(api, mine).hash_sealed)
    for guess in ("victim.secret", "mine.secret"):
        assert api.code(guess) == ("ok" if guess == "mine.secret" else "NOT_FOUND")
    assert "victim.secret" not in gate.tried
    digest = row(api, victim).digest
    replace(api, row(api, victim), hash_sealed=None, updated_ms=5)
    api.reopen()
    assert api.code("victim.secret") == "NOT_FOUND" and row(api, victim).digest == digest


def test_whoever_loses_the_race_for_the_row_tries_the_hash_once_all_the_same(api, gate):
    key_id = add(api)
    commit, lost = api.node.store.commit, []

    async def losing(change):
        if change.audit.action == "key.rehash" and len(lost) < 3:
            lost.append(change)
            raise Stale("another change came first")
        return await commit(change)

    api.node.store.commit = losing
    assert api.verify(RAW)["key_id"] == key_id
    assert len(lost) == 3 and gate.tried == [RAW] and len(rehashes(api)) == 1


def test_a_first_use_while_its_key_is_changed_again_and_again_loses_neither(api, gate):
    key_id = add(api)
    path = f"{paths.IMPORTED}/{key_id}?update_mask=name"
    changes = [api.send("PATCH", path, {"name": f"n{n}"}) for n in range(20)]
    answers = api.together(*(send(api, RAW) for _ in range(10)), *changes)
    assert {answer.status_code for answer in answers} == {200}
    assert gate.tried == [RAW] and len(rehashes(api)) == 1
    after = row(api, key_id)
    assert after.revision == 21 and after.name.startswith("n") and after.hash_kind is None


def test_a_key_that_is_deleted_during_its_first_use_is_not_brought_back(api, gate):
    key_id = add(api)
    gate.held = lambda raw: True

    async def go():
        using = asyncio.ensure_future(send(api, RAW))
        while not gate.tried:
            await asyncio.sleep(0.01)
        gone = await api.send("DELETE", f"{paths.IMPORTED}/{key_id}")
        assert gone.status_code == 204
        gate.open()
        return await using

    assert not api.run(go()).json()["is_valid"]
    assert api.code(RAW) == "NOT_FOUND" and rehashes(api) == []


def test_a_key_revoked_during_its_first_use_is_revoked(api, gate):
    key_id = add(api)
    gate.held = lambda raw: True

    async def go():
        using = asyncio.ensure_future(send(api, RAW))
        while not gate.tried:
            await asyncio.sleep(0.01)
        reason = {"reason": "REVOCATION_REASON_KEY_COMPROMISE"}
        await api.send("POST", f"{paths.IMPORTED}/{key_id}:revoke", reason)
        gate.open()
        return await using

    assert api.run(go()).json()["error_code"] == "VERIFICATION_ERROR_REVOKED"


def test_who_hangs_up_during_a_first_use_leaves_it_to_be_finished(api, gate):
    add(api)
    gate.held = lambda raw: True

    async def go():
        using = asyncio.ensure_future(send(api, RAW))
        while not gate.tried:
            await asyncio.sleep(0.01)
        using.cancel()
        gate.open()
        return await send(api, RAW)

    assert api.run(go()).json()["is_valid"] and gate.tried == [RAW]


def test_of_two_rows_for_one_raw_key_that_of_the_raw_key_itself_counts(api):
    raw = api.import_key(RAW)
    by_hash = add(api, "sha256")
    assert api.verify(RAW)["key_id"] == raw
    api.call("DELETE", f"{paths.IMPORTED}/{raw}")
    assert api.verify(RAW)["key_id"] == by_hash


def test_a_longer_text_than_bcrypt_looks_at_is_never_its_key(api, gate):
    raw = f"{LOOKUP}.{'x' * (71 - len(LOOKUP))}"
    assert len(raw) == 72
    add(api, "bcrypt", raw)
    assert api.code(raw + "y") == "NOT_FOUND" and api.code(raw) == "ok"


@pytest.mark.parametrize("algorithm", ["sha256", "bcrypt"])
def test_where_the_row_can_not_be_written_nothing_is_granted(api, problem, monkeypatch, algorithm):
    add(api, algorithm)

    async def broken(change):
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(api.node.store, "commit", broken)
    problem(api.call("POST", paths.VERIFY, {"credential": RAW}), 500)
    monkeypatch.undo()
    assert api.code(RAW) == "ok"


def test_without_its_pepper_a_key_is_not_found_until_it_is_back(peppered, tmp_path, caplog):
    key_id = add(peppered, "hmac-sha256")
    named = peppered.flags["imports.peppers_file"]
    peppered.flags.pop("imports.peppers_file")
    peppered.reopen()
    assert "hmac-sha256:main" in caplog.text and "pepper that" not in caplog.text
    assert peppered.code(RAW) == "NOT_FOUND"
    assert post(peppered, hashed("hmac-sha256", "other")).status_code == 400
    peppered.reopen(**{"imports.peppers_file": named})
    assert peppered.verify(RAW)["key_id"] == key_id
