"""Chooses who merges a denylist into runs; `_compaction_py.py` is the specification."""

from . import _compaction_py
from ._compaction_py import Run
from .denylist import Denylist

try:
    from ._compaction import merge as _merge
    from ._denylist import Denylist as _Native
except ImportError:  # an installation without a compiler still compacts, only slower
    _Native = None  # type: ignore[assignment, misc]


def merge(denylist: Denylist, seed: bytes, now: int) -> list[Run]:
    """The runs of all that expires after now."""
    if _Native is not None and isinstance(denylist, _Native):
        return _merge(denylist, seed, now)
    return _compaction_py.merge(denylist, seed, now)
