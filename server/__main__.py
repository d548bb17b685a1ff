"""The entry point of the command `marzipan`, which says what to install where that is missing."""

import sys

# What the extra `server` installs; the engine alone needs none of it.
_EXTRA = {"click", "rich", "uvicorn", "uvloop", "httptools", "cryptography"}

try:
    from .cli import main
except ModuleNotFoundError as missing:
    if missing.name is None or missing.name.partition(".")[0] not in _EXTRA:
        raise
    sys.exit(
        f"marzipan: the command line needs {missing.name}, which the server's extra brings: "
        "pip install 'marzipan[server]'"
    )

if __name__ == "__main__":
    main()
