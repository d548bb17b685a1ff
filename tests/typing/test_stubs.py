"""The stubs of the extensions say what the extensions are."""

import ast
import importlib
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
EXTENSIONS = ["engine._chain", "engine._denylist"]
# What Cython adds to every module and class by itself.
BY_CYTHON = [r".*\.__test__", r".*\.__(reduce|setstate)_cython__", r".*\.__pyx_.*"]


def test_stubtest_agrees_with_the_extensions(tmp_path) -> None:
    (tmp_path / "allow").write_text("\n".join(BY_CYTHON) + "\n")
    command = [sys.executable, "-m", "mypy.stubtest", *EXTENSIONS]
    command += ["--allowlist", str(tmp_path / "allow"), "--ignore-unused-allowlist"]
    command += ["--ignore-disjoint-bases"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def declared(name: str) -> dict[str, ast.AST]:
    stub = ROOT / (name.replace(".", "/") + ".pyi")
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if hasattr(node, "name")}


@pytest.mark.parametrize("name", EXTENSIONS)
def test_stub_extension_and_twin_have_the_same_names_and_parameters(name) -> None:
    compiled, twin = importlib.import_module(name), importlib.import_module(f"{name}_py")
    for public, node in declared(name).items():
        pairs = [(getattr(compiled, public), getattr(twin, public), node)]
        if isinstance(node, ast.ClassDef):
            pairs = [
                (getattr(pairs[0][0], one.name), getattr(pairs[0][1], one.name), one)
                for one in node.body
                if not one.decorator_list and one.name != "__len__"
            ]
        for fast, plain, stub in pairs:
            names = [argument.arg for argument in stub.args.args]
            assert callable(fast) and callable(plain)
            for code in (plain.__code__, getattr(fast, "__code__", plain.__code__)):
                assert list(code.co_varnames[: code.co_argcount]) == names, public
