"""What the body of a verify asks, beside its credential."""

import msgspec

from engine import Access
from server.problems import Problem
from server.schemas import VerifyRequest, decode

# Stands for any text that JSON holds as it is.
_BEFORE = b'{"credential":"x'


def read(rest: bytes) -> Access | None:
    """The facts that a body states, by its bytes from the credential's closing quote on.

    None for what a handler is to read: bodies that are refused, that wait for a revision, or leave
    a choice of audiences. The time is left at 0, and a client that is not stated at None.
    """
    try:
        body = decode(VerifyRequest, _BEFORE + rest)
    except Problem:
        return None
    if body.min_revision or len(body.expected_audiences) > 1:
        return None
    access = body.access(0)
    if not body.expected_audiences:
        return access
    return msgspec.structs.replace(access, audience=body.expected_audiences[0])
