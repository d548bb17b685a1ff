from engine import Access
from server.node import Node, Tenant

Counted = tuple[str, str, int]

class Question:
    def __init__(self, stated: Access) -> None: ...

class Tally:
    def __init__(self, of: Counted) -> None: ...
    @property
    def of(self) -> Counted: ...
    @property
    def count(self) -> int: ...

class Road:
    def __init__(self, node: Node, tenant: Tenant) -> None: ...
