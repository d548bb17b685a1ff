"""Database URLs: which backend serves which, and what they name."""

from pathlib import Path

from .errors import StoreError

_SQLITE = "sqlite:///"


def sqlite_path(url: str) -> Path:
    """The file of a SQLite URL, always absolute. Raises StoreError for any other URL.

    Symbolic links are followed, so that two names of one file share its lock.
    """
    if url == _SQLITE + ":memory:":
        raise StoreError(
            "A database in memory would forget every key and revocation with its process. "
            "Use sqlite:///file.db, or sqlite:////absolute/path/to/file.db"
        )
    if not url.startswith(_SQLITE) or not url.removeprefix(_SQLITE).strip("/"):
        scheme = url.partition(":")[0]
        raise StoreError(
            f"This version keeps its data in SQLite alone; {scheme!r} is not supported. "
            "Use sqlite:///file.db, or sqlite:////absolute/path/to/file.db"
        )
    return named(url).resolve()


def named(url: str) -> Path:
    """The file that a SQLite URL names: `sqlite:///file.db` is relative to the working directory,
    `sqlite:////srv/file.db` absolute, as most tools read them. Raises StoreError.
    """
    text = url.removeprefix(_SQLITE)
    if text.startswith("/"):
        return Path("/" + text.lstrip("/"))
    path, rooted = Path(text).absolute(), Path("/" + text)
    # Three slashes before an absolute path are a common slip. To make a new, empty database
    # beside one that is there would look as if every key and revocation were gone.
    if rooted.exists() and not path.exists():
        raise StoreError(
            f"{url} names a file under {Path.cwd()}, and there is none. If {rooted} is meant, "
            f"say {_SQLITE}{rooted} with four slashes."
        )
    return path
