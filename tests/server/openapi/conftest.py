from tests.server.routes.conftest import *  # noqa: F403
