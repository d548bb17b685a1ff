from collections.abc import Iterable

from server.protocol import Protocol

from ._road import Question, Road, Tally

Pairs = Iterable[tuple[bytes, bytes]]

class Head:
    @property
    def road(self) -> Road: ...
    @property
    def length(self) -> int: ...
    @property
    def forwarded(self) -> bytes | None: ...
    def answer(
        self, body: bytes, peer: str | None, common: Pairs, request_id: bytes | None
    ) -> bytes | None: ...

class VerifyHead(Head):
    def __init__(
        self,
        road: Road,
        tally: Tally,
        length: int,
        forwarded: bytes | None,
        admin: str,
    ) -> None: ...

class GatewayHead(Head):
    def __init__(
        self,
        road: Road,
        tally: Tally,
        forwarded: bytes | None,
        credential: str,
        asked: Question,
        peer: str | None,
    ) -> None: ...

class Heads:
    def __init__(self) -> None: ...
    def __len__(self) -> int: ...
    def learn(self, raw: bytes, head: Head) -> bool: ...
    def receive(self, protocol: Protocol, data: bytes) -> bool: ...
