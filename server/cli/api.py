"""The HTTP client of the online commands: the standard library's, with clear failures."""

import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

from . import secrets

Command = TypeVar("Command", bound=Callable[..., Any])
_PATIENCE_S = 30.0


def server_options(command: Command) -> Command:
    """Give a command --server and --admin-key-file."""
    command = click.option(
        "admin_key_file",
        "--admin-key-file",
        metavar="FILE",
        help="The file that holds the admin key; without it $MARZIPAN_ADMIN_KEY.",
    )(command)
    return click.option(
        "server",
        "--server",
        envvar="MARZIPAN_SERVER",
        default="http://127.0.0.1:4420",
        show_default=True,
        help="Where the server is; also $MARZIPAN_SERVER.",
    )(command)


class Api:
    """One server, called with one admin key."""

    def __init__(self, server: str, admin_key_file: str | None = None) -> None:
        if urllib.parse.urlsplit(server).scheme not in ("http", "https"):
            raise click.ClickException(f"--server must be an http or https URL, not {server!r}.")
        self._server = server.rstrip("/")
        self._file = admin_key_file

    def get(self, path: str, **query: object) -> Any:
        """GET as an administrator."""
        given = {name: value for name, value in query.items() if value not in (None, "")}
        asked = f"?{urllib.parse.urlencode(given)}" if given else ""
        return self._call("GET", path + asked, None, admin=True)

    def post(self, path: str, body: object, *, admin: bool = True) -> Any:
        """POST; None for an answer without a body. Raises ClickException with the server's word."""
        return self._call("POST", path, body, admin=admin)

    def _call(self, method: str, path: str, body: object, *, admin: bool) -> Any:
        data = None if body is None else msgspec.json.encode(body)
        headers = {"content-type": "application/json"}
        if admin:
            headers["authorization"] = f"Bearer {self._admin_key()}"
        request = urllib.request.Request(self._server + path, data, headers, method=method)
        try:
            with _OPENER.open(request, timeout=_PATIENCE_S) as answer:
                content = answer.read()
        except urllib.error.HTTPError as error:
            raise click.ClickException(_refusal(error)) from None
        except (urllib.error.URLError, OSError) as error:
            why = getattr(error, "reason", error)
            raise click.ClickException(
                f"{self._server} can't be reached ({why}). Is the server running? Start it with "
                "`marzipan serve`, or name another with --server."
            ) from None
        return msgspec.json.decode(content) if content else None

    def _admin_key(self) -> str:
        if self._file is not None:
            return secrets.read(self._file)
        if key := os.environ.get("MARZIPAN_ADMIN_KEY", "").strip():
            return key
        raise click.ClickException(
            "This command needs an admin key: set MARZIPAN_ADMIN_KEY, or name the file that holds "
            "it with --admin-key-file. The first `marzipan serve` or `marzipan init` prints one."
        )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the admin key to wherever it points."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _refusal(error: urllib.error.HTTPError) -> str:
    with error:
        content = error.read(65_536)
    try:
        message = msgspec.json.decode(content)["error"]["message"]
    except (msgspec.MsgspecError, KeyError, TypeError, UnicodeDecodeError):
        message = "the answer is not a Marzipan server's; check --server"
    advice = ""
    if error.code == 401:
        advice = " Check MARZIPAN_ADMIN_KEY or --admin-key-file."
    return f"{message}{advice} (HTTP {error.code})"
