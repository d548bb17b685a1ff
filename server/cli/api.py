"""The HTTP client of the online commands: the standard library's, with clear failures."""

import http.client
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

from . import secrets
from .failing import NoAnswer, Refused

Command = TypeVar("Command", bound=Callable[..., Any])
_PATIENCE_S = 30.0


server_option = click.option(
    "server",
    "--server",
    metavar="URL",
    envvar="MARZIPAN_SERVER",
    default="http://127.0.0.1:4420",
    show_default=True,
    help="Where the server is; also $MARZIPAN_SERVER.",
)


def server_options(command: Command) -> Command:
    """Give a command --server and --admin-key-file."""
    command = click.option(
        "admin_key_file",
        "--admin-key-file",
        metavar="FILE",
        help="The file that holds the admin key; without it $MARZIPAN_ADMIN_KEY.",
    )(command)
    return server_option(command)


class Api:
    """One server, called with one admin key."""

    def __init__(self, server: str, admin_key_file: str | None = None) -> None:
        self._server = _checked(server)
        self._file = admin_key_file

    def get(self, path: str, **query: object) -> Any:
        """GET as an administrator."""
        given = {name: value for name, value in query.items() if value not in (None, "")}
        asked = f"?{urllib.parse.urlencode(given)}" if given else ""
        return self._call("GET", path + asked, None, admin=True)

    def post(self, path: str, body: object, *, admin: bool = True) -> Any:
        """POST; None for an answer without a body. Raises ClickException with the server's word."""
        return self._call("POST", path, body, admin=admin)

    def patch(self, path: str, body: object) -> Any:
        """PATCH as an administrator."""
        return self._call("PATCH", path, body, admin=True)

    def ask(self, path: str, body: object) -> Any:
        """POST a question. Whatever keeps a verdict from being given is NoAnswer, never Refused."""
        try:
            return self.post(path, body)
        except NoAnswer:
            raise
        except Refused as refused:
            raise NoAnswer(refused.message, refused.http, refused.reason) from None
        except click.ClickException as error:
            raise NoAnswer(error.message) from None

    def delete(self, path: str) -> None:
        """DELETE as an administrator."""
        self._call("DELETE", path, None, admin=True)

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
            raise _refusal(error) from None
        except (http.client.HTTPException, UnicodeError):
            raise _stranger() from None
        except (urllib.error.URLError, OSError) as error:
            why = getattr(error, "reason", error)
            raise NoAnswer(
                f"{self._server} can't be reached ({why}). Is the server running? Start it with "
                "`marzipan serve`, or name another with --server."
            ) from None
        return _decoded(content) if content else None

    def _admin_key(self) -> str:
        if self._file is not None:
            return secrets.read(self._file)
        if key := os.environ.get("MARZIPAN_ADMIN_KEY", "").strip():
            return secrets.checked(key, "MARZIPAN_ADMIN_KEY")
        raise click.ClickException(
            "This command needs an admin key: set MARZIPAN_ADMIN_KEY, or name the file that holds "
            "it with --admin-key-file. The first `marzipan serve` or `marzipan init` prints one; "
            "`marzipan admin-keys issue`, where the server's files are, makes another."
        )


class _Answer(dict[str, Any]):
    """A JSON object; where it lacks what a command reads, it is no Marzipan server's."""

    def __missing__(self, name: str) -> Any:
        raise _stranger()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the admin key to wherever it points."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def segment(text: str) -> str:
    """One segment of a path, whatever it holds."""
    return urllib.parse.quote(text, safe="")


def _checked(server: str) -> str:
    try:
        parts = urllib.parse.urlsplit(server)
        sound = parts.port != 0 and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        sound = False
    plain = all("!" <= char <= "~" for char in server)
    if not (sound and plain) or parts.scheme not in ("http", "https") or {"?", "#"} & set(server):
        # Not repeated: what stands before an @ is a password.
        raise click.UsageError(
            "--server (or $MARZIPAN_SERVER) must be a URL such as http://127.0.0.1:4420, without "
            "user, password or query."
        )
    return server.rstrip("/")


def _decoded(content: bytes) -> _Answer:
    try:
        return _Answer(msgspec.json.decode(content, type=dict[str, Any]))
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise _stranger() from None


def _stranger(http: int = 0) -> NoAnswer:
    said = f" (HTTP {http})" if http else ""
    return NoAnswer(f"The answer is not a Marzipan server's; check --server.{said}", http)


class _Detail(msgspec.Struct):
    reason: str = ""


class _Error(msgspec.Struct):
    message: str
    details: list[_Detail] = []


class _Envelope(msgspec.Struct):
    error: _Error


def _refusal(error: urllib.error.HTTPError) -> Refused:
    with error:
        content = error.read(65_536)
    try:
        said = msgspec.json.decode(content, type=_Envelope).error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _stranger(error.code)
    reason = said.details[0].reason if said.details else None
    advice = ""
    # Only what is said of the caller's own key comes with a challenge.
    if error.code == 401 and error.headers.get("www-authenticate"):
        advice = (
            " Check MARZIPAN_ADMIN_KEY or --admin-key-file. If it is lost or has expired, make "
            "another where the server's files are: marzipan admin-keys issue"
        )
    kind = NoAnswer if error.code >= 500 else Refused
    return kind(f"{said.message}{advice} (HTTP {error.code})", error.code, reason)
