from collections.abc import Iterable, Sequence

from ._road import Road
from .access import Access
from .errors import RecordNeeded, TokenError
from .grant import Grant

def verify_many(
    road: Road, tokens: Iterable[str], access: Access
) -> Sequence[Grant | TokenError | RecordNeeded]: ...
