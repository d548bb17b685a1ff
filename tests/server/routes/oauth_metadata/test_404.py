"""Server metadata: an issuer that is no URL has none."""

import pytest

METADATA = "/.well-known/oauth-authorization-server"


@pytest.mark.parametrize("issuer", ["marzipan", "https://a.example?x=1", "https://a.example#x"])
def test_there_is_nothing_where_the_issuer_is_no_url(open_api, problem, issuer):
    problem(open_api(issuer=issuer).call("GET", METADATA, key=None), 404, "NOT_FOUND")


def test_there_is_nothing_below(api, problem):
    problem(api.call("GET", METADATA + "/keys", key=None), 404, "NOT_FOUND")
