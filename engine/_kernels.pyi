def kernels() -> tuple[str, ...]:
    """The implementations of BLAKE3 that this machine has, the one in use first."""

def keyed(kernel: str, key: bytes, data: bytes) -> bytes:
    """64 bytes of keyed BLAKE3 of at most 1,024 bytes by one of them, for tests and benches."""
