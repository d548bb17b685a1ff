"""The compiled modules are there, and are what the other tests run over."""

import importlib
import importlib.util
import subprocess
import sys

import pytest

import engine
import engine.denylist
from engine import chain


def test_the_extensions_are_built_and_loaded() -> None:
    assert chain.COMPILED is True, "engine._chain is not built: setup.py build_ext --inplace"
    for name in ("_chain", "_denylist"):
        module = importlib.import_module(f"engine.{name}")
        assert module.__file__.endswith((".so", ".pyd")), f"engine.{name} is not an extension"


def test_every_engine_test_runs_over_the_implementation_it_names(implementation: str) -> None:
    suffix = "" if implementation == "compiled" else "_py"
    twin = importlib.import_module(f"engine._chain{suffix}")
    for name in ("start", "extend", "seal", "fold", "equal"):
        assert getattr(chain, name) is getattr(twin, name)
    denylist = importlib.import_module(f"engine._denylist{suffix}").Denylist
    assert engine.Denylist is denylist and engine.denylist.Denylist is denylist


@pytest.mark.parametrize("lost", ["engine._chain", "engine._denylist"])
def test_without_a_compiler_the_engine_still_imports_and_verifies(lost: str) -> None:
    script = f"""
import sys
sys.modules[{lost!r}] = None
import engine, engine.chain
assert engine.chain.COMPILED is ({lost!r} != "engine._chain")
assert (engine.Denylist.__module__ == "engine._denylist_py") is ({lost!r} == "engine._denylist")
keys = engine.Keyring(engine.MasterSecret(1, bytes(32))).tenant("default")
minted = keys.mint_grant(b"K" * 16, key_issued_at=0, now=1, expires_at=9, actor="", scopes=[])
denylist = engine.Denylist()
verifier = engine.Verifier(keys, denylist=denylist)
assert verifier.verify(minted.text, engine.Access(now=2)).grant_id == minted.grant_id
denylist.add(2, minted.grant_id, 0, 99)
try:
    verifier.verify(minted.text, engine.Access(now=2))
except engine.TokenRevoked as refusal:
    assert refusal.link == "grant"
else:
    raise AssertionError("a revoked grant was accepted")
"""
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, timeout=60)


@pytest.mark.parametrize("name", ["chain", "denylist"])
def test_an_absent_extension_leaves_its_twin_in_its_place(monkeypatch, name: str) -> None:
    original = importlib.import_module(f"engine.{name}")
    monkeypatch.setitem(sys.modules, f"engine._{name}", None)
    spec = importlib.util.spec_from_file_location(f"engine.{name}_again", original.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    twin = importlib.import_module(f"engine._{name}_py")
    for public in ("start", "extend", "seal", "fold", "equal", "Denylist"):
        if hasattr(twin, public):
            assert getattr(module, public) is getattr(twin, public)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_chain_key_is_32_bytes_and_nothing_else(size: int) -> None:
    key = b"k" * size
    for call in (
        lambda: chain.start(key, b"h"),
        lambda: chain.extend(key, b"b"),
        lambda: chain.seal(key),
        lambda: chain.fold(key, b"h", []),
        lambda: chain.equal(key, bytes(32)),
        lambda: chain.equal(bytes(32), key),
    ):
        with pytest.raises(ValueError, match="exactly 32 bytes"):
            call()


@pytest.mark.parametrize("wrong", [None, "text", 1, bytearray(8), memoryview(b"x")])
def test_the_compiled_chain_takes_bytes_only(implementation: str, wrong: object) -> None:
    if implementation != "compiled":
        pytest.skip("the twin does not check types")
    key = bytes(32)
    for call in (
        lambda: chain.start(key, wrong),
        lambda: chain.start(wrong, b""),
        lambda: chain.extend(key, wrong),
        lambda: chain.seal(wrong),
        lambda: chain.fold(key, b"", [b"", wrong]),
        lambda: chain.equal(key, wrong),
    ):
        with pytest.raises(TypeError):
            call()


def test_equal_is_exact_in_every_bit() -> None:
    tail = bytes(range(32))
    assert chain.equal(tail, bytes(range(32))) is True
    for bit in range(256):
        other = bytearray(tail)
        other[bit // 8] ^= 1 << bit % 8
        assert chain.equal(tail, bytes(other)) is False
