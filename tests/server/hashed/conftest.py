"""A node, and what holds slow hashes back, for the tests of keys that are imported as hashes."""

from tests.server.api.conftest import *  # noqa: F403
from tests.server.hashed.hashes import gate as gate
from tests.server.hashed.hashes import peppered as peppered
