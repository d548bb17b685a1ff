"""The node and the credentials that every endpoint's tests begin with."""

from tests.server.api.conftest import *  # noqa: F403
