"""What a key may do, in plain Python: the readable twin of the class in `_record.pyx`."""

import msgspec

from .types import KeyStatus, RateLimit, Visibility


class KeyRecord(msgspec.Struct, frozen=True):
    """What a key may do, as the verifier needs it. The header must equal master_id and issued_at.

    `master_id` is ELSEWHERE for a key that another system minted, IMPORTED for an imported one.
    Times are Unix seconds. `networks` holds packed CIDRs, as `engine.cidr` makes them; None is
    unrestricted. Raises TypeError where a list is one text, whose letters would each be a scope.
    """

    master_id: int
    issued_at: int
    expires_at: int
    status: KeyStatus = KeyStatus.ACTIVE
    visibility: Visibility = Visibility.SECRET
    generation: int = 0
    actor: str = ""
    scopes: tuple[str, ...] = ()
    networks: tuple[bytes, ...] | None = None
    limit: RateLimit | None = None

    def __post_init__(self) -> None:
        if isinstance(self.scopes, str | bytes) or isinstance(self.networks, str | bytes):
            raise TypeError("scopes and networks are lists of texts and of packed networks")
