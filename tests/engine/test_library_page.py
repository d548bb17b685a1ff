"""The page on the library: its examples run, one after the other, as they stand."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "library.md"


@pytest.fixture(scope="module")
def implementation() -> str:
    """The page is about what is installed, so this runs once."""
    return "installed"


def test_the_examples_of_the_page_run(capsys) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 8
    scope: dict[str, object] = {"__name__": "page"}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), scope)
    printed = capsys.readouterr().out
    for name in ("Window", "Tools", "Amount", "Network"):
        assert f"{name} " in printed
