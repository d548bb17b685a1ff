"""GET /v1/audit/heads, 200: what it answers."""

from tests.server.routes.audit.asking import pages
from tests.server.routes.paths import AUDIT


def test_heads_200_name_the_newest_row_of_every_shard_that_has_any(api):
    api.issue()
    heads = api.call("GET", f"{AUDIT}/heads").json()["heads"]
    newest = {
        row["position"]: row["hash"] for row in pages(api, 9) + pages(api, 9, tenant="marzipan")
    }
    assert {f"{head['shard']}:{head['seq']}": head["hash"] for head in heads} == newest
