"""GET /v1/keys/{key_id}/lineage 403: an admin key needs marzipan:read."""


def test_an_admin_key_of_other_scopes_reads_nothing(api, problem):
    key_id, _ = api.issue()
    path = "/v1/keys/ID/lineage".replace("ID", key_id)
    problem(api.call("GET", path, key=api.admin_key("marzipan:verify")), 403)
    assert api.call("GET", path, key=api.admin_key("marzipan:read")).status_code == 200
