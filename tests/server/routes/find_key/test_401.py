"""GET /v1/keys/{key_id} 401: nobody reads keys without an admin key."""


def test_without_an_admin_key_nothing_is_told(api, problem):
    key_id, secret = api.issue()
    path = "/v1/keys/ID".replace("ID", key_id)
    problem(api.call("GET", path, key=None), 401)
    problem(api.call("GET", path, key=secret), 401)
