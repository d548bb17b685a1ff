"""What is shipped: an sdist that builds the wheel, and a wheel that works all by itself."""

import importlib.util
import os
import pathlib
import subprocess
import sys
import tarfile
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parents[1]
pytestmark = pytest.mark.slow
EXTENSIONS = sorted(
    path.stem for part in ("engine", "server") for path in ROOT.joinpath(part).rglob("*.pyx")
)
SOURCES = {
    str(path.relative_to(ROOT))
    for pattern in (
        "engine/**/*.py", "engine/*.pyi", "engine/*.pyx", "engine/*.pxd", "engine/*.h",
        "*/py.typed", "storage/**/*.py", "storage/**/*.sql", "server/**/*.py",
        "server/**/*.pyi", "server/**/*.pyx", "server/**/*.pxd", "server/**/*.h",
    )
    for path in ROOT.glob(pattern)
}  # fmt: skip
SMOKE = """
import importlib.util, pathlib, sys
import engine, engine.chain, engine.road
assert pathlib.Path(engine.__file__).is_relative_to(sys.prefix), engine.__file__
keys = engine.Keyring(engine.MasterSecret(1, bytes(32))).tenant("default")
text = keys.mint_grant(
    b"K" * 16, key_issued_at=0, now=1, expires_at=9, actor="owner", scopes=["a:*"]
).text
text = engine.attenuate(text, engine.caveats.Scopes(["a:b"])).text
grant = engine.Verifier(keys, denylist=engine.Denylist()).verify(text, engine.Access(now=2))
assert (grant.actor, grant.scopes) == ("owner", ("a:b",))
(storage,) = importlib.util.find_spec("storage").submodule_search_locations
for database in ("sqlite", "postgres"):
    assert any(pathlib.Path(storage, "migrations", database).glob("*.sql")), database
print(engine.chain.COMPILED, engine.road.COMPILED)
"""


def run(*command: object, **options: object) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=300, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pathlib.Path]:
    """The sdist, and the wheel that was built from it. Nothing is downloaded."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return {"sdist": sdist, "wheel": wheel}


def test_the_sdist_holds_every_source_and_nothing_that_was_generated(dist) -> None:
    with tarfile.open(dist["sdist"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert len(SOURCES) > 80 and SOURCES - names == set()
    assert {"pyproject.toml", "setup.py", "README.md", "LICENSE"} <= names
    assert not [name for name in names if name.endswith((".c", ".so", ".pyc", ".html"))]


def test_the_wheel_holds_every_source_and_every_extension(dist) -> None:
    with zipfile.ZipFile(dist["wheel"]) as archive:
        names = set(archive.namelist())
    assert SOURCES - names == set()
    built = {name for name in names if name.endswith((".so", ".pyd"))}
    assert sorted(pathlib.Path(name).name.split(".")[0] for name in built) == EXTENSIONS
    rest = {name for name in names - SOURCES - built if ".dist-info/" not in name}
    assert rest == set(), "something else would be installed"
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_works_in_an_empty_environment_and_without_its_extensions(dist, tmp_path) -> None:
    place, needed = tmp_path / "venv", tmp_path / "needed"
    run(sys.executable, "-m", "venv", "--without-pip", place)
    python = place / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    run(*pip, "--no-index", "--no-deps", dist["wheel"])
    needed.mkdir()
    for name in ("msgspec", "blake3"):  # what it depends on, and nothing else of this environment
        spec = importlib.util.find_spec(name)
        (needed / name).symlink_to(spec.submodule_search_locations[0])
    environment = os.environ | {"PYTHONPATH": str(needed)}
    smoke = [python, "-W", "error", "-c", SMOKE]
    assert run(*smoke, cwd=tmp_path, env=environment).split() == ["True", "True"]
    for extension in place.rglob("engine/*.so"):
        extension.unlink()
    assert run(*smoke, cwd=tmp_path, env=environment).split() == ["False", "False"]
