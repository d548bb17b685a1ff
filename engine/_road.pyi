from collections.abc import Mapping

from .access import Access
from .denylist import Denying
from .grant import Grant
from .record import KeyRecord
from .tenant import TenantKeys
from .text import Prefixes

class Road:
    def __init__(
        self,
        tenant_keys: TenantKeys,
        denylist: Denying,
        records: Mapping[bytes, KeyRecord],
        leeway: int,
        prefixes: Prefixes,
    ) -> None: ...
    def verify(self, token: str, access: Access) -> Grant: ...
