"""GET /version, 200: what it answers."""

import importlib.metadata
import platform

import pytest


@pytest.mark.parametrize("surface", ["all", "admin", "public"])
def test_200_is_the_version_that_is_installed_for_anybody(open_api, surface):
    answer = open_api(surface=surface).call("GET", "/version", key=None)
    assert answer.status_code == 200
    assert answer.json() == {
        "version": importlib.metadata.version("marzipan"),
        "python": platform.python_version(),
    }
