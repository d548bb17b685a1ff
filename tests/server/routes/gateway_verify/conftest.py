"""What the tests of /v1/verify begin with."""

import pytest


@pytest.fixture
def api(open_api):
    return open_api(trusted_proxies=["10.0.0.0/8"])
