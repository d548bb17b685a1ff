from ._compaction_py import Run
from ._denylist import Denylist

def merge(denylist: Denylist, seed: bytes, now: int) -> list[Run]: ...
