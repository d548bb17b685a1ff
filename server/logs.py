"""One JSON line per event on stderr, with anything that looks like a secret masked.

Nothing should hand a secret to a log in the first place: a request is logged by its route template,
never its path or query. The redacting filter is the second line of defence, for what a library or
an exception message lets slip.
"""

import hashlib
import json
import logging
import re
import sys
from collections.abc import Sequence

from .asgi import Request
from .timestamps import from_ms

MASK = "[redacted]"

_PLAIN_ID = re.compile(r"[0-9a-fA-F-]{1,36}|[0-9A-Z]{26}|[A-Za-z0-9._:~-]{1,16}")

# Any token may stand where a method does, and so may a credential.
_METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT".split())

_PREFIXES = ("mz_ak", "mz_pk", "mz_mc", "mz_ms")
_GENERAL = (
    r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{40,}_[0-9A-Za-z]{6,64}(?![A-Za-z0-9_-])",  # any token text
    r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+){1,4}",  # JWT
    r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])",  # a 32-byte secret in hex
)
_AUTHORIZATION = re.compile(r"\b(Bearer|Basic)(\s+)[^\s\"',]+", re.IGNORECASE)


class Redactor(logging.Filter):
    """Masks token texts and authorization values in a record, its traceback and its fields."""

    def __init__(self, prefixes: Sequence[str] = _PREFIXES) -> None:
        super().__init__()
        # A cut-off token is still most of a token, so a known prefix needs no checksum after it.
        known = "|".join(re.escape(prefix) for prefix in prefixes)
        ours = rf"(?<![A-Za-z0-9])(?:{known})_[A-Za-z0-9_-]{{8,}}"
        self._secret = re.compile("|".join((ours, *_GENERAL)))

    def redact(self, text: str) -> str:
        """The text with every secret-looking part replaced by the mask."""
        return _AUTHORIZATION.sub(rf"\1\2{MASK}", self._secret.sub(MASK, text))

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = self.redact(record.getMessage())
        record.args = ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.redact(record.exc_text)
        for name in _FIELDS:
            value = getattr(record, name, None)
            if isinstance(value, str):
                setattr(record, name, self.redact(value))
        return True


_FIELDS = ("request_id", "tenant", "method", "route", "status", "duration_ms", "bytes")


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": from_ms(int(record.created * 1000)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in _FIELDS:
            if (value := getattr(record, name, None)) is not None:
                line[name] = value
        if record.exc_text:
            line["error"] = record.exc_text
        return json.dumps(line)


def configure(level: str = "info", prefixes: Sequence[str] = _PREFIXES) -> None:
    """Send every log of the process through the redactor to stderr; uvicorn's access log is off."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Redactor(prefixes))
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"


def loggable_id(request_id: str) -> str:
    """A request id as the log has it: as it is, or a digest where it could be part of a token.

    Clients put into X-Request-ID what they like. A token that was cut has no mark left by which the
    redactor could know it; no UUID or ULID is one, and 16 characters of one help nobody.
    """
    if _PLAIN_ID.fullmatch(request_id):
        return request_id
    return "sha256:" + hashlib.sha256(request_id.encode()).hexdigest()[:16]


def known_method(method: str) -> str:
    """The method, or "-" for one that might be anything."""
    return method if method in _METHODS else "-"


def access_line(
    logger: logging.Logger, request: Request, status: int, took_s: float, size: int
) -> None:
    """Log one answered request, by its route template."""
    if not logger.isEnabledFor(logging.INFO):
        return
    fields = {
        "request_id": loggable_id(request.request_id),
        "tenant": request.tenant or None,
        "method": known_method(request.method),
        "route": request.route or "-",
        "status": status,
        "duration_ms": round(took_s * 1000, 3),
        "bytes": size,
    }
    logger.info("request", extra=fields)
