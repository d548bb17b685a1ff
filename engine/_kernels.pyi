def kernels() -> tuple[str, ...]:
    """The implementations of BLAKE3 that this machine has, the one in use first."""

def keyed(kernel: str, key: bytes, data: bytes) -> bytes:
    """64 bytes of keyed BLAKE3 of at most 1,024 bytes by one of them, for tests and benches."""

def wide_kernels() -> tuple[str, ...]:
    """The ways to fold many chains that this machine has, the one in use first."""

def fold_many(
    kernel: str, root: bytes, tokens: list[bytes]
) -> list[tuple[bool, bool, list[bytes]]]:
    """Whether each token's tail matched, whether it is sealed, and its blocks' ids."""

def decode_text(text: bytes, prefix: int, wide: bool) -> bytes | None:
    """The token's bytes, or None where refused; by wide registers, or by tables alone."""
