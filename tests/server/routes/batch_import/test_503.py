"""POST /v2alpha1/admin/importedApiKeys:batchCreate, 503: the database is out of reach."""

from storage.errors import StoreUnavailable
from tests.server.routes.batch_import.asking import codes, item, post
from tests.server.routes.paths import BATCH_IMPORT


def test_503_where_the_database_is_lost_and_a_fault_of_one_item_is_its_own(
    api, problem, monkeypatch
):
    commit = api.node.store.commit

    async def lost(change):
        raise StoreUnavailable("gone")

    async def broken(change):
        if change.insert[0].name == "broken":
            raise RuntimeError("unforeseen")
        return await commit(change)

    monkeypatch.setattr(api.node.store, "commit", lost)
    problem(post(api, item("a"), item("b")), 503, "SERVICE_UNAVAILABLE")
    monkeypatch.setattr(api.node.store, "commit", broken)
    answer = post(api, item("a"), item("b", name="broken"))
    assert codes(answer) == ["ok", "INTERNAL"] and "unforeseen" not in answer.text
    problem(post(api, item("c", name="broken")), 500, "INTERNAL_SERVER_ERROR")
    assert [api.code(raw) for raw in "abc"] == ["ok", "NOT_FOUND", "NOT_FOUND"]


def test_503_while_the_database_is_out_of_reach_and_nothing_is_imported(refuses):
    refuses.lost("POST", BATCH_IMPORT, {"requests": [item("raw")]})
