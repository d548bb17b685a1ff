"""What `marzipan doctor` looks at: everything outside of the program that can make it go wrong.

Every check answers findings and raises nothing; it changes nothing, and what it says has no secret
in it.
"""

from collections.abc import Awaitable, Callable, Sequence

from server.settings import Settings

from . import databases, nodes, redis, secrets, settings
from .finding import FAIL as FAIL
from .finding import OK as OK
from .finding import WARN as WARN
from .finding import Finding as Finding

_CHECKS: Sequence[Callable[[Settings], Awaitable[Sequence[Finding]]]] = (
    settings.check,
    secrets.check_files,
    databases.check,
    secrets.check_values,
    nodes.check,
    redis.check,
)


async def examine(given: Settings) -> Sequence[Finding]:
    """Look at everything, one after another, so that no wait is taken for a slow server."""
    return [finding for check in _CHECKS for finding in await check(given)]
