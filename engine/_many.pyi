from collections.abc import Iterable

from ._road import Road
from .access import Access
from .errors import RecordNeeded, TokenError
from .grant import Grant

def verify_many(
    road: Road, tokens: Iterable[str], access: Access
) -> list[Grant | TokenError | RecordNeeded]: ...
