"""The stubs of the extensions say what the extensions are."""

import ast
import importlib
import pathlib
import subprocess
import sys

import pytest

from engine import _grant, _grant_py

ROOT = pathlib.Path(__file__).parents[2]
TWINS = [
    "engine._chain",
    "engine._compaction",
    "engine._denylist",
    "engine._grant",
    "engine._road",
]
EXTENSIONS = [*TWINS, "engine._kernels", "engine._many", "engine._record", "engine._steps"]
# What Cython adds to every module and class by itself.
BY_CYTHON = [r".*\.__test__", r".*\.__(reduce|setstate)_cython__", r".*\.__pyx_.*"]
BY_SLOT = {"__len__", "__eq__", "__hash__"}
# Its names are checked when it is called, which a slot does not show; see the last test.
BY_CYTHON += [r"engine\._grant\.Grant\.__init__"]


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


@pytest.mark.parametrize("name", TWINS)
def test_stub_extension_and_twin_have_the_same_names_and_parameters(name) -> None:
    compiled, twin = importlib.import_module(name), importlib.import_module(f"{name}_py")
    skipped = BY_SLOT | ({"__init__"} if name == "engine._grant" else set())
    for public, node in declared(name).items():
        pairs = [(getattr(compiled, public), getattr(twin, public), node)]
        if isinstance(node, ast.ClassDef):
            pairs = [
                (getattr(pairs[0][0], one.name), getattr(pairs[0][1], one.name), one)
                for one in node.body
                if not one.decorator_list and one.name not in skipped
            ]
        for fast, plain, stub in pairs:
            names = [argument.arg for argument in stub.args.args]
            assert callable(fast) and callable(plain)
            for code in (plain.__code__, getattr(fast, "__code__", plain.__code__)):
                assert list(code.co_varnames[: code.co_argcount]) == names, public


def test_a_grant_has_the_same_fields_in_stub_extension_and_twin() -> None:
    members = {one.name: one for one in declared("engine._grant")["Grant"].body}
    fields = [argument.arg for argument in members["__init__"].args.kwonlyargs]
    assert fields == [name for name, one in members.items() if one.decorator_list]
    assert fields == list(_grant_py.Grant.__struct_fields__)
    values = dict.fromkeys(fields)
    for kind in (_grant.Grant, _grant_py.Grant):
        assert all(getattr(kind(**values), name) is None for name in fields)
        for wrong in (values | {"more": 1}, dict(list(values.items())[1:]), {}):
            with pytest.raises(TypeError):
                kind(**wrong)
        with pytest.raises(TypeError):
            kind(*values)
        with pytest.raises(AttributeError):
            kind(**values).tenant = "other"
    assert repr(_grant.Grant(**values)) == repr(_grant_py.Grant(**values))
    assert hash(_grant.Grant(**values)) == hash(_grant.Grant(**values))
    assert _grant.Grant(**values) != _grant.Grant(**values | {"claims": b"x"})
    assert _grant.Grant(**values) != tuple(values.values())
