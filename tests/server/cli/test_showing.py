"""What people read of an answer that a program reads whole."""

import pytest

from server.cli.showing import show_verdict

ALLOWED = {
    "is_valid": True, "key_id": "1", "grant_id": "", "actor_id": "", "delegates": [], "scopes": [],
    "audiences": [], "metadata": None, "expire_time": None,
}  # fmt: skip


@pytest.mark.parametrize("stale", [True, False])
def test_whoever_reads_that_a_credential_is_allowed_reads_that_the_node_was_stale(capsys, stale):
    show_verdict(ALLOWED | ({"stale": True} if stale else {}))
    said = capsys.readouterr()
    assert "Allowed" in said.out and ("stale_policy=open" in said.err) is stale
