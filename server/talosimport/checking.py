"""Whether the HMAC secrets are those of an installation: one key of it tells.

A wrong secret leaves no trace in the rows: all of them are taken over, and no key verifies.
"""

from collections.abc import Sequence

from engine.errors import BadTail
from engine.formats.talos import HmacSecret, issued


class KeyMisfit(Exception):
    """The key does not show that the secrets are right; the message says why and what to do."""


def require_fitting(text: str, secrets: Sequence[HmacSecret], now: int) -> None:
    """Raise KeyMisfit unless one of the secrets made this issued key, and stands at `now`."""
    key = issued.split(text)
    if key is None:
        raise KeyMisfit(
            "The key to check is no key that Talos issued: those read PREFIX_v1_..., without "
            "blanks. Nothing was written. A macaroon or an imported key can't be checked."
        )
    try:
        issued.require_genuine(key, secrets, now)
    except BadTail:
        raise KeyMisfit(
            "No secret of the file made the key to check, so keys of this installation would not "
            "verify. Nothing was written. Bring the secrets of secrets.hmac, current and retired, "
            "of the Talos that issued this key."
        ) from None
