"""Database URLs: which backend serves which, and what they name."""

from pathlib import Path

from .errors import StoreError

_SQLITE = "sqlite:///"


def sqlite_path(url: str) -> Path:
    """The file of `sqlite:///path`, always absolute. Raises StoreError for any other URL.

    Symbolic links are followed, so that two names of one file share its lock.
    """
    if url == _SQLITE + ":memory:":
        raise StoreError(
            "A database in memory would forget every key and revocation with its process. "
            "Use sqlite:///absolute/path/to/file.db"
        )
    if not url.startswith(_SQLITE) or not url.removeprefix(_SQLITE).strip("/"):
        scheme = url.partition(":")[0]
        raise StoreError(
            f"A database URL that begins with {scheme!r} is not supported. "
            "Use sqlite:///absolute/path/to/file.db"
        )
    return Path("/" + url.removeprefix(_SQLITE).lstrip("/")).resolve()
