"""A built tree of any revision beside this one, with this tree's bench in it.

So both are measured by the same code. Trees are kept by commit under build/bench, since to build
one takes a minute.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TREES = ROOT / "build" / "bench"


def commit_of(revision: str) -> str:
    """The full name of a commit. Raises SystemExit where there is none."""
    command = ["git", "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"git knows no revision {revision!r}")
    return done.stdout.strip()


def built(revision: str) -> Path:
    """The tree of a revision, built, with this tree's bench. Raises SystemExit with what failed."""
    commit = commit_of(revision)
    tree = TREES / commit
    if not (tree / ".built").exists():
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir(parents=True)
        archive = subprocess.run(
            ["git", "archive", commit], cwd=ROOT, check=True, capture_output=True
        ).stdout
        subprocess.run(["tar", "-x", "-C", str(tree)], input=archive, check=True)
        build(tree)
        (tree / ".built").touch()
    shutil.rmtree(tree / "bench")
    leave = shutil.ignore_patterns("results", "__pycache__")
    shutil.copytree(ROOT / "bench", tree / "bench", ignore=leave)
    return tree


def build(tree: Path) -> None:
    """Builds the extensions in place, with this Python."""
    command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True)
    if done.returncode:
        hint = "Building needs setuptools and Cython: pip install 'setuptools>=80' 'Cython>=3.1,<4'"
        raise SystemExit(f"{tree.name} can't be built.\n{done.stderr[-2000:]}\n{hint}")
