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
    @property
    def request_id(self) -> bytes | None: ...
    def answer(self, body: bytes, peer: str | None, common: Pairs) -> bytes | None: ...

class VerifyHead(Head):
    def __init__(
        self,
        road: Road,
        tally: Tally,
        length: int,
        forwarded: bytes | None,
        request_id: bytes | None,
        admin: str,
    ) -> None: ...

class GatewayHead(Head):
    def __init__(
        self,
        road: Road,
        tally: Tally,
        forwarded: bytes | None,
        request_id: bytes | None,
        credential: str,
        asked: Question,
        peer: str | None,
    ) -> None: ...

class Heads:
    def __init__(self) -> None: ...
    def learn(self, raw: bytes, head: Head) -> None: ...
    def receive(self, protocol: Protocol, data: bytes) -> bool: ...
