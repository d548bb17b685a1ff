"""Database URLs: which database each names, and how."""

import enum
from pathlib import Path
from urllib.parse import urlsplit

from .errors import StoreError

_SQLITE = "sqlite:///"
_FORMS = (
    "Use sqlite:///file.db, sqlite:////absolute/file.db, postgresql://user@host/name or "
    "cockroachdb://user@host/name"
)

# Of what stands there nothing is told, for a password may be in it.
UNREADABLE = (
    "The database URL can't be read. In user and password, spell other characters than letters and "
    "digits as %XX, such as %2F for a slash."
)


class Database(enum.Enum):
    """The databases there are, by the scheme of their URLs."""

    SQLITE = "sqlite"
    POSTGRES = "postgresql"
    COCKROACH = "cockroachdb"


def database(url: str) -> Database:
    """Which database a URL is for. Raises StoreError, repeating nothing of it but the scheme."""
    scheme = "postgresql" if (given := url.partition(":")[0]) == "postgres" else given
    try:
        found = Database(scheme)
    except ValueError:
        raise StoreError(f"There is no database of the kind {given[:16]!r}. {_FORMS}") from None
    if found is not Database.SQLITE and not _path(url).strip("/"):
        raise StoreError(f"The URL names no database behind its host. {_FORMS}")
    return found


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        raise StoreError(UNREADABLE) from None


def server_url(url: str) -> str:
    """The URL of a database server as its driver takes it."""
    return "postgresql:" + url.partition(":")[2]


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
        raise StoreError(f"This is not the URL of a SQLite file. {_FORMS}")
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
