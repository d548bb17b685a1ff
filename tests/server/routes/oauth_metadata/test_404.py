"""Server metadata: another issuer's path, and an issuer that is no URL."""

import pytest

METADATA = "/.well-known/oauth-authorization-server"


@pytest.mark.parametrize(
    ("issuer", "path"),
    [
        ("https://a.example", METADATA + "/other"),
        ("https://a.example/keys", METADATA),
        ("https://a.example/keys", METADATA + "/other"),
        ("marzipan", METADATA),
        ("https://a.example?x=1", METADATA),
        ("http://[", METADATA + "/x"),
    ],
)
def test_there_is_nothing_at_the_path_of_another_issuer(open_api, problem, issuer, path):
    problem(open_api(issuer=issuer).call("GET", path, key=None), 404, "NOT_FOUND")
