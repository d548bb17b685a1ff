"""PATCH /v2alpha1/admin/issuedApiKeys/{key_id}, 503: the database is out of reach."""

from storage.errors import Stale
from tests.server.routes.paths import ISSUED


def test_update_503_where_other_nodes_keep_coming_first_and_never_the_409_of_what_is_so_already(
    api, problem, monkeypatch
):
    key_id, _ = api.issue()

    async def lost(change):
        raise Stale("the key has changed since it was read")

    monkeypatch.setattr(api.node.store, "commit", lost)
    answers = [
        api.call("PATCH", f"{ISSUED}/{key_id}", {"name": "x"}),
        api.call("POST", f"{ISSUED}/{key_id}:rotate", {}),
    ]
    for answer in answers:
        assert problem(answer, 503, "SERVICE_UNAVAILABLE")["status"] == "UNAVAILABLE"
        assert answer.headers["retry-after"] == "1"


def test_503_while_the_database_is_out_of_reach_and_nothing_is_changed(refuses, subject):
    refuses.lost("PATCH", f"{ISSUED}/{subject.issued}", {"name": "new"})
