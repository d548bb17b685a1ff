"""Whether a tenant has keys that another system minted."""

import sqlite3

from engine.types import ELSEWHERE
from storage.sql import queries


def test_one_key_of_another_minter_is_known_of_until_it_is_deleted(store, run, build):
    run(store.commit(build.change(insert=(build.key(1),))))
    stranger = build.key(2, tenant="other", master_id=ELSEWHERE)
    run(store.commit(build.change(tenant="other", insert=(stranger,))))
    assert (run(store.has_elsewhere("acme")), run(store.has_elsewhere("other"))) == (False, True)
    key = build.key(3, master_id=ELSEWHERE)
    run(store.commit(build.change(insert=(key,))))
    assert run(store.has_elsewhere("acme"))
    run(store.commit(build.change(delete=(key,))))
    assert not run(store.has_elsewhere("acme"))


def test_it_is_found_by_its_index(url):
    db = sqlite3.connect(url.removeprefix("sqlite:///"))
    plan = db.execute("EXPLAIN QUERY PLAN " + queries._ELSEWHERE, ("t",)).fetchall()
    db.close()
    assert "api_keys_by_other_minter" in str(plan) and "tenant=?" in str(plan)
