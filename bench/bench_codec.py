"""Text and bytes of a token, and the JSON of the verify routes: what stands around a verify."""

import functools

import msgspec
import pytest

from bench.corpus import ACCESS, Corpus
from bench.repeat import repeated
from engine import text
from server.schemas import VerifyRequest, VerifyResponse, decode
from server.schemas.enums import KeyStatus
from server.timestamps import from_seconds

CORPUS = Corpus()
KEY = CORPUS.key()
BODY = msgspec.json.encode(
    {
        "credential": KEY,
        "context": {
            "tool": "payments.execute",
            "scopes": ["payments:execute"],
            "amount": {"currency": "USD", "minor": 4200},
        },
    }
)
ANSWER = VerifyResponse(
    is_valid=True, status=KeyStatus.ACTIVE, key_id="01890a5d-ac96-774b-bcce-b302099a8057",
    actor_id="billing", scopes=("payments:*",), expire_time=from_seconds(ACCESS.now),
)  # fmt: skip


@pytest.mark.parametrize("blocks", [0, 1, 16])
def test_text_decode(measure, blocks: int) -> None:
    token = CORPUS.key(blocks)
    measure(f"text to bytes, {blocks} blocks", repeated(functools.partial(text.decode, token)), 200)


def test_text_encode(measure) -> None:
    prefix, data = text.decode(KEY)
    measure("bytes to text", repeated(functools.partial(text.encode, prefix, data)), 200)


def test_request_decode(measure) -> None:
    measure("JSON in: a verify", repeated(functools.partial(decode, VerifyRequest, BODY)), 100)


def test_answer_encode(measure) -> None:
    measure("JSON out: a verdict", repeated(functools.partial(msgspec.json.encode, ANSWER)), 200)
