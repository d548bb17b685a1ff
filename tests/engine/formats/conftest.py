"""The formats of other systems have one implementation, so their tests run once."""

import json
import pathlib
from collections.abc import Callable

import pytest

VECTORS = pathlib.Path(__file__).parents[2] / "vectors" / "macaroons"


@pytest.fixture(scope="module", autouse=True)
def implementation() -> str:
    """Stands in for the fixture of the same name that swaps the native chain for its twin."""
    return "only"


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], dict]:
    """The vectors of another project, by name."""
    return lambda name: json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
