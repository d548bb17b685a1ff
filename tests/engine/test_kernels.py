"""Every implementation of the BLAKE3 compression on this machine is BLAKE3."""

import json
import pathlib
import random

import pytest
from blake3 import blake3

from engine import Access, TokenRevoked, _chain, actor_target
from engine._denylist import Denylist
from engine._kernels import kernels, keyed
from engine.keyring import Keyring, MasterSecret
from tests.engine.roads import Watched
from tests.engine.world import NOW

FILE = pathlib.Path(__file__).parents[1] / "vectors" / "blake3_keyed.json"
OFFICIAL = json.loads(FILE.read_text(encoding="utf-8"))
every_kernel = pytest.mark.parametrize("kernel", kernels())


@pytest.fixture(scope="module")
def implementation() -> str:
    """These tests name what they test, so they run once."""
    return "compiled"


def test_the_plain_kernel_is_everywhere_and_the_last_resort() -> None:
    assert kernels()[-1] == "portable"
    assert set(kernels()) <= {"avx512vl", "sse41", "portable"}


@every_kernel
def test_each_kernel_gives_the_official_vectors(kernel) -> None:
    assert len(OFFICIAL["cases"]) == 17
    for case in OFFICIAL["cases"]:
        data = bytes(i % 251 for i in range(case["input_len"]))
        expected = bytes.fromhex(case["keyed_hash"])
        assert keyed(kernel, OFFICIAL["key"].encode(), data) == expected[:64]


@every_kernel
def test_each_kernel_gives_what_the_blake3_package_gives_at_every_length(kernel) -> None:
    source = random.Random(3)
    for length in range(1025):
        key, data = source.randbytes(32), source.randbytes(length)
        assert keyed(kernel, key, data) == blake3(data, key=key).digest(64), length


@every_kernel
@pytest.mark.parametrize("byte", [0x00, 0x01, 0x7F, 0x80, 0xFF])
def test_each_kernel_carries_at_the_edges_of_a_word(kernel, byte) -> None:
    key = bytes([byte]) * 32
    for length in (0, 1, 63, 64, 65, 128, 1023, 1024):
        data = bytes([byte]) * length
        assert keyed(kernel, key, data) == blake3(data, key=key).digest(64)


@every_kernel
def test_a_kernel_reads_only_what_is_given_wherever_it_lies(kernel) -> None:
    whole, key = random.Random(4).randbytes(400), random.Random(5).randbytes(32)
    for start in range(65):  # whatever the alignment
        data = whole[start : start + 130]
        assert keyed(kernel, key, data) == blake3(data, key=key).digest(64)


def test_a_step_of_the_chain_is_the_kernel_with_the_op_byte_before_it() -> None:
    source = random.Random(6)
    for length in range(1024):
        key, data = source.randbytes(32), source.randbytes(length)
        output = blake3(b"\x02" + data, key=key).digest(48)
        assert _chain.extend(key, data) == (output[:32], output[32:]), length


@pytest.mark.parametrize(
    "arguments",
    [("none", bytes(32), b""), ("portable", bytes(31), b""), ("portable", bytes(32), bytes(1025))],
)
def test_a_kernel_that_is_not_there_or_cannot_take_it_says_so(arguments) -> None:
    with pytest.raises(ValueError, match="kernel|32 bytes|one chunk"):
        keyed(*arguments)


@pytest.mark.parametrize("name", [1, 2, 62, 63, 64, 255])
def test_an_actors_target_is_derived_in_c_as_in_python_at_every_length(name) -> None:
    tenant, access = "t" * name, Access(now=NOW)
    keys = Keyring(MasterSecret(1, bytes(32))).tenant(tenant)
    for length in range(1, 257):
        actor = "a" * length
        text = keys.mint_grant(
            b"K" * 16, key_issued_at=NOW, now=NOW, expires_at=NOW + 9, actor=actor, scopes=[]
        ).text
        other, same = Denylist(), Denylist()
        other.add(5, actor_target(tenant, actor + "b"), NOW, NOW)
        same.add(5, actor_target(tenant, actor), NOW, NOW)
        verifier = Watched(keys, denylist=other)
        assert verifier.verify(text, access).actor == actor and not verifier.left
        with pytest.raises(TokenRevoked):
            Watched(keys, denylist=same).verify(text, access)
