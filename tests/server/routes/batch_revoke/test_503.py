"""Revoking credentials that were found: nobody is told "unknown" of what could not be looked up."""

BATCH = "/v1/tokens:batchRevoke"


def test_a_database_that_is_gone_fails_the_request_which_may_be_sent_again(api, problem):
    secrets = [api.issue()[1] for _ in range(3)]
    api.run(api.node.store.close())
    problem(api.call("POST", BATCH, {"credentials": secrets}, key=None), 503)
    api.open()
    told = api.call("POST", BATCH, {"credentials": secrets}, key=None).json()
    assert {each["outcome"] for each in told["results"]} == {"revoked"}
