"""The arrows between the parts, read from their imports, and the size of every file."""

import ast
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PARTS = ("engine", "storage", "server", "bench", "tests")
ALLOWED = {
    "engine": {"engine"},
    "storage": {"storage", "engine"},
    "server": {"server", "storage", "engine"},
    "bench": set(PARTS),
    "tests": set(PARTS),
}
ENGINE_OUTSIDE = {"msgspec", "blake3"}
ENGINE_EXTRAS = {  # these only there: who needs none of those formats installs none of these
    "engine/formats/macaroons/secretbox.py": {"nacl"},
    "engine/formats/jwt/": {"jwt", "cryptography"},
    "engine/formats/hashed/slow.py": {"argon2", "bcrypt"},
    "engine/formats/hashed/sealing.py": {"cryptography"},
}
ENGINE_NEVER = {
    "asyncio", "ctypes", "datetime", "http", "io", "logging", "multiprocessing", "os", "pathlib",
    "random", "select", "signal", "socket", "sqlite3", "subprocess", "tempfile", "threading",
    "time",
}  # fmt: skip
ENGINE_FILES = {"engine/snapshot_file.py": {"os"}}  # by a path that it is given, nothing else
CYTHON = {"cpython", "cython", "libc"}
IMPORT = re.compile(r"^\s*(?:from\s+(\S+)\s+c?import|c?import\s+([^#\n]+))", re.MULTILINE)


def files(*suffixes: str, under: str = ".") -> list[pathlib.Path]:
    """Our own files; nothing that was installed or built."""
    return sorted(
        path
        for top in ([ROOT / part for part in PARTS] if under == "." else [ROOT / under])
        for suffix in suffixes
        for path in top.rglob(f"*{suffix}")
    ) + ([ROOT / "setup.py"] if under == "." and ".py" in suffixes else [])


def imports(path: pathlib.Path) -> set[str]:
    """The absolute dotted names that a file imports, relative ones resolved."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    if path.suffix in (".pyx", ".pxd"):
        found = IMPORT.findall(path.read_text(encoding="utf-8"))
        return {name.strip() for one, many in found for name in ([one] if one else many.split(","))}
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *filter(None, [node.module])])
            names |= {f"{module}.{alias.name}" for alias in node.names} if node.level else {module}
            if not node.level and module in PARTS:
                names |= {f"{module}.{alias.name}" for alias in node.names}
    return names


def sources(part: str) -> list[pathlib.Path]:
    return files(".py", ".pyx", ".pxd", under=part)


@pytest.mark.parametrize("part", PARTS)
def test_imports_point_only_the_way_they_may(part) -> None:
    for path in sources(part):
        reached = {name.split(".")[0] for name in imports(path)} & set(PARTS)
        assert reached <= ALLOWED[part], path


def test_the_engine_imports_the_standard_library_msgspec_and_blake3_alone() -> None:
    for path in sources("engine"):
        reached = {name.split(".")[0] for name in imports(path)} - {"engine"}
        if path.suffix != ".py":
            reached -= CYTHON
        place = path.relative_to(ROOT).as_posix()
        extras = (names for at, names in ENGINE_EXTRAS.items() if place.startswith(at))
        extra = set().union(*extras)
        assert reached <= sys.stdlib_module_names | ENGINE_OUTSIDE | extra, path
        assert not reached & (ENGINE_NEVER - ENGINE_FILES.get(place, set())), path


def test_the_engine_itself_knows_no_format_of_another_system() -> None:
    formats = ROOT / "engine" / "formats"
    for path in sources("engine"):
        if formats not in path.parents:
            assert not any(name.startswith("engine.formats") for name in imports(path)), path


def test_the_engine_is_imported_without_its_other_formats() -> None:
    code = "import engine, sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    apart = {"jwt", "cryptography", "engine.formats", "engine.snapshot_file"}
    assert not apart & set(run.stdout.split())


def test_storage_knows_the_engines_types_and_errors_alone() -> None:
    for path in sources("storage"):
        reached = {name for name in imports(path) if name.split(".")[0] == "engine"}
        known = {".".join(name.split(".")[:2]) for name in reached} - {"engine"}
        assert known <= {"engine.types", "engine.errors"}, path
        if "engine" in reached:  # `from engine import types`, and nothing else of it
            assert known, path


def test_the_engine_touches_no_clock_file_or_environment() -> None:
    for path in sources("engine"):
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"open", "print", "input", "exec", "eval", "__import__"}
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"environ", "getenv", "perf_counter", "monotonic"}, path


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in files(".py", ".pyx", ".pxd", ".h", ".pyi")
    }
    assert len(lengths) > 30
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_no_folder_of_tests_is_a_package() -> None:
    assert files("__init__.py", under="tests") == []


def test_the_reader_of_imports_sees_every_form(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    folder = tmp_path / "storage" / "sqlite"
    folder.mkdir(parents=True)
    (folder / "a.py").write_text(
        "import engine.chain as c, os.path\nfrom engine import verify\nfrom .. import base\n"
        "from ..rules import x\nfrom . import y\ndef f():\n    from server.app import z\n"
    )
    assert imports(folder / "a.py") == {
        "engine.chain", "os.path", "engine", "engine.verify", "storage.base", "storage.rules.x",
        "storage.sqlite.y", "server.app",
    }  # fmt: skip
    (folder / "a.pyx").write_text("from libc.stdint cimport x\ncimport cython\nimport os, time\n")
    assert imports(folder / "a.pyx") == {"libc.stdint", "cython", "os", "time"}
