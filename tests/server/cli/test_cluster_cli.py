"""cluster: what people see of the nodes over a database."""


def test_a_server_alone_is_the_only_node_and_has_no_lag(online):
    done = online("cluster")
    assert done.code == 0 and done.err == ""
    assert "this one" in done.out and "alone" in done.out
    told = online("cluster", "--json").json
    assert told["nodes"][0]["node_id"] in done.out and told["nodes"][0]["lag"] == 0
