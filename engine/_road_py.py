"""The verifier's base where the compiled road is not there: everything is decided readably."""

from collections.abc import Iterable, Mapping

from .access import Access
from .denylist import Denying
from .errors import RecordNeeded, TokenError
from .grant import Grant
from .record import KeyRecord
from .tenant import TenantKeys
from .text import Prefixes


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


def verify_many(
    road: Road, tokens: Iterable[str], access: Access
) -> list[Grant | TokenError | RecordNeeded]:
    """The verdict on each token, in order; refusals are returned instead of raised."""
    verdicts: list[Grant | TokenError | RecordNeeded] = []
    for token in tokens:
        try:
            verdicts.append(road.decide(token, access))
        except (TokenError, RecordNeeded) as refusal:
            verdicts.append(refusal)
    return verdicts
