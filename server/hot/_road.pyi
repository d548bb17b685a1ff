from collections.abc import Sequence

from server.node import Node

Common = Sequence[tuple[bytes, bytes]]

class Head:
    def __init__(
        self,
        admin: str,
        length: int,
        forwarded: bytes | None = None,
        request_id: bytes | None = None,
    ) -> None: ...
    @property
    def admin(self) -> str: ...
    @property
    def length(self) -> int: ...
    @property
    def forwarded(self) -> bytes | None: ...
    @property
    def request_id(self) -> bytes | None: ...

class Road:
    def __init__(self, node: Node) -> None: ...
    def learn(self, raw: bytes, head: Head) -> None: ...
    def receive(self, protocol: object, data: bytes) -> bool: ...
    def answer(
        self, head: Head, body: bytes, peer: str | None, common: Common
    ) -> bytes | None: ...
