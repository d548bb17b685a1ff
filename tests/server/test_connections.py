"""Guarantees of server/connections.py: who answers, and that a server starts without a compiler."""

import os
import subprocess
import sys

import pytest

from server.app import create_app
from server.connections import COMPILED, connections
from server.protocol import Protocol
from tests.server.api.conftest import *  # noqa: F403

WITHOUT = """
import sys
sys.modules["server.hot._road"] = None
from server import serving
from server.connections import COMPILED, connections
assert not COMPILED and connections(None, None)[0] is serving.Protocol
assert connections(None, None)[1]() == {}
"""


def test_without_the_compiled_road_every_request_takes_the_ordinary_one():
    env = os.environ | {"PYTHONPATH": os.getcwd()}
    done = subprocess.run([sys.executable, "-c", WITHOUT], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_verifies_are_answered_at_once_unless_every_request_is_to_be_logged(open_api, level):
    assert COMPILED
    node = open_api(log_level=level).node
    protocol, answered = connections(node, create_app(node))
    assert (protocol is Protocol) is (level == "debug")
    assert answered() == {}
