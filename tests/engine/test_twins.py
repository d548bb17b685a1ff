"""The compiled modules are there, and are what the other tests run over."""

import importlib
import importlib.util
import pathlib
import subprocess
import sys

import pytest

import engine
import engine.denylist
from engine import _road_py, chain, road

EVERY = {path.stem for path in pathlib.Path(engine.__file__).parent.glob("*.pyx")}


def test_the_extensions_are_built_and_loaded() -> None:
    assert chain.COMPILED is True, "engine._chain is not built: setup.py build_ext --inplace"
    assert road.COMPILED is True, "engine._road is not built: setup.py build_ext --inplace"
    for name in EVERY:
        module = importlib.import_module(f"engine.{name}")
        assert module.__file__.endswith((".so", ".pyd")), f"engine.{name} is not an extension"


def test_every_engine_test_runs_over_the_implementation_it_names(implementation: str) -> None:
    suffix = "" if implementation == "compiled" else "_py"
    twin = importlib.import_module(f"engine._chain{suffix}")
    for name in ("start", "extend", "seal", "fold", "equal"):
        assert getattr(chain, name) is getattr(twin, name)
    denylist = importlib.import_module(f"engine._denylist{suffix}").Denylist
    assert engine.Denylist is denylist and engine.denylist.Denylist is denylist


LOST = [
    *({name} for name in sorted(EVERY)),
    EVERY,
]
SCRIPT = """
import sys
lost = {lost!r}
sys.modules.update({{f"engine.{{name}}": None for name in lost}})
import engine, engine.chain, engine.road
from engine import compaction, snapshot
from engine.caveats import Audience, Delegate, Scopes
assert engine.chain.COMPILED is ("_chain" not in lost)
needed = {{"_denylist", "_facts", "_grant", "_many", "_record", "_road"}}
assert engine.road.COMPILED is (not lost & needed)
assert (engine.Denylist.__module__ == "engine._denylist_py") is ("_denylist" in lost)
assert (engine.Grant.__module__ == "engine._grant_py") is ("_grant" in lost)
keys = engine.Keyring(engine.MasterSecret(1, bytes(32))).tenant("default")
minted = keys.mint_grant(b"K" * 16, key_issued_at=0, now=1, expires_at=9, actor="o", scopes=["*"])
text = engine.attenuate(minted.text, Scopes(["a"]), Audience(["b"]), Delegate("d")).text
access = engine.Access(now=2, audience="b", scopes=("a",))
denylist = engine.Denylist()
verifier = engine.Verifier(keys, denylist=denylist)
for call in (verifier.verify, verifier.decide):
    grant = call(text, access)
    assert (grant.grant_id, grant.tenant) == (minted.grant_id, "default")
    assert (grant.scopes, grant.audiences, grant.delegates) == (("a",), ("b",), ("d",))
try:
    verifier.verify(text, engine.Access(now=2, audience="c", scopes=("a",)))
except engine.CaveatUnmet as refusal:
    assert refusal.caveat == "Audience"
else:
    raise AssertionError("an audience that is not listed was accepted")
denylist.add(2, minted.grant_id, 0, 99)
try:
    verifier.verify(minted.text, access)
except engine.TokenRevoked as refusal:
    assert refusal.link == "grant"
else:
    raise AssertionError("a revoked grant was accepted")
key, claim = bytes(32), engine.Claim("default", "d", (1,))
for _ in range(2):
    runs = compaction.merge(denylist, snapshot.seed_of(key), 3)
    parts = snapshot.compose(runs, key=key, claim=claim, now=3)
    denylist.adopt(engine.Snapshot(memoryview(b"".join(parts)), key))
    assert (denylist.exact, denylist.is_dead(2, minted.grant_id)) == (0, True)
"""


@pytest.mark.parametrize("lost", LOST, ids=lambda lost: "+".join(sorted(lost)))
def test_without_a_compiler_the_engine_still_imports_and_verifies(lost: set[str]) -> None:
    script = SCRIPT.format(lost=lost)
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, timeout=60)


CHOSEN = {
    "chain": ("start", "extend", "seal", "fold", "equal"),
    "denylist": ("Denylist",),
    "grant": ("Grant",),
    "road": ("Road",),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_an_absent_extension_leaves_its_twin_in_its_place(monkeypatch, name: str) -> None:
    original = importlib.import_module(f"engine.{name}")
    monkeypatch.setitem(sys.modules, f"engine._{name}", None)
    spec = importlib.util.spec_from_file_location(f"engine.{name}_again", original.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    twin = importlib.import_module(f"engine._{name}_py")
    for public in CHOSEN[name]:
        assert getattr(module, public) is getattr(twin, public)
    assert getattr(module, "COMPILED", False) is False


def test_a_bare_road_decides_nothing(world) -> None:
    bare = _road_py.Road(world.keys, engine.NoDenylist(), {}, 60, engine.Prefixes())
    for call in (bare.decide, bare.verify):
        with pytest.raises(TypeError, match="a bare Road decides nothing"):
            call(world.grant(), engine.Access(now=world.now))


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
