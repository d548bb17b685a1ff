"""Verifies of several kinds: what one constant question can't show, for its answer may be at hand.

The bodies of a kind are made before and sent in turns. There are more contexts and more bad tails
than a table of thousands would hold.
"""

import json
import random
import secrets
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import msgspec

from bench.corpus import THREE
from bench.wire.admin import Admin
from bench.wire.asked import BATCH, VERIFY, Request, context, posted
from engine import attenuate
from engine.caveats import Amount, Scopes, Tools
from engine.text import decode, encode

CONTEXTS = 20_000
TAILS, TAIL = 5_000, 32  # bytes at the end of a token
SENT = 20_000  # draws from the many credentials, begun again after the last
BATCHED = 10


class Kind(msgspec.Struct, frozen=True):
    """`label` is its name in the report, `note` what is said beside; `good`: what is answered."""

    label: str
    note: str
    path: str
    bodies: Sequence[dict[str, Any]]
    good: bool = True

    def __repr__(self) -> str:
        return f"Kind({self.label!r})"

    def request(self, admin_key: str) -> Request:
        texts = [json.dumps(body, separators=(",", ":")) for body in self.bodies]
        return posted(self.path, admin_key, texts[0], tuple(texts) if len(texts) > 1 else ())

    def fault(self, admin: Admin) -> str:
        """What is wrong with the answer to its first body, or "": no other is what it measures."""
        told = admin.post(self.path, self.bodies[0])
        verdicts = [one["is_valid"] for one in told.get("results", [told])]
        if all(one is self.good for one in verdicts):
            return ""
        return f"{self.label}: a verdict was not {self.good}"


def kinds(admin: Admin, keys: int, each: int) -> list[Kind]:
    """All of them, over new keys; the many credentials are of `keys` keys, `each` of one."""
    key = admin.issue("payments:*")
    return [plain(key), changing(key), _many(admin, keys, each), _refused(key), _batch(key)]


def plain(key: str) -> Kind:
    """A key as it was issued, and nothing said of the access."""
    return Kind("verify, a plain key", "no context", VERIFY, [{"credential": key}])


def changing(key: str) -> Kind:
    """A narrowed token, and never the same access again for a long time."""
    caveats = Tools(["payments.execute"]), Amount("USD", CONTEXTS), Scopes(["payments:*"])
    token = attenuate(key, *caveats).text
    amounts = random.Random(7).sample(range(1, CONTEXTS + 1), CONTEXTS)
    bodies = [{"credential": token, "context": context(minor)} for minor in amounts]
    note = f"one token, {CONTEXTS:,} amounts in turns"
    return Kind("verify, another context each time", note, VERIFY, bodies)


def _many(admin: Admin, keys: int, each: int) -> Kind:
    """By Zipf's law: the credential of rank n is asked 1/n times as often as the first."""
    tokens = [
        attenuate(key, *THREE).text
        for key in [admin.issue("payments:*") for _ in range(keys)]
        for _ in range(each)
    ]
    source = random.Random(7)
    source.shuffle(tokens)
    weights = list(accumulate(1 / rank for rank in range(1, len(tokens) + 1)))
    drawn = source.choices(tokens, cum_weights=weights, k=SENT)
    bodies = [{"credential": token, "context": context()} for token in drawn]
    note = (
        f"{len(tokens):,} tokens of {keys:,} keys by Zipf's law, "
        f"{len(set(drawn)):,} of them in {SENT:,} draws"
    )
    return Kind("verify, many credentials", note, VERIFY, bodies)


def _refused(key: str) -> Kind:
    """What an attacker sends: all is in order, checksum too, but for the tail."""
    prefix, token = decode(attenuate(key, *THREE).text)
    bodies = [
        {"credential": encode(prefix, token[:-TAIL] + secrets.token_bytes(TAIL)),
         "context": context()}
        for _ in range(TAILS)
    ]  # fmt: skip
    return Kind("verify, a bad tail", f"{TAILS:,} tails in turns", VERIFY, bodies, good=False)


def _batch(key: str) -> Kind:
    items = [
        {"credential": attenuate(key, *THREE).text, "context": context()} for _ in range(BATCHED)
    ]
    note = f"requests of {BATCHED} narrowed tokens"
    return Kind(f"batchVerify of {BATCHED}", note, BATCH, [{"requests": items}])
