"""How a command fails: one line on stderr, or one JSON object with --json; and its exit code.

Exit codes: 0 done, or allowed; 1 refused, or it can't be done; 2 a wrong call; 3 no answer: the
server can't be reached, is no Marzipan server, is out of order, or could not be asked.
"""

import re
import sys

import click
import msgspec

from server.problems import Problem

from . import secrets, terminal

NO_ANSWER = 3


class Refused(click.ClickException):
    """The server's refusal, in its own words; exit code 1."""

    def __init__(self, message: str, http: int, reason: str | None = None) -> None:
        super().__init__(message)
        self.http = http
        self.reason = reason


class NoAnswer(Refused):
    """There is no answer to what was asked; exit code 3. `http` is 0 where nothing answered."""

    exit_code = NO_ANSWER

    def __init__(self, message: str, http: int = 0, reason: str | None = None) -> None:
        super().__init__(message, http, reason)


def fail(error: Exception) -> int:
    """Say what went wrong; the exit code. A credential in the message is not repeated."""
    code = error.exit_code if isinstance(error, click.ClickException) else 1
    message = error.format_message() if isinstance(error, click.ClickException) else str(error)
    # Only of a call may an argument stand in the message; other words have long paths in them.
    called = isinstance(error, click.ClickException) and not isinstance(error, terminal.Unwritable)
    if called and any(map(secrets.is_secret, re.split(r"[\s()'\"=]+", message))):
        message = secrets.NOT_AN_ARGUMENT
    if "--json" in sys.argv[1:]:
        told = {"message": message, "exit_code": code, **_facts(error)}
        terminal.tell(terminal.json(msgspec.json.encode({"error": told}).decode()))
        return code
    if isinstance(error, click.UsageError) and error.ctx is not None:
        usage = error.ctx.get_usage()
        terminal.tell(f"{usage}\nFor help: {error.ctx.command_path} -h\n")
    terminal.tell(f"marzipan: {message}")
    return code


def _facts(error: Exception) -> dict[str, object]:
    facts: dict[str, object] = {}
    if isinstance(error, Refused | Problem) and error.http:
        facts["http_status"] = error.http
    if isinstance(error, Refused | Problem) and error.reason:
        facts["reason"] = error.reason
    return facts
