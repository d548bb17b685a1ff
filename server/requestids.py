"""Request ids: the client's where it is fit to be repeated, else a fresh random UUID (RFC 9562)."""

import os

_BATCH = 256
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
_ready: list[bytes] = []


def is_fit(offered: bytes | None) -> bool:
    """Whether a client's X-Request-ID is 1 to 128 bytes of visible ASCII."""
    if not offered or len(offered) > 128:
        return False
    return all(0x21 <= byte <= 0x7E for byte in offered)


def request_id(offered: bytes | None) -> str:
    """The client's id where it is fit, else a fresh one."""
    if offered is not None and is_fit(offered):
        return offered.decode("ascii")
    if not _ready:
        _ready.extend(_fresh())
    return _ready.pop().decode("ascii")


def _fresh() -> list[bytes]:
    """Many at a time: asked for one by one, ids cost more than a verify does."""
    digits = os.urandom(16 * _BATCH).hex()
    return [_version_4(digits[at : at + 32]) for at in range(0, len(digits), 32)]


def _version_4(digits: str) -> bytes:
    return (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-"
        f"{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:]}"
    ).encode("ascii")


# A forked process must not go on with the ids of the one it came from.
os.register_at_fork(after_in_child=_ready.clear)
