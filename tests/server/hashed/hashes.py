"""Raw keys as other systems keep them, and how the tests import those."""

import base64
import hashlib
import hmac
import threading

import argon2
import bcrypt
import pytest

from engine.formats.hashed.slow import SlowHash
from tests.server.routes.paths import IMPORTED

RAW = "sk_4eC39HqL.yjWDarjtT1zdp7dc"
LOOKUP = RAW[:11]
PEPPER = "a pepper that stands in a file"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def scrypt(raw: str) -> str:
    made = hashlib.scrypt(raw.encode(), salt=b"salty", n=16, r=8, p=1)
    return f"scrypt$16$salty$8$1${b64(made)}"


def pbkdf2(raw: str, function: str) -> str:
    made = hashlib.pbkdf2_hmac(function, raw.encode(), b"salty", 10)
    return f"pbkdf2_{function}$10$salty${b64(made)}"


SLOW = {
    "bcrypt": lambda raw: bcrypt.hashpw(raw.encode(), bcrypt.gensalt(4)).decode(),
    "argon2": argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash,
    "pbkdf2-sha256": lambda raw: pbkdf2(raw, "sha256"),
    "pbkdf2-sha1": lambda raw: pbkdf2(raw, "sha1"),
    "scrypt": scrypt,
}
FAST = {
    "sha256": lambda raw: hashlib.sha256(raw.encode()).digest(),
    "sha512": lambda raw: hashlib.sha512(raw.encode()).digest(),
    "hmac-sha256": lambda raw: hmac.digest(PEPPER.encode(), raw.encode(), "sha256"),
    "hmac-sha512": lambda raw: hmac.digest(PEPPER.encode(), raw.encode(), "sha512"),
}
ALL = [*SLOW, *FAST]


def hashed(algorithm: str, raw: str = RAW, **fields):
    """The `key_hash` of a raw key; a lookup is what stands before its first dot."""
    if algorithm in SLOW:
        lookup = raw.partition(".")[0]
        given = {"value": SLOW[algorithm](raw), "lookup": lookup}
    else:
        given = {"value": FAST[algorithm](raw).hex()}
        given |= {"pepper": "main"} if "hmac" in algorithm else {}
    return {"algorithm": algorithm, **given, **fields}


def body(key_hash, **fields):
    return {"key_hash": key_hash, "name": "legacy", "actor_id": "billing", **fields}


def post(api, key_hash, **fields):
    return api.call("POST", IMPORTED, body(key_hash, **fields))


def add(api, algorithm: str = "bcrypt", raw: str = RAW, **fields) -> str:
    """The id of a key that is imported as a hash now."""
    answer = post(api, hashed(algorithm, raw), **fields)
    assert answer.status_code == 201, answer.text
    return answer.json()["key_id"]


class Gate:
    """Counts the slow hashes, and holds each back for which `held` says so, until `open`."""

    def __init__(self) -> None:
        self.tried: list[str] = []
        self.held = lambda raw: False
        self.opened = threading.Event()

    def open(self) -> None:
        self.opened.set()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch):
    made, matches = Gate(), SlowHash.matches

    def counted(self, raw_key: str) -> bool:
        made.tried.append(raw_key)
        if made.held(raw_key):
            assert made.opened.wait(30)
        return matches(self, raw_key)

    monkeypatch.setattr(SlowHash, "matches", counted)
    yield made
    made.open()


@pytest.fixture
def peppered(open_api, tmp_path):
    """A node with the pepper `main`."""
    file = tmp_path / "peppers"
    file.write_text(f'{{"id": "main", "value": "{PEPPER}"}}\n')
    file.chmod(0o600)
    return open_api("peppered", **{"imports.peppers_file": str(file)})
