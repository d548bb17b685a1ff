"""Every engine test runs over the compiled modules and over their Python twins."""

import importlib
from collections.abc import Iterator

import pytest

import engine
import engine.denylist
import engine.road
from engine import Verifier, _road_py, chain
from tests.engine.world import World


@pytest.fixture(params=["compiled", "python"], scope="module", autouse=True)
def implementation(request: pytest.FixtureRequest) -> Iterator[str]:
    """Swaps the chain and the denylist for one of their two implementations."""
    suffix = "" if request.param == "compiled" else "_py"
    twin = importlib.import_module(f"engine._chain{suffix}")
    denylist = importlib.import_module(f"engine._denylist{suffix}").Denylist
    with pytest.MonkeyPatch.context() as patch:
        for name in ("start", "extend", "seal", "fold", "equal"):
            patch.setattr(chain, name, getattr(twin, name))
        if request.param == "python":  # and no road but the readable one
            patch.setattr(Verifier, "verify", Verifier.decide)
            patch.setattr(engine.road, "verify_many", _road_py.verify_many)
        patch.setattr(engine.denylist, "Denylist", denylist)
        patch.setattr(engine, "Denylist", denylist)
        yield request.param


@pytest.fixture(scope="module")
def world(implementation: str) -> World:
    return World()
