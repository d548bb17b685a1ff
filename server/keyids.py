"""Ids on the wire: the 16 bytes in the usual UUID spelling, lower case with hyphens.

So it is for keys, derived and narrowed tokens, and whatever a revocation names. The audit keeps
them as 32 hex digits, among other texts.
"""

import re
from uuid import UUID

from .problems import Problem

_HEX = re.compile(r"[0-9a-f]{32}")
_CANONICAL = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def key_id_text(key_id: bytes) -> str:
    """`4b4b4b4b-4b4b-4b4b-4b4b-4b4b4b4b4b4b`."""
    digits = key_id.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def parse_key_id(text: str) -> bytes:
    """The 16 bytes. Raises Problem 404 for any other spelling: there is no key of that name."""
    if not _CANONICAL.fullmatch(text):
        raise Problem("API_KEY_NOT_FOUND", "There is no API key with this id.")
    return UUID(text).bytes


def respelled(kept: str) -> str:
    """An id that the audit keeps, as the wire has it; any other text as it is."""
    return str(UUID(kept)) if _HEX.fullmatch(kept) else kept


def kept(text: str) -> str:
    """An id of the wire as the audit keeps it; any other text as it is."""
    return UUID(text).hex if _CANONICAL.fullmatch(text) else text
