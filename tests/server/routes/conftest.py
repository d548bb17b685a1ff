from tests.server.api.conftest import *  # noqa: F403
