"""The verifier's base where the compiled road is not there: everything is decided readably."""

from collections.abc import Mapping

from .access import Access
from .denylist import Denying
from .grant import Grant
from .tenant import TenantKeys
from .text import Prefixes
from .types import KeyRecord


class Road:
    """Answers from `decide`, which the Verifier defines; see `_road.pyx` for the other way."""

    def __init__(
        self,
        tenant_keys: TenantKeys,
        denylist: Denying,
        records: Mapping[bytes, KeyRecord],
        leeway: int,
        prefixes: Prefixes,
    ) -> None:
        pass

    def decide(self, token: str, access: Access) -> Grant:
        """What the token allows, by the readable road."""
        raise TypeError("a bare Road decides nothing")

    def verify(self, token: str, access: Access) -> Grant:
        """What the token allows. Raises TokenError, or RecordNeeded."""
        return self.decide(token, access)
