"""Request ids: the client's where it is fit to be repeated, else a fresh random UUID (RFC 9562)."""

import os

_BATCH = 256
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
_ready: list[str] = []


def request_id(offered: bytes | None) -> str:
    """The caller's X-Request-ID where it is 1 to 128 bytes of visible ASCII, else a fresh UUID."""
    if offered and len(offered) <= 128 and all(0x21 <= byte <= 0x7E for byte in offered):
        return offered.decode("ascii")
    if not _ready:
        # One call of the system for many: asked for one by one, ids cost more than a verify does.
        digits = os.urandom(16 * _BATCH).hex()
        _ready.extend(_version_4(digits[at : at + 32]) for at in range(0, len(digits), 32))
    return _ready.pop()


def _version_4(digits: str) -> str:
    return (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-"
        f"{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:]}"
    )


# A forked process must not go on with the ids of the one it came from.
os.register_at_fork(after_in_child=_ready.clear)
