"""audit list: who did what to which key, as people read it."""


def test_it_lists_what_was_done_to_one_key_and_says_where_it_stopped(online):
    issued = online("keys", "issue", "--name", "watched", "--json").json
    key_id = issued["issued_api_key"]["key_id"]
    assert online("keys", "suspend", key_id).code == 0
    done = online("audit", "list", "--target", key_id)
    assert done.code == 0, done.err
    assert "key.issue" in done.out and "key.suspend" in done.out and done.err == ""
    assert done.out.count(key_id) == 2
    first = online("audit", "list", "--target", key_id, "--limit", "1", "--json").json
    assert [row["action"] for row in first["audit"]] == ["key.suspend"]
    token = first["next_page_token"]
    assert (
        f"--page-token {token}" in online("audit", "list", "--target", key_id, "--limit", "1").err
    )
    rest = online("audit", "list", "--target", key_id, "--page-token", token)
    assert "key.issue" in rest.out and "key.suspend" not in rest.out


def test_where_there_is_nothing_it_says_so_and_a_key_itself_is_no_id(online):
    done = online("audit", "list", "--target", "00000000-0000-4000-8000-000000000000")
    assert done.code == 0 and done.out == "" and "nothing about it" in done.err
    secret = online("keys", "issue", "--name", "n", "--json").json["secret"]
    done = online("audit", "list", "--target", secret)
    assert done.code == 2 and secret not in done.said
